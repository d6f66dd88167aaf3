#pragma once
/// Variance, standard deviation and median. `axes` and `keepdim` as for `sum`.

#include "autograd/ops/reduction.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

/// The sum of (x - mean)^2 over max(0, n - correction), n the number of elements that go into one result. Correction 1
/// is the unbiased estimate (PyTorch's default; `true` and `false` for its `unbiased` work too), 0 the mean of squares
/// (NumPy's and Keras' default). NaN where n is 0, or 1 with correction 1. Integers are taken as float32 (PyTorch
/// refuses them). A correction that is not finite is a ValueError.
/// Two passes in float64, relative to the first element: a mean far larger than the deviation does no harm, and equal
/// elements give 0. d = g 2 (x - mean) / (n - correction).
Tensor var(const Tensor& x, Axes axes = {}, double correction = 1, bool keepdim = false);

/// sqrt(var). d = g (x - mean) / (std (n - correction)), and 0 where the deviation is 0.
Tensor std(const Tensor& x, Axes axes = {}, double correction = 1, bool keepdim = false);

/// The middle of the sorted elements, the lower one of two (as PyTorch; NumPy takes their mean), NaN if there is one.
/// The gradient is shared equally among equal elements. Of no elements NaN, a ShapeError for integers.
Tensor median(const Tensor& x);
/// Along one axis, with its index (int64), which takes all of the gradient: of equal elements the one that a stable
/// sort puts in the middle; the first NaN where there is one. An empty axis is a ShapeError.
ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim = false);

}  // namespace xgrad
