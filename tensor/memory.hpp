#pragma once
/// Memory: the pool behind every array and every node of the tape.
///
/// Blocks are 64-byte aligned and rounded up to size classes at most a quarter apart (64-byte steps to 1 KiB). A freed
/// block goes to a list of the thread that freed it, at most 4 MiB or 4096 blocks per class; what is above goes to a
/// depot that all threads share, at most 2 GiB. Sanitizer builds have no pool, so that they see every block.

#include <cstdint>

namespace xgrad {

struct MemoryStats {
  std::int64_t live_bytes = 0;    ///< in arrays and graphs, of all threads, in whole blocks
  std::int64_t cached_bytes = 0;  ///< freed and kept for reuse
  std::int64_t system_calls = 0;  ///< times a block was asked of the system since the program began
};

/// What the pool holds just now; exact when no other thread is allocating (threads beyond the 256th count what they
/// keep as live).
MemoryStats memory_stats() noexcept;

/// Gives the memory that the pool keeps for reuse back to the system: that of the calling thread and of the depot.
void release_cached_memory() noexcept;

}  // namespace xgrad
