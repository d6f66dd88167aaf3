#include "tensor/kernels/random.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/philox.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

constexpr std::int64_t kBlocks = 1024;  // a piece of parallel work: about 10 us

/// Fills y with make(words of one block) -> `per` values each.
template <int per, class T, class Make>
void fill(T* y, std::int64_t n, Generator& generator, const Make& make) {
  const std::int64_t blocks = (n + per - 1) / per;
  const std::uint64_t seed = generator.seed(), first = generator.reserve(static_cast<std::uint64_t>(blocks));
  parallel_for(blocks, kBlocks, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      T values[per];
      make(philox(seed, first + static_cast<std::uint64_t>(b)), values);
      std::copy_n(values, std::min<std::int64_t>(per, n - b * per), y + b * per);
    }
  });
}

using Words = std::array<std::uint32_t, 4>;

std::uint64_t wide(const Words& w, int i) {
  return std::uint64_t{w[static_cast<std::size_t>(2 * i)]} << 32 | w[static_cast<std::size_t>(2 * i + 1)];
}

}  // namespace

Array uniform(const Shape& shape, DType dtype, double low, double high, Generator& generator) {
  Array a = Array::empty(shape, dtype);
  dispatch_floating("rand", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T from = static_cast<T>(low), width = static_cast<T>(high - low);
    const T last = low < high ? std::nextafter(static_cast<T>(high), from) : from;  // rounding must not reach `high`
    if constexpr (std::is_same_v<T, float>) {
      fill<4>(out<T>(a), a.numel(), generator, [&](const Words& w, float* y) {
        for (std::size_t i = 0; i < 4; ++i)
          y[i] = std::min(last, from + width * (static_cast<float>(w[i] >> 8) * 0x1p-24f));
      });
    } else {
      fill<2>(out<T>(a), a.numel(), generator, [&](const Words& w, double* y) {
        for (int i = 0; i < 2; ++i)
          y[i] = std::min(last, from + width * (static_cast<double>(wide(w, i) >> 11) * 0x1p-53));
      });
    }
  });
  return a;
}

Array normal(const Shape& shape, DType dtype, double mean, double std, Generator& generator) {
  Array a = Array::empty(shape, dtype);
  dispatch_floating("randn", dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    const T m = static_cast<T>(mean), s = static_cast<T>(std);
    if constexpr (std::is_same_v<T, float>) {
      fill<4>(out<T>(a), a.numel(), generator, [&](const Words& w, float* y) {
        for (std::size_t i = 0; i < 4; i += 2) {
          const auto [p, q] = box_muller(w[i], w[i + 1]);
          y[i] = m + s * p;
          y[i + 1] = m + s * q;
        }
      });
    } else {
      fill<2>(out<T>(a), a.numel(), generator, [&](const Words& w, double* y) {
        const auto [p, q] = box_muller(wide(w, 0), wide(w, 1));
        y[0] = m + s * p;
        y[1] = m + s * q;
      });
    }
  });
  return a;
}

Array integers(const Shape& shape, DType dtype, std::int64_t low, std::int64_t high, Generator& generator) {
  Array a = Array::empty(shape, int64);
  const auto range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  fill<2>(out<std::int64_t>(a), a.numel(), generator, [&](const Words& w, std::int64_t* y) {
    for (int i = 0; i < 2; ++i)
      y[i] = static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + below(wide(w, i), range));
  });
  return a.to(dtype);
}

Array bernoulli(const Shape& shape, DType dtype, double p, Generator& generator) {
  Array a = Array::empty(shape, dtype);
  const auto threshold = static_cast<std::uint64_t>(std::ldexp(std::clamp(p, 0., 1.), 32));
  dispatch(dtype, [&](auto type) {
    using T = typename decltype(type)::type;
    fill<4>(out<T>(a), a.numel(), generator, [&](const Words& w, T* y) {
      for (std::size_t i = 0; i < 4; ++i) y[i] = static_cast<T>(w[i] < threshold);
    });
  });
  return a;
}

Array permutation(std::int64_t n, Generator& generator) {
  Array a = Array::empty({n}, int64);
  std::int64_t* y = out<std::int64_t>(a);
  std::iota(y, y + n, std::int64_t{0});
  const std::uint64_t seed = generator.seed();
  const std::uint64_t first = generator.reserve(static_cast<std::uint64_t>((n + 1) / 2));
  Words words{};
  for (std::int64_t i = n - 1; i > 0; --i) {
    const std::int64_t draw = n - 1 - i;
    if (draw % 2 == 0) words = philox(seed, first + static_cast<std::uint64_t>(draw / 2));
    std::swap(y[i], y[below(wide(words, static_cast<int>(draw % 2)), static_cast<std::uint64_t>(i) + 1)]);
  }
  return a;
}

}  // namespace xgrad::kernels
