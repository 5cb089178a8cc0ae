#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/** Log-softmax of each row of x [rows, columns]. */
void log_softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t columns, ThreadPool* pool);

/**
 * losses [rows] = -log softmax(logits)[target], and unless null slopes [rows, columns] = softmax(logits) - one-hot of
 * the target, in one pass. Targets must be columns.
 */
void cross_entropy_rows(const float* logits, const std::int32_t* targets, float* losses, float* slopes,
                        std::int64_t rows, std::int64_t columns, ThreadPool* pool);

/**
 * y = (x - mean)·scale·gain + offset for each row, with scale = 1/√(variance + epsilon). Means and scales [rows] are
 * kept for the gradient. The variance is that of all columns (not one less), in a second pass over the row.
 */
void layer_norm(const float* x, const float* gain, const float* offset, float epsilon, float* y, float* means,
                float* scales, std::int64_t rows, std::int64_t columns, ThreadPool* pool);

/** Gradients of x, gain and offset. Rows are added in stretches of fixed length, so threads do not change the bits. */
void layer_norm_gradient(const float* dy, const float* x, const float* gain, const float* means, const float* scales,
                         float* dx, float* dgain, float* doffset, std::int64_t rows, std::int64_t columns,
                         ThreadPool* pool);

}  // namespace timestep
