#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/** Ids that a row may not choose: those of row r lie from ends[r] (0 for the first row) … ends[r + 1] in `ids`. */
struct Suppressed {
  const std::int32_t* ids;
  const std::int32_t* starts;  // [rows + 1], ascending from 0
};

/**
 * The `count` largest log-softmax values of each row of logits [rows, columns] and their columns, best first, of equal
 * logits the lower column; filled up with -Infinity and -1. A row with a NaN, a logit +Infinity or none above -Infinity
 * has NaN for all its values.
 */
void top_log_probabilities(const float* logits, std::int64_t rows, std::int64_t columns, std::int64_t count,
                           const Suppressed& suppressed, float* values, std::int32_t* ids, ThreadPool* pool);

}  // namespace timestep
