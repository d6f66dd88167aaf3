#include "tensor/detail/pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <type_traits>
#include <utility>

#include "tensor/memory.hpp"

namespace xgrad::detail {

constinit thread_local FreeList free_lists[kClasses] = {};
constinit PoolFault pool_fault = nullptr;

namespace {

constinit std::atomic<std::int64_t> system_bytes{0}, system_calls{0};

void count_from_system(std::size_t bytes) noexcept {
  system_bytes.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  system_calls.fetch_add(1, std::memory_order_relaxed);
}
void count_to_system(std::size_t bytes) noexcept {
  system_bytes.fetch_sub(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
}

#ifndef XGRAD_NO_POOL

constexpr std::size_t kHuge = std::size_t{2} << 20;
constexpr std::size_t kListBytes = std::size_t{4} << 20;   // per thread and class
constexpr std::size_t kDepotBytes = std::size_t{2} << 30;  // in the depot, all classes together

void*& next_of(void* block) noexcept { return *static_cast<void**>(block); }

void* system_get(int c) {
  const std::size_t bytes = class_bytes(c);
  const bool huge = bytes >= kHuge;  // large blocks get huge pages: one fault in place of 512
  const std::size_t align = huge ? kHuge : 64;
  void* block = std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (!block) throw std::bad_alloc();
  if (huge) ::madvise(block, bytes, MADV_HUGEPAGE);
  count_from_system(bytes);
  return block;
}

void system_put(void* block, int c) noexcept {
  std::free(block);
  count_to_system(class_bytes(c));
}

/// What no thread's list holds, and which threads have lists. Never destroyed: static and thread_local tensors outlive
/// every destructor.
struct Depot {
  static constexpr std::size_t kMostThreads = 256;  // further ones are not seen by memory_stats

  std::mutex mutex;
  void* heads[kClasses] = {};
  std::size_t bytes = 0;
  FreeList* threads[kMostThreads] = {};

  void* take(int c) {
    const std::lock_guard lock(mutex);
    void* block = heads[c];
    if (block) {
      heads[c] = next_of(block);
      bytes -= class_bytes(c);
    }
    return block;
  }
  void put(void* block, int c) noexcept {
    {
      const std::lock_guard lock(mutex);
      if (bytes + class_bytes(c) <= kDepotBytes) {
        next_of(block) = heads[c];
        heads[c] = block;
        bytes += class_bytes(c);
        return;
      }
    }
    system_put(block, c);
  }
  void release() noexcept {
    const std::lock_guard lock(mutex);
    for (int c = 0; c < kClasses; ++c)
      while (heads[c]) system_put(std::exchange(heads[c], next_of(heads[c])), c);
    bytes = 0;
  }
  void replace_thread(FreeList* from, FreeList* to) noexcept {
    const std::lock_guard lock(mutex);
    const auto found = std::find(std::begin(threads), std::end(threads), from);
    if (found != std::end(threads)) *found = to;
  }
  std::size_t cached() noexcept {
    const std::lock_guard lock(mutex);
    std::size_t total = bytes;
    for (const FreeList* lists : threads)
      for (int c = 0; lists && c < kClasses; ++c)
        total += lists[c].count.load(std::memory_order_relaxed) * class_bytes(c);
    return total;
  }
};

constinit Depot the_depot;  // needs no memory of its own: release_cached_memory and freeing must not fail
static_assert(std::is_trivially_destructible_v<Depot>);
Depot& depot() noexcept { return the_depot; }

void flush(int c, std::uint32_t keep) noexcept {
  FreeList& list = free_lists[c];
  std::uint32_t count = list.count.load(std::memory_order_relaxed);
  for (; count > keep; --count) depot().put(std::exchange(list.head, next_of(list.head)), c);
  list.count.store(count, std::memory_order_relaxed);
}

constinit thread_local bool thread_over = false;
/// Begins a thread's lists, and ends them: afterwards their cap is 0 and every call goes to the depot.
struct ThreadGuard {
  ThreadGuard() noexcept { depot().replace_thread(nullptr, free_lists); }
  ~ThreadGuard() {
    thread_over = true;
    for (int c = 0; c < kClasses; ++c) {
      free_lists[c].cap = 0;
      flush(c, 0);
    }
    depot().replace_thread(free_lists, nullptr);
  }
};

std::uint32_t cap_of(int c) noexcept {
  return static_cast<std::uint32_t>(std::min<std::size_t>(4096, kListBytes / class_bytes(c)));
}

#endif

}  // namespace

#ifdef XGRAD_NO_POOL

void* pool_get_slow(int c, std::size_t bytes) {
  if (pool_fault) pool_fault();
  void* block = nullptr;
  if (::posix_memalign(&block, 64, std::max<std::size_t>(bytes, 1)) != 0) throw std::bad_alloc();
  count_from_system(class_bytes(c));
  return block;
}

void pool_put_slow(void* block, int c) noexcept {
  std::free(block);
  count_to_system(class_bytes(c));
}

#else

void* pool_get_slow(int c, std::size_t) {
  if (pool_fault) pool_fault();
  if (void* block = depot().take(c)) return block;
  return system_get(c);
}

void pool_put_slow(void* block, int c) noexcept {
  FreeList& list = free_lists[c];
  if (list.cap == 0 && !thread_over && cap_of(c) != 0 && !pool_fault) {
    thread_local ThreadGuard guard;  // made with the thread's first list
    (void)guard;
    list.cap = cap_of(c);
    pool_put(block, c);
    return;
  }
  if (list.cap != 0) flush(c, list.cap / 2);
  depot().put(block, c);
}

#endif

}  // namespace xgrad::detail

namespace xgrad {

void release_cached_memory() noexcept {
#ifndef XGRAD_NO_POOL
  for (int c = 0; c < detail::kClasses; ++c) detail::flush(c, 0);
  detail::depot().release();
#endif
}

MemoryStats memory_stats() noexcept {
  MemoryStats stats;
#ifndef XGRAD_NO_POOL
  stats.cached_bytes = static_cast<std::int64_t>(detail::depot().cached());
#endif
  stats.live_bytes = detail::system_bytes.load(std::memory_order_relaxed) - stats.cached_bytes;
  stats.system_calls = detail::system_calls.load(std::memory_order_relaxed);
  return stats;
}

}  // namespace xgrad
