#pragma once
/// The copy behind everything that only moves elements: slices, permutations, repetitions, windows, joins.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/shape.hpp"

namespace xgrad::kernels {

/// So many steps, and how far each goes in the source and in the target, in elements.
struct CopyAxis {
  std::int64_t size, from, to;
};

/// The axes of a copy, outermost of the target first. Neighbours that continue each other on both sides become one, and
/// sizes of 1 are left out, so that the innermost axis is as long as it can be.
class CopyAxes {
 public:
  void push_back(std::int64_t size, std::int64_t from, std::int64_t to) noexcept {
    if (size == 1) return;
    empty_ = empty_ || size == 0;
    if (n_ > 0) {
      CopyAxis& outer = axes_[n_ - 1];
      if (outer.from == from * size && outer.to == to * size) {
        outer = {outer.size * size, from, to};
        return;
      }
    }
    axes_[n_++] = {size, from, to};
  }
  bool empty() const noexcept { return empty_; }  ///< nothing to copy
  std::span<const CopyAxis> list() const noexcept { return {axes_.data(), n_}; }

 private:
  std::array<CopyAxis, 2 * Shape::kMaxRank> axes_;
  std::size_t n_ = 0;
  bool empty_ = false;
};

/// Copies elements of `element` bytes (1, 4 or 8) from `from` on to `to` on. No target twice; in parallel when large.
void strided_copy(const void* from, void* to, std::size_t element, const CopyAxes& axes);

/// How far one step along each axis of a row-major array of this shape goes.
inline std::array<std::int64_t, Shape::kMaxRank> strides_of(const Shape& shape) noexcept {
  std::array<std::int64_t, Shape::kMaxRank> strides{};
  std::uint64_t stride = 1;  // other axes may be absurd where one is empty
  for (int i = shape.rank() - 1; i >= 0; --i) {
    strides[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(stride);
    stride *= static_cast<std::uint64_t>(shape[i]);
  }
  return strides;
}

/// The sizes before, of and after an axis, multiplied up.
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, int axis) noexcept {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    if (shape.rank() > 0) size = shape[axis];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

/// Copies are the same for all types of one size.
template <class F>
void by_size(std::size_t element, F&& f) {
  switch (element) {
    case 1: return f(Type<std::uint8_t>{});
    case 4: return f(Type<std::uint32_t>{});
    default: return f(Type<std::uint64_t>{});
  }
}

template <class T>
const T* bytes_in(const Array& a) {
  return static_cast<const T*>(a.raw());
}
template <class T>
T* bytes_out(Array& a) {
  return static_cast<T*>(static_cast<void*>(detail::Access::impl(a)->data));
}

/// n elements in order; short runs without a call.
template <class T>
void copy_run(const T* x, T* y, std::int64_t n) noexcept {
  const std::size_t bytes = static_cast<std::size_t>(n) * sizeof(T);
  const auto* from = reinterpret_cast<const std::byte*>(x);
  auto* to = reinterpret_cast<std::byte*>(y);
  // The first and the last few bytes, which may overlap.
  const auto ends = [&](auto width) {
    __builtin_memcpy(to, from, width());
    __builtin_memcpy(to + bytes - width(), from + bytes - width(), width());
  };
  if (bytes > 64) __builtin_memcpy(to, from, bytes);
  else if (bytes >= 32) ends(std::integral_constant<std::size_t, 32>{});
  else if (bytes >= 16) ends(std::integral_constant<std::size_t, 16>{});
  else if (bytes >= 8) ends(std::integral_constant<std::size_t, 8>{});
  else if (bytes >= 4) ends(std::integral_constant<std::size_t, 4>{});
  else
    for (std::int64_t i = 0; i < n; ++i) y[i] = x[i];
}

}  // namespace xgrad::kernels
