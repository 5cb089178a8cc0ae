#pragma once

#include <cstdint>

#include "gemm/gemm.h"

namespace timestep {

/**
 * Memory of one thread that is kept for the next call, because a fresh page costs a fault, unless more than `most`
 * floats were asked for. Nothing in it survives a larger `take`.
 */
class KeptFloats {
 public:
  explicit KeptFloats(std::int64_t most) : most_(most) {}

  float* take(std::int64_t count) {
    if (count > kept_) {
      drop();
      memory_ = allocate_floats(count);
      kept_ = count;
    }
    return memory_.get();
  }

  /** Gives very large memory back; call when a call ends. */
  void trim() {
    if (kept_ > most_) drop();
  }

 private:
  void drop() {
    memory_ = nullptr;
    kept_ = 0;
  }

  std::int64_t most_;
  AlignedFloats memory_;
  std::int64_t kept_ = 0;
};

}  // namespace timestep
