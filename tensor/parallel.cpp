#include "tensor/parallel.hpp"

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include "tensor/error.hpp"

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

/// The arena all regions run in, and the limit that lets it have more threads than cores.
struct Threads {
  explicit Threads(int n)
      : count(n), limit(tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(std::max(n, 2))),
        arena(n) {}
  int count;
  tbb::global_control limit;
  tbb::task_arena arena;
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

int num_threads() { return threads()->count; }

void set_num_threads(int n) {
  if (n < 1 || n > 1024) fail<ValueError>("set_num_threads", "got " + std::to_string(n) + "; expected 1 to 1024");
  auto fresh = std::make_shared<Threads>(n);
  const std::lock_guard lock(threads_mutex);
  threads_slot().swap(fresh);
}

namespace detail {

void run_parallel(std::int64_t n, std::int64_t grain, Piece piece, void* body) {
  const std::int64_t step = std::max<std::int64_t>(grain, 1);
  const std::int64_t pieces = (n + step - 1) / step;
  const auto run = [&](std::int64_t i) { piece(body, n * i / pieces, n * (i + 1) / pieces); };
  const auto pool = threads();
  if (pool->count == 1) {
    for (std::int64_t i = 0; i < pieces; ++i) run(i);
    return;
  }
  // TSan cannot see into Debian's oneTBB: say ourselves that tasks start after the caller and end before it goes on.
  char started = 0, ended = 0;
  XGRAD_TSAN_RELEASE(&started);
  pool->arena.execute([&] {
    // A waiting thread must not pick up somebody else's work, with its own grad mode and generator.
    tbb::this_task_arena::isolate([&] {
      tbb::parallel_for(
          std::int64_t{0}, pieces, std::int64_t{1},
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

}  // namespace detail
}  // namespace xgrad
