// Entry points of the optimisers' steps.

#include <napi.h>

#include "support/arguments.h"
#include "support/guarded.h"
#include "optimiser/optimiser.h"

namespace timestep {
namespace {

double number(const Napi::Value& value, const char* name) {
  if (!value.IsNumber()) refuse(value.Env(), std::string(name) + " must be a number");
  return value.As<Napi::Number>().DoubleValue();
}

/** A Float32Array of any length. */
Span<float> all_floats(const Napi::Value& value, const char* name) {
  const bool typed = value.IsTypedArray();
  return floats(value, name, typed ? static_cast<std::int64_t>(value.As<Napi::TypedArray>().ElementLength()) : 0);
}

/** adamStep(theta, gradient, mean, square, gradientScale, beta1, beta2, rate, rootScale, epsilon, keep) */
Napi::Value adam_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 11);
  const Napi::Env env = info.Env();
  const auto theta = all_floats(info[0], "theta");
  const auto gradient = floats(info[1], "gradient", theta.size);
  const auto mean = floats(info[2], "mean", theta.size), square = floats(info[3], "square", theta.size);
  apart(env, theta, gradient, "gradient");
  apart(env, theta, mean, "mean");
  apart(env, theta, square, "square");
  apart(env, mean, gradient, "gradient");
  apart(env, mean, square, "square");
  apart(env, square, gradient, "gradient");
  const AdamStep step{number(info[4], "gradientScale"), number(info[5], "beta1"),     number(info[6], "beta2"),
                      number(info[7], "rate"),          number(info[8], "rootScale"), number(info[9], "epsilon"),
                      number(info[10], "keep")};
  adam_step(step, theta.data, gradient.data, mean.data, square.data, theta.size, shared_pool().get());
  return env.Undefined();
}

/** sgdStep(theta, gradient, velocity or null, gradientScale, momentum, nesterov, rate, keep) */
Napi::Value sgd_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 8);
  const Napi::Env env = info.Env();
  const auto theta = all_floats(info[0], "theta");
  const auto gradient = floats(info[1], "gradient", theta.size);
  const auto velocity = info[2].IsNull() ? Span<float>{nullptr, 0} : floats(info[2], "velocity", theta.size);
  apart(env, theta, gradient, "gradient");
  apart(env, theta, velocity, "velocity");
  apart(env, velocity, gradient, "gradient");
  const SgdStep step{number(info[3], "gradientScale"), number(info[4], "momentum"), number(info[6], "rate"),
                     number(info[7], "keep"), flag(info[5], "nesterov")};
  sgd_step(step, theta.data, gradient.data, velocity.data, theta.size, shared_pool().get());
  return env.Undefined();
}

/** averageStep(average, values, keep) */
Napi::Value average_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 3);
  const Napi::Env env = info.Env();
  const auto average = all_floats(info[0], "average"), values = floats(info[1], "values", average.size);
  apart(env, average, values, "values");
  average_step(number(info[2], "keep"), average.data, values.data, average.size, shared_pool().get());
  return env.Undefined();
}

/** sumOfSquares(values) */
Napi::Value squares_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 1);
  const auto values = all_floats(info[0], "values");
  return Napi::Number::New(info.Env(), sum_of_squares(values.data, values.size, shared_pool().get()));
}

}  // namespace

void register_optimiser(Napi::Env env, Napi::Object exports) {
  exports.Set("adamStep", Napi::Function::New<guarded<adam_entry>>(env, "adamStep"));
  exports.Set("sgdStep", Napi::Function::New<guarded<sgd_entry>>(env, "sgdStep"));
  exports.Set("averageStep", Napi::Function::New<guarded<average_entry>>(env, "averageStep"));
  exports.Set("sumOfSquares", Napi::Function::New<guarded<squares_entry>>(env, "sumOfSquares"));
}

}  // namespace timestep
