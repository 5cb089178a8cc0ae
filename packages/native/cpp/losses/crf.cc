#include "losses/crf.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "losses/crf_common.h"
#include "losses/crf_steps.h"

namespace timestep {
namespace {

/** The largest of some weights, or 0 when there is none that is finite. */
double largest(const float* values, std::int64_t count) {
  float most = kForbidden;
  for (std::int64_t n = 0; n < count; n++) most = values[n] > most ? values[n] : most;
  return std::isfinite(most) ? static_cast<double>(most) : 0;
}

/** How low a tag may fall, for each number of steps from one end: tags that no allowed path reaches are not asked. */
class Thresholds {
 public:
  /** `stride` is what leads from one tag to the next along the row of possible successors. */
  Thresholds(const float* first, const float* transitions, std::int64_t tags, std::int64_t time, bool transposed) {
    const std::int64_t padded = padded_size(tags);
    std::vector<char> now(index(tags));
    for (std::int64_t k = 0; k < tags; k++) now[index(k)] = first[k] != kForbidden;
    for (std::int64_t t = 0; t < time; t++) {
      std::vector<double> table(index(padded), -1);
      for (std::int64_t k = 0; k < tags; k++) table[index(k)] = now[index(k)] ? kSmallestTrusted : -1;
      tables_.push_back(std::move(table));
      std::vector<char> next(index(tags), 0);
      for (std::int64_t from = 0; from < tags; from++) {
        for (std::int64_t to = 0; to < tags; to++) {
          const bool allowed = transitions[from * tags + to] != kForbidden;
          if (allowed && now[index(transposed ? to : from)]) next[index(transposed ? from : to)] = 1;
        }
      }
      if (next == now) return;  // and so for ever
      now.swap(next);
    }
  }

  const double* at(std::int64_t steps) const {
    return tables_[std::min(index(steps), tables_.size() - 1)].data();
  }

 private:
  std::vector<std::vector<double>> tables_;
};

/** The weights as factors exp(weight - largest), so that the recursions are products. */
struct Scaled {
  explicit Scaled(const CrfBatch& call)
      : padded(padded_size(call.tags)),
        transitions(index(call.tags * padded)),
        transposed(index(call.tags * padded)),
        start(index(padded)),
        end(index(padded)),
        from_start(call.start, call.transitions, call.tags, call.time, false),
        to_end(call.end, call.transitions, call.tags, call.time, true) {
    const std::int64_t tags = call.tags;
    transition_shift = largest(call.transitions, tags * tags);
    start_shift = largest(call.start, tags);
    end_shift = largest(call.end, tags);
    std::vector<float> row(index(padded), kForbidden);
    for (std::int64_t from = 0; from < tags; from++) {
      std::copy_n(call.transitions + from * tags, tags, row.data());
      crf_steps().exponentials(row.data(), transition_shift, transitions.data() + from * padded, padded);
      for (std::int64_t to = 0; to < tags; to++) {
        transposed[index(to * padded + from)] = transitions[index(from * padded + to)];
      }
    }
    std::copy_n(call.start, tags, row.data());
    crf_steps().exponentials(row.data(), start_shift, start.data(), padded);
    std::copy_n(call.end, tags, row.data());
    crf_steps().exponentials(row.data(), end_shift, end.data(), padded);
  }

  std::int64_t padded;
  std::vector<double> transitions, transposed, start, end;
  double transition_shift = 0, start_shift = 0, end_shift = 0;
  Thresholds from_start, to_end;
};

/** One row on its way through the recursions. */
struct Row {
  std::int64_t b = 0, length = 0;
  const float* emissions = nullptr;
  std::vector<double> alpha, factors;  // [L, padded]; the backward pass leaves α/norm and factors∘β there
  std::vector<double> carried;         // [padded], what arrived, then β
  double partition = 0;
  bool lost = false;
};

/** Up to four rows that take each step together. */
class Group {
 public:
  Group(const CrfBatch& call, const Scaled& scaled, std::int64_t first, std::int64_t count)
      : call_(call), scaled_(scaled), padded_(scaled.padded), frame_(index(scaled.padded), kForbidden) {
    for (std::int64_t b = first; b < first + count; b++) {
      Row row;
      row.b = b;
      row.length = call.lengths[b];
      row.emissions = call.emissions + b * call.time * call.tags;
      row.alpha.resize(index(row.length * padded_));
      row.factors.resize(index(row.length * padded_));
      row.carried = scaled.start;
      rows_.push_back(std::move(row));
    }
  }

