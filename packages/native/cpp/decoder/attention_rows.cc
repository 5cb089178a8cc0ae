#include "decoder/attention_rows.h"

#define TIMESTEP_LANES_BODY "decoder/attention_rows_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const AttentionTable& attention_table() {
  static const AttentionTable& chosen = TIMESTEP_CHOOSE(kAttention);
  return chosen;
}

}  // namespace timestep
