#include "gemm/gemm_kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>

#include "gemm/gemm_tile.inc.h"

namespace timestep {
namespace {

struct Neon {
  using Float = float32x4_t;
  static constexpr int width = 4;
  static Float zero() { return vdupq_n_f32(0.0f); }
  static Float broadcast(float x) { return vdupq_n_f32(x); }
  static Float load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Float v) { vst1q_f32(p, v); }
  static Float add(Float a, Float b) { return vaddq_f32(a, b); }
  static Float multiply_add(Float a, Float b, Float c) { return vfmaq_f32(c, a, b); }
  static Float at_least(Float x, Float low) { return vmaxq_f32(x, low); }
  static Float at_most(Float x, Float high) { return vminq_f32(x, high); }
  /** NEON has no masks: the lanes that are there go through an array of four. */
  static Float load_some(const float* p, int n) {
    float lanes[width] = {};
    for (int i = 0; i < n; i++) lanes[i] = p[i];
    return vld1q_f32(lanes);
  }
  static void store_some(float* p, Float v, int n) {
    float lanes[width];
    vst1q_f32(lanes, v);
    for (int i = 0; i < n; i++) p[i] = lanes[i];
  }
};

}  // namespace

/** 8×12: 24 sums, 3 vectors of B and one element of A, of 32 registers. Every 64-bit ARM processor has it. */
const Kernels* neon_kernels() {
  static const Kernels table = make_kernels<Neon, 8, 3>("neon");
  return &table;
}

}  // namespace timestep

#else
namespace timestep {
const Kernels* neon_kernels() { return nullptr; }
}  // namespace timestep
#endif
