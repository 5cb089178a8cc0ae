#pragma once

#include <cstdint>

namespace timestep {

/**
 * What a step does to one row besides its matrix product. The formulas are those of the cells in core; rows that
 * have ended are not passed here. H is `size`; gates lie one after the other in the order of the weights.
 */
struct LstmForwardRow {
  std::int64_t size;
  const float* sums;       // [4H], x·W + b
  const float* product;    // [4H], h'·U
  const float* peepholes;  // [3H] or null
  bool plain_output;
  float* c;       // [H], the old state, then the new one
  float* h;       // [H], the new state
  float* output;  // [H]
  float* gates;   // [4H] for the backward pass, or null; may be `sums`
  float* cells;   // [H] for the backward pass, or null
};

struct LstmBackwardRow {
  std::int64_t size;
  const float* gates;       // [4H]
  const float* cells;       // [H], c at t
  const float* previous_c;  // [H]
  const float* d_output;    // [H]
  const float* peepholes;   // [3H] or null
  bool plain_output;
  float* dh;           // [H], from t+1; then zeros, to which the caller adds d_sums·Uᵀ
  float* dc;           // [H], from t+1; then for t-1
  float* d_sums;       // [4H]
  float* d_peepholes;  // [3H], added to; null without peepholes
};

/** u, r of a GRU; the product with the candidate's kernel is not done yet when the reset is "before". */
struct GruForwardRow {
  std::int64_t size;
  const float* sums;            // [G·H]
  const float* product;         // [G·H]; [2H] with "before"
  const float* candidate;       // [H], (r∘h')·Un, with "before" only
  const float* candidate_bias;  // [H] with "after" only
  float* gates;                 // [G·H]: u, r, n or u, n; may be `sums`
  float* reset_h;               // [H], r∘h', with "before" only
  float* from_state;            // [H], q = h'·Un + cn, with "after" in training, else null
  float* h;                     // [H], the old state, then the new one
  float* output;                // [H]
};

struct GruBackwardRow {
  std::int64_t size;
  const float* gates;       // [G·H]
  const float* from_state;  // [H] with "after" only
  const float* previous_h;  // [H]
  const float* d_output;    // [H]
  const float* d_reset_h;   // [H], dn·Unᵀ, with "before" only
  float* dh;                // [H], from t+1; then what reaches h' without a product
  float* d_sums;            // [G·H]
  float* d_from_state;      // [H], dq = dn∘r, with "after" only
  float* reset_h;           // [H], r∘h', with "before" only
};

struct ElmanRow {
  std::int64_t size;
  const float* sums;      // [H], forward
  const float* product;   // [H], forward
  const float* d_output;  // [H], backward
  bool relu;
  float* h;       // [H], forward: the new state
  float* output;  // [H], forward: written; backward: read
  float* dh;      // [H], backward: from t+1; then zeros, to which the caller adds d_sums·Uᵀ
  float* d_sums;  // [H], backward
};

/** The row functions in one instruction set. */
struct StepTable {
  void (*lstm_forward)(const LstmForwardRow& row);
  void (*lstm_backward)(const LstmBackwardRow& row);
  void (*gru_after_forward)(const GruForwardRow& row);
  void (*gru_after_backward)(const GruBackwardRow& row);
  void (*gru_none_forward)(const GruForwardRow& row);
  void (*gru_none_backward)(const GruBackwardRow& row);
  /** The gates; the candidate's product follows, then `gru_before_close`. */
  void (*gru_before_open)(const GruForwardRow& row);
  void (*gru_before_close)(const GruForwardRow& row);
  /** dn and d(u sum); the product dn·Unᵀ follows, then `gru_before_relevance`. */
  void (*gru_before_candidate)(const GruBackwardRow& row);
  void (*gru_before_relevance)(const GruBackwardRow& row);
  void (*elman_forward)(const ElmanRow& row);
  void (*elman_backward)(const ElmanRow& row);
  /** to += from */
  void (*add)(float* to, const float* from, std::int64_t count);
};

/** The table for this processor. */
const StepTable& step_table();

}  // namespace timestep
