#pragma once
/// Reading and replacing a rectangular part: `index(x, {Range{0, 2}, 1})` is Python's x[0:2, 1], and
/// `assign(x, {Range{0, 2}, 1}, value)` is a copy of x after x[0:2, 1] = value.

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <variant>

#include "autograd/tensor.hpp"

namespace xgrad {

/// The entries start, start + step, ... before stop of an axis, by Python's rules: negative positions count from the
/// end, positions outside are clipped, absent ones mean all the way. `Range{}` is the whole axis, `Range{2}` all from
/// entry 2 on, `Range{{}, -1}` all but the last, `Range{.step = -1}` all backwards.
struct Range {
  std::optional<std::int64_t> start{};
  std::optional<std::int64_t> stop{};
  std::int64_t step = 1;  ///< not 0
};

/// Whole ranges for all axes that the other picks leave over: `{Ellipsis{}, 0}`.
struct Ellipsis {};

/// What is taken of one axis: a Range; one entry, and the axis goes away; or Ellipsis, for any number of axes.
class Pick {
 public:
  Pick(Range range) noexcept : what_(range) {}
  Pick(Ellipsis rest) noexcept : what_(rest) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Pick(T entry)
  noexcept : what_(static_cast<std::int64_t>(entry)) {}

  const std::variant<Range, std::int64_t, Ellipsis>& what() const noexcept { return what_; }

 private:
  std::variant<Range, std::int64_t, Ellipsis> what_;
};

/// The part of x where each axis is in its pick, first axis first; axes without a pick are taken whole. An entry may be
/// negative, to count from the end. IndexError for an entry out of range or more picks than axes, ValueError for a step
/// of 0 or a second Ellipsis. (NumPy's basic indexing; negative steps too, which PyTorch has not. For lists of indices
/// see index_select and gather, for masks masked_select.)
Tensor index(const Tensor& x, std::span<const Pick> picks);
inline Tensor index(const Tensor& x, std::initializer_list<Pick> picks) {
  return index(x, std::span(picks.begin(), picks.size()));
}

/// A copy of x in which the part that `index(x, picks)` reads is `value`, broadcast to the part's shape (ShapeError
/// otherwise). It has x's dtype: integers fit into floating x, other differences are DTypeErrors (PyTorch converts).
/// The gradient of x is 0 in the part, that of `value` is the part's.
Tensor assign(const Tensor& x, std::span<const Pick> picks, const Tensor& value);
Tensor assign(const Tensor& x, std::span<const Pick> picks, Scalar value);
inline Tensor assign(const Tensor& x, std::initializer_list<Pick> picks, const Tensor& value) {
  return assign(x, std::span(picks.begin(), picks.size()), value);
}
inline Tensor assign(const Tensor& x, std::initializer_list<Pick> picks, Scalar value) {
  return assign(x, std::span(picks.begin(), picks.size()), value);
}

}  // namespace xgrad
