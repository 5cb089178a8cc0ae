// Entry points of the kernels that move numbers.

#include <napi.h>

#include <string>
#include <vector>

#include "support/arguments.h"
#include "support/guarded.h"
#include "tensors/layout.h"

namespace timestep {
namespace {

constexpr std::int64_t kMostAxes = 8;

/** How many elements a typed array has; what kind it is of is checked where it is read. */
std::int64_t length_of(const Napi::Value& value, const char* name) {
  if (!value.IsTypedArray()) refuse(value.Env(), std::string(name) + " must be a typed array");
  return static_cast<std::int64_t>(value.As<Napi::TypedArray>().ElementLength());
}

/** copyStrided(x, y, start, axes): axes holds a size and a stride for each axis */
Napi::Value copy_strided_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const std::int64_t numbers = length_of(info[3], "axes");
  if (numbers % 2 != 0 || numbers > 2 * kMostAxes) refuse(env, "axes must hold pairs, 8 at most");
  const auto given = integers(info[3], "axes", numbers);
  const std::int64_t start = axis_size(info[2], "start");
  std::vector<Axis> axes;
  std::int64_t total = 1, last = start;
  for (std::int64_t i = 0; i < numbers; i += 2) {
    const Axis axis{given.data[i], given.data[i + 1]};
    if (axis.size < 0 || axis.stride < 0) refuse(env, "axes holds a negative number");
    total = volume(env, total, axis.size);
    if (axis.size > 0) last += volume(env, axis.size - 1, axis.stride);
    axes.push_back(axis);
  }
  const auto x = floats(info[0], "x", length_of(info[0], "x")), y = floats(info[1], "y", total);
  if (total == 0) return env.Undefined();
  if (last >= x.size) refuse(env, "axes reach past the end of x");
  apart(env, y, x, "x");
  copy_strided(x.data + start, y.data, axes, shared_pool().get());
  return env.Undefined();
}

/** gatherRows(x, ids, y, outer, size, width) */
Napi::Value gather_rows_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 6);
  const Napi::Env env = info.Env();
  const std::int64_t outer = axis_size(info[3], "outer"), size = axis_size(info[4], "size");
  const std::int64_t width = axis_size(info[5], "width"), count = length_of(info[1], "ids");
  const auto ids = integers(info[1], "ids", count);
  const auto x = floats(info[0], "x", volume(env, outer, size, width));
  const auto y = floats(info[2], "y", volume(env, outer, count, width));
  apart(env, y, x, "x");
  for (std::int64_t i = 0; i < count; i++) {
    if (ids.data[i] < 0 || ids.data[i] >= size) refuse(env, "ids name a row that is not there");
  }
  gather_rows(x.data, ids.data, y.data, outer, size, count, width, shared_pool().get());
  return env.Undefined();
}

/** addRows(x, ids, y, segments, width) */
Napi::Value add_rows_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const std::int64_t segments = axis_size(info[3], "segments"), width = axis_size(info[4], "width");
  const std::int64_t rows = length_of(info[1], "ids");
  const auto ids = integers(info[1], "ids", rows);
  const auto x = floats(info[0], "x", volume(env, rows, width));
  const auto y = floats(info[2], "y", volume(env, segments, width));
  apart(env, y, x, "x");
  add_rows(x.data, ids.data, y.data, rows, segments, width, shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_layout(Napi::Env env, Napi::Object exports) {
  exports.Set("copyStrided", Napi::Function::New<guarded<copy_strided_entry>>(env, "copyStrided"));
  exports.Set("gatherRows", Napi::Function::New<guarded<gather_rows_entry>>(env, "gatherRows"));
  exports.Set("addRows", Napi::Function::New<guarded<add_rows_entry>>(env, "addRows"));
}

}  // namespace timestep
