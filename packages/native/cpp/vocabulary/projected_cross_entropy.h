#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/**
 * Output layer with cross-entropy over a large vocabulary, logits = hidden·tableᵀ + bias.
 *
 *   loss_i = (1-ε)·(-log p_i[target_i]) + ε/V·Σ_v -log p_i[v]        total = Σ_i weight_i·loss_i
 */
struct ProjectedCrossEntropy {
  std::int64_t rows, size, classes;
  const float* hidden;          // [N, H]
  const float* table;           // [V, H]
  const float* bias;            // [V], or null
  const std::int32_t* targets;  // [N], each from 0 to V-1 where its weight is not 0
  const float* weights;         // [N]
  float smoothing;              // ε
};

/** Where the gradients of the total go; `bias` may be null, the others not. Every element is written. */
struct ProjectedGradients {
  float* hidden;  // [N, H]
  float* table;   // [V, H]
  float* bias;    // [V]
};

/**
 * The total, each row's loss [N] (0 where the weight is 0), and the gradients unless `gradients` is null.
 *
 * Works on some 240 rows at a time, and on these by stretches of the vocabulary, each with its own largest logit, so that
 * what a product gives is turned into exponentials while it is in the cache. All logits of a block lie as [V, rows]: the
 * table is then the left factor, read where it lies, and only the hidden states need packing. Sums are cut by the sizes
 * alone, so the number of threads never changes a bit.
 */
double projected_cross_entropy(const ProjectedCrossEntropy& call, float* losses, const ProjectedGradients* gradients,
                               ThreadPool* pool);

}  // namespace timestep
