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

namespace detail {
using Piece = void (*)(void* body, std::int64_t begin, std::int64_t end);
void run_parallel(std::int64_t n, std::int64_t grain, Piece piece, void* body);
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

}  // namespace xgrad
