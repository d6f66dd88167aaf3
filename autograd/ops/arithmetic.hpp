#pragma once
/// + - * / and what goes with them, element by element with broadcasting.
///
/// Shapes broadcast as in NumPy: aligned at the last axis, sizes equal or 1 (ShapeError otherwise). Integers, bools and
/// C++ numbers adopt the floating operand's dtype; float32 with float64 is a DTypeError (PyTorch widens silently).
/// Gradients are summed down to each operand's shape.

#include "autograd/ops/comparison.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

/// x + y; x - y; x y. Also as operators. d(xy) = y dx + x dy.
Tensor add(const Tensor& x, const Tensor& y);
Tensor sub(const Tensor& x, const Tensor& y);
Tensor mul(const Tensor& x, const Tensor& y);
/// x / y, true division: integers give float32. Division by zero follows IEEE 754. d(x/y) = dx / y - x / y^2 dy.
Tensor div(const Tensor& x, const Tensor& y);
Tensor add(const Tensor& x, Scalar s);
Tensor sub(const Tensor& x, Scalar s);
Tensor sub(Scalar s, const Tensor& x);
Tensor mul(const Tensor& x, Scalar s);
Tensor div(const Tensor& x, Scalar s);
Tensor div(Scalar s, const Tensor& x);
/// -x.
Tensor neg(const Tensor& x);

/// |x|; keeps integers, and wraps around at the lowest int64. d = g where x > 0, -g where x < 0, 0 at 0.
Tensor abs(const Tensor& x);
/// -1, 0 or 1 of x's dtype; NaN of NaN (PyTorch: 0). Its derivative is 0.
Tensor sign(const Tensor& x);
/// 1 / x; integers give float32. d = -g / x^2.
Tensor reciprocal(const Tensor& x);

}  // namespace xgrad
