#include <cmath>
#include <cstdio>
#include <vector>

#include "tensors/broadcast.h"
#include "optimiser/optimiser.h"
#include "rows/rows.h"

/** Row operations, stretched operands and optimiser steps on odd sizes, for the sanitizers and against plain loops. */
namespace {

using namespace timestep;

int failures = 0;
std::uint32_t state = 99;

std::vector<float> numbers(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(static_cast<std::int32_t>(state >> 8) % 2000 - 1000) / 500;
  }
  return values;
}

void check(const char* what, double value, double wanted) {
  if (std::fabs(value - wanted) <= 2e-5 * (1 + std::fabs(wanted))) return;
  if (failures++ < 10) std::printf("%s: %g for %g\n", what, value, wanted);
}

void rows(std::int64_t count, std::int64_t columns, ThreadPool* pool) {
  const std::vector<float> x = numbers(count * columns), gain = numbers(columns), offset = numbers(columns);
  const std::vector<float> dy = numbers(count * columns);
  std::vector<std::int32_t> targets(static_cast<std::size_t>(count));
  for (std::int64_t r = 0; r < count; r++) targets[static_cast<std::size_t>(r)] = static_cast<std::int32_t>(r % columns);
  std::vector<float> logs(x.size()), losses(targets.size()), slopes(x.size()), y(x.size());
  std::vector<float> means(targets.size()), scales(targets.size()), dx(x.size()), dgain(gain.size());
  std::vector<float> doffset(gain.size());
  log_softmax_rows(x.data(), logs.data(), count, columns, pool);
  cross_entropy_rows(x.data(), targets.data(), losses.data(), slopes.data(), count, columns, pool);
  layer_norm(x.data(), gain.data(), offset.data(), 0.1F, y.data(), means.data(), scales.data(), count, columns, pool);
  layer_norm_gradient(dy.data(), x.data(), gain.data(), means.data(), scales.data(), dx.data(), dgain.data(),
                      doffset.data(), count, columns, pool);
  std::vector<double> gains(gain.size()), offsets(gain.size());
  for (std::int64_t r = 0; r < count; r++) {
    const float* row = x.data() + r * columns;
    double total = 0, mean = 0, variance = 0;
    for (std::int64_t i = 0; i < columns; i++) {
      total += std::exp(static_cast<double>(row[i]));
      mean += static_cast<double>(row[i]) / static_cast<double>(columns);
    }
    for (std::int64_t i = 0; i < columns; i++) {
      variance += std::pow(static_cast<double>(row[i]) - mean, 2) / static_cast<double>(columns);
    }
    const double scale = 1 / std::sqrt(variance + 0.1);
    for (std::int64_t i = 0; i < columns; i++) {
      const auto at = static_cast<std::size_t>(r * columns + i), column = static_cast<std::size_t>(i);
      const double log_share = static_cast<double>(row[i]) - std::log(total);
      const bool target = i == r % columns;
      check("log-softmax", static_cast<double>(logs[at]), log_share);
      check("slope", static_cast<double>(slopes[at]), std::exp(log_share) - (target ? 1 : 0));
      if (target) check("loss", static_cast<double>(losses[static_cast<std::size_t>(r)]), -log_share);
      const double normal = (static_cast<double>(row[i]) - mean) * scale;
      check("layer norm", static_cast<double>(y[at]),
            normal * static_cast<double>(gain[column]) + static_cast<double>(offset[column]));
      gains[column] += static_cast<double>(dy[at]) * normal;
      offsets[column] += static_cast<double>(dy[at]);
    }
  }
  for (std::size_t i = 0; i < gain.size(); i++) {
    check("gain", static_cast<double>(dgain[i]), gains[i]);
    check("offset", static_cast<double>(doffset[i]), offsets[i]);
  }
}

void stretched(std::int64_t outer, std::int64_t middle, std::int64_t inner, ThreadPool* pool) {
  // a [outer, 1, inner], b [middle, inner] and b [middle, 1].
  for (const bool full : {true, false}) {
    const std::vector<float> a = numbers(outer * inner), b = numbers(middle * (full ? inner : 1));
    std::vector<float> c(static_cast<std::size_t>(outer * middle * inner));
    std::vector<std::uint8_t> larger(c.size());
    Broadcast shape;
    shape.rank = 3;
    shape.sizes[0] = outer, shape.sizes[1] = middle, shape.sizes[2] = inner;
    shape.a_steps[0] = inner, shape.a_steps[2] = 1;
    shape.b_steps[1] = full ? inner : 1, shape.b_steps[2] = full ? 1 : 0;
    broadcast(Binary::subtract, shape, a.data(), b.data(), c.data(), pool);
    compare(Comparison::greater, shape, a.data(), b.data(), larger.data(), pool);
    for (std::size_t i = 0; i < c.size(); i++) {
      const auto at = static_cast<std::int64_t>(i), j = at % inner, m = at / inner % middle;
      const float x = a[static_cast<std::size_t>(at / (middle * inner) * inner + j)];
      const float z = b[static_cast<std::size_t>(full ? m * inner + j : m)];
      check("difference", static_cast<double>(c[i]), static_cast<double>(x - z));
      check("comparison", larger[i], x > z ? 1 : 0);
    }
  }
}

void steps(std::int64_t count, ThreadPool* pool) {
  const std::vector<float> gradient = numbers(count);
  std::vector<float> theta = numbers(count), mean = numbers(count), square(theta.size(), 0.5F), velocity = mean;
  const std::vector<float> start = theta, first = mean;
  adam_step({0.5, 0.9, 0.99, 0.1, 2, 1e-8, 0.999}, theta.data(), gradient.data(), mean.data(), square.data(), count,
            pool);
  double sum = 0;
  for (std::size_t i = 0; i < theta.size(); i++) {
    const double g = 0.5 * static_cast<double>(gradient[i]);
    const double m = 0.9 * static_cast<double>(first[i]) + 0.1 * g, v = 0.99 * 0.5 + 0.01 * g * g;
    check("adam", static_cast<double>(theta[i]),
          0.999 * static_cast<double>(start[i]) - 0.1 * m / (2 * std::sqrt(v) + 1e-8));
    sum += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
  }
  check("squares", sum_of_squares(gradient.data(), count, pool), sum);
  theta = start;
  sgd_step({0.5, 0.9, 0.1, 1, true}, theta.data(), gradient.data(), velocity.data(), count, pool);
  average_step(0.75, velocity.data(), start.data(), count, pool);
  for (std::size_t i = 0; i < theta.size(); i++) {
    const double g = 0.5 * static_cast<double>(gradient[i]), b = 0.9 * static_cast<double>(first[i]) + g;
    check("descent", static_cast<double>(theta[i]), static_cast<double>(start[i]) - 0.1 * (g + 0.9 * b));
    check("average", static_cast<double>(velocity[i]), 0.75 * b + 0.25 * static_cast<double>(start[i]));
  }
}

}  // namespace

int main() {
  ThreadPool two(2);
  for (const std::int64_t size : {1, 2, 7, 8, 15, 16, 17, 33, 70}) {
    rows(5, size, nullptr);
    rows(300, size, &two);
    stretched(3, 4, size, nullptr);
    steps(size, nullptr);
  }
  stretched(40, 30, 70, &two);
  steps(100'003, &two);
  if (failures == 0) std::printf("layers: all passed\n");
  return failures == 0 ? 0 : 1;
}
