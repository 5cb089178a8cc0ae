#include "gemm/gemm_kernels.h"

#if defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>

#include "gemm/gemm_tile.inc.h"

namespace timestep {
namespace {

struct Avx2 {
  using Float = __m256;
  static constexpr int width = 8;
  static Float zero() { return _mm256_setzero_ps(); }
  static Float broadcast(float x) { return _mm256_set1_ps(x); }
  static Float load(const float* p) { return _mm256_loadu_ps(p); }
  static void store(float* p, Float v) { _mm256_storeu_ps(p, v); }
  static Float add(Float a, Float b) { return _mm256_add_ps(a, b); }
  static Float multiply_add(Float a, Float b, Float c) { return _mm256_fmadd_ps(a, b, c); }
  // The second operand comes back where one of them is a NaN.
  static Float at_least(Float x, Float low) { return _mm256_max_ps(low, x); }
  static Float at_most(Float x, Float high) { return _mm256_min_ps(high, x); }
  static __m256i first(int n) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
  }
  static Float load_some(const float* p, int n) { return _mm256_maskload_ps(p, first(n)); }
  static void store_some(float* p, Float v, int n) { _mm256_maskstore_ps(p, first(n), v); }
};

}  // namespace

/** 6×16: 12 sums, 2 vectors of B and one element of A, of 16 registers. */
const Kernels* avx2_kernels() {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return nullptr;
  static const Kernels table = make_kernels<Avx2, 6, 2>("avx2");
  return &table;
}

}  // namespace timestep

#else
namespace timestep {
const Kernels* avx2_kernels() { return nullptr; }
}  // namespace timestep
#endif
