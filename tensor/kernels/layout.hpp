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
/// The same along all axes at once, one range for each.
Array slice(const Array& a, std::span<const Range> ranges);
/// Zeros of `shape` with `part` written where `slice` would have read it.
Array slice_scatter(const Array& part, const Shape& shape, int axis, Range range);
Array slice_scatter(const Array& part, const Shape& shape, std::span<const Range> ranges);
/// A copy of `a` with `part` written where `slice` would have read it; `part` has as many axes, and those of size 1 are
/// repeated.
Array assign(const Array& a, std::span<const Range> ranges, const Array& part);

Array concat(std::span<const Array> parts, int axis);

/// The axes in the mask backwards.
Array flip(const Array& a, unsigned axes);
/// Entry i of axis k goes to (i + shifts[k]) mod size; 0 <= shifts[k] < size, one for each axis.
Array roll(const Array& a, std::span<const std::int64_t> shifts);
/// times[k] copies behind one another along axis k, one number for each axis.
Array repeat(const Array& a, std::span<const std::int64_t> times);

/// Windows of `size` entries, every `step`, along an axis: it becomes the number of the window, and the place in the
/// window is a new last axis. The windows fit in.
Array windows(const Array& a, int axis, std::int64_t size, std::int64_t step);
/// Sums of `shape`: every element of g added where `windows` would have read it.
Array add_windows(const Array& g, const Shape& shape, int axis, std::int64_t size, std::int64_t step);

}  // namespace xgrad::kernels
