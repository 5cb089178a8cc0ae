// The micro-kernel, written once for vectors of any width. Included by one file for each instruction set, each
// compiled with its own flags; everything is in an unnamed namespace so that the linker never shares a function
// between them, which would run AVX-512 instructions on a machine without.
//
// A vector type V has: Float, width, zero(), broadcast(float), load(p), store(p, v), add(a, b),
// multiply_add(a, b, c) = a·b + c, at_least(x, low) and at_most(x, high), which keep a NaN
// in x, and load_some(p, n) / store_some(p, v, n) for the first n lanes, 1 ≤ n ≤ width.

#include "gemm/gemm_kernels.h"

namespace timestep {
namespace {

/** R rows by P panels of N vectors, all sums in registers. With `Some`, the last vector is only partly there. */
template <class V, int R, int N, int P, bool Some>
void tile(const TileJob& job) {
  using Float = typename V::Float;
  constexpr int columns = N * P;
  Float sums[R][columns];
  const int lanes = Some ? job.columns - (N - 1) * V::width : V::width;
  const std::int64_t panel_columns = N * V::width;

#pragma GCC unroll 12
  for (int j = 0; j < columns; j++) {
    const std::int64_t at = (j / N) * panel_columns + (j % N) * V::width;
    const bool some = Some && j == columns - 1;
    Float start = V::zero();
    if (job.bias != nullptr) start = some ? V::load_some(job.bias + at, lanes) : V::load(job.bias + at);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      sums[r][j] = start;
      if (job.accumulate) {
        const float* c = job.c + r * job.c_row + at;
        sums[r][j] = V::add(start, some ? V::load_some(c, lanes) : V::load(c));
      }
    }
  }

  const float* b = job.b;
  const std::int64_t a_row = job.a_row, a_step = job.a_step, b_step = job.b_step, b_panel = job.b_panel;
  for (std::int64_t piece = 0; piece < job.pieces; piece++) {
    const float* a = job.a + piece * job.a_piece;
    for (std::int64_t k = job.k; k > 0; k--) {
      Float row[columns];
#pragma GCC unroll 12
      for (int j = 0; j < columns; j++) {
        const float* from = b + (j / N) * b_panel + (j % N) * V::width;
        row[j] = Some && j == columns - 1 ? V::load_some(from, lanes) : V::load(from);
      }
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        const Float x = V::broadcast(a[r * a_row]);
#pragma GCC unroll 12
        for (int j = 0; j < columns; j++) sums[r][j] = V::multiply_add(x, row[j], sums[r][j]);
      }
      a += a_step;
      b += b_step;
    }
  }

  if (job.clamped) {
    const Float low = V::broadcast(job.low), high = V::broadcast(job.high);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 12
      for (int j = 0; j < columns; j++) sums[r][j] = V::at_most(V::at_least(sums[r][j], low), high);
    }
  }

#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 12
    for (int j = 0; j < columns; j++) {
      float* c = job.c + r * job.c_row + (j / N) * panel_columns + (j % N) * V::width;
      if (Some && j == columns - 1) {
        V::store_some(c, sums[r][j], lanes);
      } else {
        V::store(c, sums[r][j]);
      }
    }
  }
}

/** A panel's tail, by how many vectors it touches. */
template <class V, int R, int N>
void tail(const TileJob& job) {
  if constexpr (N > 1) {
    if (job.columns <= (N - 1) * V::width) return tail<V, R, N - 1>(job);
  }
  tile<V, R, N, 1, true>(job);
}

/** Panels that a tile of R rows takes to have about twelve sums going, which hides the latency of the multipliers. */
template <int R, int N>
constexpr int panels_for() {
  return R * N * 2 > 12 ? 1 : 12 / (R * N);
}

template <class V, int Rows, int N, int R>
void fill(Kernels& table) {
  table.full[R - 1] = tile<V, R, N, 1, false>;
  table.tail[R - 1] = tail<V, R, N>;
  constexpr int panels = panels_for<R, N>();
  table.wide[R - 1] = panels > 1 ? tile<V, R, N, panels, false> : nullptr;
  table.wide_panels[R - 1] = panels;
  if constexpr (R < Rows) fill<V, Rows, N, R + 1>(table);
}

template <class V, int Rows, int N>
Kernels make_kernels(const char* name) {
  static_assert(Rows <= kMaxRows, "tables hold kMaxRows kernels");
  Kernels table{};
  table.name = name;
  table.rows = Rows;
  table.width = N * V::width;
  fill<V, Rows, N, 1>(table);
  return table;
}

}  // namespace
}  // namespace timestep
