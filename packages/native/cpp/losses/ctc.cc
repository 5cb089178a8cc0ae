#include "losses/ctc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace timestep {
namespace {

struct CtcTable {
  CtcTotal (*forward)(const CtcRow& row);
  void (*backward)(const CtcRow& row, CtcTotal probability);
};

}  // namespace
}  // namespace timestep

#define TIMESTEP_LANES_BODY "losses/ctc_body.inc"
#include "support/simd_targets.h"

namespace timestep {
namespace {

const CtcTable& ctc_table() {
  static const CtcTable& chosen = TIMESTEP_CHOOSE(kCtc);
  return chosen;
}

std::size_t rounded(std::int64_t count, std::int64_t multiple) {
  return static_cast<std::size_t>((count + multiple - 1) / multiple * multiple);
}

/** The memory of one thread's rows, kept between calls unless a row was uncommonly large. */
struct Workspace {
  std::vector<float> frame;
  std::vector<double> doubles;
  std::vector<std::int64_t> longs;

  /** Points the row at memory of its sizes. */
  void serve(CtcRow& row) {
    const std::size_t classes = rounded(row.classes, 16);
    const auto width = static_cast<std::size_t>(row.width), length = static_cast<std::size_t>(row.length);
    const std::size_t shared = classes + length * (3 * width + 8) + 4 * width + 16;
    if (doubles.size() < shared + 2 * length + width) doubles.resize(shared + 2 * length + width);
    if (longs.size() < shared + width + 8) longs.resize(shared + width + 8);
    frame.assign(classes, -std::numeric_limits<float>::infinity());
    row.frame = frame.data();
    row.mantissas = doubles.data();
    row.exponents = longs.data();
    row.label_mantissas = row.mantissas + classes;
    row.label_exponents = row.exponents + classes;
    row.alpha_mantissas = row.label_mantissas + length * width;
    row.alpha_exponents = row.label_exponents + length * width;
    row.beta_mantissas = row.alpha_mantissas + length * (2 * width + 8);
    row.beta_exponents = row.alpha_exponents + length * (2 * width + 8);
    row.blank_factors = row.beta_mantissas + 4 * width + 16;
    row.posteriors = row.blank_factors + 2 * length;
    std::int64_t* skips = row.beta_exponents + 4 * width + 16;
    for (std::int64_t i = 0; i < row.width + 8; i++) {
      const bool may = i > 0 && i < row.label_count && row.labels[i] != row.labels[i - 1];
      skips[i] = may ? 0 : kImpossible;
    }
    row.skips = skips;
  }

  void trim() {
    constexpr std::size_t most = 1 << 22;
    if (doubles.size() <= most && longs.size() <= most) return;
    std::vector<double>().swap(doubles);
    std::vector<std::int64_t>().swap(longs);
  }
};

/** The loss of one row that has frames; its gradient is written up to its length. */
float row_loss(CtcRow& row, bool zero_infinity) {
  thread_local Workspace workspace;
  workspace.serve(row);
  const CtcTotal probability = ctc_table().forward(row);
  const bool possible = probability.exponent > kImpossible / 2;
  float loss = std::numeric_limits<float>::quiet_NaN();
  if (probability.finite && possible) {
    if (row.gradient != nullptr) ctc_table().backward(row, probability);
    constexpr double ln2 = 0.69314718055994530942;
    loss = static_cast<float>(-(std::log(probability.total) + static_cast<double>(probability.exponent) * ln2)) + 0.0F;
  } else {
    const float slope = probability.finite ? 0.0F : loss;
    if (row.gradient != nullptr) std::fill_n(row.gradient, row.length * row.classes, slope);
    if (probability.finite) loss = zero_infinity ? 0.0F : std::numeric_limits<float>::infinity();
  }
  workspace.trim();
  return loss;
}

}  // namespace

void ctc_loss(const CtcBatch& call, ThreadPool* pool) {
  std::vector<const std::int32_t*> labels(static_cast<std::size_t>(call.batch));
  const std::int32_t* next = call.labels;
  for (std::size_t b = 0; b < labels.size(); b++) {
    labels[b] = next;
    next += call.label_counts[b];
  }
  const std::int64_t row_size = call.time * call.classes;
  const auto one = [&](int b) {
    const std::int64_t length = call.lengths[b], label_count = call.label_counts[b];
    float* gradient = call.gradient == nullptr ? nullptr : call.gradient + b * row_size;
    if (gradient != nullptr) std::fill(gradient + length * call.classes, gradient + row_size, 0.0F);
    if (length == 0) {
      const bool possible = label_count == 0 || call.zero_infinity;
      call.losses[b] = possible ? 0.0F : std::numeric_limits<float>::infinity();
      return;
    }
    CtcRow row{};
    row.length = length;
    row.classes = call.classes;
    row.width = static_cast<std::int64_t>(rounded(label_count + 1, 8));
    row.logits = call.logits + b * row_size;
    row.labels = labels[static_cast<std::size_t>(b)];
    row.label_count = label_count;
    row.blank = call.blank;
    row.gradient = gradient;
    call.losses[b] = row_loss(row, call.zero_infinity);
  };
  const int rows = static_cast<int>(call.batch);
  if (pool != nullptr) return pool->run(rows, one);
  for (int b = 0; b < rows; b++) one(b);
}

}  // namespace timestep
