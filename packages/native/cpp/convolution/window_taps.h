#pragma once

#include <cstdint>

#include "convolution/convolution.h"
#include "support/share_range.h"

namespace timestep {

inline bool inside(std::int64_t at, std::int64_t size) { return at >= 0 && at < size; }

/** Calls `visit(tap, pixel)` for each filter position of output (y, x) that lies in the picture, pixels counted by row. */
template <class Visit>
void each_tap(const Window& w, std::int64_t y, std::int64_t x, Visit&& visit) {
  for (std::int64_t i = 0; i < w.filter_height; i++) {
    const std::int64_t in_y = y * w.stride_y - w.pad_top + i * w.dilation_y;
    if (!inside(in_y, w.in_height)) continue;
    for (std::int64_t j = 0; j < w.filter_width; j++) {
      const std::int64_t in_x = x * w.stride_x - w.pad_left + j * w.dilation_x;
      if (inside(in_x, w.in_width)) visit(i * w.filter_width + j, in_y * w.in_width + in_x);
    }
  }
}

/** Calls `each(picture, y, x, result)` for all output pixels, whole rows to a thread. */
template <class Each>
void each_output(const Window& w, const float* x, float* y, ThreadPool* pool, Each&& each) {
  const std::int64_t channels = w.in_channels;
  share_range(w.batch * w.out_height, w.out_width * channels * w.taps(), pool,
              [&](std::int64_t from, std::int64_t to) {
                for (std::int64_t line = from; line < to; line++) {
                  const float* picture = x + line / w.out_height * w.in_height * w.in_width * channels;
                  for (std::int64_t column = 0; column < w.out_width; column++) {
                    each(picture, line % w.out_height, column, y + (line * w.out_width + column) * channels);
                  }
                }
              });
}

}  // namespace timestep