  /** ln Z of each row; `lost` where float64 could not hold it. */
  void forward() {
    for (std::int64_t t = 0; t < call_.time; t++) {
      const std::vector<Row*> active = those_at(t);
      if (active.empty()) break;
      if (t > 0) multiply(active, scaled_.transitions, [&](Row& row) { return row.alpha.data() + (t - 1) * padded_; });
      for (Row* row : active) {
        double* factors = row->factors.data() + t * padded_;
        std::copy_n(row->emissions + t * call_.tags, call_.tags, frame_.data());
        const double most = largest(frame_.data(), call_.tags);
        crf_steps().exponentials(frame_.data(), most, factors, padded_);
        const double total = crf_steps().forward(row->carried.data(), factors, scaled_.from_start.at(t),
                                                 row->alpha.data() + t * padded_, padded_);
        row->lost = total < 0;
        row->partition += most + std::log(total);
      }
    }
    for (Row& row : rows_) {
      if (row.length == 0 || row.lost) continue;
      double ending = 0;
      const double* last = row.alpha.data() + (row.length - 1) * padded_;
      for (std::int64_t k = 0; k < call_.tags; k++) ending += last[k] * scaled_.end[index(k)];
      row.lost = !(ending >= kSmallestTrusted);
      row.partition += std::log(ending) + scaled_.start_shift +
                       static_cast<double>(row.length - 1) * scaled_.transition_shift + scaled_.end_shift;
    }
  }

  void likelihoods(const std::int32_t* paths, float* to) {
    for (Row& row : rows_) {
      if (row.length == 0) {
        to[row.b] = 0;
        continue;
      }
      const std::int32_t* path = paths + row.b * call_.time;
      double score = widen(call_.start[path[0]]) + widen(call_.end[path[row.length - 1]]);
      for (std::int64_t t = 0; t < row.length; t++) {
        score += widen(row.emissions[t * call_.tags + path[t]]);
        if (t > 0) score += widen(call_.transitions[path[t - 1] * call_.tags + path[t]]);
      }
      if (row.lost) row.partition = crf_log_space(in_log_space(row), nullptr, nullptr);
      to[row.b] = static_cast<float>(score - row.partition);
    }
  }

  /** Observed minus expected counts. */
  void gradients(const std::int32_t* paths, const CrfGradients& to) {
    const std::int64_t tags = call_.tags, square = tags * tags;
    for (const Row& row : rows_) {
      std::fill_n(to.start + row.b * tags, tags, 0.0F);
      std::fill_n(to.end + row.b * tags, tags, 0.0F);
      std::fill_n(to.transitions + row.b * square, square, 0.0F);
      float* emissions = to.emissions + row.b * call_.time * tags;
      std::fill(emissions + row.length * tags, emissions + call_.time * tags, 0.0F);
    }
    backward(to.emissions);
    for (Row& row : rows_) {
      if (row.length == 0) continue;
      float* emissions = to.emissions + row.b * call_.time * tags;
      float* transitions = to.transitions + row.b * square;
      if (row.lost) {
        from_log_space(row, emissions, transitions);
      } else {
        expected_transitions(row, transitions);
      }
      const std::int32_t* path = paths + row.b * call_.time;
      for (std::int64_t t = 0; t < row.length; t++) {
        emissions[t * tags + path[t]] += 1;
        if (t > 0) transitions[path[t - 1] * tags + path[t]] += 1;
      }
      std::copy_n(emissions, tags, to.start + row.b * tags);
      std::copy_n(emissions + (row.length - 1) * tags, tags, to.end + row.b * tags);
    }
  }

 private:
  static double widen(float value) { return static_cast<double>(value); }

  CrfRow in_log_space(const Row& row) const {
    return {row.length, call_.tags, row.emissions, call_.transitions, call_.start, call_.end};
  }

  std::vector<Row*> those_at(std::int64_t step) {
    std::vector<Row*> active;
    for (Row& row : rows_) {
      if (step < row.length && !row.lost) active.push_back(&row);
    }
    return active;
  }

