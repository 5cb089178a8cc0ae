#include "vocabulary/projected_cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "gemm/gemm.h"
#include "gemm/kept_floats.h"
#include "support/share_range.h"
#include "vocabulary/vocabulary_loops.h"

namespace timestep {
namespace {

/** Rows at a time: whole panels of every micro-kernel, and enough for a pass over the table to be worth its while. */
constexpr std::int64_t kBlock = 240;
/** Classes at a time: their logits and their rows of the table fit the second-level cache. */
constexpr std::int64_t kStretch = 240;
/** Floats that a block's logits may take, beyond which it has fewer rows. */
constexpr std::int64_t kMostLogits = 1 << 24;
/** Floats that are kept for the next call: 64 MB. */
constexpr std::int64_t kMostKept = 1 << 24;
/** Rows are filled up to whole vectors. */
constexpr std::int64_t kWhole = 16;

constexpr std::int64_t rounded_up(std::int64_t count, std::int64_t unit) { return (count + unit - 1) / unit * unit; }

template <class T>
std::vector<T> zeros(std::int64_t count) {
  return std::vector<T>(static_cast<std::size_t>(count));
}

/** One call on its way through the blocks of rows. */
class Blocks {
 public:
  Blocks(const ProjectedCrossEntropy& call, float* losses, const ProjectedGradients* gradients, float* logits,
         PackedView table, std::int64_t most, ThreadPool* pool)
      : call_(call),
        losses_(losses),
        gradients_(gradients),
        logits_(logits),
        table_(table),
        pool_(pool),
        stretch_(stretch_of(call.classes)),
        stretches_((call.classes + stretch_ - 1) / stretch_),
        hidden_(zeros<float>(most * call.size)),
        slopes_(zeros<float>(most * call.size)),
        left_(zeros<float>(packed_size(call.size, most))),
        right_(zeros<float>(packed_size(most, call.size))),
        largest_(zeros<float>(stretches_ * most)),
        sums_(largest_.size()),
        plain_(largest_.size()),
        offsets_(zeros<float>(most)),
        picked_(offsets_.size()) {}

  /** A block of the rows `places`; gives its part of the total. */
  double run(const std::int64_t* places, std::int64_t count, bool first) {
    places_ = places;
    count_ = count;
    rows_ = rounded_up(count, kWhole);
    gather_rows();
    share_stretches([&](std::int64_t s) { forward(s); });
    share_range(count, stretches_ * 64, pool_, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t r = from; r < to; r++) combine(r);
    });
    double total = 0;
    for (std::int64_t r = 0; r < count; r++) total += weight(r) * static_cast<double>(losses_[places[r]]);
    if (gradients_ == nullptr) return total;
    for (std::int64_t s = 0; s < stretches_; s++) {
      std::fill(sums_.begin() + s * rows_ + count, sums_.begin() + (s + 1) * rows_, 0.0F);
    }
    std::fill(offsets_.begin() + count, offsets_.begin() + rows_, 0.0F);
    pack_into(right_.data(), hidden_.data(), rows_, call_.size, call_.size, false, pool_);
    share_stretches([&](std::int64_t s) { backward(s, first); });
    multiply(logits_, rows_, true, table_, slopes_.data(), call_.size, count, false, nullptr, pool_);
    for (std::int64_t r = 0; r < count; r++) {
      std::copy_n(slopes_.data() + r * call_.size, call_.size, gradients_->hidden + places[r] * call_.size);
    }
    return total;
  }

 private:
  /** Short ones for a small vocabulary, so that threads have something to share. */
  static std::int64_t stretch_of(std::int64_t classes) {
    return std::min(kStretch, std::max<std::int64_t>(8, rounded_up((classes + 7) / 8, 8)));
  }

  double weight(std::int64_t r) const { return static_cast<double>(call_.weights[places_[r]]); }
  std::int64_t classes_in(std::int64_t s) const { return std::min(stretch_, call_.classes - s * stretch_); }
  float* logits_of(std::int64_t s) const { return logits_ + s * stretch_ * rows_; }

  template <class Body>
  void share_stretches(Body&& body) const {
    if (pool_ == nullptr) {
      for (std::int64_t s = 0; s < stretches_; s++) body(s);
    } else {
      pool_->run(static_cast<int>(stretches_), [&](int s) { body(s); });
    }
  }

  /** The block's hidden states one after the other, zeros up to whole vectors, and packed as the right factor. */
  void gather_rows() {
    for (std::int64_t r = 0; r < count_; r++) {
      std::copy_n(call_.hidden + places_[r] * call_.size, call_.size, hidden_.data() + r * call_.size);
    }
    std::fill(hidden_.begin() + count_ * call_.size, hidden_.begin() + rows_ * call_.size, 0.0F);
    packed_ = pack_into(left_.data(), hidden_.data(), call_.size, rows_, call_.size, true, pool_);
  }

  /** Calls `body(r, class within the stretch)` for the rows whose target lies in stretch `s`. */
  template <class Body>
  void for_targets(std::int64_t s, Body&& body) const {
    const std::int64_t from = s * stretch_, classes = classes_in(s);
    for (std::int64_t r = 0; r < count_; r++) {
      const std::int64_t at = call_.targets[places_[r]] - from;
      if (at >= 0 && at < classes) body(r, at);
    }
  }

