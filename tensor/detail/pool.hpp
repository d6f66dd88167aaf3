#pragma once
/// The pool: free lists per thread and size class over a shared depot. A block belongs to no thread: it goes to the
/// list of whoever frees it. Sanitizer and valgrind builds (XGRAD_NO_POOL) bypass it and allocate exact sizes.

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace xgrad::detail {

/// Classes are 64-byte steps up to 1 KiB, then four per power of two.
constexpr int class_of(std::size_t bytes) noexcept {
  if (bytes <= 1024) return bytes == 0 ? 0 : static_cast<int>((bytes - 1) / 64);
  const int log = static_cast<int>(std::bit_width(bytes - 1)) - 1;  // 2^log <= bytes - 1 < 2^(log+1)
  const std::size_t quarter = std::size_t{1} << (log - 2);
  return 16 + (log - 10) * 4 + static_cast<int>((bytes - 1 - (std::size_t{1} << log)) / quarter);
}
constexpr std::size_t class_bytes(int c) noexcept {
  if (c < 16) return (static_cast<std::size_t>(c) + 1) * 64;
  const int log = 10 + (c - 16) / 4;
  return (std::size_t{1} << log) + (static_cast<std::size_t>((c - 16) % 4) + 1) * (std::size_t{1} << (log - 2));
}
inline constexpr int kClasses = 16 + 38 * 4;  // up to 2^48 bytes

struct FreeList {
  void* head;                        // linked through the first word of each block
  std::atomic<std::uint32_t> count;  // blocks in the list; written by the owner alone, read by memory_stats
  std::uint32_t cap;                 // 0: never used on this thread, or the thread is ending
};
extern constinit thread_local FreeList free_lists[kClasses];

void* pool_get_slow(int size_class, std::size_t bytes);
void pool_put_slow(void* block, int size_class) noexcept;

/// For tests of failing allocations: while set, it is called, and may throw, whenever a block does not come from a
/// list, and a thread that has no lists yet gets none, so that all of its blocks pass here.
using PoolFault = void (*)();
extern constinit PoolFault pool_fault;

/// A 64-byte-aligned block of at least `bytes`, of class class_of(bytes). Throws std::bad_alloc.
inline void* pool_get(int size_class, std::size_t bytes) {
#ifndef XGRAD_NO_POOL
  FreeList& list = free_lists[size_class];
  if (void* block = list.head) {
    list.head = *static_cast<void**>(block);
    list.count.store(list.count.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    return block;
  }
#endif
  return pool_get_slow(size_class, bytes);
}

inline void pool_put(void* block, int size_class) noexcept {
#ifndef XGRAD_NO_POOL
  FreeList& list = free_lists[size_class];
  const std::uint32_t count = list.count.load(std::memory_order_relaxed);
  if (count < list.cap) {
    *static_cast<void**>(block) = list.head;
    list.head = block;
    list.count.store(count + 1, std::memory_order_relaxed);
    return;
  }
#endif
  pool_put_slow(block, size_class);
}

}  // namespace xgrad::detail
