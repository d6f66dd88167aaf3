#pragma once
/// Random123's Philox4x32-10 as a function of (seed, position), and what is made of its words.

#include <Random123/philox.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>

namespace xgrad::kernels {

/// Four random words: those of block number `position` in the stream of `seed`.
inline std::array<std::uint32_t, 4> philox(std::uint64_t seed, std::uint64_t position) noexcept {
  const r123::Philox4x32::ctr_type counter = {
      {static_cast<std::uint32_t>(position), static_cast<std::uint32_t>(position >> 32), 0u, 0u}};
  const r123::Philox4x32::key_type key = {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const r123::Philox4x32::ctr_type block = r123::Philox4x32()(counter, key);
  return {block[0], block[1], block[2], block[3]};
}

/// Two independent standard normals from two words: sqrt(-2 log u) (cos, sin)(2 pi v), u in (0, 1].
inline std::pair<double, double> box_muller(std::uint64_t a, std::uint64_t b) noexcept {
  const double u = (static_cast<double>(a >> 11) + 1.) * 0x1p-53;
  const double angle = 2. * std::numbers::pi * (static_cast<double>(b >> 11) * 0x1p-53);
  const double radius = std::sqrt(-2. * std::log(u));
  return {radius * std::cos(angle), radius * std::sin(angle)};
}
inline std::pair<float, float> box_muller(std::uint32_t a, std::uint32_t b) noexcept {
  const float u = (static_cast<float>(a >> 8) + 1.f) * 0x1p-24f;
  const float angle = 2.f * std::numbers::pi_v<float> * (static_cast<float>(b >> 8) * 0x1p-24f);
  const float radius = std::sqrt(-2.f * std::log(u));
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

/// A number in 0 ... n-1 from 64 bits: the high word of the product (Lemire, 2019); the bias is below n / 2^64.
inline std::uint64_t below(std::uint64_t bits, std::uint64_t n) noexcept {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>(static_cast<Wide>(bits) * n >> 64);
}

}  // namespace xgrad::kernels
