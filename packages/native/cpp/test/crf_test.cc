#include "losses/crf.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

/** Likelihood, gradient and best path of a linear chain against every path, on one and more threads. */
namespace {

using namespace timestep;

constexpr float kNever = -std::numeric_limits<float>::infinity();
int failures = 0;

void expect(bool holds, const char* what) {
  if (holds) return;
  failures++;
  std::printf("%s does not hold\n", what);
}

struct Problem {
  std::int64_t time, tags;
  std::vector<std::int32_t> lengths;
  std::vector<float> emissions, transitions, start, end;

  CrfBatch batch() const {
    return {static_cast<std::int64_t>(lengths.size()), time, tags, emissions.data(), transitions.data(), start.data(),
            end.data(), lengths.data()};
  }
};

struct Results {
  std::vector<float> likelihoods, emissions, transitions, start, end;
  std::vector<std::int32_t> best;
};

/** Exactly as many numbers as there should be, so that the address sanitizer sees one too many. */
Results run(const Problem& problem, const std::vector<std::int32_t>& path, ThreadPool* pool) {
  const std::size_t rows = problem.lengths.size(), tags = static_cast<std::size_t>(problem.tags);
  Results results{std::vector<float>(rows, 7),
                  std::vector<float>(problem.emissions.size(), 7),
                  std::vector<float>(rows * tags * tags, 7),
                  std::vector<float>(rows * tags, 7),
                  std::vector<float>(rows * tags, 7),
                  std::vector<std::int32_t>(path.size(), 7)};
  const CrfGradients gradients{results.emissions.data(), results.transitions.data(), results.start.data(), results.end.data()};
  crf_likelihood(problem.batch(), path.data(), results.likelihoods.data(), &gradients, pool);
  std::vector<float> alone(rows, 7);
  crf_likelihood(problem.batch(), path.data(), alone.data(), nullptr, pool);
  for (std::size_t b = 0; b < rows; b++) {
    expect(alone[b] == results.likelihoods[b] || std::isnan(alone[b]), "the likelihood alone");
  }
  crf_viterbi(problem.batch(), results.best.data(), pool);
  return results;
}

Problem drawn(std::int64_t time, std::int64_t tags, std::vector<std::int32_t> lengths, float spread, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  const auto values = [&](std::int64_t count, float scale) {
    std::vector<float> drawn(static_cast<std::size_t>(count));
    for (float& value : drawn) value = scale * normal(random);
    return drawn;
  };
  const auto rows = static_cast<std::int64_t>(lengths.size());
  return {time, tags, std::move(lengths), values(rows * time * tags, spread), values(tags * tags, 1), values(tags, 1), values(tags, 1)};
}

/** Visits every path of one row with its score. */
template <class Visit>
void every_path(const Problem& problem, std::size_t b, Visit&& visit) {
  const auto length = static_cast<std::size_t>(problem.lengths[b]), tags = static_cast<std::size_t>(problem.tags);
  const float* emissions = problem.emissions.data() + b * static_cast<std::size_t>(problem.time) * tags;
  std::vector<std::int32_t> path(length, 0);
  for (;;) {
    double score = static_cast<double>(problem.start[static_cast<std::size_t>(path[0])]) +
                   static_cast<double>(problem.end[static_cast<std::size_t>(path[length - 1])]);
    for (std::size_t t = 0; t < length; t++) {
      const auto tag = static_cast<std::size_t>(path[t]);
      score += static_cast<double>(emissions[t * tags + tag]);
      if (t > 0) score += static_cast<double>(problem.transitions[static_cast<std::size_t>(path[t - 1]) * tags + tag]);
    }
    visit(path, score);
    std::size_t at = length;
    while (at > 0 && ++path[at - 1] == static_cast<std::int32_t>(tags)) path[--at] = 0;
    if (at == 0) return;
  }
}

void against_every_path(const Problem& problem, ThreadPool* pool) {
  const auto time = static_cast<std::size_t>(problem.time), tags = static_cast<std::size_t>(problem.tags);
  std::vector<std::int32_t> paths(problem.lengths.size() * time, 0);
  std::vector<double> partitions(problem.lengths.size(), 0), bests(problem.lengths.size(), 0);
  for (std::size_t b = 0; b < problem.lengths.size(); b++) {
    if (problem.lengths[b] == 0) continue;
    double most = static_cast<double>(kNever), total = 0;
    int seen = 0;
    every_path(problem, b, [&](const std::vector<std::int32_t>& path, double score) {
      most = std::max(most, score);
      if (score > static_cast<double>(kNever) && seen++ < 3) std::copy(path.begin(), path.end(), &paths[b * time]);
    });
    every_path(problem, b, [&](const auto&, double score) { total += std::exp(score - most); });
    partitions[b] = most + std::log(total);
    bests[b] = most;
  }
  const Results results = run(problem, paths, pool);
  for (std::size_t b = 0; b < problem.lengths.size(); b++) {
    const auto length = static_cast<std::size_t>(problem.lengths[b]);
    std::vector<double> emissions(time * tags), transitions(tags * tags), start(tags), end(tags);
    double chosen = 0, found = static_cast<double>(kNever);
    const auto count = [&](const std::vector<std::int32_t>& path, double weight) {
      for (std::size_t t = 0; t < length; t++) {
        const auto tag = static_cast<std::size_t>(path[t]);
        emissions[t * tags + tag] += weight;
        if (t > 0) transitions[static_cast<std::size_t>(path[t - 1]) * tags + tag] += weight;
      }
      start[static_cast<std::size_t>(path.front())] += weight;
      end[static_cast<std::size_t>(path.back())] += weight;
    };
    if (length > 0) {
      every_path(problem, b, [&](const std::vector<std::int32_t>& path, double score) {
        count(path, -std::exp(score - partitions[b]));
        if (std::equal(path.begin(), path.end(), &paths[b * time])) chosen = score, count(path, 1);
        if (std::equal(path.begin(), path.end(), &results.best[b * time])) found = score;
      });
      expect(std::fabs(found - bests[b]) < 1e-9 * (1 + std::fabs(bests[b])), "the best path");
    }
    const double likelihood = chosen - partitions[b];
    expect(std::fabs(static_cast<double>(results.likelihoods[b]) - likelihood) < 1e-6 * (1 + std::fabs(likelihood)), "a likelihood");
    const auto same = [&](const std::vector<double>& wanted, const std::vector<float>& all, const char* what) {
      for (std::size_t n = 0; n < wanted.size(); n++) {
        expect(std::fabs(static_cast<double>(all[b * wanted.size() + n]) - wanted[n]) < 1e-6, what);
      }
    };
    same(emissions, results.emissions, "a gradient of emissions");
    same(transitions, results.transitions, "a gradient of transitions");
    same(start, results.start, "a gradient of starts");
    same(end, results.end, "a gradient of ends");
    for (std::size_t t = length; t < time; t++) expect(results.best[b * time + t] == -1, "nothing past the end");
  }
}

/** Sizes around the widths of vectors and groups: the same bits with any number of threads, gradients that add up. */
void sizes(ThreadPool* pool) {
  for (const std::int64_t tags : {1, 2, 7, 8, 9, 16, 17, 33, 40}) {
    const Problem problem = drawn(6, tags, {6, 1, 5, 0, 6, 3, 2, 6, 4}, 3, static_cast<unsigned>(tags));
    const std::vector<std::int32_t> path(9 * 6, static_cast<std::int32_t>(tags - 1));
    const Results shared = run(problem, path, pool), alone = run(problem, path, nullptr);
    expect(shared.likelihoods == alone.likelihoods && shared.emissions == alone.emissions &&
               shared.transitions == alone.transitions && shared.best == alone.best,
           "the same bits on any threads");
    const std::size_t frame = static_cast<std::size_t>(tags);
    for (std::size_t at = 0; at < shared.emissions.size(); at += frame) {
      double total = 0;
      for (std::size_t k = 0; k < frame; k++) total += static_cast<double>(shared.emissions[at + k]);
      expect(std::fabs(total) < 2e-6, "a step's gradient adds up to 0");
    }
  }
}

void not_finite() {
  for (const float broken : {std::numeric_limits<float>::quiet_NaN(), -kNever}) {
    Problem problem = drawn(3, 4, {3, 3}, 1, 5);
    problem.emissions[6] = broken;
    const Results results = run(problem, std::vector<std::int32_t>(6, 1), nullptr);
    expect(std::isnan(results.likelihoods[0]) || results.likelihoods[0] == kNever, "a broken row");
    expect(std::isfinite(results.likelihoods[1]), "the row beside it");
  }
  Problem problem = drawn(3, 2, {3, 3, 3, 3, 3}, 1, 6);
  problem.transitions = {0, kNever, kNever, 0};
  problem.start[1] = kNever;
  problem.end[0] = kNever;
  for (const std::int32_t tag : run(problem, std::vector<std::int32_t>(15, 0), nullptr).best) {
    expect(tag == -1, "no path is allowed");
  }
}

}  // namespace

int main() {
  ThreadPool pool(3);
  against_every_path(drawn(5, 3, {5, 0, 4, 1, 2, 5, 3}, 1, 1), &pool);
  against_every_path(drawn(4, 5, {4, 3}, 2, 2), nullptr);
  against_every_path(drawn(3, 1, {3, 1}, 2, 3), &pool);
  Problem constrained = drawn(5, 3, {5, 4, 1, 3, 2}, 1, 4);
  constrained.transitions[1] = constrained.transitions[6] = constrained.start[1] = constrained.end[2] = kNever;
  against_every_path(constrained, &pool);
  // One tag leads by hundreds of nats and must not change into another: only log space holds what comes after.
  Problem hard = drawn(6, 3, {6, 5, 2}, 400, 8);
  for (std::size_t n = 0; n < 9; n++) hard.transitions[n] = n % 4 == 0 ? 0.5F : kNever;
  against_every_path(hard, &pool);
  against_every_path(drawn(5, 3, {5, 5, 3}, 900, 9), &pool);
  sizes(&pool);
  not_finite();
  if (failures == 0) std::printf("crf: all passed\n");
  return failures == 0 ? 0 : 1;
}
