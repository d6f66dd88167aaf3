#include "tensor/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "tensor/error.hpp"
#include "tensor/tasks.hpp"

#if defined(XGRAD_TSAN)  // this file alone is then built without the sanitizer: see cmake/XgradBuild.cmake
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
#define XGRAD_TSAN_ACQUIRE(p) __tsan_acquire(p)
#define XGRAD_TSAN_RELEASE(p) __tsan_release(p)
#else
#define XGRAD_TSAN_ACQUIRE(p) (void)(p)
#define XGRAD_TSAN_RELEASE(p) (void)(p)
#endif

namespace xgrad {
namespace {

/// Where regions run, and on how many threads.
struct Crew {
  explicit Crew(int n) : count(n), arena(n) {}
  int count;
  tbb::task_arena arena;
};

/// The crew of the whole process, and the limit that lets it have more threads than cores.
struct Threads : Crew {
  explicit Threads(int n)
      : Crew(n), limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(std::max(n, 2))) {}
  tbb::global_control limit;
};

/// That of the task under way on this thread, when it shares the threads with others; null otherwise.
constinit thread_local Crew* own_crew = nullptr;

class CrewGuard {
 public:
  explicit CrewGuard(Crew& crew) noexcept : before_(std::exchange(own_crew, &crew)) {}
  ~CrewGuard() { own_crew = before_; }
  CrewGuard(const CrewGuard&) = delete;
  CrewGuard& operator=(const CrewGuard&) = delete;

 private:
  Crew* before_;
};

std::mutex threads_mutex;

/// Leaked on purpose: regions may run in destructors of static objects.
std::shared_ptr<Threads>& threads_slot() {
  static auto* const slot = new std::shared_ptr<Threads>(std::make_shared<Threads>(tbb::info::default_concurrency()));
  return *slot;
}
std::shared_ptr<Threads> threads() {
  const std::lock_guard lock(threads_mutex);
  return threads_slot();
}

}  // namespace

int num_threads() { return own_crew ? own_crew->count : threads()->count; }

void set_num_threads(int n) {
  if (n < 1 || n > 1024) fail<ValueError>("set_num_threads", "got " + std::to_string(n) + "; expected 1 to 1024");
  auto fresh = std::make_shared<Threads>(n);
  const std::lock_guard lock(threads_mutex);
  threads_slot().swap(fresh);
}

namespace {

/// Calls run(0) ... run(n - 1) on the threads of a crew.
template <class Run>
void spread(Crew& crew, std::int64_t n, const Run& run) {
  // TSan cannot see into Debian's oneTBB: say ourselves that tasks start after the caller and end before it goes on.
  char started = 0, ended = 0;
  XGRAD_TSAN_RELEASE(&started);
  crew.arena.execute([&] {
    // A waiting thread must not pick up somebody else's work, with its own grad mode and generator.
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          std::int64_t{0}, n, std::int64_t{1},
          [&](std::int64_t i) {
            XGRAD_TSAN_ACQUIRE(&started);
            run(i);
            XGRAD_TSAN_RELEASE(&ended);
          },
          tbb::simple_partitioner());
    });
  });
  XGRAD_TSAN_ACQUIRE(&ended);
}

/// The crew of this thread's task, or of all; the pointer keeps the latter.
std::pair<Crew*, std::shared_ptr<Threads>> crew() {
  if (own_crew) return {own_crew, nullptr};
  auto all = threads();
  Crew* const c = all.get();
  return {c, std::move(all)};
}

/// What the tasks of one call have in common: which one is next, and the first error.
class Queue {
 public:
  explicit Queue(std::int64_t n) : n_(n) {}
  /// The next task; n or more where there is none, or one has failed.
  std::int64_t next() { return failed_.load(std::memory_order_relaxed) ? n_ : next_.fetch_add(1); }
  std::int64_t size() const { return n_; }
  void fail(std::int64_t i, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (i < error_of_) {
      error_of_ = i;
      error_ = std::move(error);
    }
    failed_ = true;
  }
  void rethrow() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const std::int64_t n_;
  std::atomic<std::int64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::int64_t error_of_ = std::numeric_limits<std::int64_t>::max();
  std::exception_ptr error_;
};

}  // namespace

namespace detail {

void run_parallel(std::int64_t n, std::int64_t grain, Piece piece, void* body) {
  const std::int64_t step = std::max<std::int64_t>(grain, 1);
  const std::int64_t pieces = (n + step - 1) / step;
  const auto run = [&](std::int64_t i) { piece(body, n * i / pieces, n * (i + 1) / pieces); };
  const auto [pool, keep] = crew();
  if (pool->count == 1) {
    for (std::int64_t i = 0; i < pieces; ++i) run(i);
    return;
  }
  if (!own_crew) return spread(*pool, pieces, run);
  spread(*pool, pieces, [&, mine = own_crew](std::int64_t i) {
    const CrewGuard guard(*mine);  // for regions inside, on whatever thread
    run(i);
  });
}

void run_tasks(std::int64_t n, int workers, Task task, void* body) {
  if (workers < 1)
    fail<ValueError>("parallel_tasks", "workers: got " + std::to_string(workers) + "; expected 1 or more");
  const auto [pool, keep] = crew();
  workers = static_cast<int>(std::min<std::int64_t>({workers, pool->count, n}));
  if (workers <= 1) {
    for (std::int64_t i = 0; i < n; ++i) task(body, i);
    return;
  }
  Queue queue(n);
  const int share = pool->count / workers;
  // Places of their own: tasks may wait, say for a loader's thread, which needs one of the pool's to prepare a batch.
  Crew places(workers);
  spread(places, workers, [&](std::int64_t) {
    Crew own(share);
    const CrewGuard guard(own);
    // An error must not cancel what other tasks have under way in oneTBB, which would leave it half done in silence.
    for (std::int64_t i; (i = queue.next()) < queue.size();) {
      try {
        task(body, i);
      } catch (...) {
        queue.fail(i, std::current_exception());
      }
    }
  });
  queue.rethrow();
}

}  // namespace detail
}  // namespace xgrad
