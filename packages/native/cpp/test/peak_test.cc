#include "machine/peak.h"

#include <cmath>
#include <cstdio>

#include "gemm/gemm.h"

/** Rates are positive, finite and below what any processor can do; small, odd and shared sizes stay inside memory. */
namespace {

int failures = 0;

void expect(const char* what, double rate, double most) {
  if (std::isfinite(rate) && rate > 0 && rate < most) return;
  failures++;
  std::printf("%s: %g\n", what, rate);
}

}  // namespace

int main() {
  using namespace timestep;
  std::printf("%s\n", simd_name());
  for (const int threads : {1, 2, 3}) {
    expect("peak", peak(threads, 5), 1e12 * threads);
    for (const std::int64_t bytes : {std::int64_t{1}, std::int64_t{5000}, std::int64_t{3} << 20}) {
      expect("read", bandwidth(Traffic::read, threads, bytes, 3), 1e12 * threads);
      expect("triad", bandwidth(Traffic::triad, threads, bytes, 3), 1e12 * threads);
    }
  }
  if (failures == 0) std::printf("peak: all passed\n");
  return failures == 0 ? 0 : 1;
}
