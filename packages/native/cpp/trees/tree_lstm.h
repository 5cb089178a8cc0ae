#pragma once

#include <cstdint>

#include "recurrent/recurrent_sequence.h"
#include "support/thread_pool.h"

namespace timestep {

/**
 * A batch of trees whose merges all take the same number of children. Nodes are rows: all leaves, then level by level,
 * and within a level in the order of their trees. Every child lies on a lower level of the same tree, under one parent.
 */
struct TreeBatch {
  std::int64_t nodes;
  std::int64_t leaves;            // nodes that are leaves
  std::int64_t levels;            // above the leaves
  std::int64_t arity;             // N
  const std::int32_t* leaf_rows;  // [leaves], rows of the input
  const std::int32_t* starts;     // [levels + 1], the first row of each level, and `nodes`
  const std::int32_t* children;   // [nodes - leaves, N]
  const std::int32_t* trees;      // [nodes], the tree of each row
  std::int64_t input_rows;
  std::int64_t input_size;  // I
  std::int64_t size;        // H

  std::int64_t merges() const { return nodes - leaves; }
  std::int64_t width() const { return (3 + arity) * size; }
};

/** Gates lie in the order u, i, o, f of each child; core's NaryTreeLstmCell has the formulas. */
struct TreeLstmInputs {
  TreeBatch batch;
  const float* input;             // [rows, I]
  const float* input_kernel;      // [I, 3H]
  const float* recurrent_kernel;  // [N·H, (3+N)·H]
  const float* bias;              // [4H], the last quarter for every forget gate
};

/** Gates of the leaves [leaves, 3H], then of the merges [merges, (3+N)·H]. */
inline std::int64_t tree_saved_size(const TreeBatch& batch) {
  return batch.leaves * 3 * batch.size + batch.merges() * batch.width();
}

struct TreeLstmResults {
  float* h;      // [nodes, H]
  float* c;      // [nodes, H]
  float* saved;  // tree_saved_size floats for the backward pass, or null
};

struct TreeLstmUpstream {
  const float* h;  // what the forward pass gave
  const float* c;
  const float* saved;
  const float* d_h;
  const float* d_c;
};

struct TreeLstmGradients {
  float* input;
  float* input_kernel;
  float* recurrent_kernel;
  float* bias;
};

/**
 * Trees do not meet before the weight gradients, so a thread takes its trees through all levels and no level waits for
 * another thread. Results must overlap neither each other nor the inputs.
 */
void tree_lstm_forward(const TreeLstmInputs& inputs, const TreeLstmResults& results, Workspace& workspace,
                       ThreadPool* pool);
void tree_lstm_backward(const TreeLstmInputs& inputs, const TreeLstmUpstream& upstream,
                        const TreeLstmGradients& gradients, Workspace& workspace, ThreadPool* pool);

}  // namespace timestep
