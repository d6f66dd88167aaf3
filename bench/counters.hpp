#pragma once
/// What a step costs besides time.

#include <cstdint>

namespace bench {

/// Calls of malloc and its relatives on this thread so far (operator new comes through them); -1 where they cannot be
/// counted: in sanitizer builds, and without glibc.
std::int64_t allocations() noexcept;
/// Pages the system had to hand to this process so far, on all threads.
std::int64_t page_faults() noexcept;
/// The most memory this process has held, in KiB.
std::int64_t peak_rss_kib() noexcept;

}  // namespace bench
