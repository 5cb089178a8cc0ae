#pragma once

#include <algorithm>
#include <cstdint>

#include "support/thread_pool.h"

namespace timestep {

/**
 * Calls `body(from, to)` on stretches of [0, count) over the pool's threads. `cost` is the work of one unit in
 * elements touched; below 65536 in all the caller does everything. The cut never decides an element's value as long as
 * units do not share results.
 */
template <class Body>
void share_range(std::int64_t count, std::int64_t cost, ThreadPool* pool, Body&& body) {
  constexpr std::int64_t worth_sharing = 1 << 16;
  if (count <= 0) return;
  if (pool == nullptr || pool->size() == 1 || count < 2 || count * std::max<std::int64_t>(cost, 1) < worth_sharing) {
    return body(std::int64_t{0}, count);
  }
  // Two stretches for each thread, so that one which is interrupted does not hold up the rest for half the time.
  const std::int64_t parts = std::min<std::int64_t>(pool->size() * 2, count);
  // A cut at a multiple of 16 leaves whole vectors to both sides.
  const auto cut = [&](std::int64_t part) {
    return part == parts ? count : count >= 64 * parts ? count * part / parts / 16 * 16 : count * part / parts;
  };
  pool->run(static_cast<int>(parts), [&](int part) { body(cut(part), cut(part + 1)); });
}

}  // namespace timestep
