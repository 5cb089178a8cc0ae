#include "losses/ctc.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <random>
#include <vector>

/** CTC losses against a sum over every path, gradients against central differences of it, on one and more threads. */
namespace {

using namespace timestep;

int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  failures++;
  std::printf("%s does not hold\n", what);
}

struct Row {
  std::int32_t length;
  std::vector<std::int32_t> labels;
};

struct Results {
  std::vector<float> losses, gradient;
};

/** Exactly as many floats as there should be, so that the address sanitizer sees one too many. */
Results run(const std::vector<float>& logits, const std::vector<Row>& rows, std::int64_t time, std::int64_t classes,
            std::int32_t blank, ThreadPool* pool, bool zero_infinity = false, bool with_gradient = true) {
  std::vector<std::int32_t> lengths, labels, counts;
  for (const Row& row : rows) {
    lengths.push_back(row.length);
    counts.push_back(static_cast<std::int32_t>(row.labels.size()));
    labels.insert(labels.end(), row.labels.begin(), row.labels.end());
  }
  Results results{std::vector<float>(rows.size(), 7.0F), std::vector<float>(with_gradient ? logits.size() : 0, 7.0F)};
  ctc_loss({static_cast<std::int64_t>(rows.size()), time, classes, logits.data(), lengths.data(), labels.data(),
            counts.data(), blank, zero_infinity, results.losses.data(), with_gradient ? results.gradient.data() : nullptr},
           pool);
  return results;
}

/** -ln of the sum over all paths that collapse to the labels, in float64. */
double enumerated(const std::vector<double>& logits, std::int32_t length, std::int32_t classes,
                  const std::vector<std::int32_t>& labels, std::int32_t blank) {
  double total = 0;
  std::vector<std::int32_t> path(static_cast<std::size_t>(length), 0);
  for (;;) {
    std::vector<std::int32_t> said;
    double product = 1;
    for (std::int32_t t = 0; t < length; t++) {
      const std::int32_t symbol = path[static_cast<std::size_t>(t)];
      if (symbol != blank && (t == 0 || symbol != path[static_cast<std::size_t>(t - 1)])) said.push_back(symbol);
      double normaliser = 0;
      for (std::int32_t k = 0; k < classes; k++) normaliser += std::exp(logits[static_cast<std::size_t>(t * classes + k)]);
      product *= std::exp(logits[static_cast<std::size_t>(t * classes + symbol)]) / normaliser;
    }
    if (said == labels) total += product;
    std::size_t at = 0;
    while (at < path.size() && ++path[at] == classes) path[at++] = 0;
    if (at == path.size()) return -std::log(total);
  }
}

std::vector<float> normals(std::size_t count, float spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, spread);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

void against_enumeration(std::int32_t blank, ThreadPool* pool) {
  const std::int32_t one = blank == 0 ? 1 : 0, two = blank == 2 ? 1 : 2;
  const std::vector<Row> rows = {{4, {}}, {3, {one}}, {1, {two}}, {5, {one, two}}, {5, {two, two}},
                                 {3, {one, two, one}}, {5, {one, one, two, one}}, {0, {}}};
  constexpr std::int64_t time = 5, classes = 3;
  const std::vector<float> logits = normals(rows.size() * time * classes, 2, 11u + static_cast<unsigned>(blank));
  const Results results = run(logits, rows, time, classes, blank, pool);
  expect(run(logits, rows, time, classes, blank, pool, true, false).losses == results.losses, "loss without gradient");
  for (std::size_t b = 0; b < rows.size(); b++) {
    const Row& row = rows[b];
    const float* first = logits.data() + b * time * classes;
    const std::vector<double> own(first, first + time * classes);
    const auto loss = [&](std::vector<double> values) { return enumerated(values, row.length, classes, row.labels, blank); };
    const double wanted = row.length == 0 ? 0 : loss(own);
    expect(std::fabs(results.losses[b] - wanted) <= 1e-6 * (1 + wanted), "a loss");
    for (std::size_t n = 0; n < own.size(); n++) {
      double slope = 0;
      if (n < static_cast<std::size_t>(row.length) * classes) {
        std::vector<double> above = own, below = own;
        above[n] += 1e-4, below[n] -= 1e-4;
        slope = (loss(above) - loss(below)) / 2e-4;
      }
      expect(std::fabs(results.gradient[b * own.size() + n] - slope) <= 1e-6, "a gradient");
    }
  }
}

