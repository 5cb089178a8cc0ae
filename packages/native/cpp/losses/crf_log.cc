#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "losses/crf.h"

namespace timestep {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();

/** ln Σ exp(term), safe from overflow; NaN when a term is NaN, -Infinity when all are. */
double log_sum(const std::vector<double>& terms) {
  double most = kNothing;
  for (const double term : terms) {
    if (std::isnan(term)) return term;
    most = std::max(most, term);
  }
  if (!std::isfinite(most)) return most;
  double total = 0;
  for (const double term : terms) total += std::exp(term - most);
  return most + std::log(total);
}

double widen(const float* values, std::size_t at) { return static_cast<double>(values[at]); }

}  // namespace

double crf_log_space(const CrfRow& row, double* posteriors, double* pairs) {
  const auto size = static_cast<std::size_t>(row.tags), length = static_cast<std::size_t>(row.length);
  std::vector<double> alpha(length * size), terms(size);
  for (std::size_t t = 0; t < length; t++) {
    for (std::size_t j = 0; j < size; j++) {
      double arrived = widen(row.start, j);
      if (t > 0) {
        for (std::size_t i = 0; i < size; i++) terms[i] = alpha[(t - 1) * size + i] + widen(row.transitions, i * size + j);
        arrived = log_sum(terms);
      }
      alpha[t * size + j] = arrived + widen(row.emissions, t * size + j);
    }
  }
  for (std::size_t k = 0; k < size; k++) terms[k] = alpha[(length - 1) * size + k] + widen(row.end, k);
  const double partition = log_sum(terms);
  if (posteriors == nullptr) return partition;
  std::fill_n(posteriors, length * size, 0.0);
  std::fill_n(pairs, size * size, 0.0);
  if (partition == kNothing) return partition;

  std::vector<double> beta(size), earlier(size);
  for (std::size_t k = 0; k < size; k++) beta[k] = widen(row.end, k);
  for (std::size_t t = length - 1;; t--) {
    for (std::size_t k = 0; k < size; k++) posteriors[t * size + k] = std::exp(alpha[t * size + k] + beta[k] - partition);
    if (t == 0) return partition;
    for (std::size_t i = 0; i < size; i++) {
      const double before = alpha[(t - 1) * size + i] - partition;
      for (std::size_t j = 0; j < size; j++) {
        terms[j] = widen(row.transitions, i * size + j) + widen(row.emissions, t * size + j) + beta[j];
        pairs[i * size + j] += std::exp(before + terms[j]);
      }
      earlier[i] = log_sum(terms);
    }
    beta.swap(earlier);
  }
}

}  // namespace timestep
