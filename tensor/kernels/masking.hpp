#pragma once
/// Reading and writing by mask.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// `value` where the mask is true, else x; the mask broadcasts to x's shape.
Array masked_fill(const Array& x, const Array& mask, Scalar value);
/// The elements of x where the mask, of the same shape, is true, in one axis.
Array masked_select(const Array& x, const Array& mask);
/// Zeros of mask's shape, with the elements of `part` written where `masked_select` would have read them.
Array masked_scatter(const Array& part, const Array& mask);
/// The indices of all elements other than 0, [number, axes] of int64, in row-major order; NaN is other than 0.
Array nonzero(const Array& x);

}  // namespace xgrad::kernels
