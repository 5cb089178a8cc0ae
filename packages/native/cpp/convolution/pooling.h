#pragma once

#include "convolution/convolution.h"

namespace timestep {

/** The largest, or the mean, of each window's pixels inside the picture. A window without any gives -infinity or NaN. */
void max_pool(const Window& window, const float* x, float* y, ThreadPool* pool);
void mean_pool(const Window& window, const float* x, float* y, ThreadPool* pool);

/** dx: each output's gradient goes to the first of its window's largest pixels; to none where all are NaN. */
void max_pool_gradient(const Window& window, const float* x, const float* dy, float* dx, ThreadPool* pool);

/** dx: each output's gradient goes to its window in equal shares, one for each tap, outside the picture too. */
void mean_pool_gradient(const Window& window, const float* dy, float* dx, ThreadPool* pool);

}  // namespace timestep
