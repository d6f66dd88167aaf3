#pragma once
/// How the windows of a convolution or a pooling lie over an image, along one axis.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace xgrad::kernels {

/// All sizes are at least 1 but `in`, which may be 0 where there is padding; the user's numbers have been checked.
struct Window {
  std::int64_t in = 1;   ///< size of the input
  std::int64_t out = 1;  ///< number of windows
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t dilation = 1;
  std::int64_t before = 0;  ///< padding in front; behind there is as much as the windows reach

  /// The input position under tap k of window o; outside [0, in) is padding.
  std::int64_t at(std::int64_t o, std::int64_t k) const noexcept { return o * stride + k * dilation - before; }

  /// The windows [first, last) whose tap k lies inside the input.
  struct Range {
    std::int64_t first, last;
  };
  Range inside(std::int64_t k) const noexcept {
    const std::int64_t shift = before - k * dilation;
    const auto up = [&](std::int64_t v) { return v <= 0 ? 0 : std::min(out, (v - 1) / stride + 1); };
    return {up(shift), up(in + shift)};
  }
};

/// `inside` of all taps, computed once: it divides.
class Taps {
 public:
  explicit Taps(const Window& w) {
    for (std::int64_t k = 0; k < w.kernel; ++k) ranges_.push_back(w.inside(k));
  }
  const Window::Range& operator[](std::int64_t k) const noexcept { return ranges_[static_cast<std::size_t>(k)]; }

 private:
  std::vector<Window::Range> ranges_;
};

/// A part of the windows of an image: whole rows of them, or a piece of one row.
struct Tile {
  std::int64_t row, rows, column, columns;
  std::int64_t size() const noexcept { return rows * columns; }
};

}  // namespace xgrad::kernels
