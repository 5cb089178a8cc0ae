// The entry points that say what this machine can do at most.

#include <napi.h>

#include <exception>
#include <string>

#include "support/arguments.h"
#include "machine/peak.h"

namespace timestep {
namespace {

constexpr std::int64_t kMostThreads = 1024;
constexpr std::int64_t kMostMilliseconds = 60'000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 32;

/** An exception of C++ (no memory, say) becomes one of JavaScript. */
template <class Measure>
Napi::Value measured(Napi::Env env, Measure measure) {
  try {
    return Napi::Number::New(env, measure());
  } catch (const std::exception& failure) {
    throw Napi::Error::New(env, failure.what());
  }
}

/** peak(threads, milliseconds) -> operations a second */
Napi::Value peak_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 2);
  const auto threads = static_cast<int>(whole(info[0], "threads", 1, kMostThreads));
  const auto milliseconds = static_cast<double>(whole(info[1], "milliseconds", 1, kMostMilliseconds));
  return measured(info.Env(), [&] { return peak(threads, milliseconds); });
}

/** bandwidth(traffic, threads, bytes, milliseconds) -> bytes a second; traffic is "read" or "triad" */
Napi::Value bandwidth_entry(const Napi::CallbackInfo& info) {
  count_arguments(info, 4);
  const Napi::Env env = info.Env();
  const std::string name = info[0].IsString() ? info[0].As<Napi::String>().Utf8Value() : "";
  if (name != "read" && name != "triad") refuse(env, "traffic must be \"read\" or \"triad\"");
  const auto threads = static_cast<int>(whole(info[1], "threads", 1, kMostThreads));
  const std::int64_t bytes = whole(info[2], "bytes", 1, kMostBytes);
  const auto milliseconds = static_cast<double>(whole(info[3], "milliseconds", 1, kMostMilliseconds));
  const Traffic traffic = name == "read" ? Traffic::read : Traffic::triad;
  return measured(env, [&] { return bandwidth(traffic, threads, bytes, milliseconds); });
}

}  // namespace

void register_peak(Napi::Env env, Napi::Object exports) {
  exports.Set("peak", Napi::Function::New(env, peak_entry, "peak"));
  exports.Set("bandwidth", Napi::Function::New(env, bandwidth_entry, "bandwidth"));
}

}  // namespace timestep
