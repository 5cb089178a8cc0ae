#include <algorithm>
#include <limits>
#include <vector>

#include "losses/crf.h"
#include "losses/crf_common.h"

namespace timestep {

void crf_viterbi(const CrfBatch& call, std::int32_t* paths, ThreadPool* pool) {
  const std::int64_t tags = call.tags, padded = padded_size(tags);
  std::vector<double> transitions(index(tags * padded), static_cast<double>(kForbidden));
  for (std::int64_t from = 0; from < tags; from++) {
    std::copy_n(call.transitions + from * tags, tags, transitions.begin() + from * padded);
  }
  share_tasks(call.batch, pool, [&](int b) {
    const std::int64_t length = call.lengths[b];
    std::int32_t* path = paths + b * call.time;
    std::fill_n(path, call.time, -1);
    if (length == 0) return;
    const float* emissions = call.emissions + b * call.time * tags;
    std::vector<float> frame(index(padded), 0.0F);
    std::vector<double> best(index(length * padded), 0);
    for (std::int64_t k = 0; k < tags; k++) {
      best[index(k)] = static_cast<double>(call.start[k]) + static_cast<double>(emissions[k]);
    }
    for (std::int64_t t = 1; t < length; t++) {
      std::copy_n(emissions + t * tags, tags, frame.data());
      crf_steps().best(best.data() + (t - 1) * padded, transitions.data(), frame.data(), best.data() + t * padded, tags,
                       padded);
    }
    // The maximum is taken once more along the path alone, which spares a pointer for each tag and step.
    const auto first_best = [&](const double* scores, auto&& weight) {
      double most = -std::numeric_limits<double>::infinity();
      std::int32_t winner = -1;
      for (std::int32_t k = 0; k < tags; k++) {
        const double candidate = scores[k] + weight(k);
        if (candidate > most) most = candidate, winner = k;
      }
      return winner;
    };
    std::int32_t tag = first_best(best.data() + (length - 1) * padded,
                                  [&](std::int32_t k) { return static_cast<double>(call.end[k]); });
    for (std::int64_t t = length - 1; tag >= 0; t--) {
      path[t] = tag;
      if (t == 0) return;
      tag = first_best(best.data() + (t - 1) * padded,
                       [&](std::int32_t k) { return transitions[index(k * padded + tag)]; });
    }
  });
}

}  // namespace timestep
