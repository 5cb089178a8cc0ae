#pragma once

#include <cstdint>

namespace timestep {

/** The largest number of rows that any micro-kernel takes at once. */
constexpr int kMaxRows = 8;

/** One block of C: a few rows by one panel's columns (or several panels'), a stretch of K at a time. */
struct TileJob {
  const float* a;         ///< element (row, k) lies at a[row * a_row + k * a_step]
  std::int64_t a_row;
  std::int64_t a_step;
  std::int64_t pieces = 1;  ///< stretches that A's rows are made of, each of `k` steps and `a_piece` after the last
  std::int64_t a_piece;
  const float* b;         ///< row k of panel p starts at b[p * b_panel + k * b_step]
  std::int64_t b_step;
  std::int64_t b_panel;
  std::int64_t k;
  float* c;
  std::int64_t c_row;
  int columns;            ///< of the last panel; fewer than the panel's width only in a tile of one panel
  bool accumulate;        ///< start from C instead of zeros
  const float* bias;      ///< added at the start; null for none
  bool clamped;           ///< whether the sums are held between `low` and `high`
  float low, high;
};

using TileKernel = void (*)(const TileJob&);

/** What one instruction set offers. Tables are indexed by rows - 1; null where a tile of that many rows has none. */
struct Kernels {
  const char* name;
  int rows;               ///< rows of the largest tile
  int width;              ///< columns of a panel
  TileKernel full[kMaxRows];  ///< one whole panel
  TileKernel tail[kMaxRows];  ///< one panel of which `columns` are there
  TileKernel wide[kMaxRows];  ///< several whole panels: few rows alone cannot keep the multipliers busy
  int wide_panels[kMaxRows];
};

/** Null where the compiler or the processor lacks the instruction set. */
const Kernels* avx512_kernels();
const Kernels* avx2_kernels();
const Kernels* neon_kernels();
const Kernels* portable_kernels();

/** The best set here, or the one that TIMESTEP_SIMD names when this machine has it. Decided once. */
const Kernels& kernels();

}  // namespace timestep
