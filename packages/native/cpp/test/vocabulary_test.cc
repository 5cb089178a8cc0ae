#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "vocabulary/projected_cross_entropy.h"
#include "vocabulary/top_rows.h"

/** The output layer over a vocabulary on odd sizes, for the sanitizers and against plain loops in double precision. */
namespace {

using namespace timestep;

int failures = 0;
std::uint32_t state = 7;

std::uint32_t bits() {
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

std::vector<float> numbers(std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(static_cast<std::int32_t>(bits()) % 2000 - 1000) / 700;
  return values;
}

void check(const char* what, double value, double wanted) {
  if (std::fabs(value - wanted) <= 1e-4 * (1 + std::fabs(wanted))) return;
  if (failures++ < 10) std::printf("%s: %g for %g\n", what, value, wanted);
}

std::size_t at(std::int64_t n) { return static_cast<std::size_t>(n); }
double wide(float value) { return static_cast<double>(value); }

struct Results {
  std::vector<float> losses, hidden, table, bias;
  double total = 0;
};

/** Results with memory that a kernel must write over. */
Results dirty(std::int64_t rows, std::int64_t size, std::int64_t classes) {
  const float old = std::numeric_limits<float>::quiet_NaN();
  return {std::vector<float>(at(rows), old), std::vector<float>(at(rows * size), old),
          std::vector<float>(at(classes * size), old), std::vector<float>(at(classes), old)};
}

void projected(std::int64_t rows, std::int64_t size, std::int64_t classes, float smoothing, bool biased, ThreadPool* two) {
  const std::vector<float> hidden = numbers(rows * size), table = numbers(classes * size), bias = numbers(classes);
  std::vector<float> weights = numbers(rows);
  std::vector<std::int32_t> targets(at(rows));
  for (std::int64_t r = 0; r < rows; r++) {
    targets[at(r)] = static_cast<std::int32_t>(bits() % static_cast<std::uint32_t>(classes));
    if (r % 4 == 2) weights[at(r)] = 0, targets[at(r)] = -1;
  }
  const ProjectedCrossEntropy call{rows,           size,          classes, hidden.data(), table.data(), biased ? bias.data() : nullptr,
                                   targets.data(), weights.data(), smoothing};
  Results one = dirty(rows, size, classes), other = dirty(rows, size, classes);
  for (Results* results : {&one, &other}) {
    const ProjectedGradients gradients{results->hidden.data(), results->table.data(),
                                       biased ? results->bias.data() : nullptr};
    results->total = projected_cross_entropy(call, results->losses.data(), &gradients, results == &one ? nullptr : two);
  }
  const bool same = one.total == other.total && one.losses == other.losses && one.hidden == other.hidden &&
                    one.table == other.table && (!biased || one.bias == other.bias);
  check("the same bits from two threads", same, 1);
  std::vector<float> losses(at(rows));
  check("without gradients", projected_cross_entropy(call, losses.data(), nullptr, two), one.total);

  double total = 0;
  std::vector<double> d_table(at(classes * size)), d_bias(at(classes)), logits(at(classes));
  for (std::int64_t r = 0; r < rows; r++) {
    double most = -1e300, sum = 0, loss = 0;
    for (std::int64_t v = 0; v < classes; v++) {
      double logit = biased ? wide(bias[at(v)]) : 0;
      for (std::int64_t i = 0; i < size; i++) logit += wide(hidden[at(r * size + i)]) * wide(table[at(v * size + i)]);
      logits[at(v)] = logit;
      most = std::max(most, logit);
    }
    for (const double logit : logits) sum += std::exp(logit - most);
    const double partition = most + std::log(sum), weight = wide(weights[at(r)]), spread = wide(smoothing);
    std::vector<double> d_hidden(at(size));
    for (std::int64_t v = 0; v < classes; v++) {
      const double wanted = spread / static_cast<double>(classes) + (v == targets[at(r)] ? 1 - spread : 0);
      const double slope = weight * (std::exp(logits[at(v)] - partition) - wanted);
      loss += wanted * (partition - logits[at(v)]);
      d_bias[at(v)] += slope;
      for (std::int64_t i = 0; i < size; i++) {
        d_hidden[at(i)] += slope * wide(table[at(v * size + i)]);
        d_table[at(v * size + i)] += slope * wide(hidden[at(r * size + i)]);
      }
    }
    check("loss", wide(one.losses[at(r)]), weight == 0 ? 0 : loss);
    check("loss alone", wide(losses[at(r)]), wide(one.losses[at(r)]));
    total += weight == 0 ? 0 : weight * loss;
    for (std::int64_t i = 0; i < size; i++) check("hidden", wide(one.hidden[at(r * size + i)]), d_hidden[at(i)]);
  }
  check("total", one.total, total);
  for (std::int64_t i = 0; i < classes * size; i++) check("table", wide(one.table[at(i)]), d_table[at(i)]);
  for (std::int64_t v = 0; biased && v < classes; v++) check("bias", wide(one.bias[at(v)]), d_bias[at(v)]);
}

void top(std::int64_t rows, std::int64_t columns, std::int64_t count, ThreadPool* pool) {
  std::vector<float> logits = numbers(rows * columns);
  for (std::size_t i = 0; i < logits.size(); i += 3) logits[i] = std::round(logits[i]);  // some are equal
  std::vector<std::int32_t> away, starts(1);
  for (std::int64_t r = 0; r < rows; r++) {
    for (std::int64_t n = 0; n < columns / 3 && r % 2 == 0; n++) {
      away.push_back(static_cast<std::int32_t>(bits() % static_cast<std::uint32_t>(columns)));
    }
    starts.push_back(static_cast<std::int32_t>(away.size()));
  }
  std::vector<float> values(at(rows * count));
  std::vector<std::int32_t> ids(values.size());
  top_log_probabilities(logits.data(), rows, columns, count, {away.data(), starts.data()}, values.data(), ids.data(), pool);
  for (std::int64_t r = 0; r < rows; r++) {
    const float* row = logits.data() + r * columns;
    double sum = 0;
    std::vector<std::int32_t> order;
    for (std::int64_t c = 0; c < columns; c++) {
      sum += std::exp(wide(row[c]));
      const auto from = away.begin() + starts[at(r)], to = away.begin() + starts[at(r + 1)];
      if (std::find(from, to, static_cast<std::int32_t>(c)) == to) order.push_back(static_cast<std::int32_t>(c));
    }
    std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return row[a] > row[b]; });
    for (std::int64_t n = 0; n < count; n++) {
      const bool some = n < static_cast<std::int64_t>(order.size());
      check("id", ids[at(r * count + n)], some ? order[at(n)] : -1);
      const float value = values[at(r * count + n)];
      check("value", some ? wide(value) : std::isinf(value), some ? wide(row[order[at(n)]]) - std::log(sum) : 1);
    }
  }
}

