#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "gemm/gemm.h"
#include "support/thread_pool.h"

namespace timestep {

/** A padded batch of sequences. Whatever belongs to its steps lies as [B, T, …], row-major. */
struct Sequence {
  std::int64_t batch;
  std::int64_t time;
  std::int64_t input_size;
  std::int64_t size;            // H
  std::int64_t pitch;           // floats from one step of the output to the next: H, or 2H where directions share it
  const std::int32_t* lengths;  // [B], 0..T
  bool reverse;                 // from each row's last step to its first

  std::int64_t rows() const { return batch * time; }
  /** The step that runs as number `order`. */
  std::int64_t step(std::int64_t order) const { return reverse ? time - 1 - order : order; }
  bool alive(std::int64_t row, std::int64_t t) const { return t < lengths[row]; }
  /** Where row `row`'s step `t` lies among all steps. */
  std::int64_t at(std::int64_t row, std::int64_t t) const { return row * time + t; }

  /** What a row carried into its living step `t`: `steps` at the step before, `apart` floats a step, or `initial`. */
  const float* previous(const float* steps, std::int64_t apart, const float* initial, std::int64_t row,
                        std::int64_t t) const {
    const std::int64_t before = reverse ? t + 1 : t - 1;
    const bool first = before < 0 || before >= lengths[row];
    return first ? initial + row * size : steps + at(row, before) * apart;
  }
};

/** Rows that one task takes through all steps of one direction. */
struct RowBlock {
  std::size_t direction;
  std::int64_t index;  // among the blocks of this direction
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
 * and no step waits for another thread. Two directions share the threads: with half as many blocks each, the weights
 * are read for twice as many rows at once. A block's share of the gate sums must also stay in the second cache.
 */
inline std::int64_t block_height(std::int64_t batch, const ThreadPool* pool, std::size_t directions) {
  constexpr std::int64_t kMostRows = 64;
  const std::int64_t threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t each = std::max<std::int64_t>(1, threads / static_cast<std::int64_t>(directions));
  return std::max<std::int64_t>(1, std::min(kMostRows, (batch + each - 1) / each));
}

/** Waking threads costs ten microseconds and more; what takes a hundred in all runs on the caller alone. */
inline ThreadPool* worthwhile(ThreadPool* pool, const Sequence& sequence, std::int64_t gates, std::size_t directions) {
  constexpr double kLeastProducts = 4e6;
  const double products = static_cast<double>(sequence.rows()) * static_cast<double>(gates * sequence.size) *
                          static_cast<double>(sequence.input_size + sequence.size) * static_cast<double>(directions);
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

  /** B [K, N] packed; see pack_into. */
  PackedView pack(const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb, bool transposed,
                  ThreadPool* pool) {
    return pack_into(take(packed_size(k, n)), b, k, n, ldb, transposed, pool);
  }

 private:
  struct Buffer {
    AlignedFloats memory;
    std::int64_t size = 0;
  };
  std::vector<Buffer> buffers_;
  std::size_t used_ = 0;
};

/**
 * The recurrent kernel as the time loop reads it. Packing costs as much as some four steps of one row, which a single
 * step of a stream never gains back; it then reads the kernel as it lies.
 */
class StepKernel {
 public:
  StepKernel() = default;
  /** `kernel` [K, N] with rows `ldb` apart, or [N, K] when `transposed`, for `steps` of `rows` each. */
  StepKernel(Workspace& workspace, const float* kernel, std::int64_t k, std::int64_t n, std::int64_t ldb,
             bool transposed, std::int64_t steps, std::int64_t rows, ThreadPool* pool)
      : kernel_(kernel), k_(k), n_(n), ldb_(ldb), packed_(transposed || steps * rows > kFewRows) {
    if (packed_) view_ = workspace.pack(kernel, k, n, ldb, transposed, pool);
  }

  /** A kernel that was packed before. */
  explicit StepKernel(PackedView packed) : packed_(true), view_(packed) {}

  /** C [M, N] = A [M, K] × kernel, or C += … */
  void multiply(const float* a, std::int64_t lda, float* c, std::int64_t ldc, std::int64_t m, bool accumulate) const {
    if (m <= 0) return;
    if (packed_) {
      timestep::multiply(a, lda, false, view_, c, ldc, m, accumulate, nullptr, nullptr);
    } else {
      gemm(false, false, m, n_, k_, a, lda, kernel_, ldb_, c, ldc, accumulate, nullptr, nullptr);
    }
  }

 private:
  static constexpr std::int64_t kFewRows = 4;

  const float* kernel_ = nullptr;
  std::int64_t k_ = 0, n_ = 0, ldb_ = 0;
  bool packed_ = false;
  PackedView view_;
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

/**
 * The gradients of input and input kernel, from those of the sums x·W + b. `accumulate_input` adds to the input's,
 * which two directions share.
 */
inline PackedView input_gradients(const Sequence& sequence, std::int64_t width, const float* input,
                                  const float* input_kernel, const float* d_sums, float* d_input,
                                  bool accumulate_input, float* d_input_kernel, Workspace& workspace,
                                  ThreadPool* pool) {
  const std::int64_t rows = sequence.rows();
  gemm(false, true, rows, sequence.input_size, width, d_sums, width, input_kernel, width, d_input, sequence.input_size,
       accumulate_input, nullptr, pool);
  const PackedView packed = workspace.pack(d_sums, rows, width, width, false, pool);
  multiply(input, sequence.input_size, true, packed, d_input_kernel, width, sequence.input_size, false, nullptr, pool);
  return packed;
}

/**
 * Runs the pass of each direction over the same batch: `open` and `close` share their products over all threads, and
 * between them every block of rows of every direction is one task of `loop`.
 */
template <typename Pass, typename Call>
void run_directions(const std::vector<Call>& directions, std::int64_t gates, Workspace& workspace, ThreadPool* pool) {
  if (directions.empty()) return;
  const Sequence& sequence = directions.front().inputs.sequence;
  pool = worthwhile(pool, sequence, gates, directions.size());
  workspace.reset();
  const std::int64_t height = block_height(sequence.batch, pool, directions.size());
  std::vector<Pass> passes;
  std::vector<RowBlock> blocks;
  for (std::size_t direction = 0; direction < directions.size(); ++direction) {
    passes.emplace_back(directions[direction], workspace, height);
    for (std::int64_t begin = 0; begin < sequence.batch; begin += height) {
      blocks.push_back({direction, begin / height, begin, std::min(height, sequence.batch - begin)});
    }
  }
  for (Pass& pass : passes) pass.open(pool);
  const auto run = [&](int index) {
    const RowBlock& block = blocks[static_cast<std::size_t>(index)];
    passes[block.direction].loop(block);
  };
  if (pool == nullptr) {
    for (std::size_t index = 0; index < blocks.size(); ++index) run(static_cast<int>(index));
  } else {
    pool->run(static_cast<int>(blocks.size()), run);
  }
  for (Pass& pass : passes) pass.close(pool);
}

}  // namespace timestep
