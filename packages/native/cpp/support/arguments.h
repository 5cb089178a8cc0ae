#pragma once

// Reads what JavaScript hands over. Everything is checked before memory is touched, and what does not fit throws.

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace timestep {

[[noreturn]] inline void refuse(Napi::Env env, const std::string& message) { throw Napi::TypeError::New(env, message); }

/** A typed array's memory; valid during the call that it came with. */
template <class T>
struct Span {
  T* data;
  std::int64_t size;
};

/** A whole number from `least` to `most`. */
inline std::int64_t whole(const Napi::Value& value, const char* name, std::int64_t least, std::int64_t most) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || number != std::floor(number)) {
    refuse(value.Env(), std::string(name) + " must be a whole number from " + std::to_string(least) + " to " +
                            std::to_string(most));
  }
  return static_cast<std::int64_t>(number);
}

/** A size of a tensor's axis: products of two of them fit 64 bits. */
inline std::int64_t axis_size(const Napi::Value& value, const char* name) {
  return whole(value, name, 0, (std::int64_t{1} << 31) - 1);
}

inline bool flag(const Napi::Value& value, const char* name) {
  if (!value.IsBoolean()) refuse(value.Env(), std::string(name) + " must be true or false");
  return value.As<Napi::Boolean>().Value();
}

/** A Float32Array of exactly `size` elements. */
inline Span<float> floats(const Napi::Value& value, const char* name, std::int64_t size) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_float32_array) {
    refuse(value.Env(), std::string(name) + " must be a Float32Array");
  }
  auto array = value.As<Napi::Float32Array>();
  const auto length = static_cast<std::int64_t>(array.ElementLength());
  if (length != size) {
    refuse(value.Env(), std::string(name) + " must have " + std::to_string(size) + " elements, has " +
                            std::to_string(length));
  }
  return {array.Data(), length};
}

/** The same for an Int32Array. */
inline Span<std::int32_t> integers(const Napi::Value& value, const char* name, std::int64_t size) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    refuse(value.Env(), std::string(name) + " must be an Int32Array");
  }
  auto array = value.As<Napi::Int32Array>();
  const auto length = static_cast<std::int64_t>(array.ElementLength());
  if (length != size) {
    refuse(value.Env(), std::string(name) + " must have " + std::to_string(size) + " elements, has " +
                            std::to_string(length));
  }
  return {array.Data(), length};
}

/** Refuses an output that shares memory with an input. */
inline void apart(Napi::Env env, const Span<float>& output, const Span<float>& input, const char* name) {
  const auto begin = reinterpret_cast<std::uintptr_t>(output.data), from = reinterpret_cast<std::uintptr_t>(input.data);
  const auto bytes = static_cast<std::uintptr_t>(output.size) * sizeof(float);
  const auto length = static_cast<std::uintptr_t>(input.size) * sizeof(float);
  if (bytes != 0 && length != 0 && begin < from + length && from < begin + bytes) {
    refuse(env, std::string("the output shares memory with ") + name);
  }
}

/** Refuses a call with another number of arguments. */
inline void count_arguments(const Napi::CallbackInfo& info, std::size_t expected) {
  if (info.Length() != expected) {
    refuse(info.Env(), "expected " + std::to_string(expected) + " arguments, got " + std::to_string(info.Length()));
  }
}

/** Products of sizes, refused past what a typed array can hold. */
inline std::int64_t volume(Napi::Env env, std::int64_t a, std::int64_t b, std::int64_t c = 1) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  const std::int64_t ab = a * b;
  if (ab > most || (c > 0 && ab > most / c)) refuse(env, "sizes are too large");
  return ab * c;
}

}  // namespace timestep
