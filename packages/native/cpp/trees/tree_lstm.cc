#include "trees/tree_lstm.h"

#include <algorithm>
#include <vector>

#include "gemm/gemm.h"
#include "trees/tree_rows.h"

namespace timestep {
namespace {

/** Rows from … to - 1. */
struct Rows {
  std::int64_t from;
  std::int64_t to;
  std::int64_t count() const { return to - from; }
};

/** Waking threads costs ten microseconds and more; what takes a hundred in all runs on the caller alone. */
ThreadPool* worth_sharing(ThreadPool* pool, const TreeBatch& batch) {
  constexpr double kLeastProducts = 4e6;
  const double products = static_cast<double>(batch.merges()) * static_cast<double>(batch.arity * batch.size) *
                              static_cast<double>(batch.width()) +
                          static_cast<double>(batch.leaves) * static_cast<double>(batch.input_size * 3 * batch.size);
  return products < kLeastProducts ? nullptr : pool;
}

/** The first tree of each thread's share, and the number of trees: shares of nearly as many nodes. */
std::vector<std::int32_t> shares(const TreeBatch& batch, const ThreadPool* pool) {
  const std::int64_t parts = pool == nullptr ? 1 : pool->size();
  const std::int32_t trees = *std::max_element(batch.trees, batch.trees + batch.nodes) + 1;
  std::vector<std::int64_t> nodes(static_cast<std::size_t>(trees));
  for (std::int64_t row = 0; row < batch.nodes; ++row) ++nodes[static_cast<std::size_t>(batch.trees[row])];
  std::vector<std::int32_t> cuts{0};
  std::int64_t before = 0;
  for (std::int32_t tree = 0; tree < trees; ++tree) {
    before += nodes[static_cast<std::size_t>(tree)];
    const auto cut = static_cast<std::int64_t>(cuts.size());
    if (cut < parts && before * parts >= batch.nodes * cut) cuts.push_back(tree + 1);
  }
  if (cuts.back() != trees) cuts.push_back(trees);
  return cuts;
}

/** The rows of a run of rows in the order of their trees that belong to the trees of a share. */
Rows rows_of(const TreeBatch& batch, Rows run, std::int32_t first_tree, std::int32_t end_tree) {
  const std::int32_t* begin = batch.trees + run.from;
  const std::int32_t* end = batch.trees + run.to;
  return {run.from + (std::lower_bound(begin, end, first_tree) - begin),
          run.from + (std::lower_bound(begin, end, end_tree) - begin)};
}

/** The shares of the trees, each a task of its own, and the rows that belong to them. */
class Walk {
 public:
  Walk(const TreeBatch& batch, ThreadPool* pool) : batch_(batch), pool_(pool), cuts_(shares(batch, pool)) {}

  std::int64_t share_count() const { return static_cast<std::int64_t>(cuts_.size()) - 1; }

  template <typename Task>
  void each(Task&& task) const {
    if (pool_ == nullptr || share_count() == 1) {
      for (std::int64_t share = 0; share < share_count(); ++share) task(share);
    } else {
      pool_->run(static_cast<int>(share_count()), [&](int share) { task(std::int64_t{share}); });
    }
  }

  Rows leaves(std::int64_t share) const { return of(share, {0, batch_.leaves}); }
  Rows level(std::int64_t share, std::int64_t level) const {
    return of(share, {batch_.starts[level], batch_.starts[level + 1]});
  }

 private:
  Rows of(std::int64_t share, Rows run) const {
    const auto at = static_cast<std::size_t>(share);
    return rows_of(batch_, run, cuts_[at], cuts_[at + 1]);
  }

