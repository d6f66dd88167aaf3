#pragma once
/// Operations that change where elements lie, not what they are. Negative axes count from the end; axes out of range
/// are IndexErrors. `reshape`, `flatten`, `unsqueeze` and `squeeze` share the buffer, the others copy.

#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad {

/// The same elements, row-major, under another shape; one size may be -1. ShapeError unless the numbers agree.
Tensor reshape(const Tensor& x, const Shape& shape);
/// Axes start ... end (both included) become one; a scalar becomes [1].
Tensor flatten(const Tensor& x, std::int64_t start = 0, std::int64_t end = -1);
/// A new axis of size 1 before `axis`, which may be -1 for the end.
Tensor unsqueeze(const Tensor& x, std::int64_t axis);
/// Without the axes of size 1: all of them, or those of the given axes that have it.
Tensor squeeze(const Tensor& x, Axes axes = {});
/// Swaps two axes.
Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1);
inline Tensor swapaxes(const Tensor& x, std::int64_t axis0, std::int64_t axis1) { return transpose(x, axis0, axis1); }
/// Axis i of the result is axis order[i] of x; every axis named once (ValueError otherwise).
Tensor permute(const Tensor& x, const std::vector<std::int64_t>& order);
/// Axis from[i] of x becomes axis to[i] of the result; the others keep their order. ValueError unless both lists are of
/// one length and name no axis twice.
Tensor movedim(const Tensor& x, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to);
inline Tensor movedim(const Tensor& x, std::initializer_list<std::int64_t> from,
                      std::initializer_list<std::int64_t> to) {
  return movedim(x, std::vector(from), std::vector(to));
}
Tensor movedim(const Tensor& x, std::int64_t from, std::int64_t to);
/// Broadcast to `shape`; -1 keeps a size. ShapeError where it does not fit.
Tensor expand(const Tensor& x, const Shape& shape);
inline Tensor broadcast_to(const Tensor& x, const Shape& shape) { return expand(x, shape); }
/// Each of them, broadcast to the shape that all broadcast to together; dtypes stay as they are.
std::vector<Tensor> broadcast_tensors(std::span<const Tensor> xs);
inline std::vector<Tensor> broadcast_tensors(std::initializer_list<Tensor> xs) {
  return broadcast_tensors(std::span(xs.begin(), xs.size()));
}

/// Along one axis the entries start, start + step, ... before stop, by Python's rules: negative positions count from
/// the end, positions outside are clipped, absent ones mean all the way. step = 0 is a ValueError.
Tensor slice(const Tensor& x, std::int64_t axis, std::optional<std::int64_t> start,
             std::optional<std::int64_t> stop = {}, std::int64_t step = 1);
/// Zeros of `shape` with `part` written from entry `start` of an axis on: what slice would read. `part` has shape's
/// sizes on all other axes and fits in (ShapeError otherwise).
Tensor place(const Tensor& part, const Shape& shape, std::int64_t axis, std::int64_t start);
/// One entry of an axis, which goes away. IndexError outside -size ... size - 1.
Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index);
/// `length` entries of an axis from `start` on, which may be negative to count from the end. IndexError unless they
/// all exist.
Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length);

/// Converted to another dtype, as Array::to; gradients pass between floating dtypes.
Tensor to(const Tensor& x, DType dtype);

}  // namespace xgrad
