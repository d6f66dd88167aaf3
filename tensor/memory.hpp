#pragma once
/// Memory: the pool behind every array and every node of the tape.

#include <cstddef>

namespace xgrad {

/// Gives the memory that the pool keeps for reuse back to the system (that of the calling thread and the shared depot).
void release_cached_memory() noexcept;

}  // namespace xgrad