/** Sizes around the widths of vectors: gradients of a frame add up to 0, and any number of threads gives the same bits. */
void sizes(ThreadPool* pool) {
  unsigned seed = 1;
  for (const std::int64_t classes : {1, 2, 7, 8, 9, 16, 17, 33}) {
    for (const std::int64_t count : {0, 1, 6, 7, 8, 9, 15, 16, 17}) {
      if (classes == 1 && count > 0) continue;
      const std::int64_t time = 2 * count + 3;
      std::vector<Row> rows;
      for (std::int64_t b = 0; b < 3; b++) {
        Row row{static_cast<std::int32_t>(time - b), {}};
        for (std::int64_t i = 0; i < count; i++) {
          row.labels.push_back(static_cast<std::int32_t>(1 + (i * (b + 1) / 2) % (classes - 1)));
        }
        rows.push_back(row);
      }
      const std::vector<float> logits = normals(static_cast<std::size_t>(3 * time * classes), 20, seed++);
      const Results results = run(logits, rows, time, classes, 0, pool);
      const Results alone = run(logits, rows, time, classes, 0, nullptr);
      expect(results.losses == alone.losses && results.gradient == alone.gradient, "the same bits on any threads");
      for (std::int64_t frame = 0; frame < 3 * time; frame++) {
        double total = 0;
        for (std::int64_t k = 0; k < classes; k++) {
          total += static_cast<double>(results.gradient[static_cast<std::size_t>(frame * classes + k)]);
        }
        expect(std::fabs(total) < 2e-6, "a frame's gradient adds up to 0");
      }
      for (const float loss : results.losses) expect(loss >= 0 && loss < 1e4F, "a loss is finite");
    }
  }
}

void not_finite() {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<Row> rows = {{3, {1}}, {3, {1}}, {2, {1, 1}}};
  for (const float broken : {nan, infinity, -infinity}) {
    std::vector<float> logits(27, 0.5F);
    logits[4] = broken;           // row 0, frame 1, class 1
    if (broken == -infinity) logits[3] = logits[5] = broken;
    logits[9 + 1] = logits[9 + 4] = logits[9 + 7] = -infinity;  // row 1 cannot say class 1
    logits[26] = broken;                                        // past the end of row 2
    for (const bool zero : {false, true}) {
      const Results results = run(logits, rows, 3, 3, 0, nullptr, zero);
      expect(std::isnan(results.losses[0]) && std::isnan(results.gradient[8]), "NaN stays in its row");
      for (const std::size_t b : {1u, 2u}) {
        expect(results.losses[b] == (zero ? 0 : infinity), "no alignment");
        for (std::size_t n = 9 * b; n < 9 * b + 9; n++) expect(results.gradient[n] == 0, "no gradient");
      }
    }
  }
  // A frame in which each class has the least float is a frame like any other.
  const std::vector<float> lowest(3, -std::numeric_limits<float>::max());
  expect(std::fabs(run(lowest, {{1, {1}}}, 1, 3, 0, nullptr).losses[0] - std::log(3.0F)) < 1e-6F, "the least floats");
}

/** A probability of e^-100000 and its gradient. */
void far_below() {
  constexpr std::int64_t time = 1000;
  std::vector<float> logits(time * 2);
  for (std::size_t t = 0; t < time; t++) logits[2 * t + 1] = 100;  // says class 1 all the time, but is asked for none
  const Results results = run(logits, {{time, {}}}, time, 2, 0, nullptr);
  expect(std::fabs(results.losses[0] - 100000) < 0.1F, "a loss of 100000");
  expect(results.gradient[0] == -1 && results.gradient[1] == 1, "its gradient");
}

}  // namespace

int main() {
  ThreadPool pool(3);
  for (const std::int32_t blank : {0, 1, 2}) against_enumeration(blank, &pool);
  sizes(&pool);
  not_finite();
  far_below();
  if (failures == 0) std::printf("ctc: all passed\n");
  return failures == 0 ? 0 : 1;
}
