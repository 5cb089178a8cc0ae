// Convolutions that keep channels apart: loops over the channels of a window's pixels.

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "convolution/channels.h"
#include "convolution/convolution.h"
#include "support/share_range.h"
#include "convolution/window_taps.h"

namespace timestep {
namespace {

/** Filter rows that a line is made of at most. */
constexpr std::int64_t kLineRows = 8;

/** Output columns [from, to) that read nothing past the left or right edge. */
struct Columns {
  std::int64_t from, to;
};

Columns inner_columns(const Window& w) {
  const std::int64_t from = std::max<std::int64_t>(0, (w.pad_left + w.stride_x - 1) / w.stride_x);
  const std::int64_t room = w.in_width - w.filter_width + w.pad_left;
  const std::int64_t to = room < 0 ? 0 : std::min(w.out_width, room / w.stride_x + 1);
  return {std::min(from, w.out_width), std::max(std::min(from, w.out_width), to)};
}

}  // namespace

void depthwise(const Window& w, const float* x, const float* filter, const float* bias, Clamp clamp, float* y,
               ThreadPool* pool) {
  const ChannelLoops& loops = channel_loops();
  const std::int64_t channels = w.in_channels;
  if (channels == 0) return;
  const bool lines = w.filter_width == kLineTaps && w.filter_height <= kLineRows && w.dilation_x == 1 && w.stride_x <= 2;
  const Columns inner = lines ? inner_columns(w) : Columns{0, 0};
  share_range(w.batch * w.out_height, w.out_width * channels * w.taps(), pool, [&](std::int64_t from, std::int64_t to) {
    std::vector<Tap> taps;
    for (std::int64_t row = from; row < to; row++) {
      const float* picture = x + row / w.out_height * w.in_height * w.in_width * channels;
      float* results = y + row * w.out_width * channels;
      const auto at_edge = [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t column = begin; column < end; column++) {
          taps.clear();
          each_tap(w, row % w.out_height, column, [&](std::int64_t tap, std::int64_t pixel) {
            taps.push_back({picture + pixel * channels, filter + tap * channels});
          });
          loops.weighted_sum(taps.data(), static_cast<std::int64_t>(taps.size()), bias, clamp.low, clamp.high,
                             results + column * channels, channels);
        }
      };
      at_edge(0, inner.from);
      if (inner.to > inner.from) {
        const float *sources[kLineRows], *weights[kLineRows];
        Line line{sources, weights, 0, w.stride_x, inner.to - inner.from, channels};
        for (std::int64_t i = 0; i < w.filter_height; i++) {
          const std::int64_t in_y = row % w.out_height * w.stride_y - w.pad_top + i * w.dilation_y;
          if (!inside(in_y, w.in_height)) continue;
          const std::int64_t first = in_y * w.in_width + inner.from * w.stride_x - w.pad_left;
          sources[line.rows] = picture + first * channels;
          weights[line.rows++] = filter + i * w.filter_width * channels;
        }
        loops.weighted_line(line, bias, clamp.low, clamp.high, results + inner.from * channels);
      }
      at_edge(inner.to, w.out_width);
    }
  });
}

void depthwise_input_gradient(const Window& w, const float* dy, const float* filter, float* dx, ThreadPool* pool) {
  const ChannelLoops& loops = channel_loops();
  const std::int64_t channels = w.in_channels;
  constexpr float infinity = std::numeric_limits<float>::infinity();
  if (channels == 0) return;
  share_range(w.batch * w.in_height, w.in_width * channels * w.taps(), pool, [&](std::int64_t from, std::int64_t to) {
    std::vector<Tap> taps;
    for (std::int64_t line = from; line < to; line++) {
      const float* picture = dy + line / w.in_height * w.out_height * w.out_width * channels;
      for (std::int64_t column = 0; column < w.in_width; column++) {
        // The outputs that read this pixel: those at (pixel + pad - tap · dilation) / stride, where it divides.
        taps.clear();
        for (std::int64_t i = 0; i < w.filter_height; i++) {
          const std::int64_t y = line % w.in_height + w.pad_top - i * w.dilation_y;
          if (y < 0 || y % w.stride_y != 0 || y / w.stride_y >= w.out_height) continue;
          for (std::int64_t j = 0; j < w.filter_width; j++) {
            const std::int64_t x = column + w.pad_left - j * w.dilation_x;
            if (x < 0 || x % w.stride_x != 0 || x / w.stride_x >= w.out_width) continue;
            taps.push_back({picture + (y / w.stride_y * w.out_width + x / w.stride_x) * channels,
                            filter + (i * w.filter_width + j) * channels});
          }
        }
        loops.weighted_sum(taps.data(), static_cast<std::int64_t>(taps.size()), nullptr, -infinity, infinity,
                           dx + (line * w.in_width + column) * channels, channels);
      }
    }
  });
}

void depthwise_filter_gradient(const Window& w, const float* x, const float* dy, float* dfilter, ThreadPool* pool) {
  const ChannelLoops& loops = channel_loops();
  const std::int64_t channels = w.in_channels;
  constexpr std::int64_t chunk = 64;  // channels of one task
  const std::int64_t chunks = (channels + chunk - 1) / chunk;
  share_range(w.taps() * chunks, w.pixels() * chunk, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t task = from; task < to; task++) {
      const std::int64_t tap = task / chunks, first = task % chunks * chunk;
      const std::int64_t here = std::min(chunk, channels - first);
      float* total = dfilter + tap * channels + first;
      std::memset(total, 0, static_cast<std::size_t>(here) * sizeof(float));
      // Output columns whose pixel for this tap lies in the picture.
      const std::int64_t left = tap % w.filter_width * w.dilation_x - w.pad_left;
      const std::int64_t begin = left >= 0 ? 0 : (-left + w.stride_x - 1) / w.stride_x;
      const std::int64_t room = w.in_width - 1 - left;
      const std::int64_t end = room < 0 ? 0 : std::min(w.out_width, room / w.stride_x + 1);
      if (end <= begin) continue;
      for (std::int64_t line = 0; line < w.batch * w.out_height; line++) {
        const std::int64_t in_y =
            line % w.out_height * w.stride_y - w.pad_top + tap / w.filter_width * w.dilation_y;
        if (!inside(in_y, w.in_height)) continue;
        const std::int64_t in_line = line / w.out_height * w.in_height + in_y;
        loops.add_products(x + (in_line * w.in_width + left + begin * w.stride_x) * channels + first,
                           w.stride_x * channels, dy + (line * w.out_width + begin) * channels + first, channels,
                           end - begin, total, here);
      }
    }
  });
}

}  // namespace timestep