  const TreeBatch& batch_;
  ThreadPool* pool_;
  std::vector<std::int32_t> cuts_;
};

/** The input of each leaf: the input itself where the leaves read its rows in order. */
const float* leaf_input(const TreeBatch& batch, const float* input, Workspace& workspace) {
  std::int64_t in_order = 0;
  while (in_order < batch.leaves && batch.leaf_rows[in_order] == in_order) ++in_order;
  if (in_order == batch.leaves) return input;
  float* gathered = workspace.take(batch.leaves * batch.input_size);
  for (std::int64_t leaf = 0; leaf < batch.leaves; ++leaf) {
    copy(gathered + leaf * batch.input_size, input + batch.leaf_rows[leaf] * batch.input_size, batch.input_size);
  }
  return gathered;
}

/** What lies below the merges of `rows`, child by child: to row `row - leaves` of `below` [merges, N·H]. */
void gather_children(const TreeBatch& batch, Rows rows, const float* h, float* below) {
  for (std::int64_t row = rows.from; row < rows.to; ++row) {
    const std::int64_t first = (row - batch.leaves) * batch.arity;
    for (std::int64_t place = first; place < first + batch.arity; ++place) {
      copy(below + place * batch.size, h + batch.children[place] * batch.size, batch.size);
    }
  }
}

/** Where the gates, or their gradients, of a row lie. */
std::int64_t gates_at(const TreeBatch& batch, std::int64_t row) {
  const std::int64_t leaf_width = 3 * batch.size;
  return row < batch.leaves ? row * leaf_width : batch.leaves * leaf_width + (row - batch.leaves) * batch.width();
}

/** The bias of each gate: that of the forget gates once for each child. */
float* spread_bias(const TreeBatch& batch, const float* bias, Workspace& workspace) {
  float* spread = workspace.take(batch.width());
  copy(spread, bias, 3 * batch.size);
  for (std::int64_t child = 0; child < batch.arity; ++child) {
    copy(spread + (3 + child) * batch.size, bias + 3 * batch.size, batch.size);
  }
  return spread;
}

}  // namespace

void tree_lstm_forward(const TreeLstmInputs& in, const TreeLstmResults& out, Workspace& workspace, ThreadPool* pool) {
  const TreeBatch& batch = in.batch;
  const std::int64_t size = batch.size, width = batch.width(), inner = batch.arity * size;
  const TreeTable& table = tree_table();
  pool = worth_sharing(pool, batch);
  workspace.reset();
  float* gates = out.saved == nullptr ? workspace.take(tree_saved_size(batch)) : out.saved;
  float* below = workspace.take(batch.merges() * inner);
  const float* bias = spread_bias(batch, in.bias, workspace);
  const float* input = leaf_input(batch, in.input, workspace);
  gemm(false, false, batch.leaves, 3 * size, batch.input_size, input, batch.input_size, in.input_kernel, 3 * size, gates,
       3 * size, false, in.bias, pool);
  PackedView kernel;
  if (batch.levels > 0) kernel = workspace.pack(in.recurrent_kernel, inner, width, width, false, pool);

  const auto open = [&](Rows rows, std::int64_t arity) {
    for (std::int64_t row = rows.from; row < rows.to; ++row) {
      float* own = gates + gates_at(batch, row);
      table.forward({size, arity, own, batch.children + std::max<std::int64_t>(0, row - batch.leaves) * batch.arity,
                     out.c, own, out.c + row * size, out.h + row * size});
    }
  };
  const Walk walk(batch, pool);
  walk.each([&](std::int64_t share) {
    open(walk.leaves(share), 0);
    for (std::int64_t level = 0; level < batch.levels; ++level) {
      const Rows rows = walk.level(share, level);
      if (rows.count() == 0) continue;
      gather_children(batch, rows, out.h, below);
      multiply(below + (rows.from - batch.leaves) * inner, inner, false, kernel, gates + gates_at(batch, rows.from),
               width, rows.count(), false, bias, nullptr);
      open(rows, batch.arity);
    }
  });
}

void tree_lstm_backward(const TreeLstmInputs& in, const TreeLstmUpstream& up, const TreeLstmGradients& out,
                        Workspace& workspace, ThreadPool* pool) {
  const TreeBatch& batch = in.batch;
  const std::int64_t size = batch.size, width = batch.width(), inner = batch.arity * size, leaf_width = 3 * size;
  const TreeTable& table = tree_table();
  pool = worth_sharing(pool, batch);
  workspace.reset();
  const Walk walk(batch, pool);
  float* d_sums = workspace.take(tree_saved_size(batch));
  float* dh = workspace.take(batch.nodes * size);
  float* dc = workspace.take(batch.nodes * size);
  float* below = workspace.take(batch.merges() * inner);    // what the merges read, [merges, N·H]
  float* d_below = workspace.take(batch.merges() * inner);  // and its gradient
  float* d_biases = workspace.take(walk.share_count() * width);
  PackedView kernel;  // Uᵀ
  if (batch.levels > 0) kernel = workspace.pack(in.recurrent_kernel, width, inner, width, true, pool);

  walk.each([&](std::int64_t share) {
    float* d_bias = d_biases + share * width;
    clear(d_bias, width);
    const auto arrive = [&](Rows rows) {
      copy(dh + rows.from * size, up.d_h + rows.from * size, rows.count() * size);
      copy(dc + rows.from * size, up.d_c + rows.from * size, rows.count() * size);
    };
    const auto close = [&](Rows rows, std::int64_t arity) {
      for (std::int64_t row = rows.from; row < rows.to; ++row) {
        const std::int64_t at = gates_at(batch, row);
        table.backward({size, arity, up.saved + at,
                        batch.children + std::max<std::int64_t>(0, row - batch.leaves) * batch.arity, up.c,
                        up.c + row * size, dh + row * size, dc + row * size, dc, d_sums + at});
        table.add(d_bias, d_sums + at, (3 + arity) * size);
      }
    };
    arrive(walk.leaves(share));
    for (std::int64_t level = 0; level < batch.levels; ++level) arrive(walk.level(share, level));
    for (std::int64_t level = batch.levels - 1; level >= 0; --level) {
      const Rows rows = walk.level(share, level);
      if (rows.count() == 0) continue;
      close(rows, batch.arity);
      gather_children(batch, rows, up.h, below);
      const std::int64_t first = (rows.from - batch.leaves) * batch.arity;
      multiply(d_sums + gates_at(batch, rows.from), width, false, kernel, d_below + first * size, inner, rows.count(),
               false, nullptr, nullptr);
      for (std::int64_t place = first; place < first + rows.count() * batch.arity; ++place) {
        table.add(dh + batch.children[place] * size, d_below + place * size, size);
      }
    }
    close(walk.leaves(share), 0);
  });

  float* bias = workspace.take(width);
  sum_blocks(d_biases, walk.share_count(), width, bias);
  copy(out.bias, bias, 3 * size);
  sum_blocks(bias + 3 * size, batch.arity, size, out.bias + 3 * size);

  const float* input = leaf_input(batch, in.input, workspace);
  gemm(true, false, batch.input_size, leaf_width, batch.leaves, input, batch.input_size, d_sums, leaf_width,
       out.input_kernel, leaf_width, false, nullptr, pool);
  // Rows that no leaf reads have no gradient, rows that several read have the sum.
  const bool apart = input != in.input || batch.input_rows != batch.leaves;
  float* d_input = apart ? workspace.take(batch.leaves * batch.input_size) : out.input;
  gemm(false, true, batch.leaves, batch.input_size, leaf_width, d_sums, leaf_width, in.input_kernel, leaf_width, d_input,
       batch.input_size, false, nullptr, pool);
  if (apart) {
    clear(out.input, batch.input_rows * batch.input_size);
    for (std::int64_t leaf = 0; leaf < batch.leaves; ++leaf) {
      table.add(out.input + batch.leaf_rows[leaf] * batch.input_size, d_input + leaf * batch.input_size,
                batch.input_size);
    }
  }
  if (batch.levels == 0) return clear(out.recurrent_kernel, inner * width);
  gemm(true, false, inner, width, batch.merges(), below, inner, d_sums + gates_at(batch, batch.leaves), width,
       out.recurrent_kernel, width, false, nullptr, pool);
}

}  // namespace timestep
