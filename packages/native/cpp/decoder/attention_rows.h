#pragma once

#include <cstdint>

namespace timestep {

/** What one query looks over: the memory's first `length` places, the others being padding. */
struct AttentionRow {
  std::int64_t length;        // 0..S
  std::int64_t key_size;      // A
  std::int64_t value_size;    // M
  const float* keys;          // [S, A]
  const float* values;        // [S, M]
  const float* query;         // [A]
  const float* score_vector;  // [A] of the additive score; null for the product keys·query
};

/** What the backward pass reads of one query, and what it adds to or writes. */
struct AttentionBackwardRow {
  const float* alignment;    // [S]
  const float* d_alignment;  // [S]
  const float* d_context;    // [M]
  float* d_scores;           // [S], written as far as `length`
  float* d_query;            // [A], written
  float* d_score_vector;     // [A], added to; additive only
  float* d_keys;             // [S, A], added to; additive only: a product's keys get d_scoresᵀ·query, by whoever calls
};

/** A gate on the context: context = σ(sums + bias)∘raw. */
struct ContextGateRow {
  std::int64_t size;        // M
  const float* bias;        // [M]
  const float* raw;         // [M]
  float* gate;              // [M], the sums, then the gate
  float* context;           // [M]
};

struct ContextGateBackwardRow {
  std::int64_t size;
  const float* raw;    // [M]
  const float* gate;   // [M]
  float* d_context;    // [M], of the gated context, then of the raw one
  float* d_sums;       // [M]
};

/** The row functions of the attention decoder in one instruction set. */
struct AttentionTable {
  /** The softmax of the scores, `length` of them, and the sum of the values that they weigh. */
  void (*forward)(const AttentionRow& row, float* alignment, float* context);
  void (*backward)(const AttentionRow& row, const AttentionBackwardRow& back);
  /** x = tanh(x + bias) */
  void (*readout)(float* x, const float* bias, std::int64_t count);
  /** d_sums = (d_output + d_feed)∘(1 - output²); d_feed becomes zeros, or is null. */
  void (*readout_backward)(const float* output, const float* d_output, float* d_feed, float* d_sums,
                           std::int64_t count);
  void (*gate)(const ContextGateRow& row);
  void (*gate_backward)(const ContextGateBackwardRow& row);
  /** to += from */
  void (*add)(float* to, const float* from, std::int64_t count);
};

/** The table for this processor. */
const AttentionTable& attention_table();

}  // namespace timestep
