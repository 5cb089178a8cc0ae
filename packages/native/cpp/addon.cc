// The door between JavaScript and the kernels.

#include <napi.h>

#include "support/arguments.h"
#include "tensors/elementwise.h"
#include "gemm/gemm.h"
#include "support/guarded.h"

namespace timestep {

/** Entry points of whole recurrent sequences, in recurrent_binding.cc. */
void register_recurrent(Napi::Env env, Napi::Object exports);
/** Convolutions and pooling, in convolution_binding.cc. */
void register_convolution(Napi::Env env, Napi::Object exports);
/** Arithmetic with stretched operands, in broadcast_binding.cc. */
void register_broadcast(Napi::Env env, Napi::Object exports);
/** Operations on rows, in rows_binding.cc. */
void register_rows(Napi::Env env, Napi::Object exports);
/** Entry points of the kernels that move numbers, in layout_binding.cc. */
void register_layout(Napi::Env env, Napi::Object exports);
/** Steps of the optimisers, in optimiser_binding.cc. */
void register_optimiser(Napi::Env env, Napi::Object exports);

/** What the machine can do at most, in peak_binding.cc. */
void register_peak(Napi::Env env, Napi::Object exports);

/** Entry points of sequence losses, in losses_binding.cc. */
void register_losses(Napi::Env env, Napi::Object exports);
/** Batches of trees, in tree_binding.cc. */
void register_trees(Napi::Env env, Napi::Object exports);
/** Recurrent decoders with attention, in attention_binding.cc. */
void register_attention_decoder(Napi::Env env, Napi::Object exports);
/** Matrices that are packed once and used often, in packed_binding.cc. */
void register_packed(Napi::Env env, Napi::Object exports);
/** The output layer over a large vocabulary, in vocabulary_binding.cc. */
void register_vocabulary(Napi::Env env, Napi::Object exports);

namespace {

/** setThreads(threads) -> threads that there are now */
Napi::Value set_threads(const Napi::CallbackInfo& info) {
  count_arguments(info, 1);
  resize_shared_pool(static_cast<int>(whole(info[0], "threads", 1, 1024)));
  return Napi::Number::New(info.Env(), shared_pool()->size());
}

Napi::Value simd(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), simd_name()); }

/**
 * matMul(a, b, c, aMatrices, bMatrices, items, m, n, k, transposeA, transposeB)
 *
 * c [items.length / 2, m, n]: product i is matrix items[2i] of a by matrix items[2i + 1] of b.
 */
Napi::Value mat_mul(const Napi::CallbackInfo& info) {
  count_arguments(info, 11);
  const Napi::Env env = info.Env();
  const std::int64_t a_matrices = axis_size(info[3], "aMatrices"), b_matrices = axis_size(info[4], "bMatrices");
  const std::int64_t m = axis_size(info[6], "m"), n = axis_size(info[7], "n"), k = axis_size(info[8], "k");
  const bool ta = flag(info[9], "transposeA"), tb = flag(info[10], "transposeB");
  if (!info[5].IsTypedArray()) refuse(env, "items must be an Int32Array");
  const auto entries = static_cast<std::int64_t>(info[5].As<Napi::TypedArray>().ElementLength());
  if (entries % 2 != 0) refuse(env, "items must hold pairs");
  const auto items = integers(info[5], "items", entries);
  const std::int64_t batch = entries / 2;
  const auto a = floats(info[0], "a", volume(env, m, k, a_matrices));
  const auto b = floats(info[1], "b", volume(env, k, n, b_matrices));
  const auto c = floats(info[2], "c", volume(env, m, n, batch));
  apart(env, c, a, "a");
  apart(env, c, b, "b");
  for (std::int64_t i = 0; i < batch; i++) {
    const std::int64_t left = items.data[2 * i], right = items.data[2 * i + 1];
    if (left < 0 || left >= a_matrices || right < 0 || right >= b_matrices) {
      refuse(env, "items name a matrix that is not there");
    }
  }
  const auto pool = shared_pool();
  const auto one = [&](std::int64_t i, ThreadPool* threads) {
    gemm(ta, tb, m, n, k, a.data + items.data[2 * i] * m * k, ta ? m : k, b.data + items.data[2 * i + 1] * k * n,
         tb ? k : n, c.data + i * m * n, n, false, nullptr, threads);
  };
  constexpr std::int64_t worth_sharing = 1 << 19;
  if (batch >= 2 * pool->size() && m * n <= worth_sharing && m * n * k * batch >= worth_sharing) {
    const int parts = 2 * pool->size();
    pool->run(parts, [&](int part) {
      for (std::int64_t i = batch * part / parts; i < batch * (part + 1) / parts; i++) one(i, nullptr);
    });
  } else {
    for (std::int64_t i = 0; i < batch; i++) one(i, pool.get());
  }
  return env.Undefined();
}

