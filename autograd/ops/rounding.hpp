#pragma once
/// Rounding and remainders, element by element. Integers stay what they are (bools become int64). What jumps has the
/// derivative 0: the gradient is zeros, not missing.

#include "autograd/tensor.hpp"

namespace xgrad {

/// The next integer below / above / toward 0.
Tensor floor(const Tensor& x);
Tensor ceil(const Tensor& x);
Tensor trunc(const Tensor& x);
/// The nearest integer, halves to even.
Tensor round(const Tensor& x);

/// x - floor(x / y) y, as Python's %: of y's sign. Broadcasts. x % 0 is NaN; of integers a ValueError (in NumPy 0).
/// dx = g, dy = -g floor(x / y).
Tensor remainder(const Tensor& x, const Tensor& y);
Tensor remainder(const Tensor& x, Scalar y);
Tensor remainder(Scalar x, const Tensor& y);
inline Tensor operator%(const Tensor& x, const Tensor& y) { return remainder(x, y); }
inline Tensor operator%(const Tensor& x, Scalar y) { return remainder(x, y); }
inline Tensor operator%(Scalar x, const Tensor& y) { return remainder(x, y); }

}  // namespace xgrad
