#pragma once
/// Whole tasks on threads, through the door of tensor/parallel.hpp.

#include <cstdint>
#include <memory>
#include <type_traits>

namespace xgrad {

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
using Task = void (*)(void* body, std::int64_t i);
void run_tasks(std::int64_t n, int workers, Task task, void* body);
}  // namespace detail

template <class F>
void parallel_tasks(std::int64_t n, int workers, F&& body) {
  using Body = std::remove_reference_t<F>;
  detail::run_tasks(
      n, workers, [](void* b, std::int64_t i) { (*static_cast<Body*>(b))(i); },
      const_cast<void*>(static_cast<const void*>(std::addressof(body))));
}

}  // namespace xgrad
