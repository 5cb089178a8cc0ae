#include "rows/rows.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/share_range.h"

namespace timestep {
namespace {

struct RowLoops {
  float (*largest)(const float* x, std::int64_t columns);
  float (*exp_sum)(const float* x, float shift, float* terms, std::int64_t columns);
  void (*shift_scale)(const float* x, float shift, float scale, float* to, std::int64_t columns);
  double (*moment)(const float* x, double shift, bool squared, std::int64_t columns);
  void (*normalise)(const float* x, const float* gain, const float* offset, float mean, float scale, float* y,
                    std::int64_t columns);
  void (*normalise_gradient)(const float* dy, const float* x, const float* gain, float mean, float scale, float* dx,
                             float* dgain, float* doffset, std::int64_t columns);
};

}  // namespace
}  // namespace timestep

#define TIMESTEP_LANES_BODY "rows/rows_body.inc"
#include "support/simd_targets.h"

namespace timestep {

static const RowLoops& loops() {
  static const RowLoops& chosen = TIMESTEP_CHOOSE(kRowLoops);
  return chosen;
}

void log_softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t columns, ThreadPool* pool) {
  if (columns == 0) return;
  share_range(rows, columns * 8, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t r = from; r < to; r++) {
      const float* row = x + r * columns;
      // The largest is taken off first, by itself: sums of far larger numbers would swallow the logarithm.
      const float shift = loops().largest(row, columns);
      const float rest = std::log(loops().exp_sum(row, shift, nullptr, columns));
      loops().shift_scale(row, shift, 1.0F, y + r * columns, columns);
      loops().shift_scale(y + r * columns, rest, 1.0F, y + r * columns, columns);
    }
  });
}

void cross_entropy_rows(const float* logits, const std::int32_t* targets, float* losses, float* slopes,
                        std::int64_t rows, std::int64_t columns, ThreadPool* pool) {
  if (columns == 0) return;
  share_range(rows, columns * 8, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t r = from; r < to; r++) {
      const float* row = logits + r * columns;
      float* slope = slopes == nullptr ? nullptr : slopes + r * columns;
      const float shift = loops().largest(row, columns);
      const float total = loops().exp_sum(row, shift, slope, columns);
      losses[r] = std::log(total) - (row[targets[r]] - shift);
      if (slope == nullptr) continue;
      loops().shift_scale(slope, 0.0F, 1.0F / total, slope, columns);
      slope[targets[r]] -= 1.0F;
    }
  });
}

void layer_norm(const float* x, const float* gain, const float* offset, float epsilon, float* y, float* means,
                float* scales, std::int64_t rows, std::int64_t columns, ThreadPool* pool) {
  if (columns == 0) return;
  share_range(rows, columns * 3, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t r = from; r < to; r++) {
      const float* row = x + r * columns;
      const auto count = static_cast<double>(columns);
      const double mean = loops().moment(row, 0, false, columns) / count;
      const double variance = loops().moment(row, mean, true, columns) / count;
      means[r] = static_cast<float>(mean);
      scales[r] = static_cast<float>(1 / std::sqrt(variance + static_cast<double>(epsilon)));
      loops().normalise(row, gain, offset, means[r], scales[r], y + r * columns, columns);
    }
  });
}

void layer_norm_gradient(const float* dy, const float* x, const float* gain, const float* means, const float* scales,
                         float* dx, float* dgain, float* doffset, std::int64_t rows, std::int64_t columns,
                         ThreadPool* pool) {
  std::fill_n(dgain, columns, 0.0F);
  std::fill_n(doffset, columns, 0.0F);
  if (rows == 0 || columns == 0) return;
  const std::int64_t stretch = std::max<std::int64_t>(64, (rows + 31) / 32);
  const std::int64_t parts = (rows + stretch - 1) / stretch;
  std::vector<float> sums(static_cast<std::size_t>(parts * 2 * columns));
  share_range(parts, stretch * columns * 4, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t part = from; part < to; part++) {
      float* own = sums.data() + part * 2 * columns;
      for (std::int64_t r = part * stretch; r < std::min(rows, (part + 1) * stretch); r++) {
        loops().normalise_gradient(dy + r * columns, x + r * columns, gain, means[r], scales[r], dx + r * columns, own,
                                   own + columns, columns);
      }
    }
  });
  for (std::int64_t part = 0; part < parts; part++) {
    const float* own = sums.data() + part * 2 * columns;
    for (std::int64_t i = 0; i < columns; i++) {
      dgain[i] += own[i];
      doffset[i] += own[columns + i];
    }
  }
}

}  // namespace timestep
