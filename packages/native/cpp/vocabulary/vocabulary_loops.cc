#include "vocabulary/vocabulary_loops.h"

#define TIMESTEP_LANES_BODY "vocabulary/vocabulary_body.inc"
#include "support/simd_targets.h"

namespace timestep {

const VocabularyLoops& vocabulary_loops() {
  static const VocabularyLoops& chosen = TIMESTEP_CHOOSE(kVocabularyLoops);
  return chosen;
}

}  // namespace timestep
