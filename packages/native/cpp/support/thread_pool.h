#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace timestep {

/**
 * A fixed number of threads that share out numbered tasks.
 *
 * Which thread runs a task is left to chance, so a task's result must depend on its number alone; then the same
 * number of tasks gives the same bits in every run. Callers cut their work by `size()`, never by who is idle.
 */
struct ThreadPool {
  /** Starts `threads - 1` threads; the caller of `run` is the remaining one. */
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /** Threads that work during `run`, the caller among them. */
  int size() const;

  /**
   * Calls `task(0) … task(tasks - 1)`, each once, and returns when all are done. A `run` from inside a task does
   * all its tasks on the calling thread. The first exception that a task throws is thrown here, after the rest.
   */
  void run(int tasks, const std::function<void(int)>& task);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/** The pool that the addon's entry points work on: one thread until `resize_shared_pool`. Hold it during a call. */
std::shared_ptr<ThreadPool> shared_pool();
void resize_shared_pool(int threads);

}  // namespace timestep
