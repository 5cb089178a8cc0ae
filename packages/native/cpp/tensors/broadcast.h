#pragma once

#include <cstdint>

#include "tensors/elementwise.h"
#include "support/thread_pool.h"

namespace timestep {

enum class Comparison { equal, not_equal, greater, greater_equal, less, less_equal };
constexpr int kComparisonCount = 6;

/** Axes of the result; along an axis with step 0 an operand is stretched, otherwise its numbers lie that far apart. */
struct Broadcast {
  static constexpr int kMostAxes = 8;
  int rank = 0;
  std::int64_t sizes[kMostAxes] = {}, a_steps[kMostAxes] = {}, b_steps[kMostAxes] = {};

  std::int64_t count() const {
    std::int64_t product = 1;
    for (int axis = 0; axis < rank; axis++) product *= sizes[axis];
    return product;
  }
};

/** c = a ∘ b, each stretched to the result's shape. The last axis must have steps of 0 or 1. */
void broadcast(Binary op, const Broadcast& shape, const float* a, const float* b, float* c, ThreadPool* pool);

/** The same for comparisons: 1 where it holds. Nothing but inequality holds for NaN. */
void compare(Comparison op, const Broadcast& shape, const float* a, const float* b, std::uint8_t* c, ThreadPool* pool);

}  // namespace timestep
