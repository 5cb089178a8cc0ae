#pragma once

#include <algorithm>
#include <cstdint>

#include "gemm/gemm.h"
#include "recurrent/recurrent_sequence.h"
#include "support/thread_pool.h"

namespace timestep {

/** The recurrent cell: an LSTM without peepholes, or a GRU whose reset acts after the product. */
enum class DecoderCell { lstm, gru };

/**
 * Attention `after` the cell (Luong et al. 2015): the query is the new state, and the output is read from state and
 * context, o = tanh(h·Wh + c·Wc + b). `before` the cell (Bahdanau et al. 2015; Xu et al. 2015): the query is the old
 * state, and the cell reads embedding and context.
 */
enum class DecoderAttends { after, before };

/** The form of a decoder and the sizes of its batch. Whatever belongs to its steps lies as [B, T, …], row-major. */
struct DecoderShape {
  DecoderCell cell;
  DecoderAttends attends;
  bool additive;  // scores v·tanh(keys + h·Wq), else keys·h with A = H
  bool feeding;   // `after` only: the cell reads embedding and last output
  bool gated;     // `before` only: the context is scaled by σ(h·Wβ + bβ)
  std::int64_t rows;         // B
  std::int64_t time;         // T
  std::int64_t memories;     // Bm
  std::int64_t places;       // S
  std::int64_t embedding;    // E
  std::int64_t size;         // H
  std::int64_t value_size;   // M
  std::int64_t key_size;     // A
  std::int64_t output_size;  // O, with `after`
  const std::int32_t* lengths;         // [B], 0..T
  const std::int32_t* memory_lengths;  // [Bm], 0..S
  const std::int32_t* memory_of;       // [B], 0..Bm-1: the memory that each row looks at

  bool after() const { return attends == DecoderAttends::after; }
  bool lstm() const { return cell == DecoderCell::lstm; }
  std::int64_t positions() const { return rows * time; }
  /** Columns of the gates: G·H. */
  std::int64_t width() const { return (lstm() ? 4 : 3) * size; }
  /** What the cell reads besides the embedding. */
  std::int64_t fed() const { return after() ? (feeding ? output_size : 0) : value_size; }
  bool alive(std::int64_t row, std::int64_t t) const { return t < lengths[row]; }
  std::int64_t at(std::int64_t row, std::int64_t t) const { return row * time + t; }
};

/** What a decoder reads, or the gradients thereof. Null where a form does not have it. */
template <typename T>
struct DecoderTensors {
  T* embedded = nullptr;          // [B, T, E]
  T* values = nullptr;            // [Bm, S, M]
  T* keys = nullptr;              // [Bm, S, A]
  T* input_kernel = nullptr;      // [E + F, G·H]
  T* recurrent_kernel = nullptr;  // [H, G·H]
  T* bias = nullptr;              // [G·H]
  T* candidate_bias = nullptr;    // [H], GRU
  T* query_kernel = nullptr;      // [H, A], additive
  T* score_vector = nullptr;      // [A], additive
  T* hidden_readout = nullptr;    // [H, O], after
  T* context_readout = nullptr;   // [M, O], after
  T* readout_bias = nullptr;      // [O], after
  T* gate_kernel = nullptr;       // [H, M], gated
  T* gate_bias = nullptr;         // [M], gated
  T* h = nullptr;                 // [B, H], the initial state
  T* c = nullptr;                 // [B, H], LSTM
  T* feed = nullptr;              // [B, O], feeding

