#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gemm.h"
#include "thread_pool.h"

namespace timestep {

/** A padded batch of sequences. Whatever belongs to its steps lies as [B, T, …], row-major. */
struct Sequence {
  std::int64_t batch;
  std::int64_t time;
  std::int64_t input_size;
  std::int64_t size;           // H
  const std::int32_t* lengths;  // [B], 0..T
  bool reverse;                // from each row's last step to its first

  std::int64_t rows() const { return batch * time; }
  /** The step that runs as number `order`. */
  std::int64_t step(std::int64_t order) const { return reverse ? time - 1 - order : order; }
  bool alive(std::int64_t row, std::int64_t t) const { return t < lengths[row]; }
  /** Where row `row`'s step `t` lies among all steps. */
  std::int64_t at(std::int64_t row, std::int64_t t) const { return row * time + t; }

  /** What a row carried into its living step `t`: `steps` [B, T, H] at the step before, or `initial` [B, H]. */
  const float* previous(const float* steps, const float* initial, std::int64_t row, std::int64_t t) const {
    const std::int64_t before = reverse ? t + 1 : t - 1;
    const bool first = before < 0 || before >= lengths[row];
    return first ? initial + row * size : steps + at(row, before) * size;
  }
};

/** Rows that one task takes through all steps. */
struct RowBlock {
  int index;
  std::int64_t begin;
  std::int64_t count;

  /** How many leading rows a product at step `t` must cover; 0 when all have ended. */
  std::int64_t reach(const Sequence& sequence, std::int64_t t) const {
    std::int64_t reach = count;
    while (reach > 0 && !sequence.alive(begin + reach - 1, t)) --reach;
    return reach;
  }
};

/**
 * The rows of a batch never meet before the weight gradients, so a thread takes its rows through the whole sequence
 * and no step waits for another thread. A block's share of the gate sums must also stay in the second cache.
 */
inline std::vector<RowBlock> row_blocks(std::int64_t batch, const ThreadPool* pool) {
  constexpr std::int64_t kMostRows = 64;
  const std::int64_t threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t height = std::max<std::int64_t>(1, std::min(kMostRows, (batch + threads - 1) / threads));
  std::vector<RowBlock> blocks;
  for (std::int64_t begin = 0; begin < batch; begin += height) {
    blocks.push_back({static_cast<int>(blocks.size()), begin, std::min(height, batch - begin)});
  }
  return blocks;
}

template <typename Task>
void run_blocks(const std::vector<RowBlock>& blocks, ThreadPool* pool, const Task& task) {
  const auto run = [&](int index) { task(blocks[static_cast<std::size_t>(index)]); };
  if (pool == nullptr || blocks.size() == 1) {
    for (const RowBlock& block : blocks) task(block);
  } else {
    pool->run(static_cast<int>(blocks.size()), run);
  }
}

/** Waking threads costs some microseconds, as much as a small sequence takes; those run on the caller alone. */
inline ThreadPool* worthwhile(ThreadPool* pool, const Sequence& sequence, std::int64_t gates) {
  constexpr double kLeastProducts = 5e5;
  const double products = static_cast<double>(sequence.rows()) * static_cast<double>(gates * sequence.size) *
                          static_cast<double>(sequence.input_size + sequence.size);
  return products < kLeastProducts ? nullptr : pool;
}

/** Memory for one call, kept for the next, so that a training loop neither grows nor touches fresh pages. */
class Workspace {
 public:
  /** Gives all buffers back. */
  void reset() { used_ = 0; }

  /** `count` floats, not cleared. */
  float* take(std::int64_t count) {
    if (used_ == buffers_.size()) buffers_.emplace_back();
    Buffer& buffer = buffers_[used_++];
    if (buffer.size < count) {
      buffer.memory = nullptr;
      buffer.size = 0;
      buffer.memory = allocate_floats(count);
      buffer.size = count;
    }
    return buffer.memory.get();
  }

 private:
  struct Buffer {
    AlignedFloats memory;
    std::int64_t size = 0;
  };
  std::vector<Buffer> buffers_;
  std::size_t used_ = 0;
};

inline void clear(float* to, std::int64_t count) {
  std::memset(to, 0, static_cast<std::size_t>(count) * sizeof(float));
}

inline void copy(float* to, const float* from, std::int64_t count) {
  if (to != from) std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

/** Adds up what each block gathered, [blocks, count], in the order of the blocks. */
inline void sum_blocks(const float* gathered, std::int64_t blocks, std::int64_t count, float* to) {
  clear(to, count);
  for (std::int64_t block = 0; block < blocks; ++block) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += gathered[block * count + i];
  }
}

}  // namespace timestep
