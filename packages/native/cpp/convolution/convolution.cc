#include "convolution/convolution.h"

#include <algorithm>
#include <cstring>

#include "convolution/channels.h"
#include "gemm/gemm.h"
#include "gemm/gemm_kernels.h"
#include "gemm/kept_floats.h"
#include "support/share_range.h"
#include "convolution/window_taps.h"

namespace timestep {
namespace {

/** Floats of a block of pixels side by side: 512 KB, half of a second-level cache. */
constexpr std::int64_t kBlock = 1 << 17;
/** The same for the gradient of the filter, whose blocks all threads share. */
constexpr std::int64_t kSharedBlock = 1 << 20;

/** Floats of a packed filter that are kept for the next call: 16 MB. */
constexpr std::int64_t kMostKept = 1 << 22;

/** Multiply-adds below which waking another thread costs more than it saves. */
constexpr std::int64_t kWorthSharing = 1 << 18;

void copy(const float* from, float* to, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

void clear(float* values, std::int64_t count) {
  std::memset(values, 0, static_cast<std::size_t>(count) * sizeof(float));
}

/** A thread's memory for blocks, kept between calls; grows to the largest block asked for. */
float* scratch(std::int64_t count) {
  thread_local AlignedFloats memory;
  thread_local std::int64_t held = 0;
  if (held < count) {
    memory.reset();
    held = 0;
    memory = allocate_floats(count);
    held = count;
  }
  return memory.get();
}

/** What one output pixel reads, [taps · in_channels], laid out at `to`. */
void lay_out(const Window& w, const float* picture, std::int64_t y, std::int64_t x, float* to) {
  const std::int64_t channels = w.in_channels, row = w.filter_width * channels;
  const std::int64_t left = x * w.stride_x - w.pad_left;
  for (std::int64_t i = 0; i < w.filter_height; i++, to += row) {
    const std::int64_t in_y = y * w.stride_y - w.pad_top + i * w.dilation_y;
    if (!inside(in_y, w.in_height)) {
      clear(to, row);
      continue;
    }
    const float* line = picture + in_y * w.in_width * channels;
    if (w.dilation_x == 1) {  // one run of memory, cut at the picture's edges
      const std::int64_t from = std::min(std::max<std::int64_t>(-left, 0), w.filter_width);
      const std::int64_t until = std::max(from, std::min(w.filter_width, w.in_width - left));
      clear(to, from * channels);
      if (until > from) copy(line + (left + from) * channels, to + from * channels, (until - from) * channels);
      clear(to + until * channels, (w.filter_width - until) * channels);
      continue;
    }
    for (std::int64_t j = 0; j < w.filter_width; j++) {
      const std::int64_t in_x = left + j * w.dilation_x;
      if (inside(in_x, w.in_width)) {
        copy(line + in_x * channels, to + j * channels, channels);
      } else {
        clear(to + j * channels, channels);
      }
    }
  }
}

/** Output pixels [from, to) of all pictures, counted through, laid out one after the other. */
void lay_out_range(const Window& w, const float* x, std::int64_t from, std::int64_t to, float* out) {
  const std::int64_t each = w.out_height * w.out_width, depth = w.taps() * w.in_channels;
  for (std::int64_t p = from; p < to; p++, out += depth) {
    const float* picture = x + p / each * w.in_height * w.in_width * w.in_channels;
    lay_out(w, picture, p % each / w.out_width, p % w.out_width, out);
  }
}

/** Depth up to which a product by lines keeps the filter's panels in the second-level cache. */
constexpr std::int64_t kLineDepth = 2048;

/** Whether a convolution goes line by line: rows of outputs fill tiles, and a filter row is one stretch of memory. */
bool by_lines(const Window& w) {
  const std::int64_t rows = kernels().rows;
  const bool fills = w.out_width % rows == 0 || w.out_width >= 4 * rows;
  return fills && w.taps() > 1 && w.dilation_x == 1 && w.in_channels > 0 && w.taps() * w.in_channels <= kLineDepth;
}

/** Input lines of a picture from `top` on, `width` pixels each from column -pad_left on, zeros outside the picture. */
void copy_lines(const Window& w, const float* picture, std::int64_t top, std::int64_t lines, std::int64_t width,
                float* to) {
  const std::int64_t channels = w.in_channels;
  const std::int64_t from = std::min(std::max<std::int64_t>(w.pad_left, 0), width);
  const std::int64_t until = std::max(from, std::min(width, w.in_width + w.pad_left));
  for (std::int64_t y = top; y < top + lines; y++, to += width * channels) {
    if (!inside(y, w.in_height)) {
      clear(to, width * channels);
      continue;
    }
    clear(to, from * channels);
    if (until > from) {
      copy(picture + (y * w.in_width + from - w.pad_left) * channels, to + from * channels, (until - from) * channels);
    }
    clear(to + until * channels, (width - until) * channels);
  }
}

/** Runs `block(0 … blocks - 1)`, on the pool's threads where there is work for them. */
template <class Block>
void each_block(const Window& w, std::int64_t blocks, ThreadPool* pool, Block&& block) {
  if (pool == nullptr || pool->size() == 1 || w.pixels() * w.taps() * w.in_channels * w.out_channels < kWorthSharing) {
    for (std::int64_t i = 0; i < blocks; i++) block(static_cast<int>(i));
  } else {
    pool->run(static_cast<int>(blocks), block);
  }
}

void convolve_lines(const Window& w, const float* x, PackedView filter, const float* bias, Clamp clamp, float* y,
                    ThreadPool* pool) {
  const std::int64_t channels = w.in_channels, out = w.out_channels, threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t width = (w.out_width - 1) * w.stride_x + w.filter_width;
  const std::int64_t reach = (w.filter_height - 1) * w.dilation_y + 1;
  const std::int64_t fits = kBlock / (width * channels) / w.stride_y;
  const std::int64_t fair = (w.batch * w.out_height + 2 * threads - 1) / (2 * threads);
  const std::int64_t step = std::max<std::int64_t>(1, std::min({fits, fair, w.out_height}));
  const std::int64_t cuts = (w.out_height + step - 1) / step;
  each_block(w, w.batch * cuts, pool, [&](int index) {
    const std::int64_t picture = index / cuts, first = index % cuts * step;
    const std::int64_t last = std::min(first + step, w.out_height);
    const std::int64_t lines = (last - first - 1) * w.stride_y + reach;
    float* memory = scratch(((step - 1) * w.stride_y + reach) * width * channels);
    copy_lines(w, x + picture * w.in_height * w.in_width * channels, first * w.stride_y - w.pad_top, lines, width,
               memory);
    for (std::int64_t row = first; row < last; row++) {
      const Pieces pixels{memory + (row - first) * w.stride_y * width * channels, w.stride_x * channels,
                          w.dilation_y * width * channels, w.filter_height, w.filter_width * channels};
      multiply(pixels, filter, y + (picture * w.out_height + row) * w.out_width * out, out, w.out_width, bias, clamp);
    }
  });
}

}  // namespace

void convolve(const Window& w, const float* x, const float* filter, const float* bias, Clamp clamp, float* y,
              ThreadPool* pool) {
  const std::int64_t depth = w.taps() * w.in_channels;
  thread_local KeptFloats memory(kMostKept);
  float* to = memory.take(packed_size(depth, w.out_channels));
  const PackedView packed = pack_into(to, filter, depth, w.out_channels, w.out_channels, false, pool);
  convolve_packed(w, x, packed, bias, clamp, y, pool);
  memory.trim();
}

void convolve_packed(const Window& w, const float* x, PackedView filter, const float* bias, Clamp clamp, float* y,
                     ThreadPool* pool) {
  const std::int64_t depth = w.taps() * w.in_channels, out = w.out_channels, pixels = w.pixels();
  if (pixels == 0 || out == 0) return;
  const std::int64_t threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t rows = kernels().rows;
  if (w.pointwise() && pixels < 32 * rows * threads) {  // few pixels, many channels: cut by channels
    return multiply(x, depth, false, filter, y, out, pixels, false, bias, pool, clamp);
  }
  if (by_lines(w)) return convolve_lines(w, x, filter, bias, clamp, y, pool);
  // Whole tiles, small enough for the cache and for every thread to have two blocks.
  const std::int64_t fits = kBlock / std::max<std::int64_t>(depth, 1);
  const std::int64_t fair = (pixels + 2 * threads - 1) / (2 * threads);
  const std::int64_t tiles = std::max<std::int64_t>(std::min({fits, fair, std::int64_t{960}}) / rows, 1);
  const std::int64_t step = tiles * rows, blocks = (pixels + step - 1) / step;
  each_block(w, blocks, pool, [&](int index) {
    const std::int64_t from = index * step, to = std::min(from + step, pixels);
    const float* columns = x + from * depth;
    if (!w.pointwise()) {
      float* memory = scratch(step * depth);
      lay_out_range(w, x, from, to, memory);
      columns = memory;
    }
    multiply(columns, depth, false, filter, y + from * out, out, to - from, false, bias, nullptr, clamp);
  });
}

void convolve_input_gradient(const Window& w, const float* dy, const float* filter, float* dx, ThreadPool* pool) {
  const std::int64_t depth = w.taps() * w.in_channels, out = w.out_channels, channels = w.in_channels;
  const std::int64_t row = w.in_width * channels, all_rows = w.batch * w.in_height;
  if (all_rows * row == 0) return;
  if (w.pixels() == 0 || out == 0 || depth == 0) return clear(dx, all_rows * row);
  const PackedMatrix packed = pack(filter, out, depth, out, true);  // [out, taps · in]
  if (w.pointwise()) return multiply(dy, out, false, packed, dx, depth, w.pixels(), false, nullptr, pool);
  // A task has several pictures, or where there are few a stripe of one's input rows. A stripe takes from the output
  // rows that read any of it; those at its edge are computed twice.
  const std::int64_t threads = pool == nullptr ? 1 : pool->size(), wanted = threads == 1 ? 1 : 2 * threads;
  const std::int64_t cuts = w.batch >= wanted ? 1 : std::min(w.in_height, (wanted + w.batch - 1) / w.batch);
  const std::int64_t groups = std::min(w.batch, wanted);
  const std::int64_t reach = (w.filter_height - 1) * w.dilation_y;
  const std::int64_t lines = std::max<std::int64_t>(kBlock / (depth * w.out_width), 1);
  const auto stripe = [&](int index) {
    const std::int64_t group = index / cuts, cut = index % cuts;
    const std::int64_t picture = w.batch * group / groups, until = w.batch * (group + 1) / groups;
    const std::int64_t first = w.in_height * cut / cuts, last = w.in_height * (cut + 1) / cuts;
    for (std::int64_t p = picture; p < until; p++) clear(dx + (p * w.in_height + first) * row, (last - first) * row);
    // Output row y reads from y·stride - pad to y·stride - pad + reach. Rows are counted through all pictures.
    const std::int64_t low = first + w.pad_top - reach;
    const bool whole = cuts == 1;
    const std::int64_t begin = picture * w.out_height + (whole || low <= 0 ? 0 : (low + w.stride_y - 1) / w.stride_y);
    const std::int64_t end = whole ? until * w.out_height
                                   : picture * w.out_height +
                                         std::min(w.out_height, (last - 1 + w.pad_top) / w.stride_y + 1);
    for (std::int64_t y = begin; y < end; y += lines) {
      const std::int64_t here = std::min(lines, end - y);
      float* columns = scratch(lines * w.out_width * depth);
      multiply(dy + y * w.out_width * out, out, false, packed, columns, depth, here * w.out_width, false, nullptr,
               nullptr);
      for (std::int64_t p = 0; p < here * w.out_width; p++) {
        const std::int64_t line = y + p / w.out_width;
        const std::int64_t top = line % w.out_height * w.stride_y - w.pad_top;
        const std::int64_t left = p % w.out_width * w.stride_x - w.pad_left;
        float* rows = dx + line / w.out_height * w.in_height * row;
        const float* from = columns + p * depth;
        for (std::int64_t i = 0; i < w.filter_height; i++) {
          const std::int64_t in_y = top + i * w.dilation_y;
          if (in_y < first || in_y >= last) continue;
          for (std::int64_t j = 0; j < w.filter_width; j++) {
            const std::int64_t in_x = left + j * w.dilation_x;
            if (!inside(in_x, w.in_width)) continue;
            channel_loops().add(from + (i * w.filter_width + j) * channels, rows + in_y * row + in_x * channels,
                                channels);
          }
        }
      }
    }
  };
  const std::int64_t stripes = groups * cuts;
  if (threads == 1 || w.pixels() * depth * out < kWorthSharing) {
    for (std::int64_t i = 0; i < stripes; i++) stripe(static_cast<int>(i));
  } else {
    pool->run(static_cast<int>(stripes), stripe);
  }
}

void convolve_filter_gradient(const Window& w, const float* x, const float* dy, float* dfilter, ThreadPool* pool) {
  const std::int64_t depth = w.taps() * w.in_channels, out = w.out_channels, pixels = w.pixels();
  if (depth * out == 0) return;
  if (pixels == 0) return clear(dfilter, depth * out);
  const std::int64_t step = std::max<std::int64_t>(std::min(pixels, kSharedBlock / (depth + out)), 1);
  AlignedFloats columns;
  if (!w.pointwise()) columns = allocate_floats(step * depth);
  for (std::int64_t from = 0; from < pixels; from += step) {
    const std::int64_t here = std::min(step, pixels - from);
    const float* left = x + from * depth;
    if (!w.pointwise()) {
      share_range(here, depth, pool, [&](std::int64_t begin, std::int64_t end) {
        lay_out_range(w, x, from + begin, from + end, columns.get() + begin * depth);
      });
      left = columns.get();
    }
    gemm(true, false, depth, out, here, left, depth, dy + from * out, out, dfilter, out, from > 0, nullptr, pool);
  }
}

}  // namespace timestep
