#pragma once

#include <cstdint>

namespace timestep {

/** Loops over the logits of a vocabulary; vocabulary_body.inc says what each does. */
struct VocabularyLoops {
  void (*exponentials)(float* x, std::int64_t classes, std::int64_t rows, const float* bias, float* largest,
                       float* sums, float* plain);
  void (*slopes)(float* x, std::int64_t classes, std::int64_t rows, const float* scale, const float* offset);
  void (*add_sums)(const float* x, std::int64_t classes, std::int64_t rows, float* sums);
  float (*row_largest)(const float* x, std::int64_t columns);
  float (*row_exp_sum)(const float* x, float shift, std::int64_t columns);
  std::int64_t (*next_above)(const float* x, std::int64_t at, std::int64_t columns, float bound);
  std::int64_t lanes;
};

/** Those of the best instruction set that this processor has. */
const VocabularyLoops& vocabulary_loops();

}  // namespace timestep
