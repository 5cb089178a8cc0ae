#pragma once

#include <cstdint>

namespace timestep {

/** What a node of a tree LSTM does besides its matrix product. Gates lie in the order u, i, o, f of each child. */
struct TreeForwardRow {
  std::int64_t size;             // H
  std::int64_t arity;            // 0 for a leaf
  const float* sums;             // [(3+N)·H]
  const std::int32_t* children;  // [N], rows of c
  const float* all_c;            // [nodes, H]
  float* gates;                  // [(3+N)·H]; may be `sums`
  float* c;                      // [H]
  float* h;                      // [H]
};

struct TreeBackwardRow {
  std::int64_t size;
  std::int64_t arity;
  const float* gates;            // [(3+N)·H]
  const std::int32_t* children;  // [N], rows of c and dc
  const float* all_c;            // [nodes, H]
  const float* c;                // [H]
  const float* dh;               // [H]
  const float* dc;               // [H]
  float* all_dc;                 // [nodes, H], added to at the children
  float* d_sums;                 // [(3+N)·H]
};

/** The row functions in one instruction set. */
struct TreeTable {
  void (*forward)(const TreeForwardRow& row);
  void (*backward)(const TreeBackwardRow& row);
  /** to += from */
  void (*add)(float* to, const float* from, std::int64_t count);
};

/** The table for this processor. */
const TreeTable& tree_table();

}  // namespace timestep
