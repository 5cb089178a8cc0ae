#include "recurrent/recurrent_steps.h"

#define TIMESTEP_LANES_BODY "recurrent/recurrent_steps_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const StepTable& step_table() {
  static const StepTable& chosen = TIMESTEP_CHOOSE(kSteps);
  return chosen;
}

}  // namespace timestep
