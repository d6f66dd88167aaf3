#pragma once
/// Reference counts of blocks, handles and nodes.

#include <atomic>
#include <cstdint>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif

namespace xgrad::detail {

using Count = std::atomic<std::uint32_t>;

/// Whether this process has a single thread, as the C library keeps track of it. Then nobody can come between a load
/// and a store, and counts need no locked instruction; these take an eighth of a tiny training step. Whoever starts a
/// thread is alone until then, and what it did before happens before all the new thread does. (OpenBLAS starts threads
/// when it is loaded, unless OPENBLAS_NUM_THREADS=1 is set; xgrad never uses them.)
inline bool alone() noexcept {
#if __has_include(<sys/single_threaded.h>)
  return __libc_single_threaded != 0;
#else
  return false;
#endif
}

inline void more(Count& c) noexcept {
  if (alone()) c.store(c.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  else c.fetch_add(1, std::memory_order_relaxed);
}

/// Gives one count back; true when it was the last, and then it may still read 1: a count of 1 is ours alone, nobody
/// else can add to it, so the locked decrement is skipped.
inline bool last(Count& c) noexcept {
  const std::uint32_t n = c.load(std::memory_order_acquire);
  if (n == 1) return true;
  if (!alone()) return c.fetch_sub(1, std::memory_order_acq_rel) == 1;
  c.store(n - 1, std::memory_order_relaxed);
  return false;
}

}  // namespace xgrad::detail
