#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/** A batch for `ctc_loss`. Sizes and labels have been checked. */
struct CtcBatch {
  std::int64_t batch, time, classes;
  const float* logits;               // [B, T, C]
  const std::int32_t* lengths;       // [B], frames from 0 to T
  const std::int32_t* labels;        // of all rows one after the other, classes other than the blank
  const std::int32_t* label_counts;  // [B]
  std::int32_t blank;
  bool zero_infinity;  // rows that cannot be aligned have loss 0 instead of Infinity
  float* losses;       // [B]
  float* gradient;     // [B, T, C] of each row's loss, or null
};

/**
 * Connectionist temporal classification: losses and gradients of a batch, rows shared among the threads of `pool`
 * (null: this one). Every element of `losses` and `gradient` is written.
 *
 * The recursions of Graves et al. 2006 (eqs. 5-11) on numbers that carry an exponent of their own beside a float64
 * mantissa. They have the range of log space, without an exponential and a logarithm for each sum.
 */
void ctc_loss(const CtcBatch& call, ThreadPool* pool);

/** Where one row's recursions keep their numbers; `width` is at least L + 1 and a multiple of 8. */
struct CtcRow {
  std::int64_t length, classes, width;
  const float* logits;         // [T, C]
  const std::int32_t* labels;  // [L]
  std::int64_t label_count;
  std::int32_t blank;
  float* gradient;  // [T, C] or null

  float* frame;                 // [C rounded up to 16], the last ones -Infinity
  double* mantissas;            // [C rounded up to 16]
  std::int64_t* exponents;      // the same
  const std::int64_t* skips;    // [width + 8]: 0 where label i may follow label i - 1 at once, else kImpossible
  double* blank_factors;        // [T, 2]: mantissa and exponent of the blank in each frame
  double* label_mantissas;      // [T, width], the probability of label i; with a gradient
  std::int64_t* label_exponents;
  double* alpha_mantissas;      // [T, 2·width + 8]: α of the blanks, then of the labels one place further
  std::int64_t* alpha_exponents;
  double* beta_mantissas;       // [4·width + 16]: β of the blanks and labels, then both times their frame's factor
  std::int64_t* beta_exponents;
  double* posteriors;           // [width]
};

/** The probability of the labels is total·2^exponent. */
struct CtcTotal {
  double total;
  std::int64_t exponent;
  bool finite;  // false when a frame holds NaN or Infinity, or only -Infinity
};

/** An exponent of zero: below whatever a product of probabilities can reach, with room to add a few. */
constexpr std::int64_t kImpossible = -(std::int64_t{1} << 60);

}  // namespace timestep
