#include "support/activations.h"

namespace timestep {
namespace {

struct ActivationTable {
  void (*exp)(const float* from, float* to, std::int64_t count);
  void (*sigmoid)(const float* from, float* to, std::int64_t count);
  void (*tanh)(const float* from, float* to, std::int64_t count);
};

}  // namespace
}  // namespace timestep

#define TIMESTEP_LANES_BODY "support/activations_body.inc"
#include "support/simd_targets.h"

namespace timestep {

static const ActivationTable& activations() {
  static const ActivationTable& chosen = TIMESTEP_CHOOSE(kActivations);
  return chosen;
}

void exp_values(const float* from, float* to, std::int64_t count) { activations().exp(from, to, count); }
void sigmoid_values(const float* from, float* to, std::int64_t count) { activations().sigmoid(from, to, count); }
void tanh_values(const float* from, float* to, std::int64_t count) { activations().tanh(from, to, count); }

}  // namespace timestep
