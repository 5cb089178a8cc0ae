#include "tensors/broadcast.h"

#include <algorithm>
#include <cmath>

#include "support/share_range.h"

namespace timestep {
namespace {

template <class Result, class Op>
void run(Op op, const Broadcast& shape, const float* a, const float* b, Result* c, ThreadPool* pool) {
  const std::int64_t count = shape.count();
  if (count == 0) return;
  const int last = shape.rank - 1;
  const std::int64_t length = shape.rank == 0 ? 1 : shape.sizes[last];
  const bool a_moves = shape.rank > 0 && shape.a_steps[last] != 0;
  const bool b_moves = shape.rank > 0 && shape.b_steps[last] != 0;
  // A stretch of one row, of which `x` and `y` are the start in the operands.
  const auto stretch = [=](const float* x, const float* y, Result* z, std::int64_t here) {
    if (a_moves && b_moves) {
      for (std::int64_t j = 0; j < here; j++) z[j] = op(x[j], y[j]);
    } else if (a_moves) {
      const float other = *y;
      for (std::int64_t j = 0; j < here; j++) z[j] = op(x[j], other);
    } else if (b_moves) {
      const float other = *x;
      for (std::int64_t j = 0; j < here; j++) z[j] = op(other, y[j]);
    } else {
      std::fill_n(z, here, op(*x, *y));
    }
  };
  if (count == length) {  // one row: the threads share it
    return share_range(count, 1, pool, [&](std::int64_t from, std::int64_t to) {
      stretch(a_moves ? a + from : a, b_moves ? b + from : b, c + from, to - from);
    });
  }
  share_range(count / length, length, pool, [&](std::int64_t from, std::int64_t to) {
    std::int64_t place[Broadcast::kMostAxes] = {}, at_a = 0, at_b = 0, rest = from;
    for (int axis = last - 1; axis >= 0; axis--) {
      place[axis] = rest % shape.sizes[axis];
      rest /= shape.sizes[axis];
      at_a += place[axis] * shape.a_steps[axis];
      at_b += place[axis] * shape.b_steps[axis];
    }
    for (std::int64_t row = from; row < to; row++) {
      stretch(a + at_a, b + at_b, c + row * length, length);
      for (int axis = last - 1; axis >= 0; axis--) {
        at_a += shape.a_steps[axis];
        at_b += shape.b_steps[axis];
        if (++place[axis] < shape.sizes[axis]) break;
        place[axis] = 0;
        at_a -= shape.sizes[axis] * shape.a_steps[axis];
        at_b -= shape.sizes[axis] * shape.b_steps[axis];
      }
    }
  });
}

/** NaN on either side stays NaN, as in JavaScript's Math.max. */
inline float larger(float x, float y) { return x > y || std::isnan(x) ? x : y; }
inline float smaller(float x, float y) { return x < y || std::isnan(x) ? x : y; }

}  // namespace

void broadcast(Binary op, const Broadcast& shape, const float* a, const float* b, float* c, ThreadPool* pool) {
  switch (op) {
    case Binary::add:
      return run([](float x, float y) { return x + y; }, shape, a, b, c, pool);
    case Binary::subtract:
      return run([](float x, float y) { return x - y; }, shape, a, b, c, pool);
    case Binary::multiply:
      return run([](float x, float y) { return x * y; }, shape, a, b, c, pool);
    case Binary::divide:
      return run([](float x, float y) { return x / y; }, shape, a, b, c, pool);
    case Binary::maximum:
      return run(larger, shape, a, b, c, pool);
    case Binary::minimum:
      return run(smaller, shape, a, b, c, pool);
  }
}

void compare(Comparison op, const Broadcast& shape, const float* a, const float* b, std::uint8_t* c,
             ThreadPool* pool) {
  switch (op) {
    case Comparison::equal:
      return run([](float x, float y) -> std::uint8_t { return x == y; }, shape, a, b, c, pool);
    case Comparison::not_equal:
      return run([](float x, float y) -> std::uint8_t { return x != y; }, shape, a, b, c, pool);
    case Comparison::greater:
      return run([](float x, float y) -> std::uint8_t { return x > y; }, shape, a, b, c, pool);
    case Comparison::greater_equal:
      return run([](float x, float y) -> std::uint8_t { return x >= y; }, shape, a, b, c, pool);
    case Comparison::less:
      return run([](float x, float y) -> std::uint8_t { return x < y; }, shape, a, b, c, pool);
    case Comparison::less_equal:
      return run([](float x, float y) -> std::uint8_t { return x <= y; }, shape, a, b, c, pool);
  }
}

}  // namespace timestep
