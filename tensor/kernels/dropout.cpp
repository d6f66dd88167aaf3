#include "tensor/kernels/dropout.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

constexpr std::int64_t kLanes = 32;            // blocks made side by side; g++ 12 vectorises 32, not 16
constexpr std::int64_t kStretch = 4 * kLanes;  // elements that they decide

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, 2011; table 2) of kLanes blocks from `first` on, in a form that the
/// compiler turns into SIMD: word w of block k is words[w][k].
void philox_lanes(std::uint64_t seed, std::uint64_t first, std::uint32_t (&words)[4][kLanes]) {
  auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (std::int64_t k = 0; k < kLanes; ++k) {
    const std::uint64_t block = first + static_cast<std::uint64_t>(k);
    words[0][k] = static_cast<std::uint32_t>(block);
    words[1][k] = static_cast<std::uint32_t>(block >> 32);
    words[2][k] = words[3][k] = 0;
  }
  for (int round = 0; round < 10; ++round) {
    for (std::int64_t k = 0; k < kLanes; ++k) {
      const std::uint64_t a = std::uint64_t{0xD2511F53u} * words[0][k], b = std::uint64_t{0xCD9E8D57u} * words[2][k];
      words[0][k] = static_cast<std::uint32_t>(b >> 32) ^ words[1][k] ^ key0;
      words[1][k] = static_cast<std::uint32_t>(b);
      words[2][k] = static_cast<std::uint32_t>(a >> 32) ^ words[3][k] ^ key1;
      words[3][k] = static_cast<std::uint32_t>(a);
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

template <class T>
void drop(const T* x, T* y, std::int64_t n, std::uint32_t threshold, T scale, std::uint64_t seed, std::uint64_t first) {
  parallel_for((n + kStretch - 1) / kStretch, 128, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      std::uint32_t words[4][kLanes];
      philox_lanes(seed, first + static_cast<std::uint64_t>(s * kLanes), words);
      const T* from = x + s * kStretch;
      T* to = y + s * kStretch;
      for (std::int64_t w = 0; w < 4; ++w) {
        const std::int64_t count = std::min(kLanes, n - s * kStretch - w * kLanes);
        for (std::int64_t k = 0; k < count; ++k) {
          const T v = from[w * kLanes + k] * scale;  // computed in any case: a select then, not a branch
          to[w * kLanes + k] = words[w][k] < threshold ? T(0) : v;
        }
      }
    }
  });
}

}  // namespace

std::int64_t dropout_blocks(std::int64_t n) { return (n + kStretch - 1) / kStretch * kLanes; }

Array dropout(const Array& x, double p, std::uint64_t seed, std::uint64_t first) {
  if (p >= 1.) return Array::zeros(x.shape(), x.dtype());
  Array y = Array::empty(x.shape(), x.dtype());
  const auto threshold = static_cast<std::uint32_t>(std::ldexp(p, 32));
  dispatch_floating("dropout", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    drop(in<T>(x), out<T>(y), x.numel(), threshold, static_cast<T>(1. / (1. - p)), seed, first);
  });
  return y;
}

}  // namespace xgrad::kernels
