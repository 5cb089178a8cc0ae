#include "gemm/gemm_kernels.h"
#include "gemm/gemm_tile.inc.h"

namespace timestep {
namespace {

/** Four lanes of the compiler's own vectors: SSE2 on x86-64, plain code where there are none. */
struct Four {
  typedef float Float __attribute__((vector_size(16)));
  typedef float Unaligned __attribute__((vector_size(16), aligned(4), may_alias));
  static constexpr int width = 4;
  static Float zero() { return Float{}; }
  static Float broadcast(float x) { return Float{x, x, x, x}; }
  static Float load(const float* p) { return *reinterpret_cast<const Unaligned*>(p); }
  static void store(float* p, Float v) { *reinterpret_cast<Unaligned*>(p) = v; }
  static Float add(Float a, Float b) { return a + b; }
  static Float multiply_add(Float a, Float b, Float c) { return a * b + c; }
  static Float at_least(Float x, Float low) { return x < low ? low : x; }
  static Float at_most(Float x, Float high) { return x > high ? high : x; }
  static Float load_some(const float* p, int n) {
    Float v{};
    for (int i = 0; i < n; i++) v[i] = p[i];
    return v;
  }
  static void store_some(float* p, Float v, int n) {
    for (int i = 0; i < n; i++) p[i] = v[i];
  }
};

}  // namespace

const Kernels* portable_kernels() {
  // 4×8: 8 sums of 16 registers.
  static const Kernels table = make_kernels<Four, 4, 2>("portable");
  return &table;
}

}  // namespace timestep
