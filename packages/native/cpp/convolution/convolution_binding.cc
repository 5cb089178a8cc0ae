// Entry points of convolutions and pooling.

#include <napi.h>

#include <limits>

#include "support/arguments.h"
#include "convolution/convolution.h"
#include "support/guarded.h"
#include "convolution/pooling.h"

namespace timestep {
namespace {

constexpr std::int64_t kWindowNumbers = 15;

/** The numbers of a Window in the order of its fields. Every tap is checked against the picture where it is read. */
Window window(const Napi::Value& value) {
  const Napi::Env env = value.Env();
  const auto given = integers(value, "window", kWindowNumbers);
  for (int i = 0; i < 13; i++) {
    const bool positive = i >= 7;
    if (given.data[i] < (positive ? 1 : 0)) refuse(env, "window holds a size that is too small at " + std::to_string(i));
  }
  const std::int32_t* g = given.data;
  const Window w{g[0], g[1], g[2], g[3], g[4], g[5], g[6], g[7], g[8], g[9], g[10], g[11], g[12], g[13], g[14]};
  volume(env, volume(env, w.taps(), w.in_channels), w.out_channels);
  volume(env, volume(env, w.pixels(), w.taps()), w.in_channels);
  return w;
}

std::int64_t input_size(Napi::Env env, const Window& w) {
  return volume(env, volume(env, w.batch, w.in_height, w.in_width), w.in_channels);
}

std::int64_t output_size(Napi::Env env, const Window& w) {
  return volume(env, volume(env, w.batch, w.out_height, w.out_width), w.out_channels);
}

void same_channels(Napi::Env env, const Window& w) {
  if (w.in_channels != w.out_channels) refuse(env, "window must have as many output channels as input channels");
}

std::int64_t filter_size(Napi::Env env, const Window& w, bool apart_channels) {
  return volume(env, w.taps(), w.in_channels, apart_channels ? 1 : w.out_channels);
}

/** One number for each output channel, or none for null. */
Span<float> bias_of(const Napi::Value& value, const Window& w) {
  return value.IsNull() ? Span<float>{nullptr, 0} : floats(value, "bias", w.out_channels);
}

Clamp bounds(const Napi::Value& low, const Napi::Value& high) {
  if (!low.IsNumber() || !high.IsNumber()) refuse(low.Env(), "low and high must be numbers");
  return {low.As<Napi::Number>().FloatValue(), high.As<Napi::Number>().FloatValue()};
}

/** convolve(window, apart, x, filter, bias or null, low, high, y) */
Napi::Value convolve_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 8);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  const bool alone = flag(info[1], "apart");
  if (alone) same_channels(env, w);
  const auto x = floats(info[2], "x", input_size(env, w)), filter = floats(info[3], "filter", filter_size(env, w, alone));
  const auto bias = bias_of(info[4], w);
  const Clamp clamp = bounds(info[5], info[6]);
  const auto y = floats(info[7], "y", output_size(env, w));
  apart(env, y, x, "x");
  apart(env, y, filter, "filter");
  apart(env, y, bias, "bias");
  const auto pool = shared_pool();
  (alone ? depthwise : convolve)(w, x.data, filter.data, bias.data, clamp, y.data, pool.get());
  return env.Undefined();
}

/** convolvePacked(window, x, filter packed as [taps · in, out], bias or null, low, high, y) */
Napi::Value convolve_packed_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 7);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  const std::int64_t depth = w.taps() * w.in_channels;
  const auto x = floats(info[1], "x", input_size(env, w));
  const auto filter = floats(info[2], "filter", packed_size(depth, w.out_channels));
  const auto bias = bias_of(info[3], w);
  const Clamp clamp = bounds(info[4], info[5]);
  const auto y = floats(info[6], "y", output_size(env, w));
  apart(env, y, x, "x");
  apart(env, y, filter, "filter");
  apart(env, y, bias, "bias");
  const auto pool = shared_pool();
  convolve_packed(w, x.data, {filter.data, depth, w.out_channels, 0}, bias.data, clamp, y.data, pool.get());
  return env.Undefined();
}

/** convolveInputGradient(window, apart, dy, filter, dx) */
Napi::Value input_gradient_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  const bool alone = flag(info[1], "apart");
  if (alone) same_channels(env, w);
  const auto dy = floats(info[2], "dy", output_size(env, w));
  const auto filter = floats(info[3], "filter", filter_size(env, w, alone));
  const auto dx = floats(info[4], "dx", input_size(env, w));
  apart(env, dx, dy, "dy");
  apart(env, dx, filter, "filter");
  const auto pool = shared_pool();
  (alone ? depthwise_input_gradient : convolve_input_gradient)(w, dy.data, filter.data, dx.data, pool.get());
  return env.Undefined();
}

/** convolveFilterGradient(window, apart, x, dy, dfilter) */
Napi::Value filter_gradient_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 5);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  const bool alone = flag(info[1], "apart");
  if (alone) same_channels(env, w);
  const auto x = floats(info[2], "x", input_size(env, w)), dy = floats(info[3], "dy", output_size(env, w));
  const auto dfilter = floats(info[4], "dfilter", filter_size(env, w, alone));
  apart(env, dfilter, x, "x");
  apart(env, dfilter, dy, "dy");
  const auto pool = shared_pool();
  (alone ? depthwise_filter_gradient : convolve_filter_gradient)(w, x.data, dy.data, dfilter.data, pool.get());
  return env.Undefined();
}

/** pool(window, mean, x, y) */
Napi::Value pool_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  same_channels(env, w);
  const bool mean = flag(info[1], "mean");
  const auto x = floats(info[2], "x", input_size(env, w)), y = floats(info[3], "y", output_size(env, w));
  apart(env, y, x, "x");
  const auto pool = shared_pool();
  (mean ? mean_pool : max_pool)(w, x.data, y.data, pool.get());
  return env.Undefined();
}

/** poolGradient(window, x or null for the mean, dy, dx) */
Napi::Value pool_gradient_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const Window w = window(info[0]);
  same_channels(env, w);
  if (w.in_height * w.in_width > std::numeric_limits<std::int32_t>::max()) refuse(env, "the picture is too large");
  const bool mean = info[1].IsNull();
  const auto x = mean ? Span<float>{nullptr, 0} : floats(info[1], "x", input_size(env, w));
  const auto dy = floats(info[2], "dy", output_size(env, w)), dx = floats(info[3], "dx", input_size(env, w));
  apart(env, dx, x, "x");
  apart(env, dx, dy, "dy");
  const auto pool = shared_pool();
  if (mean) {
    mean_pool_gradient(w, dy.data, dx.data, pool.get());
  } else {
    max_pool_gradient(w, x.data, dy.data, dx.data, pool.get());
  }
  return env.Undefined();
}

}  // namespace

void register_convolution(Napi::Env env, Napi::Object exports) {
  exports.Set("convolve", Napi::Function::New<guarded<convolve_entry>>(env, "convolve"));
  exports.Set("convolvePacked", Napi::Function::New<guarded<convolve_packed_entry>>(env, "convolvePacked"));
  exports.Set("convolveInputGradient",
              Napi::Function::New<guarded<input_gradient_entry>>(env, "convolveInputGradient"));
  exports.Set("convolveFilterGradient",
              Napi::Function::New<guarded<filter_gradient_entry>>(env, "convolveFilterGradient"));
  exports.Set("poolGradient", Napi::Function::New<guarded<pool_gradient_entry>>(env, "poolGradient"));
  exports.Set("pool", Napi::Function::New<guarded<pool_entry>>(env, "pool"));
}

}  // namespace timestep
