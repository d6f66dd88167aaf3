#pragma once
/// Trigonometric and hyperbolic functions, element by element; angles in radians. Integers and bools are taken as
/// float32. Results are within 3 ulp of the exact ones, for huge angles too.

#include "autograd/tensor.hpp"

namespace xgrad {

/// d = g cos(x); -g sin(x); g (1 + tan(x)^2). NaN at infinity.
Tensor sin(const Tensor& x);
Tensor cos(const Tensor& x);
Tensor tan(const Tensor& x);
/// NaN outside [-1, 1]. d = g / sqrt(1 - x^2), and its negative.
Tensor asin(const Tensor& x);
Tensor acos(const Tensor& x);
/// d = g / (1 + x^2).
Tensor atan(const Tensor& x);
/// The angle of the point (x, y), in [-pi, pi], with broadcasting; signed zeros as in C. With r^2 = x^2 + y^2,
/// dy = g x / r^2 and dx = -g y / r^2, without overflow on the way; NaN at the origin.
Tensor atan2(const Tensor& y, const Tensor& x);
/// sqrt(x^2 + y^2) without overflow on the way, with broadcasting. dx = g x / r, dy = g y / r; NaN at the origin.
Tensor hypot(const Tensor& x, const Tensor& y);
/// (e^x - e^-x) / 2 and (e^x + e^-x) / 2, each the other's derivative.
Tensor sinh(const Tensor& x);
Tensor cosh(const Tensor& x);

}  // namespace xgrad
