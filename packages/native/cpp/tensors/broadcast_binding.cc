// Entry points of arithmetic and comparisons with stretched operands.

#include <napi.h>

#include <string>

#include "support/arguments.h"
#include "tensors/broadcast.h"
#include "support/guarded.h"

namespace timestep {
namespace {

struct Operands {
  Broadcast shape;
  std::int64_t a, b, c;  ///< elements of each
};

/** `axes` holds for each axis of the result its size and whether each operand has it (1) or is stretched (0). */
Operands operands(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  if (!value.IsTypedArray()) refuse(env, "axes must be an Int32Array");
  const auto length = static_cast<std::int64_t>(value.As<Napi::TypedArray>().ElementLength());
  const auto axes = integers(value, "axes", length);
  if (length % 3 != 0 || length / 3 > Broadcast::kMostAxes) {
    refuse(env, "axes must hold three numbers for each of at most " + std::to_string(Broadcast::kMostAxes) + " axes");
  }
  Operands all{{}, 1, 1, 1};
  all.shape.rank = static_cast<int>(length / 3);
  for (int axis = all.shape.rank - 1; axis >= 0; axis--) {
    const std::int32_t* entry = axes.data + axis * 3;
    if (entry[0] < 0 || (entry[1] | 1) != 1 || (entry[2] | 1) != 1) refuse(env, "axes holds a wrong number");
    all.shape.sizes[axis] = entry[0];
    all.shape.a_steps[axis] = entry[1] == 1 ? all.a : 0;
    all.shape.b_steps[axis] = entry[2] == 1 ? all.b : 0;
    if (entry[1] == 1) all.a = volume(env, all.a, entry[0]);
    if (entry[2] == 1) all.b = volume(env, all.b, entry[0]);
    all.c = volume(env, all.c, entry[0]);
  }
  return all;
}

/** broadcast(op, axes, a, b, c) */
Napi::Value broadcast_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const auto op = static_cast<Binary>(whole(info[0], "op", 0, kBinaryCount - 1));
  const Operands all = operands(info[1]);
  const auto a = floats(info[2], "a", all.a), b = floats(info[3], "b", all.b), c = floats(info[4], "c", all.c);
  apart(env, c, a, "a");
  apart(env, c, b, "b");
  broadcast(op, all.shape, a.data, b.data, c.data, shared_pool().get());
  return env.Undefined();
}

/** compare(op, axes, a, b, c) with c a Uint8Array */
Napi::Value compare_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const auto op = static_cast<Comparison>(whole(info[0], "op", 0, kComparisonCount - 1));
  const Operands all = operands(info[1]);
  const auto a = floats(info[2], "a", all.a), b = floats(info[3], "b", all.b);
  if (!info[4].IsTypedArray() || info[4].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    refuse(env, "c must be a Uint8Array");
  }
  auto c = info[4].As<Napi::Uint8Array>();
  if (static_cast<std::int64_t>(c.ElementLength()) != all.c) {
    refuse(env, "c must have " + std::to_string(all.c) + " elements, has " + std::to_string(c.ElementLength()));
  }
  const auto begin = reinterpret_cast<std::uintptr_t>(c.Data()), end = begin + c.ElementLength();
  for (const auto& input : {a, b}) {
    const auto from = reinterpret_cast<std::uintptr_t>(input.data);
    const auto to = from + static_cast<std::uintptr_t>(input.size) * sizeof(float);
    if (begin != end && from != to && begin < to && from < end) refuse(env, "the output shares memory with an input");
  }
  compare(op, all.shape, a.data, b.data, c.Data(), shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_broadcast(Napi::Env env, Napi::Object exports) {
  exports.Set("broadcast", Napi::Function::New<guarded<broadcast_entry>>(env, "broadcast"));
  exports.Set("compare", Napi::Function::New<guarded<compare_entry>>(env, "compare"));
}

}  // namespace timestep