void unusable() {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const std::int64_t columns : {1, 3, 40}) {
    for (const float odd : {nan, infinity, -infinity}) {
      std::vector<float> row(at(columns), std::isinf(odd) && odd < 0 ? odd : 0.0F);
      row[at(columns / 2)] = odd;
      const std::vector<std::int32_t> starts(2);
      std::vector<float> values(2);
      std::vector<std::int32_t> ids(2);
      top_log_probabilities(row.data(), 1, columns, 2, {nullptr, starts.data()}, values.data(), ids.data(), nullptr);
      check("nothing usable", std::isnan(values[0]) && std::isnan(values[1]), 1);
    }
  }
}

}  // namespace

int main() {
  ThreadPool two(2);
  for (const std::int64_t size : {1, 7, 16, 33}) {
    projected(1, size, 2, 0.1F, true, &two);
    projected(3, size, 17, 0, false, &two);
    projected(5, size, 300, 0.1F, size == 7, &two);
  }
  projected(250, 9, 40, 0.2F, true, &two);    // two blocks of rows
  projected(500, 3, 7, 0, true, &two);        // three, fewer classes than a stretch
  projected(20, 5, 2500, 0.1F, true, &two);   // many stretches
  for (const std::int64_t columns : {1, 2, 4, 15, 16, 17, 100}) {
    for (const std::int64_t count : {1, 2, 5, 20}) top(3, columns, count, nullptr);
  }
  top(40, 3000, 6, &two);
  unusable();
  if (failures == 0) std::printf("vocabulary: all passed\n");
  return failures == 0 ? 0 : 1;
}
