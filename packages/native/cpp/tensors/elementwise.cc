#include "tensors/elementwise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/activations.h"

namespace timestep {
namespace {

/** Elements below which another thread is not worth waking. */
constexpr std::int64_t kWorthSharing = 1 << 16;

/** Cuts [0, count) for the pool; `cost` is elements per unit of count. */
template <class Body>
void share(std::int64_t count, std::int64_t cost, ThreadPool* pool, Body&& body) {
  if (pool == nullptr || pool->size() == 1 || count < 2 || count * cost < kWorthSharing) return body(0, count);
  const std::int64_t parts = std::min<std::int64_t>(pool->size(), count);
  // A cut at a multiple of 16 leaves whole vectors to both sides.
  const auto cut = [&](std::int64_t part) {
    return part == parts ? count : count >= 64 * parts ? count * part / parts / 16 * 16 : count * part / parts;
  };
  pool->run(static_cast<int>(parts), [&](int part) { body(cut(part), cut(part + 1)); });
}

template <class Op>
void combine(Op op, const float* a, const float* b, float* c, std::int64_t outer, std::int64_t middle,
             std::int64_t inner, ThreadPool* pool) {
  if (inner > 1 || middle == 1) {
    share(outer * middle, inner, pool, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; i++) {
        const float y = b[i % middle];
        for (std::int64_t j = i * inner; j < (i + 1) * inner; j++) c[j] = op(a[j], y);
      }
    });
  } else if (outer > 1) {
    share(outer, middle, pool, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; i++) {
        const float* x = a + i * middle;
        float* z = c + i * middle;
        for (std::int64_t j = 0; j < middle; j++) z[j] = op(x[j], b[j]);
      }
    });
  } else {
    share(middle, 1, pool, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t j = from; j < to; j++) c[j] = op(a[j], b[j]);
    });
  }
}

/** NaN on either side stays NaN, as in JavaScript's Math.max. */
inline float larger(float x, float y) { return x > y || std::isnan(x) ? x : y; }
inline float smaller(float x, float y) { return x < y || std::isnan(x) ? x : y; }

template <class Op>
void each(Op op, const float* x, float* y, std::int64_t count, ThreadPool* pool) {
  share(count, 1, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t i = from; i < to; i++) y[i] = op(x[i]);
  });
}

using ArrayForm = void (*)(const float*, float*, std::int64_t);

void array_form(ArrayForm form, const float* x, float* y, std::int64_t count, ThreadPool* pool) {
  share(count, 4, pool, [&](std::int64_t from, std::int64_t to) { form(x + from, y + from, to - from); });
}

}  // namespace

void binary(Binary op, bool swapped, const float* a, const float* b, float* c, std::int64_t outer,
            std::int64_t middle, std::int64_t inner, ThreadPool* pool) {
  if (outer * middle * inner == 0) return;
  if (middle == 1) {  // one number for all: a single run
    inner *= outer;
    outer = 1;
    if (pool != nullptr && inner >= kWorthSharing) {
      // Cut the run: the loops below share rows only.
      return share(inner, 1, pool, [&](std::int64_t from, std::int64_t to) {
        binary(op, swapped, a + from, b, c + from, 1, 1, to - from, nullptr);
      });
    }
  }
  switch (op) {
    case Binary::add:
      return combine([](float x, float y) { return x + y; }, a, b, c, outer, middle, inner, pool);
    case Binary::multiply:
      return combine([](float x, float y) { return x * y; }, a, b, c, outer, middle, inner, pool);
    case Binary::maximum:
      return combine(larger, a, b, c, outer, middle, inner, pool);
    case Binary::minimum:
      return combine(smaller, a, b, c, outer, middle, inner, pool);
    case Binary::subtract:
      if (swapped) return combine([](float x, float y) { return y - x; }, a, b, c, outer, middle, inner, pool);
      return combine([](float x, float y) { return x - y; }, a, b, c, outer, middle, inner, pool);
    case Binary::divide:
      if (swapped) return combine([](float x, float y) { return y / x; }, a, b, c, outer, middle, inner, pool);
      return combine([](float x, float y) { return x / y; }, a, b, c, outer, middle, inner, pool);
  }
}

void unary(Unary op, const float* x, float* y, std::int64_t count, ThreadPool* pool) {
  switch (op) {
    case Unary::exp:
      return array_form(exp_values, x, y, count, pool);
    case Unary::sigmoid:
      return array_form(sigmoid_values, x, y, count, pool);
    case Unary::tanh:
      return array_form(tanh_values, x, y, count, pool);
    case Unary::relu:
      return each([](float v) { return v > 0 || std::isnan(v) ? v : 0.0F; }, x, y, count, pool);
    case Unary::negate:
      return each([](float v) { return -v; }, x, y, count, pool);
    case Unary::square:
      return each([](float v) { return v * v; }, x, y, count, pool);
    case Unary::sqrt:
      return each([](float v) { return std::sqrt(v); }, x, y, count, pool);
    case Unary::abs:
      return each([](float v) { return std::fabs(v); }, x, y, count, pool);
  }
}

void sum_middle(const float* x, float* y, std::int64_t outer, std::int64_t middle, std::int64_t inner) {
  constexpr std::int64_t lanes = 64;
  for (std::int64_t o = 0; o < outer; o++, x += middle * inner, y += inner) {
    if (inner == 1) {
      double partial[8] = {};
      std::int64_t i = 0;
      for (; i + 8 <= middle; i += 8) {
        for (int l = 0; l < 8; l++) partial[l] += static_cast<double>(x[i + l]);
      }
      double total = 0;
      for (; i < middle; i++) total += static_cast<double>(x[i]);
      for (const double part : partial) total += part;
      *y = static_cast<float>(total);
      continue;
    }
    for (std::int64_t from = 0; from < inner; from += lanes) {
      const std::int64_t here = std::min(lanes, inner - from);
      double totals[lanes] = {};
      for (std::int64_t i = 0; i < middle; i++) {
        const float* row = x + i * inner + from;
        for (std::int64_t l = 0; l < here; l++) totals[l] += static_cast<double>(row[l]);
      }
      for (std::int64_t l = 0; l < here; l++) y[from + l] = static_cast<float>(totals[l]);
    }
  }
}

void softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t columns, ThreadPool* pool) {
  if (columns == 0) return;
  share(rows, columns * 8, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t r = from; r < to; r++) {
      const float* in = x + r * columns;
      float* out = y + r * columns;
      // The largest is taken off first: softmax does not change and exp cannot overflow.
      float largest = -std::numeric_limits<float>::infinity();
      for (std::int64_t i = 0; i < columns; i++) largest = larger(in[i], largest);
      for (std::int64_t i = 0; i < columns; i++) out[i] = in[i] - largest;
      exp_values(out, out, columns);
      float total;
      sum_middle(out, &total, 1, columns, 1);
      for (std::int64_t i = 0; i < columns; i++) out[i] /= total;
    }
  });
}

}  // namespace timestep
