#include "trees/tree_rows.h"

#define TIMESTEP_LANES_BODY "trees/tree_rows_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const TreeTable& tree_table() {
  static const TreeTable& chosen = TIMESTEP_CHOOSE(kTrees);
  return chosen;
}

}  // namespace timestep
