#pragma once
/// Random numbers: counter-based (Philox4x32-10; Salmon, Moraes, Dror, Shaw, SC 2011), through Random123.

#include <atomic>
#include <cstdint>

namespace xgrad {

/// A stream of random numbers: a seed and a counter, and nothing else, so that saving it is saving two numbers. Every
/// draw reserves a range of the counter and depends on (seed, position) alone: results do not depend on the number of
/// threads. Drawing from one generator on several threads is safe, but which draw gets which range is then up to them.
class Generator {
 public:
  explicit Generator(std::uint64_t seed = 0, std::uint64_t counter = 0) noexcept : seed_(seed), counter_(counter) {}
  Generator(const Generator& o) noexcept : seed_(o.seed()), counter_(o.counter()) {}
  Generator& operator=(const Generator& o) noexcept {
    seed_.store(o.seed(), std::memory_order_relaxed);
    counter_.store(o.counter(), std::memory_order_relaxed);
    return *this;
  }

  std::uint64_t seed() const noexcept { return seed_.load(std::memory_order_relaxed); }
  /// Blocks of four 32-bit words drawn so far.
  std::uint64_t counter() const noexcept { return counter_.load(std::memory_order_relaxed); }
  /// Starts over with another seed.
  void manual_seed(std::uint64_t seed) noexcept { *this = Generator(seed); }
  /// Takes the next `blocks` blocks for the caller; returns the first one's number.
  std::uint64_t reserve(std::uint64_t blocks) noexcept { return counter_.fetch_add(blocks, std::memory_order_relaxed); }

  /// One number: 64 uniform bits / uniform in [0, 1) with 53 bits / standard normal / uniform in 0 ... n-1 (n >= 1).
  /// Each takes a block.
  std::uint64_t bits() noexcept;
  double uniform() noexcept;
  double normal() noexcept;
  std::int64_t below(std::int64_t n) noexcept;

  /// A generator whose stream is independent of this one's for every `index`; does not draw from this one.
  Generator fork(std::uint64_t index) const noexcept;

 private:
  std::atomic<std::uint64_t> seed_, counter_;
};

/// The generator used where none is given: that of the innermost GeneratorGuard on this thread, else one for the whole
/// process, which starts with seed 0.
Generator& default_generator() noexcept;
/// `default_generator().manual_seed(seed)`.
void manual_seed(std::uint64_t seed) noexcept;

/// Makes `generator` the default on this thread until the guard goes out of scope; it must outlive the guard.
class GeneratorGuard {
 public:
  explicit GeneratorGuard(Generator& generator) noexcept;
  ~GeneratorGuard();
  GeneratorGuard(const GeneratorGuard&) = delete;
  GeneratorGuard& operator=(const GeneratorGuard&) = delete;

 private:
  Generator* before_;
};

}  // namespace xgrad
