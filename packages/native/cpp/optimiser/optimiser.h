#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/** What a step of Adam needs beside its arrays; `rate` and `root_scale` hold the bias corrections. */
struct AdamStep {
  double gradient_scale, beta1, beta2, rate, root_scale, epsilon, keep;
};

/**
 * One step over a parameter, in one pass:
 *
 *   g = scale·gradient    m = β1·m + (1-β1)·g    v = β2·v + (1-β2)·g²    θ = keep·θ - rate·m / (√v·root_scale + ε)
 *
 * Computed in double precision, which costs nothing here: the pass waits for memory.
 */
void adam_step(const AdamStep& step, float* theta, const float* gradient, float* mean, float* square,
               std::int64_t count, ThreadPool* pool);

struct SgdStep {
  double gradient_scale, momentum, rate, keep;
  bool nesterov;
};

/** b = μ·b + g; step = b, or g + μ·b with nesterov; θ = keep·θ - rate·step. Without velocity the step is g. */
void sgd_step(const SgdStep& step, float* theta, const float* gradient, float* velocity, std::int64_t count,
              ThreadPool* pool);

/** average = keep·average + (1 - keep)·values. */
void average_step(double keep, float* average, const float* values, std::int64_t count, ThreadPool* pool);

/** Σ x² in double precision. Stretches of fixed length are added in order, so threads do not change its bits. */
double sum_of_squares(const float* values, std::int64_t count, ThreadPool* pool);

}  // namespace timestep