  /** Calls `visit(name, tensor, elements)` for each that the form has, in the order in which they are handed over. */
  template <typename Visit>
  void each(const DecoderShape& shape, Visit&& visit) {
    const std::int64_t places = shape.memories * shape.places;
    visit("embedded", embedded, shape.positions() * shape.embedding);
    visit("memoryValues", values, places * shape.value_size);
    visit("keys", keys, places * shape.key_size);
    visit("inputKernel", input_kernel, (shape.embedding + shape.fed()) * shape.width());
    visit("recurrentKernel", recurrent_kernel, shape.size * shape.width());
    visit("bias", bias, shape.width());
    if (!shape.lstm()) visit("candidateBias", candidate_bias, shape.size);
    if (shape.additive) {
      visit("queryKernel", query_kernel, shape.size * shape.key_size);
      visit("scoreVector", score_vector, shape.key_size);
    }
    if (shape.after()) {
      visit("hiddenReadout", hidden_readout, shape.size * shape.output_size);
      visit("contextReadout", context_readout, shape.value_size * shape.output_size);
      visit("readoutBias", readout_bias, shape.output_size);
    }
    if (shape.gated) {
      visit("gateKernel", gate_kernel, shape.size * shape.value_size);
      visit("gateBias", gate_bias, shape.value_size);
    }
    visit("h", h, shape.rows * shape.size);
    if (shape.lstm()) visit("c", c, shape.rows * shape.size);
    if (shape.feeding) visit("feed", feed, shape.rows * shape.output_size);
  }
};

/** Kernels of a decoder that were packed before, for a search that takes many single steps; the rest has no data. */
struct DecoderPacked {
  PackedView input_kernel, recurrent_kernel, query_kernel, hidden_readout, context_readout, gate_kernel;

  /** Calls `visit(name, view, K, N)` for each that the form has, in the order in which they are handed over. */
  template <typename Visit>
  void each(const DecoderShape& shape, Visit&& visit) {
    visit("packed inputKernel", input_kernel, shape.embedding + shape.fed(), shape.width());
    visit("packed recurrentKernel", recurrent_kernel, shape.size, shape.width());
    if (shape.additive) visit("packed queryKernel", query_kernel, shape.size, shape.key_size);
    if (shape.after()) {
      visit("packed hiddenReadout", hidden_readout, shape.size, shape.output_size);
      visit("packed contextReadout", context_readout, shape.value_size, shape.output_size);
    }
    if (shape.gated) visit("packed gateKernel", gate_kernel, shape.size, shape.value_size);
  }
};

/** What a decoder gives, or the gradients that come from above. Steps after a row's length are zeros. */
template <typename T>
struct DecoderResults {
  T* outputs = nullptr;     // [B, T, O], after
  T* hidden = nullptr;      // [B, T, H], before
  T* contexts = nullptr;    // [B, T, M], before: what the cell read
  T* alignments = nullptr;  // [B, T, S]
  T* h = nullptr;           // [B, H], the state after each row's last step
  T* c = nullptr;           // [B, H], LSTM

  /** As `DecoderTensors::each`. */
  template <typename Visit>
  void each(const DecoderShape& shape, Visit&& visit) {
    if (shape.after()) {
      visit("outputs", outputs, shape.positions() * shape.output_size);
    } else {
      visit("hidden", hidden, shape.positions() * shape.size);
      visit("contexts", contexts, shape.positions() * shape.value_size);
    }
    visit("alignments", alignments, shape.positions() * shape.places);
    visit("finalH", h, shape.rows * shape.size);
    if (shape.lstm()) visit("finalC", c, shape.rows * shape.size);
  }
};

/** What the forward pass makes of each step besides its results: parts of one run of memory. */
template <typename T>
struct DecoderSaved {
  T* gates;        // [B, T, G·H], the sums x·W + b before
  T* carried;      // [B, T, H]: the cell state of an LSTM; h'·Un + cn of a GRU
  T* hidden;       // [B, T, H], after
  T* contexts;     // [B, T, M], after
  T* queries;      // [B, T, A], additive
  T* gate;         // [B, T, M], gated
  T* raw_context;  // [B, T, M], gated: before the gate

