#pragma once

/**
 * Compiles a text once for every instruction set. A source file defines TIMESTEP_LANES_BODY as the name of the text,
 * in quotes, and includes this header; the text then stands in namespaces `avx512`, `avx2` and `portable`, each with
 * the vectors of activations_lanes.inc. `TIMESTEP_CHOOSE(table)` gives that table of the best set this processor has.
 *
 * One text in plain vector arithmetic, and not three in intrinsics: what the sets share here is everything but the
 * width. The body must not include headers or use templates of the library, which would be compiled for a processor
 * that may not be there.
 */

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "gemm/gemm.h"

#if defined(__clang__)
#define TIMESTEP_PUSH_AVX512 \
_Pragma("clang attribute push(__attribute__((target(\"avx512f,avx512dq,avx512bw,avx512vl,fma\"))), apply_to=function)")
#define TIMESTEP_PUSH_AVX2 _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to=function)")
#define TIMESTEP_POP _Pragma("clang attribute pop")
#else
#define TIMESTEP_PUSH_AVX512 \
  _Pragma("GCC push_options") _Pragma("GCC target(\"avx512f,avx512dq,avx512bw,avx512vl,fma,prefer-vector-width=512\")")
#define TIMESTEP_PUSH_AVX2 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define TIMESTEP_POP _Pragma("GCC pop_options")
#endif

#if defined(__x86_64__)

TIMESTEP_PUSH_AVX512
#define TIMESTEP_LANES 16
namespace timestep::avx512 {
#include "support/activations_lanes.inc"
#include TIMESTEP_LANES_BODY
}  // namespace timestep::avx512
#undef TIMESTEP_LANES
#undef TIMESTEP_INLINE
TIMESTEP_POP

TIMESTEP_PUSH_AVX2
#define TIMESTEP_LANES 8
namespace timestep::avx2 {
#include "support/activations_lanes.inc"
#include TIMESTEP_LANES_BODY
}  // namespace timestep::avx2
#undef TIMESTEP_LANES
#undef TIMESTEP_INLINE
TIMESTEP_POP

#endif

#define TIMESTEP_LANES 4
namespace timestep::portable {
#include "support/activations_lanes.inc"
#include TIMESTEP_LANES_BODY
}  // namespace timestep::portable
#undef TIMESTEP_LANES
#undef TIMESTEP_INLINE

/** The set that the products run on, so that TIMESTEP_SIMD holds for all; these need more of AVX-512 than those. */
#if defined(__x86_64__)
#define TIMESTEP_CHOOSE(table)                                                                            \
  (std::strcmp(simd_name(), "avx512") == 0 && __builtin_cpu_supports("avx512dq") &&                       \
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")                       \
       ? ::timestep::avx512::table                                                                        \
   : std::strcmp(simd_name(), "portable") != 0 && __builtin_cpu_supports("avx2") &&                       \
           __builtin_cpu_supports("fma")                                                                  \
       ? ::timestep::avx2::table                                                                          \
       : ::timestep::portable::table)
#else
#define TIMESTEP_CHOOSE(table) ::timestep::portable::table
#endif
