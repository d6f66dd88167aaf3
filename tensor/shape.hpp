#pragma once
/// Shapes and axes.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xgrad {

/// The sizes of an array's axes, at most 8, outermost first. A rank of 0 is a scalar.
/// Construction with more than 8 sizes throws ShapeError. Sizes are not checked here: `reshape` takes -1.
class Shape {
 public:
  static constexpr int kMaxRank = 8;

  constexpr Shape() noexcept = default;
  Shape(std::initializer_list<std::int64_t> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}
  Shape(const std::vector<std::int64_t>& sizes) : Shape(std::span(sizes)) {}
  explicit Shape(std::span<const std::int64_t> sizes);

  int rank() const noexcept { return rank_; }
  /// The product of the sizes; 1 for a scalar. Wraps for absurd sizes: creation checks with `checked_numel`.
  std::int64_t numel() const noexcept {
    std::uint64_t n = 1;
    for (int i = 0; i < rank_; ++i) n *= static_cast<std::uint64_t>(sizes_[static_cast<std::size_t>(i)]);
    return static_cast<std::int64_t>(n);
  }
  /// Size of axis i, 0 <= i < rank(), unchecked.
  std::int64_t operator[](int i) const noexcept { return sizes_[static_cast<std::size_t>(i)]; }
  std::int64_t& operator[](int i) noexcept { return sizes_[static_cast<std::size_t>(i)]; }

  const std::int64_t* begin() const noexcept { return sizes_.data(); }
  const std::int64_t* end() const noexcept { return sizes_.data() + rank_; }
  std::int64_t back() const noexcept { return sizes_[static_cast<std::size_t>(rank_ - 1)]; }

  /// Appends an axis; throws ShapeError beyond 8.
  void push_back(std::int64_t size);
  /// A copy without axis i / with an axis of the given size before axis i; i must be in range.
  Shape without(int i) const;
  Shape with(int i, std::int64_t size) const;

  friend bool operator==(const Shape& a, const Shape& b) noexcept {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i)
      if (a[i] != b[i]) return false;
    return true;
  }

  /// "[32, 1, 28, 28]"; "[]" for a scalar.
  std::string str() const;
  friend std::ostream& operator<<(std::ostream& out, const Shape& shape);

 private:
  std::array<std::int64_t, kMaxRank> sizes_{};
  std::int32_t rank_ = 0;
};

/// A choice of axes: one (`1`), several (`{0, 2}`) or, by default, all. Negative ones count from the end.
class Axes {
 public:
  Axes() = default;  ///< all axes
  Axes(int axis) : list_{axis}, all_(false) {}
  Axes(std::int64_t axis) : list_{axis}, all_(false) {}
  Axes(std::initializer_list<std::int64_t> axes) : list_(axes), all_(axes.size() == 0) {}
  Axes(const std::vector<std::int64_t>& axes) : list_(axes), all_(axes.empty()) {}

  bool all() const noexcept { return all_; }
  /// Bit i set for each chosen axis i of `rank`. Throws IndexError for an axis out of range, ValueError for one named
  /// twice; both name `op`.
  unsigned mask(std::string_view op, int rank) const;

 private:
  Shape list_;
  bool all_ = true;
};

/// `axis` counted from 0: negative ones count from the end. Throws IndexError naming `op` when outside [-rank, rank);
/// a scalar is taken to have one axis (as PyTorch has it).
int normalize_axis(std::string_view op, std::int64_t axis, int rank);

/// The shape that `a` and `b` broadcast to (NumPy's rule: align at the last axis; equal, or one of them 1).
/// Throws ShapeError naming `op` when they do not fit.
Shape broadcast(std::string_view op, const Shape& a, const Shape& b);

/// The shape left after reducing the axes in `mask`: removed, or of size 1 with `keepdim`.
Shape reduced(const Shape& shape, unsigned mask, bool keepdim);

/// The number of elements, checked: throws ShapeError naming `op` for a negative size or a product of sizes times
/// `element_bytes` above 2^47.
std::int64_t checked_numel(std::string_view op, const Shape& shape, std::size_t element_bytes);

}  // namespace xgrad
