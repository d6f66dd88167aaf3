#pragma once
/// Reading and writing by mask. Masks are bool: DTypeError otherwise (get one from a comparison, or .to(bool_)).

#include "autograd/tensor.hpp"

namespace xgrad {

/// `value` where the mask is true, else x; mask and x broadcast together. The result has x's dtype, which must hold the
/// value (ValueError for 1.5 among integers, where PyTorch cuts it down). The gradient of x is exactly 0 where the mask
/// is true, whatever x is there.
Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value);
/// The same with a scalar tensor, which gets the sum of the gradients where the mask is true.
Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value);

/// The elements of x where the mask is true, in row-major order, in one axis whose length depends on the data; mask and
/// x broadcast together.
Tensor masked_select(const Tensor& x, const Tensor& mask);

/// The indices of all elements other than 0 (NaN is), [number, axes] of int64, in row-major order.
Tensor nonzero(const Tensor& x);
inline Tensor argwhere(const Tensor& x) { return nonzero(x); }

}  // namespace xgrad
