#pragma once

#include <cstdint>

#include "gemm/gemm.h"
#include "support/thread_pool.h"

namespace timestep {

/**
 * How a filter slides over a picture. Pictures are [batch, height, width, channels], filters [height, width, in, out].
 * Output (y, x) reads input rows y·stride_y - pad_top + i·dilation_y for filter row i, and columns alike; what lies
 * outside the picture counts as zero.
 */
struct Window {
  std::int64_t batch, in_height, in_width, in_channels;
  std::int64_t out_height, out_width, out_channels;
  std::int64_t filter_height, filter_width;
  std::int64_t stride_y, stride_x, dilation_y, dilation_x;
  std::int64_t pad_top, pad_left;

  std::int64_t taps() const { return filter_height * filter_width; }
  std::int64_t pixels() const { return batch * out_height * out_width; }
  /** Whether every output pixel reads one input pixel, the one at its own place. */
  bool pointwise() const {
    return taps() == 1 && stride_y == 1 && stride_x == 1 && pad_top == 0 && pad_left == 0 &&
           in_height == out_height && in_width == out_width;
  }
};

/**
 * y = x ∗ filter + bias, clamped; bias [out_channels] may be null.
 *
 * It is a product with the filter as a matrix [taps · in, out]. Where rows of outputs are long, the input lines that
 * some of them read are copied with zeros at both ends, and the product reads each output's pixels from there, a
 * stretch for each filter row. Where they are short, the pixels that a block of outputs reads are laid side by side
 * ("im2col"). Either copy fits the second-level cache. A pointwise convolution is the product itself.
 */
void convolve(const Window& window, const float* x, const float* filter, const float* bias, Clamp clamp, float* y,
              ThreadPool* pool);

/** The same with the filter packed as that matrix. */
void convolve_packed(const Window& window, const float* x, PackedView filter, const float* bias, Clamp clamp, float* y,
                     ThreadPool* pool);

/** dx: what reaches each input pixel. Each thread has rows of the input to itself, in a fixed order of sums. */
void convolve_input_gradient(const Window& window, const float* dy, const float* filter, float* dx, ThreadPool* pool);

/** dfilter: products of all pixels with what reached their outputs. */
void convolve_filter_gradient(const Window& window, const float* x, const float* dy, float* dfilter, ThreadPool* pool);

/** The same three for a filter [height, width, channels] that keeps channels apart; `out_channels` is `in_channels`. */
void depthwise(const Window& window, const float* x, const float* filter, const float* bias, Clamp clamp, float* y,
               ThreadPool* pool);
void depthwise_input_gradient(const Window& window, const float* dy, const float* filter, float* dx, ThreadPool* pool);
void depthwise_filter_gradient(const Window& window, const float* x, const float* dy, float* dfilter,
                               ThreadPool* pool);

}  // namespace timestep
