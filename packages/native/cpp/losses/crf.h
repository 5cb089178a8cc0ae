#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/**
 * A batch of sequences and the weights of a linear chain over K tags; -Infinity among the weights forbids.
 *
 *   score(y) = start[y1] + Σt emissions[t, yt] + Σt transitions[y(t-1), yt] + end[yL]
 */
struct CrfBatch {
  std::int64_t batch, time, tags;
  const float* emissions;       // [B, T, K]
  const float* transitions;     // [K, K], row = from, column = to
  const float* start;           // [K]
  const float* end;             // [K]
  const std::int32_t* lengths;  // [B], steps from 0 to T
};

/** Where the gradients of each row's likelihood go; all or none. Every element is written. */
struct CrfGradients {
  float* emissions;    // [B, T, K]
  float* transitions;  // [B, K, K]
  float* start;        // [B, K]
  float* end;          // [B, K]
};

/**
 * score(path) - ln Σ exp(score) of each row, [B], and if `gradients` is not null observed minus expected counts. `path`
 * [B, T] holds tags from 0 to K-1 up to each row's length. Rows are shared among the threads of `pool` (null: this one).
 *
 * Forward-backward in probability space, each step scaled to sum 1 (Rabiner 1989, section V.A), in float64; up to four
 * rows take a step together, so that the matrix is read once for them. Rows that float64 cannot hold go through log space.
 */
void crf_likelihood(const CrfBatch& call, const std::int32_t* path, float* likelihoods, const CrfGradients* gradients,
                    ThreadPool* pool);

/** The best path of each row (Viterbi 1967), ties to the lower tag; -1 past a row's length and where none is allowed. */
void crf_viterbi(const CrfBatch& call, std::int32_t* paths, ThreadPool* pool);

/** One row of a batch for the recursion in log space. */
struct CrfRow {
  std::int64_t length, tags;
  const float* emissions;  // [L, K]
  const float* transitions;
  const float* start;
  const float* end;
};

/**
 * ln Σ exp(score) of one row with at least one step, and if `posteriors` [L, K] is not null the probabilities of its tags
 * and the expected number of its transitions, [K, K]. It never underflows and takes K² exponentials per step.
 */
double crf_log_space(const CrfRow& row, double* posteriors, double* pairs);

}  // namespace timestep
