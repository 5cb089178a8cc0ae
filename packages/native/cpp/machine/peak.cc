#include "machine/peak.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "gemm/gemm.h"
#include "gemm/gemm_kernels.h"

namespace timestep {
namespace {

/** A share of memory is whole blocks of so many floats. */
constexpr std::int64_t kMemoryBlock = 128;

struct MemoryTable {
  float (*read)(const float* x, std::int64_t count);
  void (*triad)(float* a, const float* b, const float* c, std::int64_t count);
};

}  // namespace
}  // namespace timestep

#define TIMESTEP_LANES_BODY "machine/peak_body.inc"
#include "support/simd_targets.h"

namespace timestep {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/**
 * Work a second: `round(repeats)` does `repeats` units and is timed as a whole. A round takes about two milliseconds,
 * so that waking threads is a small part of it and many fit between two interruptions. A first round that was
 * interrupted looks long enough with few repeats; later ones, too short for the clock, then double them and do not count.
 */
double best_rate(double milliseconds, const std::function<void(std::int64_t)>& round) {
  constexpr double round_seconds = 2e-3;
  constexpr std::int64_t most_repeats = std::int64_t{1} << 30;
  round(1);  // memory is mapped and caches are filled
  std::int64_t repeats = 1;
  double best = 0;
  const auto start = Clock::now();
  do {
    const auto began = Clock::now();
    round(repeats);
    const double took = seconds_since(began);
    if (took >= round_seconds / 2 || repeats >= most_repeats) {
      best = std::max(best, static_cast<double>(repeats) / took);
    } else {
      repeats *= 2;
    }
  } while (best == 0 || seconds_since(start) * 1e3 < milliseconds);
  return best;
}

/** Where results go that nobody reads, so that the compiler cannot leave their computation out. */
volatile float sink;

}  // namespace

double peak(int threads, double milliseconds) {
  const Kernels& set = kernels();
  // A's rows and one panel of B take half of a 32 KB cache.
  const std::int64_t k = 4096 / (set.width + set.rows);
  const std::int64_t size = set.rows * k + k * set.width + set.rows * set.width;
  std::vector<AlignedFloats> operands;
  for (int i = 0; i < threads; i++) {
    operands.push_back(allocate_floats(size));
    std::fill_n(operands.back().get(), size, 0.5f);
  }
  ThreadPool pool(threads);
  const auto round = [&](std::int64_t repeats) {
    pool.run(threads, [&](int part) {
      float* const memory = operands[static_cast<std::size_t>(part)].get();
      TileJob job{};
      job.b = memory;
      job.a = memory + k * set.width;
      job.c = memory + k * set.width + set.rows * k;
      job.b_step = set.width;
      job.a_row = k;
      job.a_step = 1;
      job.k = k;
      job.c_row = set.width;
      job.columns = set.width;
      for (std::int64_t i = 0; i < repeats; i++) set.full[set.rows - 1](job);
    });
  };
  return best_rate(milliseconds, round) * 2.0 * static_cast<double>(set.rows * set.width * k) * threads;
}

double bandwidth(Traffic traffic, int threads, std::int64_t bytes, double milliseconds) {
  const MemoryTable& table = TIMESTEP_CHOOSE(kMemory);
  const int streams = traffic == Traffic::triad ? 3 : 1;
  const std::int64_t share = bytes / static_cast<std::int64_t>(sizeof(float)) / threads / streams;
  const std::int64_t count = std::max<std::int64_t>(share / kMemoryBlock, 1) * kMemoryBlock;
  std::vector<AlignedFloats> memory;
  for (int i = 0; i < threads * streams; i++) {
    memory.push_back(allocate_floats(count));
    std::fill_n(memory.back().get(), count, 0.5f);
  }
  std::vector<float> totals(static_cast<std::size_t>(threads), 0.0f);
  ThreadPool pool(threads);
  const auto round = [&](std::int64_t repeats) {
    pool.run(threads, [&](int part) {
      const auto first = static_cast<std::size_t>(part * streams);
      float* const a = memory[first].get();
      float total = 0;
      for (std::int64_t i = 0; i < repeats; i++) {
        if (traffic == Traffic::read) {
          total += table.read(a, count);
        } else {
          table.triad(a, memory[first + 1].get(), memory[first + 2].get(), count);
          total += a[count - 1];
        }
      }
      totals[static_cast<std::size_t>(part)] = total;
    });
    for (const float total : totals) sink = total;
  };
  return best_rate(milliseconds, round) * static_cast<double>(count * streams) * sizeof(float) * threads;
}

}  // namespace timestep
