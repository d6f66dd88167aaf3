#pragma once
/// Options of two axes: of kernels, strides, paddings.

#include <cstdint>
#include <limits>
#include <string>

namespace xgrad {

/// One number for both axes, `2`, or one for each: `{h, w}`.
struct Size2d {
  std::int64_t h, w;

  constexpr Size2d(std::int64_t both) noexcept : h(both), w(both) {}
  constexpr Size2d(std::int64_t h_, std::int64_t w_) noexcept : h(h_), w(w_) {}
  /// Not given; what that means is said where it is a default.
  constexpr Size2d() noexcept : h(kNotGiven), w(kNotGiven) {}
  constexpr bool given() const noexcept { return h != kNotGiven || w != kNotGiven; }
  friend constexpr bool operator==(const Size2d&, const Size2d&) = default;
  /// "[1, 2]"
  std::string str() const { return "[" + std::to_string(h) + ", " + std::to_string(w) + "]"; }

 private:
  static constexpr std::int64_t kNotGiven = std::numeric_limits<std::int64_t>::min();
};

/// Zeros put around the input of a convolution: as many as given, on both sides (`1`, `{1, 2}`); or
/// `Padding::valid`, none; or `Padding::same`, as many as make out = ceil(in / stride), an odd one behind (as
/// TensorFlow and Keras count them; PyTorch agrees, but has `same` without a stride only).
struct Padding {
  enum Mode { numbers, valid, same };

  constexpr Padding(std::int64_t both) noexcept : size(both) {}
  constexpr Padding(std::int64_t h, std::int64_t w) noexcept : size(h, w) {}
  constexpr Padding(Size2d size_) noexcept : size(size_) {}
  constexpr Padding(Mode mode_) noexcept : mode(mode_), size(0) {}

  Mode mode = numbers;
  Size2d size;  ///< unless `same`
};

}  // namespace xgrad
