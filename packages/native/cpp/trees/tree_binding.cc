// Whole batches of trees for JavaScript; tree-addon.ts names the arguments.

#include <napi.h>

#include <vector>

#include "support/arguments.h"
#include "support/guarded.h"
#include "trees/tree_lstm.h"

namespace timestep {

void register_trees(Napi::Env env, Napi::Object exports);

namespace {

Span<std::int32_t> all_integers(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray()) refuse(value.Env(), std::string(name) + " must be an Int32Array");
  return integers(value, name, static_cast<std::int64_t>(value.As<Napi::TypedArray>().ElementLength()));
}

/** Whole numbers as `apart` takes them: both have four bytes. */
Span<float> as_bytes(const Span<std::int32_t>& span) { return {reinterpret_cast<float*>(span.data), span.size}; }

/** What both calls take first: the batch and the weights. */
struct Call {
  TreeLstmInputs inputs;
  std::vector<Span<float>> given;  // everything that is read, so that results can be held apart from it
  std::vector<Span<float>> results;
};

/** Refuses levels that do not follow one another, and rows that are not in the order of their trees. */
void check_levels(Napi::Env env, const TreeBatch& batch) {
  if (batch.leaves < 1 || batch.starts[0] != batch.leaves || batch.starts[batch.levels] != batch.nodes) {
    refuse(env, "starts must go from the number of leaves to that of nodes");
  }
  const auto in_order = [&](std::int64_t from, std::int64_t to) {
    if (from >= to) refuse(env, "a level has no nodes");
    for (std::int64_t row = from; row < to; ++row) {
      if (batch.trees[row] < 0 || batch.trees[row] >= batch.nodes) refuse(env, "trees name a tree that is not there");
      if (row > from && batch.trees[row] < batch.trees[row - 1]) refuse(env, "a level is not in the order of its trees");
    }
  };
  in_order(0, batch.leaves);
  for (std::int64_t level = 0; level < batch.levels; ++level) {
    if (batch.starts[level + 1] > batch.nodes) refuse(env, "starts must go from the number of leaves to that of nodes");
    in_order(batch.starts[level], batch.starts[level + 1]);
  }
}

/** Refuses children that are not on a lower level of the same tree, or have two parents: threads rely on it. */
void check_children(Napi::Env env, const TreeBatch& batch) {
  std::vector<bool> taken(static_cast<std::size_t>(batch.nodes));
  for (std::int64_t level = 0; level < batch.levels; ++level) {
    for (std::int64_t row = batch.starts[level]; row < batch.starts[level + 1]; ++row) {
      const std::int32_t* own = batch.children + (row - batch.leaves) * batch.arity;
      for (std::int64_t place = 0; place < batch.arity; ++place) {
        const std::int32_t child = own[place];
        if (child < 0 || child >= batch.starts[level]) refuse(env, "a child is not on a lower level");
        if (batch.trees[child] != batch.trees[row]) refuse(env, "a child belongs to another tree");
        if (taken[static_cast<std::size_t>(child)]) refuse(env, "a child has two parents");
        taken[static_cast<std::size_t>(child)] = true;
      }
    }
  }
}

/** leafRows, starts, children, trees, arity, inputRows, inputSize, hiddenSize, input, inputKernel, recurrentKernel, bias */
constexpr std::size_t kShared = 12;

Call shared_arguments(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const auto leaf_rows = all_integers(info[0], "leafRows"), starts = all_integers(info[1], "starts");
  const auto trees = all_integers(info[3], "trees");
  const std::int64_t arity = whole(info[4], "arity", 1, 256), rows = axis_size(info[5], "inputRows");
  const std::int64_t input_size = whole(info[6], "inputSize", 1, 1 << 20), size = whole(info[7], "hiddenSize", 1, 1 << 20);
  if (starts.size < 1) refuse(env, "starts must have one number or more");
  if (trees.size < leaf_rows.size || trees.size >= (std::int64_t{1} << 31)) {
    refuse(env, "trees must have a number for each node");
  }
  const std::int64_t merges = trees.size - leaf_rows.size;
  const auto children = integers(info[2], "children", volume(env, merges, arity));
  const TreeBatch batch{trees.size, leaf_rows.size, starts.size - 1, arity, leaf_rows.data, starts.data,
                        children.data, trees.data, rows, input_size, size};
  check_levels(env, batch);
  check_children(env, batch);
  for (std::int64_t leaf = 0; leaf < batch.leaves; ++leaf) {
    if (leaf_rows.data[leaf] < 0 || leaf_rows.data[leaf] >= rows) refuse(env, "a leaf reads a row that is not there");
  }
  volume(env, batch.nodes, batch.width());
  const auto input = floats(info[8], "input", volume(env, rows, input_size));
  const auto input_kernel = floats(info[9], "inputKernel", volume(env, input_size, 3 * size));
  const auto kernel = floats(info[10], "recurrentKernel", volume(env, arity * size, batch.width()));
  const auto bias = floats(info[11], "bias", 4 * size);
  return {{batch, input.data, input_kernel.data, kernel.data, bias.data},
          {as_bytes(leaf_rows), as_bytes(starts), as_bytes(children), as_bytes(trees), input, input_kernel, kernel, bias},
          {}};
}

const float* given(Call& call, const Napi::Value& value, const char* name, std::int64_t size) {
  call.given.push_back(floats(value, name, size));
  return call.given.back().data;
}

float* result(Call& call, const Napi::Value& value, const char* name, std::int64_t size) {
  call.results.push_back(floats(value, name, size));
  return call.results.back().data;
}

/** Refuses results that share memory with an input or with each other. */
void results_apart(Napi::Env env, const Call& call) {
  for (std::size_t i = 0; i < call.results.size(); ++i) {
    for (const Span<float>& other : call.given) apart(env, call.results[i], other, "an input");
    for (std::size_t j = 0; j < i; ++j) apart(env, call.results[i], call.results[j], "another output");
  }
}

/** One for each thread that runs JavaScript. */
Workspace& workspace() {
  thread_local Workspace kept;
  return kept;
}

/** treeLstmForward(shared…, h, c, saved or undefined) */
Napi::Value forward_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, kShared + 3);
  Call call = shared_arguments(info);
  const TreeBatch& batch = call.inputs.batch;
  const std::int64_t states = batch.nodes * batch.size;
  float* h = result(call, info[12], "h", states);
  float* c = result(call, info[13], "c", states);
  float* saved = info[14].IsUndefined() ? nullptr : result(call, info[14], "saved", tree_saved_size(batch));
  results_apart(info.Env(), call);
  tree_lstm_forward(call.inputs, {h, c, saved}, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

/** treeLstmBackward(shared…, h, c, saved, dH, dC, dInput, dInputKernel, dRecurrentKernel, dBias) */
Napi::Value backward_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, kShared + 9);
  Call call = shared_arguments(info);
  const TreeBatch& batch = call.inputs.batch;
  const std::int64_t states = batch.nodes * batch.size, size = batch.size;
  const TreeLstmUpstream upstream{given(call, info[12], "h", states), given(call, info[13], "c", states),
                                  given(call, info[14], "saved", tree_saved_size(batch)),
                                  given(call, info[15], "dH", states), given(call, info[16], "dC", states)};
  const TreeLstmGradients gradients{result(call, info[17], "dInput", batch.input_rows * batch.input_size),
                                    result(call, info[18], "dInputKernel", batch.input_size * 3 * size),
                                    result(call, info[19], "dRecurrentKernel", batch.arity * size * batch.width()),
                                    result(call, info[20], "dBias", 4 * size)};
  results_apart(info.Env(), call);
  tree_lstm_backward(call.inputs, upstream, gradients, workspace(), shared_pool().get());
  return info.Env().Undefined();
}

}  // namespace

void register_trees(Napi::Env env, Napi::Object exports) {
  exports.Set("treeLstmForward", Napi::Function::New<guarded<forward_entry>>(env, "treeLstmForward"));
  exports.Set("treeLstmBackward", Napi::Function::New<guarded<backward_entry>>(env, "treeLstmBackward"));
}

}  // namespace timestep
