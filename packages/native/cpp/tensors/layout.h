#pragma once

#include <cstdint>
#include <vector>

#include "support/thread_pool.h"

namespace timestep {

/** One axis of a view: how many, and how far apart in memory. */
struct Axis {
  std::int64_t size;
  std::int64_t stride;
};

/** y = the elements x[Σ index·stride] over all indices of `axes`, in row-major order. */
void copy_strided(const float* x, float* y, const std::vector<Axis>& axes, ThreadPool* pool);

/** y [outer, count, width] = the rows of x [outer, size, width] that `ids` [count] names, each in [0, size). */
void gather_rows(const float* x, const std::int32_t* ids, float* y, std::int64_t outer, std::int64_t size,
                 std::int64_t count, std::int64_t width, ThreadPool* pool);

/** y [segments, width]: row s is the sum of the rows of x [rows, width] whose id is s; ids outside are left out. */
void add_rows(const float* x, const std::int32_t* ids, float* y, std::int64_t rows, std::int64_t segments,
              std::int64_t width, ThreadPool* pool);

}  // namespace timestep
