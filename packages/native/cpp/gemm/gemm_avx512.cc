#include "gemm/gemm_kernels.h"

#if defined(__AVX512F__)
#include <immintrin.h>

#include "gemm/gemm_tile.inc.h"

namespace timestep {
namespace {

struct Avx512 {
  using Float = __m512;
  static constexpr int width = 16;
  static Float zero() { return _mm512_setzero_ps(); }
  static Float broadcast(float x) { return _mm512_set1_ps(x); }
  static Float load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Float v) { _mm512_storeu_ps(p, v); }
  static Float add(Float a, Float b) { return _mm512_add_ps(a, b); }
  static Float multiply_add(Float a, Float b, Float c) { return _mm512_fmadd_ps(a, b, c); }
  // The second operand comes back where one of them is a NaN. All lanes are named because GCC 12 takes the form without
  // a mask for one that reads what nobody has written.
  static Float at_least(Float x, Float low) { return _mm512_maskz_max_ps(first(width), low, x); }
  static Float at_most(Float x, Float high) { return _mm512_maskz_min_ps(first(width), high, x); }
  static __mmask16 first(int n) { return static_cast<__mmask16>((1u << n) - 1u); }
  static Float load_some(const float* p, int n) { return _mm512_maskz_loadu_ps(first(n), p); }
  static void store_some(float* p, Float v, int n) { _mm512_mask_storeu_ps(p, first(n), v); }
};

}  // namespace

/** 8×48: 24 sums, 3 vectors of B, A straight from memory, of 32 registers. */
const Kernels* avx512_kernels() {
  if (!__builtin_cpu_supports("avx512f")) return nullptr;
  static const Kernels table = make_kernels<Avx512, 8, 3>("avx512");
  return &table;
}

}  // namespace timestep

#else
namespace timestep {
const Kernels* avx512_kernels() { return nullptr; }
}  // namespace timestep
#endif
