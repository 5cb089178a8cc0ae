#include "tensors/layout.h"

#include <algorithm>

#include "support/share_range.h"

namespace timestep {
namespace {

/** Rows that are copied together: as many floats as a cache line has, so that a transpose reads whole lines. */
constexpr std::int64_t kTile = 16;

void copy_tile(const float* x, float* y, std::int64_t rows, std::int64_t row_stride, const Axis& columns) {
  if (columns.stride == 1) {
    for (std::int64_t r = 0; r < rows; r++) {
      std::copy_n(x + r * row_stride, columns.size, y + r * columns.size);
    }
    return;
  }
  for (std::int64_t c = 0; c < columns.size; c++) {
    const float* from = x + c * columns.stride;
    for (std::int64_t r = 0; r < rows; r++) y[r * columns.size + c] = from[r * row_stride];
  }
}

}  // namespace

void copy_strided(const float* x, float* y, const std::vector<Axis>& axes, ThreadPool* pool) {
  std::vector<Axis> all(2, Axis{1, 0});  // at least rows and columns
  all.insert(all.end(), axes.begin(), axes.end());
  const Axis columns = all.back(), rows = all[all.size() - 2];
  all.resize(all.size() - 2);
  std::int64_t planes = 1;
  for (const Axis& axis : all) planes *= axis.size;
  const std::int64_t tiles = (rows.size + kTile - 1) / kTile;
  share_range(planes * tiles, kTile * columns.size, pool, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t unit = begin; unit < end; unit++) {
      const std::int64_t plane = unit / tiles, row = unit % tiles * kTile;
      const float* from = x + row * rows.stride;
      std::int64_t rest = plane;
      for (std::size_t i = all.size(); i-- > 0; rest /= all[i].size) from += rest % all[i].size * all[i].stride;
      copy_tile(from, y + (plane * rows.size + row) * columns.size, std::min(kTile, rows.size - row), rows.stride,
                columns);
    }
  });
}

void gather_rows(const float* x, const std::int32_t* ids, float* y, std::int64_t outer, std::int64_t size,
                 std::int64_t count, std::int64_t width, ThreadPool* pool) {
  share_range(outer * count, width, pool, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; row++) {
      std::copy_n(x + (row / count * size + ids[row % count]) * width, width, y + row * width);
    }
  });
}

void add_rows(const float* x, const std::int32_t* ids, float* y, std::int64_t rows, std::int64_t segments,
              std::int64_t width, ThreadPool* pool) {
  // Columns are shared out, so every sum is one thread's and in the order of the rows.
  share_range(width, rows + segments, pool, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t segment = 0; segment < segments; segment++) {
      std::fill(y + segment * width + begin, y + segment * width + end, 0.0F);
    }
    for (std::int64_t row = 0; row < rows; row++) {
      if (ids[row] < 0 || ids[row] >= segments) continue;
      const float* from = x + row * width;
      float* to = y + ids[row] * width;
      for (std::int64_t i = begin; i < end; i++) to[i] += from[i];
    }
  });
}

}  // namespace timestep
