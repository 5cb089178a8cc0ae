#include "optimiser/optimiser.h"

#include <algorithm>
#include <vector>

#include "support/share_range.h"

namespace timestep {
namespace {

struct OptimiserLoops {
  void (*adam)(const AdamStep& step, float* theta, const float* gradient, float* mean, float* square,
               std::int64_t count);
  void (*sgd)(const SgdStep& step, float* theta, const float* gradient, float* velocity, std::int64_t count);
  void (*average)(double keep, float* to, const float* from, std::int64_t count);
  double (*squares)(const float* values, std::int64_t count);
};

}  // namespace
}  // namespace timestep

#define TIMESTEP_LANES_BODY "optimiser/optimiser_body.inc"
#include "support/simd_targets.h"

namespace timestep {

static const OptimiserLoops& loops() {
  static const OptimiserLoops& chosen = TIMESTEP_CHOOSE(kOptimiserLoops);
  return chosen;
}

void adam_step(const AdamStep& step, float* theta, const float* gradient, float* mean, float* square,
               std::int64_t count, ThreadPool* pool) {
  share_range(count, 4, pool, [&](std::int64_t from, std::int64_t to) {
    loops().adam(step, theta + from, gradient + from, mean + from, square + from, to - from);
  });
}

void sgd_step(const SgdStep& step, float* theta, const float* gradient, float* velocity, std::int64_t count,
              ThreadPool* pool) {
  share_range(count, 2, pool, [&](std::int64_t from, std::int64_t to) {
    loops().sgd(step, theta + from, gradient + from, velocity == nullptr ? nullptr : velocity + from, to - from);
  });
}

void average_step(double keep, float* average, const float* values, std::int64_t count, ThreadPool* pool) {
  share_range(count, 1, pool, [&](std::int64_t from, std::int64_t to) {
    loops().average(keep, average + from, values + from, to - from);
  });
}

double sum_of_squares(const float* values, std::int64_t count, ThreadPool* pool) {
  constexpr std::int64_t stretch = 1 << 14;
  std::vector<double> sums(static_cast<std::size_t>((count + stretch - 1) / stretch));
  share_range(static_cast<std::int64_t>(sums.size()), stretch, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; i++) {
      const std::int64_t here = std::min(stretch, count - i * stretch);
      sums[static_cast<std::size_t>(i)] = loops().squares(values + i * stretch, here);
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

}  // namespace timestep
