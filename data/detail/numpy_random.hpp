#pragma once
/// The random numbers of numpy.random.RandomState: the same seed gives the same shuffles as in a notebook.

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace xgrad::data::detail {

/// MT19937, seeded as init_genrand has it (M. Matsumoto, T. Nishimura 1998), which is also what std::mt19937 is.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed) : engine_(seed) {}

  /// Uniform in 0 ... max: the lowest bits that max needs, drawn again until they are no larger.
  std::uint64_t interval(std::uint64_t max) {
    if (max == 0) return 0;
    std::uint64_t mask = max;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    for (;;) {
      std::uint64_t value = engine_();
      if (mask > 0xFFFFFFFFU) value = value << 32 | engine_();
      if ((value & mask) <= max) return value & mask;
    }
  }
  /// Uniform in [0, 1), with 53 bits.
  double random_sample() {
    const auto high = static_cast<double>(engine_() >> 5), low = static_cast<double>(engine_() >> 6);
    return (high * 67108864 + low) / 9007199254740992;
  }
  /// Fisher-Yates, from the last element down.
  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[interval(i)]);
  }
  /// 0 ... n-1, shuffled.
  std::vector<std::int64_t> permutation(std::int64_t n) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    shuffle(order);
    return order;
  }

 private:
  std::mt19937 engine_;
};

}  // namespace xgrad::data::detail
