#pragma once
/// + - * /, comparisons and choice, element by element with broadcasting.
///
/// Shapes broadcast as in NumPy: aligned at the last axis, sizes equal or 1 (ShapeError otherwise). Integers, bools and
/// C++ numbers adopt the floating operand's dtype; float32 with float64 is a DTypeError (PyTorch widens silently).
/// Gradients are summed down to each operand's shape.

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

/// Comparisons give bools, without gradient. NaN compares as in C++: unequal to everything.
Tensor eq(const Tensor& x, const Tensor& y);
Tensor ne(const Tensor& x, const Tensor& y);
Tensor lt(const Tensor& x, const Tensor& y);
Tensor le(const Tensor& x, const Tensor& y);
Tensor gt(const Tensor& x, const Tensor& y);
Tensor ge(const Tensor& x, const Tensor& y);
Tensor eq(const Tensor& x, Scalar y);
Tensor ne(const Tensor& x, Scalar y);
Tensor lt(const Tensor& x, Scalar y);
Tensor le(const Tensor& x, Scalar y);
Tensor gt(const Tensor& x, Scalar y);
Tensor ge(const Tensor& x, Scalar y);
inline Tensor operator==(const Tensor& x, const Tensor& y) { return eq(x, y); }
inline Tensor operator!=(const Tensor& x, const Tensor& y) { return ne(x, y); }
inline Tensor operator<(const Tensor& x, const Tensor& y) { return lt(x, y); }
inline Tensor operator<=(const Tensor& x, const Tensor& y) { return le(x, y); }
inline Tensor operator>(const Tensor& x, const Tensor& y) { return gt(x, y); }
inline Tensor operator>=(const Tensor& x, const Tensor& y) { return ge(x, y); }
inline Tensor operator==(const Tensor& x, Scalar y) { return eq(x, y); }
inline Tensor operator!=(const Tensor& x, Scalar y) { return ne(x, y); }
inline Tensor operator<(const Tensor& x, Scalar y) { return lt(x, y); }
inline Tensor operator<=(const Tensor& x, Scalar y) { return le(x, y); }
inline Tensor operator>(const Tensor& x, Scalar y) { return gt(x, y); }
inline Tensor operator>=(const Tensor& x, Scalar y) { return ge(x, y); }

/// condition ? x : y, all three broadcast together; condition is bool (DTypeError otherwise). Each operand gets the
/// gradient where it was chosen and exactly 0 elsewhere, whatever the values there. (An operation in front may still
/// make NaN of that 0, as 1/x does at 0: choose its input too, `1 / where(x > 0, x, one)`. PyTorch has the same.)
Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y);

}  // namespace xgrad
