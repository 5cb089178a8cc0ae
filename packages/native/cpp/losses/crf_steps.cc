#include "losses/crf_steps.h"

#define TIMESTEP_LANES_BODY "losses/crf_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const CrfSteps& crf_steps() {
  static const CrfSteps& chosen = TIMESTEP_CHOOSE(kCrf);
  return chosen;
}

}  // namespace timestep
