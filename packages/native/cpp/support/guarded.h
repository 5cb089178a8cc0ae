#pragma once

#include <napi.h>

#include <exception>

namespace timestep {

/** An exception of C++ (no memory, say) becomes one of JavaScript; Napi::Error passes through as it is. */
template <Napi::Value (*Entry)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
  try {
    return Entry(info);
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& failure) {
    throw Napi::Error::New(info.Env(), failure.what());
  }
}

}  // namespace timestep
