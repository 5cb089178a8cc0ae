#pragma once

#include <cstdint>

namespace timestep {

/** How memory is gone through by `bandwidth`. */
enum class Traffic {
  read,   ///< sums of x[i]: what a product does with weights that it reads again at every step
  triad,  ///< a[i] = b[i] + s·c[i], McCalpin's: two streams in and one out
};

/**
 * The most that the products can reach: the largest micro-kernel of the chosen instruction set on operands that stay in
 * the first-level cache, on `threads` threads at once. In operations a second, a multiplication and an addition being
 * two. The best of short rounds within `milliseconds`, because whatever disturbs a round only makes it slower.
 */
double peak(int threads, double milliseconds);

/**
 * Bytes a second that `threads` threads move, each going through its own share of `bytes` bytes again and again. The
 * size decides what is measured: a cache, or memory when it is larger than every cache. Best of short rounds, too.
 * The line that a store fetches before it is written is not counted.
 *
 * Throws std::bad_alloc.
 */
double bandwidth(Traffic traffic, int threads, std::int64_t bytes, double milliseconds);

}  // namespace timestep
