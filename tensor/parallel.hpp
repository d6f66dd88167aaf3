#pragma once
/// Threads: the one door to oneTBB.

#include <cstdint>
#include <memory>
#include <type_traits>

namespace xgrad {

/// Threads that parallel work may use, the caller's included; by default the number of cores it may run on.
int num_threads();
/// Sets it, for the whole process; at least 1 (ValueError otherwise). Not to be called from inside parallel work.
/// Results never depend on it: the same seed gives the same bits with 1, 2 or 64 threads.
void set_num_threads(int n);

/// Work in pieces: `body(begin, end)` is called for consecutive ranges that cover [0, n), at most `grain` long each,
/// on any thread and in any order. Where the cuts lie depends on n and grain alone. Serial when n <= grain: choose the
/// grain so that one piece is worth 10 us. An exception in `body` reaches the caller. A region may lie inside another.
template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body);

/// Whole tasks: `body(i)` is called for i = 0 ... n - 1, started in that order, on at most `workers` threads at a time,
/// the caller's among them; there are never more than `num_threads()`. With one worker they run one after the other on
/// the caller's thread, and what is parallel inside them has all threads. With several the threads are shared out:
/// inside a task `num_threads()` is num_threads() / workers, and work in pieces stays on as many threads, so that tasks
/// do not get into each other's way. ValueError for workers < 1.
///
/// An exception in `body` reaches the caller, that of the smallest i where there are several; tasks under way are
/// finished before, and no others are started. Thread-local state (recording, generators) is that of whatever thread
/// a task gets: a task sets its own.
template <class F>
void parallel_tasks(std::int64_t n, int workers, F&& body);

namespace detail {
using Piece = void (*)(void* body, std::int64_t begin, std::int64_t end);
void run_parallel(std::int64_t n, std::int64_t grain, Piece piece, void* body);
using Task = void (*)(void* body, std::int64_t i);
void run_tasks(std::int64_t n, int workers, Task task, void* body);
}  // namespace detail

template <class F>
void parallel_for(std::int64_t n, std::int64_t grain, F&& body) {
  if (n <= 0) return;
  if (n <= grain) {
    body(std::int64_t{0}, n);
    return;
  }
  using Body = std::remove_reference_t<F>;
  detail::run_parallel(
      n, grain, [](void* b, std::int64_t begin, std::int64_t end) { (*static_cast<Body*>(b))(begin, end); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

template <class F>
void parallel_tasks(std::int64_t n, int workers, F&& body) {
  using Body = std::remove_reference_t<F>;
  detail::run_tasks(
      n, workers, [](void* b, std::int64_t i) { (*static_cast<Body*>(b))(i); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

}  // namespace xgrad
