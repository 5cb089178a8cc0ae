// Packed matrices for JavaScript, which keeps them for tensors that stay the same; packed-addon.ts names the arguments.

#include <napi.h>

#include "gemm/gemm.h"
#include "support/arguments.h"
#include "support/guarded.h"

namespace timestep {

void register_packed(Napi::Env env, Napi::Object exports);

namespace {

/** packedSize(k, n) -> floats */
Napi::Value packed_size_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 2);
  const std::int64_t k = axis_size(info[0], "k"), n = axis_size(info[1], "n");
  volume(info.Env(), k, n);
  return Napi::Number::New(info.Env(), static_cast<double>(packed_size(k, n)));
}

/** pack(b, k, n, transposed, packed) */
Napi::Value pack_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const std::int64_t k = axis_size(info[1], "k"), n = axis_size(info[2], "n");
  const auto b = floats(info[0], "b", volume(env, k, n));
  const bool transposed = flag(info[3], "transposed");
  const auto packed = floats(info[4], "packed", packed_size(k, n));
  apart(env, packed, b, "b");
  pack_into(packed.data, b.data, k, n, transposed ? k : n, transposed, shared_pool().get());
  return env.Undefined();
}

/** multiplyPacked(a, packed, c, m, n, k, transposeA) */
Napi::Value multiply_packed_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 7);
  const Napi::Env env = info.Env();
  const std::int64_t m = axis_size(info[3], "m"), n = axis_size(info[4], "n"), k = axis_size(info[5], "k");
  const bool ta = flag(info[6], "transposeA");
  volume(env, k, n);
  const auto a = floats(info[0], "a", volume(env, m, k)), packed = floats(info[1], "packed", packed_size(k, n));
  const auto c = floats(info[2], "c", volume(env, m, n));
  apart(env, c, a, "a");
  apart(env, c, packed, "packed");
  multiply(a.data, ta ? m : k, ta, {packed.data, k, n, 0}, c.data, n, m, false, nullptr, shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_packed(Napi::Env env, Napi::Object exports) {
  exports.Set("packedSize", Napi::Function::New<guarded<packed_size_entry>>(env, "packedSize"));
  exports.Set("pack", Napi::Function::New<guarded<pack_entry>>(env, "pack"));
  exports.Set("multiplyPacked", Napi::Function::New<guarded<multiply_packed_entry>>(env, "multiplyPacked"));
}

}  // namespace timestep
