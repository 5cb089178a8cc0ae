#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>

#include "support/thread_pool.h"

namespace timestep {

struct FreeAligned {
  void operator()(float* memory) const { std::free(memory); }
};

/** Memory at a 64-byte boundary, a cache line and the widest vector; not cleared. Throws std::bad_alloc. */
using AlignedFloats = std::unique_ptr<float[], FreeAligned>;
AlignedFloats allocate_floats(std::int64_t count);

/**
 * B [K, N] cut into panels as wide as the micro-kernel, each panel's K rows lying one after the other, so that the
 * kernel reads memory in order. Columns past N are zeros. Weights that stay the same are packed once and used often.
 */
struct PackedView {
  const float* data = nullptr;
  std::int64_t k = 0;
  std::int64_t n = 0;
  std::int64_t panel_rows = 0;  ///< K rows that lie in a panel, of which `k` are meant; 0 where all are

  /** Rows [from, from + count) of B. */
  PackedView rows(std::int64_t from, std::int64_t count) const;
};

/** The same with memory of its own. */
struct PackedMatrix {
  AlignedFloats data;
  std::int64_t k = 0;
  std::int64_t n = 0;

  operator PackedView() const { return {data.get(), k, n, 0}; }
};

/** Floats that a packed B [K, N] takes. */
std::int64_t packed_size(std::int64_t k, std::int64_t n);

/**
 * Packs `b` [K, N], whose rows lie `ldb` apart, into `to`; with `transposed`, `b` is stored as [N, K]. `pool` may be
 * null; the panels are shared over its threads.
 */
PackedView pack_into(float* to, const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb, bool transposed,
                     ThreadPool* pool);

/** Packs into new memory. */
PackedMatrix pack(const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb, bool transposed);

/** Bounds that every result is held to: 0 and infinity make relu, 0 and 6 relu6, two infinities nothing. NaN stays. */
struct Clamp {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();

  bool bounds() const {
    return low != -std::numeric_limits<float>::infinity() || high != std::numeric_limits<float>::infinity();
  }
};

/**
 * C [M, N] = A [M, K] × B + bias, or C += … with `accumulate`.
 *
 * With `a_transposed`, `a` is stored as [K, M]. `bias` [N] may be null. C must not overlap A or bias. The work is cut
 * into blocks of C over the pool's threads, or done by the caller when `pool` is null. Every element is one sum in
 * the order of K whatever the cut and whatever M, so neither the number of threads nor the other rows change its bits.
 * Each finished element is held to `clamp`.
 */
void multiply(const float* a, std::int64_t lda, bool a_transposed, PackedView b, float* c, std::int64_t ldc,
              std::int64_t m, bool accumulate, const float* bias, ThreadPool* pool, Clamp clamp = {});

/** An A whose row r is `pieces` stretches of `length` floats, piece p from data + r · row + p · piece on. */
struct Pieces {
  const float* data;
  std::int64_t row, piece, pieces, length;
};

/** The same product by the caller alone, K = pieces · length, with the same sums in the same order. */
void multiply(const Pieces& a, PackedView b, float* c, std::int64_t ldc, std::int64_t m, const float* bias,
              Clamp clamp);

/**
 * The same product from an unpacked B. `ta`: A is stored [K, M]; `tb`: B is stored [N, K]. Products of few
 * rows read B where it lies, because packing would cost a good part of the product.
 */
void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
          const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool accumulate, const float* bias,
          ThreadPool* pool);

/** The instruction set that was chosen when the program started: "avx512", "avx2", "neon" or "portable". */
const char* simd_name();

}  // namespace timestep
