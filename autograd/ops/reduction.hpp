#pragma once
/// Sums, means, products and extrema. `axes` is one axis, several (`{0, 2}`) or, by default, all; negative axes count
/// from the end. Reduced axes go away, or stay with size 1 with `keepdim`. Axes out of range are IndexErrors, an axis
/// named twice a ValueError.

#include "autograd/tensor.hpp"

namespace xgrad {

/// Sums. Integers and bools give int64; of nothing 0. Floats are summed in blocks whose sums are added in float64, in
/// an order that depends on the shape alone.
Tensor sum(const Tensor& x, Axes axes = {}, bool keepdim = false);
/// sum / count; of nothing NaN. Integers are taken as float32 (PyTorch refuses them).
Tensor mean(const Tensor& x, Axes axes = {}, bool keepdim = false);
/// `x` summed down to `shape`, the inverse of broadcasting: ShapeError unless `shape` broadcasts to x's shape.
Tensor sum_to(const Tensor& x, const Shape& shape);

/// Products. Integers and bools give int64; of nothing 1. float32 is multiplied in float64. d = g times the product of
/// all other elements, formed without division: derivatives of every order are right at zeros, however many.
Tensor prod(const Tensor& x, Axes axes = {}, bool keepdim = false);

/// The largest / smallest element, NaN if there is one. The gradient is shared equally among ties (as in PyTorch), NaN
/// among NaN. An empty axis is a ShapeError.
Tensor amax(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor amin(const Tensor& x, Axes axes = {}, bool keepdim = false);
/// The same over all elements.
Tensor max(const Tensor& x);
Tensor min(const Tensor& x);
/// Along one axis, with the index of the first extreme element (int64), which takes all of the gradient.
struct ValuesAndIndices {
  Tensor values, indices;
};
ValuesAndIndices max(const Tensor& x, std::int64_t axis, bool keepdim = false);
ValuesAndIndices min(const Tensor& x, std::int64_t axis, bool keepdim = false);
/// The index of the first largest / smallest element along an axis, or, without one, in the flattened tensor: int64,
/// without gradient. The first NaN counts as both.
Tensor argmax(const Tensor& x);
Tensor argmin(const Tensor& x);
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim = false);
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim = false);

/// log(sum(exp(x))), without overflow: the largest element is taken out first; of nothing -inf. d = g softmax(x).
Tensor logsumexp(const Tensor& x, Axes axes = {}, bool keepdim = false);

}  // namespace xgrad
