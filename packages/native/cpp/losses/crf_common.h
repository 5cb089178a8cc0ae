#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "losses/crf_steps.h"
#include "support/thread_pool.h"

namespace timestep {

/** The weight of what may not be in a path. */
constexpr float kForbidden = -std::numeric_limits<float>::infinity();

inline std::size_t index(std::int64_t value) { return static_cast<std::size_t>(value); }

inline std::int64_t padded_size(std::int64_t tags) { return (tags + kCrfPadding - 1) / kCrfPadding * kCrfPadding; }

/** task(0) … task(tasks - 1) on the pool, or here without one. */
template <class Task>
void share_tasks(std::int64_t tasks, ThreadPool* pool, Task&& task) {
  if (pool != nullptr) return pool->run(static_cast<int>(tasks), task);
  for (int n = 0; n < static_cast<int>(tasks); n++) task(n);
}

}  // namespace timestep
