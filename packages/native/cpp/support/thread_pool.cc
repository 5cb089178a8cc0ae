#include "support/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace timestep {
namespace {

/** Whether this thread is inside a task, of any pool. */
thread_local bool inside_task = false;

/** Steps of a wait that only look, before the thread sleeps: some ten microseconds, the gap between two products. */
constexpr int kLooks = 2000;

inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

struct ThreadPool::State {
  std::mutex one_run;  ///< held for a whole `run`: two callers take turns
  std::mutex mutex;    ///< guards everything below that is not atomic
  std::condition_variable work, done;
  const std::function<void(int)>* task = nullptr;  ///< null between runs
  int tasks = 0;
  bool stop = false;
  std::exception_ptr failure;
  std::atomic<int> next{0};    ///< the next task that nobody has taken
  std::atomic<int> active{0};  ///< threads inside the current run, the caller not counted
  std::atomic<std::uint64_t> generation{0};
  std::vector<std::thread> threads;

  void take_tasks(const std::function<void(int)>& run_task, int count) {
    inside_task = true;
    for (int i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        run_task(i);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex);
        if (!failure) failure = std::current_exception();
      }
    }
    inside_task = false;
  }

  void serve() {
    std::uint64_t seen = 0;
    for (;;) {
      for (int look = 0; look < kLooks && generation.load() == seen; look++) relax();
      std::unique_lock<std::mutex> lock(mutex);
      work.wait(lock, [&] { return stop || generation.load() != seen; });
      if (stop) return;
      seen = generation.load();
      if (task == nullptr) continue;  // came too late: the others have done it all
      const auto& mine = *task;
      const int count = tasks;
      active.fetch_add(1);
      lock.unlock();
      take_tasks(mine, count);
      lock.lock();
      if (active.fetch_sub(1) == 1) done.notify_one();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  if (threads < 1) throw std::invalid_argument("a thread pool needs at least one thread");
  try {
    for (int i = 1; i < threads; i++) state_->threads.emplace_back([state = state_.get()] { state->serve(); });
  } catch (const std::system_error&) {
    // The system gives no more threads: the pool works with those it has.
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->stop = true;
    state_->generation.fetch_add(1);
  }
  state_->work.notify_all();
  for (auto& thread : state_->threads) thread.join();
}

int ThreadPool::size() const { return static_cast<int>(state_->threads.size()) + 1; }

void ThreadPool::run(int tasks, const std::function<void(int)>& task) {
  if (inside_task || tasks <= 1 || state_->threads.empty()) {
    for (int i = 0; i < tasks; i++) task(i);
    return;
  }
  const std::lock_guard<std::mutex> turn(state_->one_run);
  {
    const std::lock_guard<std::mutex> lock(state_->mutex);
    state_->task = &task;
    state_->tasks = tasks;
    state_->failure = nullptr;
    state_->next.store(0);
    state_->generation.fetch_add(1);
  }
  state_->work.notify_all();
  state_->take_tasks(task, tasks);
  for (int look = 0; look < kLooks && state_->active.load() > 0; look++) relax();
  std::unique_lock<std::mutex> lock(state_->mutex);
  state_->done.wait(lock, [&] { return state_->active.load() == 0; });
  state_->task = nullptr;
  if (state_->failure) std::rethrow_exception(state_->failure);
}

namespace {

std::mutex shared_mutex;
std::shared_ptr<ThreadPool> shared;

}  // namespace

std::shared_ptr<ThreadPool> shared_pool() {
  const std::lock_guard<std::mutex> lock(shared_mutex);
  if (!shared) shared = std::make_shared<ThreadPool>(1);
  return shared;
}

void resize_shared_pool(int threads) {
  const std::lock_guard<std::mutex> lock(shared_mutex);
  if (!shared || shared->size() != threads) shared = std::make_shared<ThreadPool>(threads);
}

}  // namespace timestep
