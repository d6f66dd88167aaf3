#include "tensor/memory.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "tensor/detail/pool.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {

bool aligned(const Array& a) { return reinterpret_cast<std::uintptr_t>(a.raw()) % 64 == 0; }

#ifndef XGRAD_NO_POOL
/// Bytes of this process that lie in memory.
std::int64_t resident() {
  std::int64_t total = 0, pages = 0;
  std::ifstream("/proc/self/statm") >> total >> pages;
  return pages * ::sysconf(_SC_PAGESIZE);
}
#endif
}  // namespace

TEST_CASE("every array begins on a multiple of 64 bytes") {
  std::vector<Array> kept;
  for (const DType t : kTypes)
    for (const std::int64_t n : {0, 1, 3, 16, 17, 100, 1000, 4097, 300'000, 1'000'000}) {
      kept.push_back(Array::empty({n}, t));
      CHECK(aligned(kept.back()));
      CHECK(aligned(kept.back().reshape({1, n})));
      CHECK(aligned(kept.back().clone()));
    }
}

TEST_CASE("size classes hold what they are for, in order, and waste at most a fifth beyond 1 KiB") {
  using detail::class_bytes;
  using detail::class_of;
  CHECK(class_of(0) == 0);
  CHECK(class_bytes(0) == 64);
  for (int c = 0; c + 1 < detail::kClasses; ++c) {
    CHECK(class_bytes(c) < class_bytes(c + 1));
    CHECK(class_bytes(c) % 64 == 0);
    CHECK(class_of(class_bytes(c)) == c);
    CHECK(class_of(class_bytes(c) + 1) == c + 1);
    if (c >= 16) CHECK(class_bytes(c + 1) * 4 <= class_bytes(c) * 5);
  }
  CHECK(class_bytes(class_of((std::size_t{1} << 47) + 128)) >= (std::size_t{1} << 47) + 128);
  CHECK(class_of((std::size_t{1} << 47) + 128) < detail::kClasses);
}

TEST_CASE("arrays made on one thread are read and freed on another") {
  std::vector<Array> shelf;
  std::mutex mutex;
  int wrong = 0;
  const auto work = [&](std::uint64_t seed) {
    Random random(seed);
    for (int i = 0; i < 3000; ++i) {
      const std::int64_t n = 1 + random.below(random.below(50) == 0 ? 100'000 : 600);
      Array fresh = Array::full({n}, n, int64), old;
      {
        const std::lock_guard lock(mutex);
        shelf.push_back(std::move(fresh));
        std::swap(shelf[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(shelf.size())))], shelf.back());
        if (shelf.size() > 40) {
          old = std::move(shelf.back());
          shelf.pop_back();
        }
      }
      if (!old.defined()) continue;
      const std::int64_t m = old.numel(), *x = old.data<std::int64_t>();
      if (x[0] != m || x[m / 2] != m || x[m - 1] != m) {
        const std::lock_guard lock(mutex);
        ++wrong;
      }
    }
  };
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  for (const Array& a : shelf) CHECK(a.data<std::int64_t>()[a.numel() - 1] == a.numel());
}

TEST_CASE("release_cached_memory leaves living arrays alone and may be called at any time") {
  Array a = Array::full({1000}, 3, int64);
  for (int i = 0; i < 10; ++i) Array::zeros({1000, i});
  release_cached_memory();
  release_cached_memory();
  CHECK(difference(a, {1000}, Values(1000, 3)) == "");
  const Array b = Array::full({1000}, 4, int64);
  a = Array();
  CHECK(difference(b, {1000}, Values(1000, 4)) == "");
}

TEST_CASE("memory_stats counts living blocks, and those the pool keeps") {
  const auto block = static_cast<std::int64_t>(detail::class_bytes(detail::class_of(detail::kDataOffset + 4 * 33'333)));
  release_cached_memory();
  const MemoryStats before = memory_stats();
  Array a = Array::empty({33'333});
  const MemoryStats living = memory_stats();
  CHECK(living.live_bytes == before.live_bytes + block);
  CHECK(living.system_calls == before.system_calls + 1);
  CHECK(living.cached_bytes == before.cached_bytes);
  a = Array();
  const MemoryStats after = memory_stats();
  CHECK(after.live_bytes == before.live_bytes);
#ifdef XGRAD_NO_POOL
  CHECK(after.cached_bytes == 0);
#else
  CHECK(after.cached_bytes == before.cached_bytes + block);
  for (int i = 0; i < 100; ++i) a = Array::empty({33'333});  // the new one is made before the old one goes
  CHECK(memory_stats().system_calls == before.system_calls + 2);
  a = Array();
  release_cached_memory();
  CHECK(memory_stats().cached_bytes <= before.cached_bytes);
#endif
}

#ifndef XGRAD_NO_POOL
TEST_CASE("a freed block is used again for the next array of its size") {
  Array a = Array::empty({777});
  const void* const block = a.raw();
  a = Array();
  a = Array::empty({777});
  CHECK(a.raw() == block);
}

TEST_CASE("a block goes to the free list of the thread that frees it") {
  release_cached_memory();
  Array a;
  std::thread([&] { a = Array::empty({55'555}); }).join();
  const void* const block = a.raw();
  a = Array();
  a = Array::empty({55'555});
  CHECK(a.raw() == block);
}

TEST_CASE("what a thread has cached goes to the others when it ends") {
  release_cached_memory();
  const void* block = nullptr;
  std::thread([&] { block = Array::empty({44'444}).raw(); }).join();
  CHECK(Array::empty({44'444}).raw() == block);
}

TEST_CASE("release_cached_memory gives memory back to the system") {
  constexpr std::int64_t kBytes = std::int64_t{64} << 20;
  release_cached_memory();
  Array::full({kBytes}, 1, uint8);
  const std::int64_t cached = resident();
  release_cached_memory();
  CHECK(cached - resident() > kBytes * 9 / 10);
}
#endif