  /** Logits of a stretch, then their exponentials. */
  void forward(std::int64_t s) {
    const std::int64_t from = s * stretch_, classes = classes_in(s);
    float* logits = logits_of(s);
    multiply(call_.table + from * call_.size, call_.size, false, packed_, logits, rows_, classes, false, nullptr, nullptr);
    const float* bias = call_.bias == nullptr ? nullptr : call_.bias + from;
    for_targets(s, [&](std::int64_t r, std::int64_t at) {
      picked_[static_cast<std::size_t>(r)] = logits[at * rows_ + r] + (bias == nullptr ? 0.0F : bias[at]);
    });
    vocabulary_loops().exponentials(logits, classes, rows_, bias, largest_.data() + s * rows_, sums_.data() + s * rows_,
                                    plain_.data() + s * rows_);
  }

  /** The loss of a row from what its stretches gave; leaves in `sums_` what their exponentials are to be scaled by. */
  void combine(std::int64_t r) {
    const auto at = [&](std::int64_t s) { return static_cast<std::size_t>(s * rows_ + r); };
    float most = largest_[at(0)];
    for (std::int64_t s = 1; s < stretches_; s++) most = std::max(most, largest_[at(s)]);
    const auto above = [&](std::int64_t s) { return static_cast<double>(largest_[at(s)]) - static_cast<double>(most); };
    double total = 0, plain = 0;
    for (std::int64_t s = 0; s < stretches_; s++) {
      total += static_cast<double>(sums_[at(s)]) * std::exp(above(s));
      plain += static_cast<double>(plain_[at(s)]) + static_cast<double>(classes_in(s)) * above(s);
    }
    const auto smoothing = static_cast<double>(call_.smoothing), classes = static_cast<double>(call_.classes);
    const double own = static_cast<double>(picked_[static_cast<std::size_t>(r)]) - static_cast<double>(most);
    double loss = std::log(total) - (1 - smoothing) * own;
    if (smoothing > 0) loss -= smoothing / classes * plain;
    losses_[places_[r]] = static_cast<float>(loss);
    for (std::int64_t s = 0; s < stretches_; s++) {
      sums_[at(s)] = static_cast<float>(weight(r) * std::exp(above(s)) / total);
    }
    offsets_[static_cast<std::size_t>(r)] = static_cast<float>(weight(r) * smoothing / classes);
  }

  /** From a stretch's exponentials to the slopes of its logits, and what they mean for its rows of table and bias. */
  void backward(std::int64_t s, bool first) {
    const std::int64_t from = s * stretch_, classes = classes_in(s);
    float* slopes = logits_of(s);
    vocabulary_loops().slopes(slopes, classes, rows_, sums_.data() + s * rows_, offsets_.data());
    for_targets(s, [&](std::int64_t r, std::int64_t at) {
      slopes[at * rows_ + r] -= static_cast<float>(weight(r) * (1 - static_cast<double>(call_.smoothing)));
    });
    if (gradients_->bias != nullptr) {
      if (first) std::fill_n(gradients_->bias + from, classes, 0.0F);
      vocabulary_loops().add_sums(slopes, classes, rows_, gradients_->bias + from);
    }
    const PackedView hidden{right_.data(), rows_, call_.size};
    multiply(slopes, rows_, false, hidden, gradients_->table + from * call_.size, call_.size, classes, !first, nullptr,
             nullptr);
  }

  const ProjectedCrossEntropy& call_;
  float* losses_;
  const ProjectedGradients* gradients_;
  float* logits_;  // [V, rows]: logits, then exponentials, then slopes
  PackedView table_;
  ThreadPool* pool_;
  const std::int64_t stretch_, stretches_;
  std::vector<float> hidden_, slopes_, left_, right_;
  std::vector<float> largest_, sums_, plain_;  // [stretches, rows]
  std::vector<float> offsets_, picked_;        // [rows]
  PackedView packed_;
  const std::int64_t* places_ = nullptr;
  std::int64_t count_ = 0, rows_ = 0;
};

}  // namespace

double projected_cross_entropy(const ProjectedCrossEntropy& call, float* losses, const ProjectedGradients* gradients,
                               ThreadPool* pool) {
  const std::int64_t size = call.size, classes = call.classes;
  std::vector<std::int64_t> places;
  for (std::int64_t row = 0; row < call.rows; row++) {
    if (call.weights[row] != 0) {
      places.push_back(row);
      continue;
    }
    losses[row] = 0;
    if (gradients != nullptr) std::fill_n(gradients->hidden + row * size, size, 0.0F);
  }
  const auto count = static_cast<std::int64_t>(places.size());
  if (count == 0) {
    if (gradients == nullptr) return 0;
    std::fill_n(gradients->table, classes * size, 0.0F);
    if (gradients->bias != nullptr) std::fill_n(gradients->bias, classes, 0.0F);
    return 0;
  }
  const std::int64_t fitting = std::max<std::int64_t>(kWhole * 3, kMostLogits / classes / kWhole * kWhole);
  const std::int64_t most = std::min({rounded_up(count, kWhole), kBlock, fitting});
  thread_local KeptFloats logits(kMostKept), packed(kMostKept);
  PackedView table;
  if (gradients != nullptr) {
    table = pack_into(packed.take(packed_size(classes, size)), call.table, classes, size, size, false, pool);
  }
  Blocks blocks(call, losses, gradients, logits.take(classes * most), table, most, pool);
  double total = 0;
  for (std::int64_t from = 0; from < count; from += most) {
    total += blocks.run(places.data() + from, std::min(most, count - from), from == 0);
  }
  logits.trim();
  packed.trim();
  return total;
}

}  // namespace timestep