/** binary(op, swapped, a, b, c, outer, middle, inner) */
Napi::Value binary_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 8);
  const Napi::Env env = info.Env();
  const auto op = static_cast<Binary>(whole(info[0], "op", 0, kBinaryCount - 1));
  const bool swapped = flag(info[1], "swapped");
  const std::int64_t outer = axis_size(info[5], "outer"), middle = axis_size(info[6], "middle");
  const std::int64_t inner = axis_size(info[7], "inner"), size = volume(env, outer, middle, inner);
  const auto a = floats(info[2], "a", size), b = floats(info[3], "b", middle), c = floats(info[4], "c", size);
  apart(env, c, a, "a");
  apart(env, c, b, "b");
  binary(op, swapped, a.data, b.data, c.data, outer, middle, inner, shared_pool().get());
  return env.Undefined();
}

/** unary(op, x, y, size) */
Napi::Value unary_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const auto op = static_cast<Unary>(whole(info[0], "op", 0, kUnaryCount - 1));
  const std::int64_t size = axis_size(info[3], "size");
  const auto x = floats(info[1], "x", size), y = floats(info[2], "y", size);
  apart(info.Env(), y, x, "x");
  unary(op, x.data, y.data, size, shared_pool().get());
  return info.Env().Undefined();
}

/** sum(x, y, outer, middle, inner) */
Napi::Value sum_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const std::int64_t outer = axis_size(info[2], "outer"), middle = axis_size(info[3], "middle");
  const std::int64_t inner = axis_size(info[4], "inner");
  const auto x = floats(info[0], "x", volume(env, outer, middle, inner));
  const auto y = floats(info[1], "y", volume(env, outer, inner));
  apart(env, y, x, "x");
  sum_middle(x.data, y.data, outer, middle, inner);
  return env.Undefined();
}

/** softmax(x, y, rows, columns) */
Napi::Value softmax_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const std::int64_t rows = axis_size(info[2], "rows"), columns = axis_size(info[3], "columns");
  const auto x = floats(info[0], "x", volume(env, rows, columns)), y = floats(info[1], "y", x.size);
  apart(env, y, x, "x");
  softmax_rows(x.data, y.data, rows, columns, shared_pool().get());
  return env.Undefined();
}

/** misalignment(buffer) -> bytes from the cache line's beginning to the buffer's */
Napi::Value misalignment(const Napi::CallbackInfo& info) {
  count_arguments(info, 1);
  if (!info[0].IsArrayBuffer()) refuse(info.Env(), "buffer must be an ArrayBuffer");
  const auto address = reinterpret_cast<std::uintptr_t>(info[0].As<Napi::ArrayBuffer>().Data());
  return Napi::Number::New(info.Env(), static_cast<double>(address % 64));
}

Napi::Object start(Napi::Env env, Napi::Object exports) {
  exports.Set("setThreads", Napi::Function::New<guarded<set_threads>>(env, "setThreads"));
  exports.Set("simd", Napi::Function::New<guarded<simd>>(env, "simd"));
  exports.Set("misalignment", Napi::Function::New<guarded<misalignment>>(env, "misalignment"));
  exports.Set("matMul", Napi::Function::New<guarded<mat_mul>>(env, "matMul"));
  exports.Set("binary", Napi::Function::New<guarded<binary_entry>>(env, "binary"));
  exports.Set("unary", Napi::Function::New<guarded<unary_entry>>(env, "unary"));
  exports.Set("sum", Napi::Function::New<guarded<sum_entry>>(env, "sum"));
  exports.Set("softmax", Napi::Function::New<guarded<softmax_entry>>(env, "softmax"));
  register_recurrent(env, exports);
  register_convolution(env, exports);
  register_peak(env, exports);
  register_losses(env, exports);
  register_optimiser(env, exports);
  register_rows(env, exports);
  register_broadcast(env, exports);
  register_layout(env, exports);
  register_trees(env, exports);
  register_attention_decoder(env, exports);
  register_vocabulary(env, exports);
  register_packed(env, exports);
  return exports;
}

}  // namespace
}  // namespace timestep

static Napi::Object initialise(Napi::Env env, Napi::Object exports) { return timestep::start(env, exports); }

NODE_API_MODULE(timestep_native, initialise)
