#pragma once

#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

enum class Binary { add, subtract, multiply, divide, maximum, minimum };
enum class Unary { exp, sigmoid, tanh, relu, negate, square, sqrt, abs };

/** Numbers of operations, for whoever gets them from outside. */
constexpr int kBinaryCount = 6;
constexpr int kUnaryCount = 8;

/**
 * c = a ∘ b with b [middle] stretched over a [outer, middle, inner]: every way in which one side of a broadcast is a
 * run of axes of the other. With `swapped`, c = b ∘ a. c may be a.
 */
void binary(Binary op, bool swapped, const float* a, const float* b, float* c, std::int64_t outer,
            std::int64_t middle, std::int64_t inner, ThreadPool* pool);

/** y = f(x); y may be x. */
void unary(Unary op, const float* x, float* y, std::int64_t count, ThreadPool* pool);

/** y [outer, inner] = sums of x [outer, middle, inner] over the middle, added in double precision. */
void sum_middle(const float* x, float* y, std::int64_t outer, std::int64_t middle, std::int64_t inner);

/** y [rows, columns]: each row of x through softmax. */
void softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t columns, ThreadPool* pool);

}  // namespace timestep
