#include "support/activations.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

/** Every 997th float through exp, sigmoid and tanh against double precision: prints the worst error in ulp. */
namespace {

int failures = 0;

double ulp_of(double value) {
  const float rounded = std::fabs(static_cast<float>(value));
  if (rounded < std::numeric_limits<float>::min()) return std::numeric_limits<float>::denorm_min();
  return static_cast<double>(std::nextafter(rounded, std::numeric_limits<float>::infinity())) - rounded;
}

/** `low` and `high` bound where the result is a normal number. */
void check(const char* name, void (*kernel)(const float*, float*, std::int64_t), double (*exact)(double), double limit,
           double low, double high) {
  std::vector<float> inputs;
  for (std::uint64_t bits = 0; bits < (1ull << 32); bits += 997) {
    const std::uint32_t word = static_cast<std::uint32_t>(bits);
    float value;
    std::memcpy(&value, &word, sizeof value);
    if (value >= low && value <= high) inputs.push_back(value);
  }
  std::vector<float> outputs(inputs.size());
  kernel(inputs.data(), outputs.data(), static_cast<std::int64_t>(inputs.size()));
  double worst = 0;
  float where = 0;
  for (std::size_t i = 0; i < inputs.size(); i++) {
    const double wanted = exact(inputs[i]);
    const double error = std::fabs(outputs[i] - wanted) / ulp_of(wanted);
    if (!(error <= worst)) worst = error, where = inputs[i];
  }
  std::printf("%-8s %.2f ulp at %.9g\n", name, worst, static_cast<double>(where));
  if (!(worst <= limit)) failures++;
}

void expect(const char* what, bool holds) {
  if (holds) return;
  failures++;
  std::printf("%s does not hold\n", what);
}

}  // namespace

int main() {
  using namespace timestep;
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  check("exp", exp_values, [](double x) { return std::exp(x); }, 1.5, -87.3, 88.7);
  check("sigmoid", sigmoid_values, sigmoid, 2.5, -86.9, 1e38);
  check("tanh", tanh_values, [](double x) { return std::tanh(x); }, 2.5, -1e38, 1e38);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const float given[] = {nan, infinity, -infinity, 0, -0.0f};
  float e[5], s[5], t[5];
  exp_values(given, e, 5);
  sigmoid_values(given, s, 5);
  tanh_values(given, t, 5);
  expect("NaN stays NaN", std::isnan(e[0]) && std::isnan(s[0]) && std::isnan(t[0]));
  expect("exp at the ends", e[1] == infinity && e[2] == 0 && e[3] == 1);
  expect("sigmoid at the ends", s[1] == 1 && s[2] >= 0 && s[2] < 1e-37f && s[3] == 0.5f);
  expect("tanh at the ends", t[1] == 1 && t[2] == -1 && t[3] == 0 && std::signbit(t[4]));
  if (failures == 0) std::printf("activations: all passed\n");
  return failures == 0 ? 0 : 1;
}