  /** carried = vector·matrix for each row. */
  template <class VectorOf>
  void multiply(const std::vector<Row*>& active, const std::vector<double>& matrix, VectorOf&& vector_of) {
    CrfProduct product{static_cast<int>(active.size()), call_.tags, 1, padded_, {}, matrix.data(), {}};
    for (std::size_t r = 0; r < active.size(); r++) {
      product.a[r] = vector_of(*active[r]);
      product.result[r] = active[r]->carried.data();
    }
    crf_steps().multiply(product);
  }

  /** Writes minus the probability of each tag of each step; leaves in α and factors what the transitions need. */
  void backward(float* d_emissions) {
    for (Row& row : rows_) row.carried = scaled_.end;
    std::vector<double> left(index(padded_));
    for (std::int64_t remaining = 0; remaining < call_.time; remaining++) {
      const std::vector<Row*> active = those_at(remaining);
      if (active.empty()) return;
      if (remaining > 0) {
        for (Row* row : active) {
          crf_steps().scale(row->carried.data(), row->factors.data() + (row->length - remaining) * padded_, padded_);
        }
        multiply(active, scaled_.transposed,
                 [&](Row& row) { return row.factors.data() + (row.length - remaining) * padded_; });
      }
      for (Row* row : active) {
        const std::int64_t t = row->length - 1 - remaining;
        double* alpha = row->alpha.data() + t * padded_;
        row->lost = !crf_steps().backward(alpha, left.data(), row->carried.data(), scaled_.to_end.at(remaining), padded_);
        crf_steps().negate(alpha, d_emissions + (row->b * call_.time + t) * call_.tags, call_.tags);
        std::copy(left.begin(), left.end(), alpha);
      }
    }
  }

  /** Minus the expected number of each transition: Σt left[t]ᵀ·right[t + 1], times the factors of the transitions. */
  void expected_transitions(const Row& row, float* to) {
    const std::int64_t tags = call_.tags;
    if (row.length < 2) return;
    std::vector<double> results(index(4 * padded_));
    for (std::int64_t from = 0; from < tags; from += 4) {
      CrfProduct product{static_cast<int>(std::min<std::int64_t>(4, tags - from)), row.length - 1, padded_, padded_, {},
                         row.factors.data() + padded_, {}};
      for (int r = 0; r < product.rows; r++) {
        product.a[r] = row.alpha.data() + from + r;
        product.result[r] = results.data() + r * padded_;
      }
      crf_steps().multiply(product);
      for (int r = 0; r < product.rows; r++) {
        crf_steps().scale(scaled_.transitions.data() + (from + r) * padded_, product.result[r], padded_);
        crf_steps().negate(product.result[r], to + (from + r) * tags, tags);
      }
    }
  }

  void from_log_space(const Row& row, float* emissions, float* transitions) {
    const std::int64_t tags = call_.tags;
    std::vector<double> posteriors(index(row.length * tags)), pairs(index(tags * tags));
    crf_log_space(in_log_space(row), posteriors.data(), pairs.data());
    std::transform(posteriors.begin(), posteriors.end(), emissions, [](double p) { return static_cast<float>(-p); });
    std::transform(pairs.begin(), pairs.end(), transitions, [](double p) { return static_cast<float>(-p); });
  }

  const CrfBatch& call_;
  const Scaled& scaled_;
  const std::int64_t padded_;
  std::vector<float> frame_;  // [padded], the last ones -Infinity
  std::vector<Row> rows_;
};

}  // namespace

void crf_likelihood(const CrfBatch& call, const std::int32_t* path, float* likelihoods, const CrfGradients* gradients,
                    ThreadPool* pool) {
  const Scaled scaled(call);
  const std::int64_t threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t together = std::min<std::int64_t>(4, (call.batch + threads - 1) / threads);
  share_tasks((call.batch + together - 1) / together, pool, [&](int n) {
    const std::int64_t first = n * together;
    Group group(call, scaled, first, std::min(together, call.batch - first));
    group.forward();
    group.likelihoods(path, likelihoods);
    if (gradients != nullptr) group.gradients(path, *gradients);
  });
}

}  // namespace timestep
