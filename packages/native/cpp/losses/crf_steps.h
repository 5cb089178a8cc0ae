#pragma once

#include <cstdint>

namespace timestep {

/**
 * Values of tags that are possible must stay above this, 28 decimal powers from the least normal float64: then
 * whatever underflowed was too small to count, and the result is exact to rounding.
 */
constexpr double kSmallestTrusted = 1e-280;

/** Up to four vectors, element n at a[r][n·stride], each times a matrix [count, padded]. */
struct CrfProduct {
  int rows;
  std::int64_t count, stride, padded;
  const double* a[4];
  const double* matrix;
  double* result[4];
};

/** The functions of crf_body.inc in one instruction set. */
struct CrfSteps {
  void (*exponentials)(const float* values, double most, double* to, std::int64_t padded);
  void (*multiply)(const CrfProduct& product);
  double (*forward)(const double* arrived, const double* factors, const double* least, double* alpha,
                    std::int64_t padded);
  bool (*backward)(double* alpha, double* left, double* beta, const double* least, std::int64_t padded);
  void (*scale)(const double* a, double* b, std::int64_t padded);
  void (*negate)(const double* from, float* to, std::int64_t count);
  void (*best)(const double* best, const double* transitions, const float* emissions, double* to, std::int64_t tags,
               std::int64_t padded);
};

/** The table for this processor. */
const CrfSteps& crf_steps();

/** Vectors over tags have a multiple of this many elements. */
constexpr std::int64_t kCrfPadding = 8;

}  // namespace timestep
