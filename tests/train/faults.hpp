#pragma once
// Allocations that fail on purpose. tests/train/faults_test.cpp replaces operator new for all tests of this floor.

#include <cstdint>
#include <new>
#include <thread>

#include "tensor/error.hpp"

namespace xgrad::test {

enum class Failing {
  once,     ///< the n-th allocation alone
  for_good  ///< the n-th and all that follow
};

/// Blocks from operator new that have not been freed.
std::int64_t live_blocks() noexcept;
/// Makes allocations of this thread fail (operator new and the pool), from the n-th on.
void arm(std::int64_t n, Failing how) noexcept;
/// Ends that; whether one has failed.
bool disarm() noexcept;

/// Runs f on a thread of its own, whose lists and caches are empty, while its n-th allocation fails; then
/// after(failed), undisturbed. `failed`: f threw std::bad_alloc or one of xgrad's errors; anything else ends the
/// program. Returns whether an allocation failed at all.
template <class F, class After>
bool with_failure(std::int64_t n, Failing how, F f, After after) {
  bool reached = false;
  std::thread([&] {
    bool failed = false;
    arm(n, how);
    try {
      f();
    } catch (const std::bad_alloc&) {
      failed = true;
    } catch (const Error&) {
      failed = true;
    }
    reached = disarm() || failed;  // in a forked process it fails there, and the error alone arrives here
    after(failed);
  }).join();
  return reached;
}

}  // namespace xgrad::test
