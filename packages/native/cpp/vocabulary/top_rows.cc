#include "vocabulary/top_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "support/share_range.h"
#include "vocabulary/vocabulary_loops.h"

namespace timestep {
namespace {

/** Sorts the best of a row's logits into `values` and `ids`. */
void select(const float* row, std::int64_t columns, std::int64_t count, const std::int32_t* away,
            const std::int32_t* away_end, float* values, std::int32_t* ids) {
  const VocabularyLoops& loops = vocabulary_loops();
  std::fill_n(values, count, -std::numeric_limits<float>::infinity());
  std::fill_n(ids, count, -1);
  const std::int64_t last = count - 1;
  for (std::int64_t from = 0; from < columns;) {
    from = loops.next_above(row, from, columns, values[last]);
    const std::int64_t to = std::min(columns, from + loops.lanes);
    for (; from < to; from++) {
      const float value = row[from];
      const auto id = static_cast<std::int32_t>(from);
      if (!(value > values[last]) || std::find(away, away_end, id) != away_end) continue;
      std::int64_t place = last;
      for (; place > 0 && value > values[place - 1]; place--) {
        values[place] = values[place - 1];
        ids[place] = ids[place - 1];
      }
      values[place] = value;
      ids[place] = id;
    }
  }
}

}  // namespace

void top_log_probabilities(const float* logits, std::int64_t rows, std::int64_t columns, std::int64_t count,
                           const Suppressed& suppressed, float* values, std::int32_t* ids, ThreadPool* pool) {
  share_range(rows, columns * 4, pool, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t r = from; r < to; r++) {
      const float* row = logits + r * columns;
      float* best = values + r * count;
      select(row, columns, count, suppressed.ids + suppressed.starts[r], suppressed.ids + suppressed.starts[r + 1],
             best, ids + r * count);
      const float shift = vocabulary_loops().row_largest(row, columns);
      const float rest = std::log(vocabulary_loops().row_exp_sum(row, shift, columns));
      const bool some = columns > 0 && shift > std::numeric_limits<float>::lowest();
      for (std::int64_t n = 0; n < count; n++) {
        best[n] = some && std::isfinite(rest) ? best[n] - shift - rest : std::numeric_limits<float>::quiet_NaN();
      }
    }
  });
}

}  // namespace timestep
