#include "convolution/channels.h"

#define TIMESTEP_LANES_BODY "convolution/channels_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const ChannelLoops& channel_loops() {
  static const ChannelLoops& chosen = TIMESTEP_CHOOSE(kChannelLoops);
  return chosen;
}

}  // namespace timestep
