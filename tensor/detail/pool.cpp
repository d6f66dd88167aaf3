#include "tensor/detail/pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

#include "tensor/memory.hpp"

namespace xgrad::detail {

constinit thread_local FreeList free_lists[kClasses] = {};

namespace {

constexpr std::size_t kHuge = std::size_t{2} << 20;
constexpr std::size_t kListBytes = std::size_t{4} << 20;   // per thread and class
constexpr std::size_t kDepotBytes = std::size_t{2} << 30;  // in the depot, all classes together

void*& next_of(void* block) noexcept { return *static_cast<void**>(block); }

void* system_get(std::size_t bytes) {
  const bool huge = bytes >= kHuge;
  const std::size_t align = huge ? kHuge : 64;
  void* block = std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (!block) throw std::bad_alloc();
  if (huge) ::madvise(block, bytes, MADV_HUGEPAGE);
  return block;
}

/// What no thread's list holds. Leaked on purpose: static and thread_local tensors outlive every destructor.
struct Depot {
  std::mutex mutex;
  void* heads[kClasses] = {};
  std::size_t bytes = 0;

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
    std::free(block);
  }
  void release() noexcept {
    const std::lock_guard lock(mutex);
    for (void*& head : heads)
      while (head) std::free(std::exchange(head, next_of(head)));
    bytes = 0;
  }
};

Depot& depot() {
  static Depot* const instance = new Depot;
  return *instance;
}

void flush(int c, std::uint32_t keep) noexcept {
  FreeList& list = free_lists[c];
  for (; list.count > keep; --list.count) depot().put(std::exchange(list.head, next_of(list.head)), c);
}

constinit thread_local bool thread_over = false;
/// Ends a thread's lists: afterwards their cap is 0 and every call goes to the depot.
struct ThreadGuard {
  ~ThreadGuard() {
    thread_over = true;
    for (int c = 0; c < kClasses; ++c) {
      free_lists[c].cap = 0;
      flush(c, 0);
    }
  }
};

std::uint32_t cap_of(int c) noexcept {
  return static_cast<std::uint32_t>(std::min<std::size_t>(4096, kListBytes / class_bytes(c)));
}

}  // namespace

void* pool_get_slow(int c, std::size_t bytes) {
#ifdef XGRAD_NO_POOL
  (void)c;
  void* block = nullptr;
  if (::posix_memalign(&block, 64, std::max<std::size_t>(bytes, 1)) != 0) throw std::bad_alloc();
  return block;
#else
  (void)bytes;
  if (void* block = depot().take(c)) return block;
  return system_get(class_bytes(c));
#endif
}

void pool_put_slow(void* block, int c) noexcept {
#ifdef XGRAD_NO_POOL
  (void)c;
  std::free(block);
#else
  FreeList& list = free_lists[c];
  if (list.cap == 0 && !thread_over && cap_of(c) != 0) {
    thread_local ThreadGuard guard;  // made with the thread's first list
    (void)guard;
    list.cap = cap_of(c);
    pool_put(block, c);
    return;
  }
  if (list.cap != 0) flush(c, list.cap / 2);
  depot().put(block, c);
#endif
}

}  // namespace xgrad::detail

namespace xgrad {

void release_cached_memory() noexcept {
#ifndef XGRAD_NO_POOL
  for (int c = 0; c < detail::kClasses; ++c) detail::flush(c, 0);
  detail::depot().release();
#endif
}

}  // namespace xgrad
