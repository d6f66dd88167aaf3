#pragma once
/// Copies that change where elements lie.

#include <cstdint>
#include <span>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Axis i of the result is axis order[i] of `a`; order holds each axis once.
Array permute(const Array& a, std::span<const int> order);
/// Broadcast to a shape that `a`'s fits; itself when it has it.
Array expand(const Array& a, const Shape& shape);

/// Along one axis: `count` entries from `start` on, `step` apart (step != 0, may be negative; all inside).
struct Range {
  std::int64_t start, count, step;
};
Array slice(const Array& a, int axis, Range range);
/// Zeros of `shape` with `part` written where `slice` would have read it.
Array slice_scatter(const Array& part, const Shape& shape, int axis, Range range);

Array concat(std::span<const Array> parts, int axis);

/// y[..., j, ...] = x[..., index[..., j, ...], ...] along `axis`; index int64, in range, of x's shape but for `axis`.
Array gather(const Array& x, int axis, const Array& index);
/// Zeros of `shape`, with every source element added where `gather` would have read it.
Array scatter_add(const Shape& shape, int axis, const Array& index, const Array& source);

}  // namespace xgrad::kernels
