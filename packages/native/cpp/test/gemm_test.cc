// Checks the products and the thread pool against plain double-precision loops; prints one line and exits 1 on failure.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include "gemm/gemm.h"

using timestep::ThreadPool;

namespace {

int checks = 0, failures = 0;

void check(bool ok, const char* what, std::int64_t m, std::int64_t n, std::int64_t k) {
  checks++;
  if (ok) return;
  if (failures++ < 10) {
    std::printf("wrong: %s m %lld n %lld k %lld\n", what, static_cast<long long>(m), static_cast<long long>(n),
                static_cast<long long>(k));
  }
}

std::mt19937 random_bits(7);

std::vector<float> random_floats(std::int64_t count) {
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = uniform(random_bits);
  return values;
}

struct Case {
  std::int64_t m, n, k;
  bool ta, tb, accumulate, with_bias;
  int spare;  ///< extra elements at the end of every row, which must stay untouched
};

std::vector<float> product(const Case& at, const std::vector<float>& a, const std::vector<float>& b,
                           const std::vector<float>& bias, std::vector<float> c, ThreadPool* pool, bool packed) {
  const std::int64_t lda = (at.ta ? at.m : at.k) + at.spare, ldb = (at.tb ? at.k : at.n) + at.spare;
  const float* offset = at.with_bias ? bias.data() : nullptr;
  if (packed) {
    const auto right = timestep::pack(b.data(), at.k, at.n, ldb, at.tb);
    timestep::multiply(a.data(), lda, at.ta, right, c.data(), at.n + at.spare, at.m, at.accumulate, offset, pool);
  } else {
    timestep::gemm(at.ta, at.tb, at.m, at.n, at.k, a.data(), lda, b.data(), ldb, c.data(), at.n + at.spare,
                   at.accumulate, offset, pool);
  }
  return c;
}

void try_case(const Case& at, ThreadPool* pool) {
  const std::int64_t lda = (at.ta ? at.m : at.k) + at.spare, ldb = (at.tb ? at.k : at.n) + at.spare;
  const std::int64_t ldc = at.n + at.spare;
  const auto a = random_floats((at.ta ? at.k : at.m) * lda), b = random_floats((at.tb ? at.n : at.k) * ldb);
  const auto bias = random_floats(at.n), before = random_floats(at.m * ldc);
  const auto alone = product(at, a, b, bias, before, nullptr, false);
  const auto shared = product(at, a, b, bias, before, pool, false);
  const auto packed = product(at, a, b, bias, before, pool, true);
  const auto index = [](std::int64_t i) { return static_cast<std::size_t>(i); };
  const std::size_t bytes = alone.size() * sizeof(float);
  check(bytes == 0 || std::memcmp(alone.data(), shared.data(), bytes) == 0, "bits change with threads", at.m, at.n, at.k);
  check(bytes == 0 || std::memcmp(alone.data(), packed.data(), bytes) == 0, "bits change when packed", at.m, at.n, at.k);
  bool close = true, untouched = true;
  for (std::int64_t i = 0; i < at.m; i++) {
    for (std::int64_t j = 0; j < at.n; j++) {
      double sum = at.with_bias ? static_cast<double>(bias[index(j)]) : 0.0;
      if (at.accumulate) sum += static_cast<double>(before[index(i * ldc + j)]);
      for (std::int64_t l = 0; l < at.k; l++) {
        sum += static_cast<double>(a[index(at.ta ? l * lda + i : i * lda + l)]) *
               static_cast<double>(b[index(at.tb ? j * ldb + l : l * ldb + j)]);
      }
      const double allowed = 3e-6 * (2 + std::sqrt(static_cast<double>(at.k)));
      if (!(std::fabs(sum - static_cast<double>(alone[index(i * ldc + j)])) <= allowed)) close = false;
    }
    for (std::int64_t j = at.n; j < ldc; j++) {
      if (alone[index(i * ldc + j)] != before[index(i * ldc + j)]) untouched = false;
    }
  }
  check(close, "far from double precision", at.m, at.n, at.k);
  check(untouched, "wrote past a row", at.m, at.n, at.k);
}

void products(ThreadPool* pool) {
  const std::int64_t edges[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 47, 48, 49, 95, 97, 145};
  for (int round = 0; round < 700; round++) {
    const auto edge = [&] { return edges[random_bits() % 18]; };
    const unsigned bits = random_bits();
    const Case at{edge(), edge(), edge(), (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0,
                  static_cast<int>(bits >> 4) % 3};
    try_case(at, pool);
  }
  // Past one stretch of K, one sweep of rows, and the size from which work is shared.
  for (int t = 0; t < 4; t++) {
    const bool ta = (t & 1) != 0, tb = (t & 2) != 0;
    try_case({251, 101, 261, ta, tb, t == 1, t == 2, 0}, pool);
    try_case({3, 513, 600, ta, tb, false, true, 1}, pool);
    try_case({1, 1027, 517, ta, tb, true, false, 0}, pool);
    try_case({32, 1024, 256, ta, tb, false, true, 0}, pool);
    try_case({500, 33, 70, ta, tb, false, false, 2}, pool);
    // A few rows by a long B, which is not packed when it is stored [N, K].
    try_case({33, 601, 130, ta, tb, false, false, 1}, pool);
    try_case({5, 250, 530, ta, tb, false, false, 0}, pool);
  }
}

/** A row alone equals the same row in a batch, bit for bit. */
void rows_alone() {
  const std::int64_t m = 13, n = 211, k = 300;
  const auto a = random_floats(m * k), b = random_floats(k * n);
  std::vector<float> whole(static_cast<std::size_t>(m * n)), row(static_cast<std::size_t>(n));
  const auto packed = timestep::pack(b.data(), k, n, n, false);
  timestep::multiply(a.data(), k, false, packed, whole.data(), n, m, false, nullptr, nullptr);
  for (std::int64_t i = 0; i < m; i++) {
    timestep::multiply(a.data() + i * k, k, false, packed, row.data(), n, 1, false, nullptr, nullptr);
    check(std::memcmp(row.data(), whole.data() + i * n, row.size() * sizeof(float)) == 0, "row alone differs", i, n, k);
  }
}

/** Rows in pieces and held results, bit for bit those of plain rows whose results are held afterwards. */
void pieces_and_clamps(ThreadPool* pool) {
  for (int round = 0; round < 200; round++) {
    const auto draw = [](unsigned most) { return static_cast<std::int64_t>(random_bits() % most) + 1; };
    const std::int64_t m = draw(40), n = draw(110), length = draw(30), count = draw(round % 20 == 0 ? 40 : 5);
    const std::int64_t k = length * count, row = draw(12), piece = draw(70);
    auto source = random_floats((m - 1) * row + (count - 1) * piece + length);
    if (round % 7 == 0) source[source.size() / 2] = std::nanf("");
    std::vector<float> plain;  // [m, k]
    for (std::int64_t i = 0; i < m; i++) {
      for (std::int64_t p = 0; p < count; p++) {
        const auto from = source.begin() + i * row + p * piece;
        plain.insert(plain.end(), from, from + length);
      }
    }
    const auto b = random_floats(k * n), bias = random_floats(n);
    const auto packed = timestep::pack(b.data(), k, n, n, false);
    const timestep::Clamp clamp{-0.5F, round % 2 == 0 ? 1.0F : std::numeric_limits<float>::infinity()};
    std::vector<float> wanted(static_cast<std::size_t>(m * n)), held = wanted, pieced = wanted;
    timestep::multiply(plain.data(), k, false, packed, wanted.data(), n, m, false, bias.data(), nullptr);
    for (float& x : wanted) x = x < clamp.low ? clamp.low : x > clamp.high ? clamp.high : x;
    timestep::multiply(plain.data(), k, false, packed, held.data(), n, m, false, bias.data(), pool, clamp);
    const timestep::Pieces a{source.data(), row, piece, count, length};
    timestep::multiply(a, packed, pieced.data(), n, m, bias.data(), clamp);
    const auto same = [&](const std::vector<float>& got) {
      for (std::size_t i = 0; i < got.size(); i++) {
        if (std::isnan(wanted[i]) ? !std::isnan(got[i]) : got[i] != wanted[i]) return false;
      }
      return true;
    };
    check(same(held), "held results differ", m, n, k);
    check(same(pieced), "rows in pieces differ", m, n, k);
  }
}

void pools() {
  ThreadPool pool(3);
  check(pool.size() == 3, "pool size", 0, 0, 0);
  for (int round = 0; round < 300; round++) {
    std::vector<std::atomic<int>> seen(static_cast<std::size_t>(round % 17));
    pool.run(round % 17, [&](int task) {
      seen[static_cast<std::size_t>(task)]++;
      pool.run(2, [&](int) { seen[static_cast<std::size_t>(task)]++; });
    });
    for (auto& count : seen) check(count == 3, "a task did not run once", round, count, 0);
  }
  bool thrown = false;
  try {
    pool.run(9, [](int task) {
      if (task == 4) throw std::runtime_error("four");
    });
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  check(thrown, "a task's exception is lost", 0, 0, 0);
  thrown = false;
  try {
    ThreadPool none(0);
  } catch (const std::invalid_argument&) {
    thrown = true;
  }
  check(thrown, "a pool of no threads", 0, 0, 0);
}

}  // namespace

int main() {
  ThreadPool pool(2);
  products(&pool);
  rows_alone();
  pieces_and_clamps(&pool);
  pools();
  std::printf("%s: %d checks, %d failures\n", timestep::simd_name(), checks, failures);
  return failures == 0 ? 0 : 1;
}