  /** Cuts `memory`, decoder_saved_size floats. What is a result as well lies there alone. */
  DecoderSaved(const DecoderShape& shape, T* memory, const DecoderResults<T>& results) {
    const auto cut = [&](std::int64_t columns) {
      T* part = memory;
      memory += shape.positions() * columns;
      return part;
    };
    gates = cut(shape.width());
    carried = cut(shape.size);
    hidden = shape.after() ? cut(shape.size) : results.hidden;
    contexts = shape.after() ? cut(shape.value_size) : results.contexts;
    queries = shape.additive ? cut(shape.key_size) : nullptr;
    gate = shape.gated ? cut(shape.value_size) : nullptr;
    raw_context = shape.gated ? cut(shape.value_size) : contexts;
  }
};

inline std::int64_t decoder_saved_size(const DecoderShape& shape) {
  return shape.positions() * (shape.width() + shape.size + (shape.after() ? shape.size + shape.value_size : 0) +
                              (shape.additive ? shape.key_size : 0) + (shape.gated ? 2 * shape.value_size : 0));
}

/** Places among all [B, T] that go through a product together: `count` of them, each `apart` from the one before. */
struct DecoderSpan {
  std::int64_t first;
  std::int64_t apart;
  std::int64_t count;
  std::int64_t at(std::int64_t i) const { return first + i * apart; }
};

/** Rows that one task takes through all steps; see `block_height` of recurrent_sequence.h for why. */
struct DecoderBlock {
  std::int64_t index;
  std::int64_t begin;
  std::int64_t count;

  /** Step `t` of the block's rows, as far as the last that has not ended. */
  DecoderSpan step(const DecoderShape& shape, std::int64_t t) const {
    std::int64_t reach = count;
    while (reach > 0 && !shape.alive(begin + reach - 1, t)) --reach;
    return {shape.at(begin, t), shape.time, reach};
  }
  DecoderSpan all_steps(const DecoderShape& shape) const { return {shape.at(begin, 0), 1, count * shape.time}; }
};

/** Blocks of nearly equal height, as many for each thread. */
inline std::int64_t decoder_block_height(const DecoderShape& shape, const ThreadPool* pool) {
  constexpr std::int64_t kMostRows = 64;
  const std::int64_t threads = pool == nullptr ? 1 : pool->size();
  const std::int64_t rounds = (shape.rows + threads * kMostRows - 1) / (threads * kMostRows);
  return std::max<std::int64_t>(1, (shape.rows + rounds * threads - 1) / (rounds * threads));
}

/** Waking threads costs ten microseconds and more; what takes a hundred in all runs on the caller alone. */
inline ThreadPool* worthwhile(ThreadPool* pool, const DecoderShape& shape) {
  constexpr double kLeastProducts = 4e6;
  const std::int64_t products = shape.width() * (shape.embedding + shape.fed() + shape.size) +
                                shape.places * (shape.key_size + shape.value_size) +
                                shape.output_size * (shape.size + shape.value_size);
  return static_cast<double>(shape.positions()) * static_cast<double>(products) < kLeastProducts ? nullptr : pool;
}

/** `open` and `close` of a pass share their products over all threads; between them each block is one task of `loop`. */
template <typename Pass>
void run_decoder(Pass& pass, const DecoderShape& shape, std::int64_t height, ThreadPool* pool) {
  pass.open(pool);
  const std::int64_t blocks = (shape.rows + height - 1) / height;
  const auto run = [&](int index) {
    const std::int64_t begin = index * height;
    pass.loop(DecoderBlock{index, begin, std::min(height, shape.rows - begin)});
  };
  if (pool == nullptr) {
    for (std::int64_t index = 0; index < blocks; ++index) run(static_cast<int>(index));
  } else {
    pool->run(static_cast<int>(blocks), run);
  }
  pass.close(pool);
}

/** `saved` takes decoder_saved_size floats for the backward pass, or is null. Results overlap nothing. */
void attention_decoder_forward(const DecoderShape& shape, const DecoderTensors<const float>& inputs,
                               const DecoderResults<float>& results, float* saved, Workspace& workspace,
                               ThreadPool* pool, const DecoderPacked& packed = {});

void attention_decoder_backward(const DecoderShape& shape, const DecoderTensors<const float>& inputs,
                                const DecoderResults<const float>& results, const float* saved,
                                const DecoderResults<const float>& upstream, const DecoderTensors<float>& gradients,
                                Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
