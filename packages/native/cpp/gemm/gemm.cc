#include "gemm/gemm.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "gemm/gemm_kernels.h"
#include "gemm/kept_floats.h"

namespace timestep {
namespace {

/** K is cut into stretches whose panel of B (96 KB at the widest) stays in the second-level cache beside A. */
constexpr std::int64_t kDepth = 512;
/** Rows of A that are swept by one panel before the next: with kDepth, 480 KB. */
constexpr std::int64_t kSweep = 240;
/** Multiply-adds below which waking another thread costs more than it saves, about ten microseconds. */
constexpr std::int64_t kWorthSharing = 1 << 19;
/** Floats of B up to which reading it again costs little. */
constexpr std::int64_t kStaysNear = 1 << 21;
/** Floats of B that stay in the second-level cache beside what else is in use. */
constexpr std::int64_t kFitsCache = 1 << 17;
/** Rows up to which a long B that is stored [N, K] is better read than packed, and how much longer it must be. */
constexpr std::int64_t kFewRows = 512;
constexpr std::int64_t kMuchLonger = 4;
/** Floats below which the same holds for packing. */
constexpr std::int64_t kWorthSharedPacking = 1 << 16;

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/** B as the tiles read it: packed, or a plain row-major matrix, which is the same with other steps. */
struct Right {
  const float* data;
  std::int64_t k, n, step, panel;
};

/** A as it was given; with several pieces, a row's steps go on `piece` after the last piece's first. */
struct Left {
  const float* data;
  std::int64_t row, step;
  std::int64_t pieces = 1, piece = 0;
};

/** What becomes of the sums. */
struct Finish {
  bool accumulate;
  const float* bias;
  Clamp clamp;
};

/** One thread's memory for a block of transposed A; grows to kSweep × kDepth at most and is kept. */
float* scratch() {
  thread_local AlignedFloats memory;
  if (!memory) memory = allocate_floats((kSweep + kMaxRows) * kDepth);
  return memory.get();
}

/** Copies rows [row, row + count) of a transposed A into tiles of `rows`, each tile's steps one after the other. */
void pack_left(const Left& a, std::int64_t row, std::int64_t count, std::int64_t from, std::int64_t depth, int rows,
               float* out) {
  for (std::int64_t i = 0; i < count; i += rows) {
    const std::int64_t here = std::min<std::int64_t>(rows, count - i);
    const float* source = a.data + (row + i) * a.row + from * a.step;
    for (std::int64_t k = 0; k < depth; k++, source += a.step, out += here) {
      for (std::int64_t r = 0; r < here; r++) out[r] = source[r];
    }
  }
}

struct Range {
  std::int64_t from, to;
};

/** Rows × panels of C, by one thread. */
void block(const Left& a, const Right& b, float* c, std::int64_t ldc, const Finish& finish, Range rows, Range panels) {
  const Kernels& set = kernels();
  const bool clamped = finish.clamp.bounds();
  const std::int64_t stretch = a.pieces > 1 ? std::max<std::int64_t>(b.k, 1) : kDepth;
  for (std::int64_t from = 0; from < std::max<std::int64_t>(b.k, 1); from += stretch) {
    const std::int64_t depth = std::min(stretch, b.k - from);
    for (std::int64_t sweep = rows.from; sweep < rows.to; sweep += kSweep) {
      const std::int64_t sweep_rows = std::min(kSweep, rows.to - sweep);
      const bool packed = a.row == 1 && a.step != 1 && sweep_rows >= set.rows;
      if (packed) pack_left(a, sweep, sweep_rows, from, depth, set.rows, scratch());
      const int left_over = static_cast<int>(sweep_rows % set.rows);
      const bool wide = sweep_rows < set.rows && set.wide[left_over - 1] != nullptr;
      for (std::int64_t p = panels.from; p < panels.to;) {
        const std::int64_t column = p * set.width;
        std::int64_t span = 1;
        if (wide && (p + set.wide_panels[left_over - 1]) <= panels.to &&
            (p + set.wide_panels[left_over - 1]) * set.width <= b.n) {
          span = set.wide_panels[left_over - 1];
        }
        for (std::int64_t i = 0; i < sweep_rows; i += set.rows) {
          const int count = static_cast<int>(std::min<std::int64_t>(set.rows, sweep_rows - i));
          TileJob job;
          if (packed) {
            job.a = scratch() + i * depth;
            job.a_row = 1;
            job.a_step = count;
          } else {
            job.a = a.data + (sweep + i) * a.row + from * a.step;
            job.a_row = a.row;
            job.a_step = a.step;
          }
          job.b = b.data + p * b.panel + from * b.step;
          job.b_step = b.step;
          job.b_panel = b.panel;
          job.k = depth / a.pieces;
          job.pieces = a.pieces;
          job.a_piece = a.piece;
          job.c = c + (sweep + i) * ldc + column;
          job.c_row = ldc;
          job.columns = static_cast<int>(std::min<std::int64_t>(set.width, b.n - column));
          job.accumulate = finish.accumulate || from > 0;
          job.bias = finish.bias != nullptr && from == 0 ? finish.bias + column : nullptr;
          job.clamped = clamped && from + depth == b.k;
          job.low = finish.clamp.low;
          job.high = finish.clamp.high;
          if (span > 1) {
            set.wide[count - 1](job);
          } else if (job.columns == set.width) {
            set.full[count - 1](job);
          } else {
            set.tail[count - 1](job);
          }
        }
        p += span;
      }
    }
  }
}

/** Cuts C into about `parts` blocks of whole tiles: by rows when there are enough, otherwise by panels. */
void share(const Left& a, const Right& b, float* c, std::int64_t ldc, std::int64_t m, const Finish& finish,
           ThreadPool* pool) {
  if (m <= 0 || b.n <= 0) return;
  const Kernels& set = kernels();
  const std::int64_t panels = ceil_divide(b.n, set.width);
  const int threads = pool == nullptr ? 1 : pool->size();
  if (threads == 1 || m * b.n * std::max<std::int64_t>(b.k, 1) < kWorthSharing) {
    return block(a, b, c, ldc, finish, {0, m}, {0, panels});
  }
  const std::int64_t tiles = ceil_divide(m, set.rows);
  const bool by_rows = tiles >= threads * 4 || tiles >= panels;
  const std::int64_t pieces = by_rows ? tiles : panels;
  // Two blocks for each thread, so that one which is interrupted does not hold up the rest for half the time.
  const std::int64_t parts = std::min<std::int64_t>(pieces, pieces >= threads * 4 && b.k * b.n < kStaysNear ? threads * 2 : threads);
  pool->run(static_cast<int>(parts), [&](int part) {
    const std::int64_t from = pieces * part / parts, to = pieces * (part + 1) / parts;
    if (by_rows) {
      block(a, b, c, ldc, finish, {from * set.rows, std::min(to * set.rows, m)}, {0, panels});
    } else {
      block(a, b, c, ldc, finish, {0, m}, {from, to});
    }
  });
}

}  // namespace

AlignedFloats allocate_floats(std::int64_t count) {
  constexpr std::size_t line = 64;
  if (count < 0 || static_cast<std::uint64_t>(count) > std::numeric_limits<std::size_t>::max() / 8) {
    throw std::bad_alloc();
  }
  const std::size_t bytes = (static_cast<std::size_t>(count) * sizeof(float) + line - 1) / line * line;
  void* memory = std::aligned_alloc(line, std::max(bytes, line));
  if (memory == nullptr) throw std::bad_alloc();
  return AlignedFloats(static_cast<float*>(memory));
}

std::int64_t packed_size(std::int64_t k, std::int64_t n) {
  const std::int64_t width = kernels().width;
  return ceil_divide(n, width) * width * k;
}

namespace {

/** Panel `p` of B; see pack_into. */
void pack_panel(float* out, std::int64_t p, const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb,
                bool transposed) {
  const std::int64_t width = kernels().width;
  const std::int64_t here = std::min(width, n - p * width);
  if (here < width) std::memset(out, 0, static_cast<std::size_t>(k * width) * sizeof(float));
  if (!transposed) {
    for (std::int64_t i = 0; i < k; i++) {
      std::memcpy(out + i * width, b + i * ldb + p * width, static_cast<std::size_t>(here) * sizeof(float));
    }
    return;
  }
  // Sixteen steps at a time: the lines that are written stay in the first-level cache until they are full.
  for (std::int64_t from = 0; from < k; from += 16) {
    const std::int64_t to = std::min<std::int64_t>(from + 16, k);
    for (std::int64_t j = 0; j < here; j++) {
      const float* source = b + (p * width + j) * ldb;
      for (std::int64_t i = from; i < to; i++) out[i * width + j] = source[i];
    }
  }
}

}  // namespace

PackedView pack_into(float* to, const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb, bool transposed,
                     ThreadPool* pool) {
  const std::int64_t width = kernels().width;
  const std::int64_t panels = ceil_divide(n, width);
  const auto some = [&](std::int64_t from, std::int64_t end) {
    for (std::int64_t p = from; p < end; p++) pack_panel(to + p * width * k, p, b, k, n, ldb, transposed);
  };
  const bool alone = pool == nullptr || k * n < kWorthSharedPacking;
  const std::int64_t parts = alone ? 1 : std::min<std::int64_t>(panels, pool->size());
  if (parts <= 1) {
    some(0, panels);
  } else {
    pool->run(static_cast<int>(parts), [&](int part) { some(panels * part / parts, panels * (part + 1) / parts); });
  }
  return {to, k, n, 0};
}

PackedView PackedView::rows(std::int64_t from, std::int64_t count) const {
  return {data + from * kernels().width, count, n, panel_rows == 0 ? k : panel_rows};
}

PackedMatrix pack(const float* b, std::int64_t k, std::int64_t n, std::int64_t ldb, bool transposed) {
  PackedMatrix packed{allocate_floats(packed_size(k, n)), k, n};
  pack_into(packed.data.get(), b, k, n, ldb, transposed, nullptr);
  return packed;
}

namespace {

Right right_of(PackedView b) {
  const std::int64_t width = kernels().width;
  return {b.data, b.k, b.n, width, width * (b.panel_rows == 0 ? b.k : b.panel_rows)};
}

}  // namespace

void multiply(const float* a, std::int64_t lda, bool a_transposed, PackedView b, float* c, std::int64_t ldc,
              std::int64_t m, bool accumulate, const float* bias, ThreadPool* pool, Clamp clamp) {
  const Left left{a, a_transposed ? 1 : lda, a_transposed ? lda : 1};
  share(left, right_of(b), c, ldc, m, {accumulate, bias, clamp}, pool);
}

void multiply(const Pieces& a, PackedView b, float* c, std::int64_t ldc, std::int64_t m, const float* bias,
              Clamp clamp) {
  const Left left{a.data, a.row, 1, a.pieces, a.piece};
  share(left, right_of(b), c, ldc, m, {false, bias, clamp}, nullptr);
}

namespace {

/** Floats of a packed B that are kept for the next product: 32 MB. */
constexpr std::int64_t kMostKept = 1 << 23;

/**
 * The product of a few rows with a long B that is stored [N, K], as Cᵀ = B·Aᵀ: B is read where it lies and the short A
 * packed in its place. Every element is the same sum in the same order.
 */
void transposed_product(bool ta, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
                        const float* b, std::int64_t ldb, float* c, std::int64_t ldc, ThreadPool* pool) {
  thread_local KeptFloats memory(kMostKept);
  const PackedView packed = pack_into(memory.take(packed_size(k, m)), a, k, m, lda, !ta, pool);
  const std::int64_t stretches = ceil_divide(n, kSweep);
  const auto stretch = [&](std::int64_t s) {
    thread_local KeptFloats results(kMostKept);
    const std::int64_t from = s * kSweep, count = std::min(kSweep, n - from);
    float* columns = results.take(kSweep * m);  // [count, m]
    multiply(b + from * ldb, ldb, false, packed, columns, m, count, false, nullptr, nullptr);
    constexpr std::int64_t tile = 16;
    for (std::int64_t row = 0; row < m; row += tile) {
      for (std::int64_t column = 0; column < count; column += tile) {
        for (std::int64_t i = row; i < std::min(row + tile, m); i++) {
          float* to = c + i * ldc + from;
          for (std::int64_t j = column; j < std::min(column + tile, count); j++) to[j] = columns[j * m + i];
        }
      }
    }
  };
  if (pool == nullptr || m * n * std::max<std::int64_t>(k, 1) < kWorthSharing) {
    for (std::int64_t s = 0; s < stretches; s++) stretch(s);
  } else {
    pool->run(static_cast<int>(stretches), [&](int s) { stretch(s); });
  }
  memory.trim();
}

}  // namespace

void gemm(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, const float* a, std::int64_t lda,
          const float* b, std::int64_t ldb, float* c, std::int64_t ldc, bool accumulate, const float* bias,
          ThreadPool* pool) {
  if (!tb && (m <= 4 || (m <= 32 && k * n <= kFitsCache))) {
    const Left left{a, ta ? 1 : lda, ta ? lda : 1};
    share(left, Right{b, k, n, ldb, kernels().width}, c, ldc, m, {accumulate, bias, {}}, pool);
    return;
  }
  if (m <= 0 || n <= 0) return;
  if (tb && !accumulate && bias == nullptr && m <= kFewRows && m * kMuchLonger <= n) {
    return transposed_product(ta, m, n, k, a, lda, b, ldb, c, ldc, pool);
  }
  thread_local KeptFloats memory(kMostKept);
  const PackedView packed = pack_into(memory.take(packed_size(k, n)), b, k, n, ldb, tb, pool);
  multiply(a, lda, ta, packed, c, ldc, m, accumulate, bias, pool);
  memory.trim();
}

const Kernels& kernels() {
  static const Kernels* const chosen = [] {
    const Kernels* const sets[] = {avx512_kernels(), avx2_kernels(), neon_kernels(), portable_kernels()};
    const char* wanted = std::getenv("TIMESTEP_SIMD");
    for (const Kernels* set : sets) {
      if (set != nullptr && wanted != nullptr && std::strcmp(wanted, set->name) == 0) return set;
    }
    for (const Kernels* set : sets) {
      if (set != nullptr) return set;
    }
    return portable_kernels();
  }();
  return *chosen;
}

const char* simd_name() { return kernels().name; }

}  // namespace timestep
