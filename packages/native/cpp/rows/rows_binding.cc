// Entry points of operations on rows.

#include <napi.h>

#include <string>

#include "support/arguments.h"
#include "support/guarded.h"
#include "rows/rows.h"

namespace timestep {
namespace {

/** logSoftmax(x, y, rows, columns) */
Napi::Value log_softmax_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const std::int64_t rows = axis_size(info[2], "rows"), columns = axis_size(info[3], "columns");
  const auto x = floats(info[0], "x", volume(env, rows, columns)), y = floats(info[1], "y", x.size);
  apart(env, y, x, "x");
  log_softmax_rows(x.data, y.data, rows, columns, shared_pool().get());
  return env.Undefined();
}

/** crossEntropy(logits, targets, losses, slopes or null, rows, columns) */
Napi::Value cross_entropy_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 6);
  const Napi::Env env = info.Env();
  const std::int64_t rows = axis_size(info[4], "rows"), columns = axis_size(info[5], "columns");
  const auto logits = floats(info[0], "logits", volume(env, rows, columns));
  const auto targets = integers(info[1], "targets", rows);
  const auto losses = floats(info[2], "losses", rows);
  const auto slopes = info[3].IsNull() ? Span<float>{nullptr, 0} : floats(info[3], "slopes", logits.size);
  apart(env, losses, logits, "logits");
  apart(env, slopes, logits, "logits");
  apart(env, losses, slopes, "slopes");
  const Span<float> indices{reinterpret_cast<float*>(targets.data), targets.size};  // the same bytes
  apart(env, losses, indices, "targets");
  apart(env, slopes, indices, "targets");
  for (std::int64_t r = 0; r < rows; r++) {
    if (targets.data[r] < 0 || targets.data[r] >= columns) {
      refuse(env, "targets[" + std::to_string(r) + "] is " + std::to_string(targets.data[r]) + ", not a column of " +
                      std::to_string(columns));
    }
  }
  cross_entropy_rows(logits.data, targets.data, losses.data, slopes.data, rows, columns, shared_pool().get());
  return env.Undefined();
}

/** layerNorm(x, gain, offset, epsilon, y, means, scales, rows, columns) */
Napi::Value layer_norm_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 9);
  const Napi::Env env = info.Env();
  const std::int64_t rows = axis_size(info[7], "rows"), columns = axis_size(info[8], "columns");
  const auto x = floats(info[0], "x", volume(env, rows, columns));
  const auto gain = floats(info[1], "gain", columns), offset = floats(info[2], "offset", columns);
  if (!info[3].IsNumber()) refuse(env, "epsilon must be a number");
  const auto y = floats(info[4], "y", x.size), means = floats(info[5], "means", rows);
  const auto scales = floats(info[6], "scales", rows);
  for (const auto& output : {y, means, scales}) {
    apart(env, output, x, "x");
    apart(env, output, gain, "gain");
    apart(env, output, offset, "offset");
  }
  apart(env, y, means, "means");
  apart(env, y, scales, "scales");
  apart(env, means, scales, "scales");
  layer_norm(x.data, gain.data, offset.data, info[3].As<Napi::Number>().FloatValue(), y.data, means.data, scales.data,
             rows, columns, shared_pool().get());
  return env.Undefined();
}

/** layerNormGradient(dy, x, gain, means, scales, dx, dgain, doffset, rows, columns) */
Napi::Value layer_norm_gradient_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 10);
  const Napi::Env env = info.Env();
  const std::int64_t rows = axis_size(info[8], "rows"), columns = axis_size(info[9], "columns");
  const auto dy = floats(info[0], "dy", volume(env, rows, columns)), x = floats(info[1], "x", dy.size);
  const auto gain = floats(info[2], "gain", columns), means = floats(info[3], "means", rows);
  const auto scales = floats(info[4], "scales", rows), dx = floats(info[5], "dx", dy.size);
  const auto dgain = floats(info[6], "dgain", columns), doffset = floats(info[7], "doffset", columns);
  for (const auto& output : {dx, dgain, doffset}) {
    apart(env, output, dy, "dy");
    apart(env, output, x, "x");
    apart(env, output, gain, "gain");
    apart(env, output, means, "means");
    apart(env, output, scales, "scales");
  }
  apart(env, dx, dgain, "dgain");
  apart(env, dx, doffset, "doffset");
  apart(env, dgain, doffset, "doffset");
  layer_norm_gradient(dy.data, x.data, gain.data, means.data, scales.data, dx.data, dgain.data, doffset.data, rows,
                      columns, shared_pool().get());
  return env.Undefined();
}

}  // namespace

void register_rows(Napi::Env env, Napi::Object exports) {
  exports.Set("logSoftmax", Napi::Function::New<guarded<log_softmax_entry>>(env, "logSoftmax"));
  exports.Set("crossEntropy", Napi::Function::New<guarded<cross_entropy_entry>>(env, "crossEntropy"));
  exports.Set("layerNorm", Napi::Function::New<guarded<layer_norm_entry>>(env, "layerNorm"));
  exports.Set("layerNormGradient",
              Napi::Function::New<guarded<layer_norm_gradient_entry>>(env, "layerNormGradient"));
}

}  // namespace timestep
