#include "tree_rows.h"

#define TIMESTEP_LANES_BODY "tree_rows_body.inc"
#include "simd_targets.h"

namespace timestep {

const TreeTable& tree_table() {
  static const TreeTable& chosen = TIMESTEP_CHOOSE(kTrees);
  return chosen;
}

}  // namespace timestep
