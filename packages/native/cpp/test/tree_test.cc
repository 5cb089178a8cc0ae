#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "trees/tree_lstm.h"

/**
 * The tree LSTM against its formulas in double precision: values, and gradients by central differences, over random
 * trees of every arity, on one thread and on several. Prints what failed and leaves with 1.
 */
namespace {

using namespace timestep;
using Floats = std::vector<float>;
using Values = std::vector<double>;
using Integers = std::vector<std::int32_t>;

int failures = 0;

/** Trees over rows of a matrix, and what the kernels want to know of them. */
struct Forest {
  std::int64_t arity, input_rows;
  Integers leaf_rows, starts, children, trees;

  TreeBatch batch(std::int64_t input_size, std::int64_t size) const {
    return {static_cast<std::int64_t>(trees.size()), static_cast<std::int64_t>(leaf_rows.size()),
            static_cast<std::int64_t>(starts.size()) - 1, arity, leaf_rows.data(), starts.data(), children.data(),
            trees.data(), input_rows, input_size, size};
  }
};

/** Trees of `merges[i]` merges each, whose children are drawn from what has no parent yet. */
Forest forest(std::int64_t arity, const std::vector<int>& merges, bool in_order, std::mt19937& random) {
  struct Node {
    int tree, height;
    std::vector<std::size_t> children;
  };
  std::vector<Node> nodes;
  for (std::size_t tree = 0; tree < merges.size(); tree++) {
    std::vector<std::size_t> open;
    const std::int64_t leaves = merges[tree] * (arity - 1) + 1;
    for (std::int64_t leaf = 0; leaf < leaves; leaf++) {
      open.push_back(nodes.size());
      nodes.push_back({static_cast<int>(tree), 0, {}});
    }
    for (int merge = 0; merge < merges[tree]; merge++) {
      Node made{static_cast<int>(tree), 0, {}};
      for (std::int64_t child = 0; child < arity; child++) {
        const std::size_t at = random() % open.size();
        made.children.push_back(open[at]);
        made.height = std::max(made.height, nodes[open[at]].height + 1);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
      open.push_back(nodes.size());
      nodes.push_back(made);
    }
  }
  Forest made{arity, 0, {}, {}, {}, {}};
  std::vector<std::int32_t> row(nodes.size());
  std::size_t placed = 0;
  for (int height = 0; placed < nodes.size(); height++) {
    if (height > 0) made.starts.push_back(static_cast<std::int32_t>(placed));
    for (int tree = 0; tree < static_cast<int>(merges.size()); tree++) {
      for (std::size_t node = 0; node < nodes.size(); node++) {
        if (nodes[node].tree != tree || nodes[node].height != height) continue;
        row[node] = static_cast<std::int32_t>(placed++);
        made.trees.push_back(tree);
        for (const std::size_t child : nodes[node].children) made.children.push_back(row[child]);
        if (height == 0) made.leaf_rows.push_back(static_cast<std::int32_t>(made.leaf_rows.size()));
      }
    }
  }
  made.starts.push_back(static_cast<std::int32_t>(placed));
  const auto leaves = static_cast<std::int32_t>(made.leaf_rows.size());
  made.input_rows = in_order ? leaves : leaves + 2;
  // Rows that several leaves read, and rows that none does.
  if (!in_order) {
    for (std::int32_t& leaf : made.leaf_rows) leaf = static_cast<std::int32_t>(random() % static_cast<unsigned>(leaves));
  }
  return made;
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/** Input, input kernel, recurrent kernel and bias. */
using Parts = std::vector<Values>;

/** h and then c of all nodes. */
Values reference(const TreeBatch& batch, const Parts& parts) {
  const auto size = static_cast<std::size_t>(batch.size), inputs = static_cast<std::size_t>(batch.input_size);
  const auto nodes = static_cast<std::size_t>(batch.nodes), leaves = static_cast<std::size_t>(batch.leaves);
  const auto arity = static_cast<std::size_t>(batch.arity), width = static_cast<std::size_t>(batch.width());
  Values states(2 * nodes * size);
  for (std::size_t row = 0; row < nodes; row++) {
    const std::size_t below = row < leaves ? 0 : arity;
    const std::int32_t* children = row < leaves ? nullptr : batch.children + (row - leaves) * arity;
    const auto sum = [&](std::size_t gate, std::size_t unit) {
      double total = parts[3][std::min<std::size_t>(gate, 3) * size + unit];
      const std::size_t column = gate * size + unit;
      if (below == 0) {
        const auto from = static_cast<std::size_t>(batch.leaf_rows[row]) * inputs;
        for (std::size_t i = 0; i < inputs; i++) total += parts[0][from + i] * parts[1][i * 3 * size + column];
      }
      for (std::size_t child = 0; child < below; child++) {
        const auto from = static_cast<std::size_t>(children[child]) * size;
        for (std::size_t i = 0; i < size; i++) total += states[from + i] * parts[2][(child * size + i) * width + column];
      }
      return total;
    };
    for (std::size_t unit = 0; unit < size; unit++) {
      double c = std::tanh(sum(0, unit)) * sigmoid(sum(1, unit));
      for (std::size_t child = 0; child < below; child++) {
        c += sigmoid(sum(3 + child, unit)) * states[(nodes + static_cast<std::size_t>(children[child])) * size + unit];
      }
      states[(nodes + row) * size + unit] = c;
      states[row * size + unit] = sigmoid(sum(2, unit)) * std::tanh(c);
    }
  }
  return states;
}

void expect_close(const std::string& name, const char* what, const Floats& got, const Values& wanted, double tolerance) {
  double worst = got.size() == wanted.size() ? 0 : 1e30;
  for (std::size_t i = 0; i < std::min(got.size(), wanted.size()); i++) {
    const double error = std::abs(static_cast<double>(got[i]) - wanted[i]) / std::max(1.0, std::abs(wanted[i]));
    if (!(error <= worst)) worst = error;
  }
  if (worst <= tolerance) return;
  failures++;
  std::printf("%s: %s is off by %g\n", name.c_str(), what, worst);
}

Floats narrowed(const Values& values) { return Floats(values.begin(), values.end()); }

/** Old numbers, so that what a kernel leaves unwritten shows. */
Floats stale(std::size_t count) { return Floats(count, 1e9f); }

void check(const std::string& name, const Forest& forest, std::int64_t input_size, std::int64_t size, std::size_t samples,
           ThreadPool* pool, std::mt19937& random) {
  static Workspace workspace;  // shared by all cases, so that what one leaves behind would show in the next
  const TreeBatch batch = forest.batch(input_size, size);
  std::normal_distribution<float> normal(0, 0.5f);
  const auto drawn = [&](std::int64_t count) {
    Values values(static_cast<std::size_t>(count));
    for (double& value : values) value = normal(random);
    return values;
  };
  Parts parts{drawn(batch.input_rows * input_size), drawn(input_size * 3 * size),
              drawn(batch.arity * size * batch.width()), drawn(4 * size)};
  std::vector<Floats> given;
  for (const Values& part : parts) given.push_back(narrowed(part));
  const TreeLstmInputs inputs{batch, given[0].data(), given[1].data(), given[2].data(), given[3].data()};

  const auto states = static_cast<std::size_t>(batch.nodes * size);
  const Values wanted = reference(batch, parts);
  Floats h = stale(states), c = stale(states), saved = stale(static_cast<std::size_t>(tree_saved_size(batch)));
  const auto both = [&] {
    Floats all = h;
    all.insert(all.end(), c.begin(), c.end());
    return all;
  };
  tree_lstm_forward(inputs, {h.data(), c.data(), nullptr}, workspace, pool);
  expect_close(name, "the state at inference", both(), wanted, 1e-5);
  h = stale(states);
  c = stale(states);
  tree_lstm_forward(inputs, {h.data(), c.data(), saved.data()}, workspace, pool);
  expect_close(name, "the state", both(), wanted, 1e-5);

  const Values probe = drawn(2 * batch.nodes * size);
  const Floats d_states = narrowed(probe);
  std::vector<Floats> gradients;
  for (const Values& part : parts) gradients.push_back(stale(part.size()));
  tree_lstm_backward(inputs, {h.data(), c.data(), saved.data(), d_states.data(), d_states.data() + states},
                     {gradients[0].data(), gradients[1].data(), gradients[2].data(), gradients[3].data()}, workspace,
                     pool);
  const char* names[] = {"the input's gradient", "the input kernel's gradient", "the recurrent kernel's gradient",
                         "the bias's gradient"};
  for (std::size_t part = 0; part < parts.size(); part++) {
    // Not every one of the larger parts: each difference is two whole passes.
    const std::size_t stride = (parts[part].size() + samples - 1) / samples;
    Floats got;
    Values slopes;
    for (std::size_t i = 0; i < parts[part].size(); i += stride) {
      constexpr double step = 1e-5;
      const double before = parts[part][i];
      const auto loss = [&](double value) {
        parts[part][i] = value;
        const Values moved = reference(batch, parts);
        double total = 0;
        for (std::size_t n = 0; n < moved.size(); n++) total += moved[n] * probe[n];
        return total;
      };
      slopes.push_back((loss(before + step) - loss(before - step)) / (2 * step));
      got.push_back(gradients[part][i]);
      parts[part][i] = before;
    }
    expect_close(name, names[part], got, slopes, 2e-4);
  }
}

}  // namespace

int main() {
  std::mt19937 random(7);
  check("a leaf", forest(2, {0}, true, random), 3, 5, 40, nullptr, random);
  check("leaves", forest(2, {0, 0, 0}, false, random), 3, 5, 40, nullptr, random);
  check("one merge", forest(2, {1}, true, random), 1, 1, 40, nullptr, random);
  check("three trees", forest(2, {5, 0, 9}, false, random), 7, 17, 40, nullptr, random);
  check("single children", forest(1, {4, 2}, true, random), 4, 6, 40, nullptr, random);
  check("merges of three", forest(3, {3, 0, 4}, false, random), 5, 9, 40, nullptr, random);
  // Large enough to be shared: by as many threads as there are trees, and by fewer and more.
  for (const int threads : {2, 3, 5}) {
    ThreadPool pool(threads);
    const std::string name = std::to_string(threads) + " threads";
    check("three large trees, " + name, forest(2, {40, 3, 60}, threads == 3, random), 12, 65, 3, &pool, random);
    check("one large tree, " + name, forest(2, {100}, true, random), 5, 66, 2, &pool, random);
  }
  if (failures > 0) return 1;
  std::printf("trees: all passed\n");
  return 0;
}
