#include "bench/counters.hpp"

#include <sys/resource.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>

// Defined in the program, these take the place of the C library's, in shared libraries too; __libc_* are the originals.
#if defined(__GLIBC__) && !defined(XGRAD_NO_POOL)
#define XGRAD_COUNTS_ALLOCATIONS
#endif

#if defined(XGRAD_COUNTS_ALLOCATIONS)
namespace {
// Plain and per thread: a locked count would make the program that allocates more look slower than it is.
constinit thread_local std::int64_t count = 0;
}  // namespace

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): glibc's names
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

void* malloc(std::size_t size) {
  ++count;
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  ++count;
  return __libc_calloc(n, size);
}
void* realloc(void* block, std::size_t size) {
  ++count;
  return __libc_realloc(block, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++count;
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  ++count;
  *block = __libc_memalign(alignment, size);
  return *block ? 0 : ENOMEM;
}
}
#endif

namespace bench {

std::int64_t allocations() noexcept {
#if defined(XGRAD_COUNTS_ALLOCATIONS)
  return count;
#else
  return -1;
#endif
}

std::int64_t page_faults() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

std::int64_t peak_rss_kib() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

}  // namespace bench
