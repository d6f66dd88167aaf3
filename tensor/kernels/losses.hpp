#pragma once
/// Losses element by element, of a prediction x and a target y of one floating dtype and shape, and their derivatives
/// by x, times g: of x's shape, or a single number for all elements (the gradient of their sum or mean).

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// (x - y)^2.
Array squared_error(const Array& x, const Array& y);
Array squared_error_backward(const Array& g, const Array& x, const Array& y);

/// A parabola that goes on as two lines: inner d^2 / 2 where |d| < beta, else outer (|d| - beta / 2), with d = x - y.
/// The slope at d = 0 is 0, also for beta = 0.
struct Huber {
  double beta, inner, outer;
};
Array huber(const Array& x, const Array& y, Huber h);
Array huber_backward(const Array& g, const Array& x, const Array& y, Huber h);

/// log(cosh(x - y)), without overflow and without cancellation.
Array log_cosh(const Array& x, const Array& y);

/// max(0, 1 - x y), or its square; at 0 the derivative is that of 1 - x y. x and y may be exchanged.
Array hinge(const Array& x, const Array& y, bool squared);
Array hinge_backward(const Array& g, const Array& x, const Array& y, bool squared);

/// -(y log x + (1 - y) log(1 - x)) of probabilities x, the logarithms cut off at -100; and g (x - y) / (x (1 - x)), the
/// divisor not below 1e-12 (PyTorch's rules).
inline constexpr float kLeastSquare = 1e-12f;  ///< a float32 for all dtypes, since PyTorch's is one
Array probability_cross_entropy(const Array& x, const Array& y);
Array probability_cross_entropy_backward(const Array& g, const Array& x, const Array& y);

}  // namespace xgrad::kernels
