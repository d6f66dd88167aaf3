#pragma once
/// Trigonometric and hyperbolic functions, element by element; integers are taken as float32.

#include "tensor/array.hpp"

namespace xgrad::kernels {

Array sin(const Array& x);
Array cos(const Array& x);
Array tan(const Array& x);
Array asin(const Array& x);
Array acos(const Array& x);
Array atan(const Array& x);
Array sinh(const Array& x);
Array cosh(const Array& x);

/// With broadcasting: the angle of the point (x, y) in -pi ... pi, and its distance from the origin.
Array atan2(const Array& y, const Array& x);
Array hypot(const Array& x, const Array& y);

}  // namespace xgrad::kernels
