#include "convolution/pooling.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "convolution/channels.h"
#include "convolution/window_taps.h"

namespace timestep {
namespace {

/** Channels of one task: tasks that add into the same picture have channels to themselves. */
constexpr std::int64_t kChunk = 32;

/** Calls `each(dx, y, x, output, from, count)` for all output pixels of a picture, in order, for each chunk. */
template <class Each>
void each_chunk(const Window& w, float* dx, ThreadPool* pool, Each&& each) {
  const std::int64_t channels = w.in_channels, chunks = (channels + kChunk - 1) / kChunk;
  const std::int64_t pixels = w.in_height * w.in_width, outputs = w.out_height * w.out_width;
  share_range(w.batch * chunks, outputs * w.taps() * kChunk, pool, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t task = begin; task < end; task++) {
      const std::int64_t picture = task / chunks, from = task % chunks * kChunk;
      const std::int64_t count = std::min(kChunk, channels - from);
      float* target = dx + picture * pixels * channels + from;
      for (std::int64_t p = 0; p < pixels; p++) {
        std::memset(target + p * channels, 0, static_cast<std::size_t>(count) * sizeof(float));
      }
      for (std::int64_t o = 0; o < outputs; o++) {
        each(picture, o / w.out_width, o % w.out_width, (picture * outputs + o) * channels + from, target, from, count);
      }
    }
  });
}

}  // namespace

void max_pool(const Window& w, const float* x, float* y, ThreadPool* pool) {
  const ChannelLoops& loops = channel_loops();
  each_output(w, x, y, pool, [&](const float* picture, std::int64_t row, std::int64_t column, float* to) {
    std::fill_n(to, w.in_channels, -std::numeric_limits<float>::infinity());
    each_tap(w, row, column, [&](std::int64_t, std::int64_t pixel) {
      loops.keep_larger(picture + pixel * w.in_channels, to, w.in_channels);
    });
  });
}

void mean_pool(const Window& w, const float* x, float* y, ThreadPool* pool) {
  const ChannelLoops& loops = channel_loops();
  each_output(w, x, y, pool, [&](const float* picture, std::int64_t row, std::int64_t column, float* to) {
    std::fill_n(to, w.in_channels, 0.0F);
    float count = 0;
    each_tap(w, row, column, [&](std::int64_t, std::int64_t pixel) {
      loops.add(picture + pixel * w.in_channels, to, w.in_channels);
      count++;
    });
    for (std::int64_t i = 0; i < w.in_channels; i++) to[i] /= count;
  });
}

void max_pool_gradient(const Window& w, const float* x, const float* dy, float* dx, ThreadPool* pool) {
  const std::int64_t channels = w.in_channels, pixels = w.in_height * w.in_width;
  each_chunk(w, dx, pool,
             [&](std::int64_t picture, std::int64_t row, std::int64_t column, std::int64_t output, float* target,
                 std::int64_t from, std::int64_t count) {
               const float* source = x + picture * pixels * channels + from;
               float largest[kChunk];
               std::int32_t where[kChunk];
               std::fill_n(largest, kChunk, -std::numeric_limits<float>::infinity());
               std::fill_n(where, kChunk, -1);
               each_tap(w, row, column, [&](std::int64_t, std::int64_t pixel) {
                 const float* values = source + pixel * channels;
                 const auto here = static_cast<std::int32_t>(pixel);
                 for (std::int64_t c = 0; c < count; c++) {
                   const bool better = values[c] > largest[c];
                   largest[c] = better ? values[c] : largest[c];
                   where[c] = better ? here : where[c];
                 }
               });
               for (std::int64_t c = 0; c < count; c++) {
                 if (where[c] >= 0) target[where[c] * channels + c] += dy[output + c];
               }
             });
}

void mean_pool_gradient(const Window& w, const float* dy, float* dx, ThreadPool* pool) {
  const float share = 1.0F / static_cast<float>(w.taps());
  each_chunk(w, dx, pool,
             [&](std::int64_t, std::int64_t row, std::int64_t column, std::int64_t output, float* target, std::int64_t,
                 std::int64_t count) {
               each_tap(w, row, column, [&](std::int64_t, std::int64_t pixel) {
                 float* to = target + pixel * w.in_channels;
                 for (std::int64_t c = 0; c < count; c++) to[c] += dy[output + c] * share;
               });
             });
}

}  // namespace timestep
