#pragma once
/// How two dense operands of different shapes are walked together: neighbouring axes that behave alike are merged, so
/// that the innermost one is a flat loop over vector with vector or vector with scalar.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "tensor/parallel.hpp"
#include "tensor/shape.hpp"

namespace xgrad::kernels {

/// One merged axis: how many steps, and how far each step goes in a and in b (0 where the operand is repeated).
struct MergedAxis {
  std::int64_t size, a, b;
};

/// Up to 8 of them, outermost first, without an allocation.
class MergedAxes {
 public:
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const MergedAxis& operator[](std::size_t i) const noexcept { return axes_[i]; }
  MergedAxis& back() noexcept { return axes_[size_ - 1]; }
  const MergedAxis& back() const noexcept { return axes_[size_ - 1]; }
  void push_back(const MergedAxis& axis) noexcept { axes_[size_++] = axis; }
  void reverse() noexcept { std::reverse(axes_.begin(), axes_.begin() + static_cast<std::ptrdiff_t>(size_)); }

 private:
  std::array<MergedAxis, Shape::kMaxRank> axes_;
  std::size_t size_ = 0;
};

/// The merged axes of broadcasting shapes `a` and `b` to `result`; never empty.
inline MergedAxes merge(const Shape& result, const Shape& a, const Shape& b) {
  MergedAxes axes;  // innermost first while building
  std::int64_t stride_a = 1, stride_b = 1;
  for (int i = result.rank() - 1; i >= 0; --i) {
    const int ia = i - (result.rank() - a.rank()), ib = i - (result.rank() - b.rank());
    const std::int64_t na = ia >= 0 ? a[ia] : 1, nb = ib >= 0 ? b[ib] : 1;
    const MergedAxis axis{result[i], na == 1 ? 0 : stride_a, nb == 1 ? 0 : stride_b};
    stride_a *= na;
    stride_b *= nb;
    if (axis.size == 1) continue;
    if (!axes.empty()) {
      MergedAxis& inner = axes.back();
      const bool same_a = axis.a == inner.a * inner.size && (axis.a == 0) == (inner.a == 0);
      const bool same_b = axis.b == inner.b * inner.size && (axis.b == 0) == (inner.b == 0);
      if (same_a && same_b) {
        inner.size *= axis.size;
        continue;
      }
    }
    axes.push_back(axis);
  }
  if (axes.empty()) axes.push_back({1, 0, 0});
  axes.reverse();
  return axes;
}

/// Calls row(out_offset, a_offset, b_offset, inner axis) for every innermost run.
template <class Row>
void for_each_row(const MergedAxes& axes, std::int64_t grain, const Row& row) {
  const MergedAxis inner = axes.back();
  const std::size_t outer = axes.size() - 1;
  std::int64_t rows = 1;
  for (std::size_t i = 0; i < outer; ++i) rows *= axes[i].size;
  parallel_for(rows, std::max<std::int64_t>(1, grain / inner.size), [&](std::int64_t begin, std::int64_t end) {
    std::int64_t index[Shape::kMaxRank] = {};
    std::int64_t at_a = 0, at_b = 0;
    std::int64_t rest = begin;
    for (std::size_t i = outer; i-- > 0;) {
      index[i] = rest % axes[i].size;
      rest /= axes[i].size;
      at_a += index[i] * axes[i].a;
      at_b += index[i] * axes[i].b;
    }
    for (std::int64_t r = begin; r < end; ++r) {
      row(r * inner.size, at_a, at_b, inner);
      for (std::size_t i = outer; i-- > 0;) {
        at_a += axes[i].a;
        at_b += axes[i].b;
        if (++index[i] < axes[i].size) break;
        at_a -= axes[i].a * axes[i].size;
        at_b -= axes[i].b * axes[i].size;
        index[i] = 0;
      }
    }
  });
}

}  // namespace xgrad::kernels
