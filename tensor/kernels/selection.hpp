#pragma once
/// Choices among operands, element by element, and their derivatives; NaN stays NaN.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The larger / smaller one, with broadcasting; of bools, bools. Errors name `op`.
Array maximum(const Array& a, const Array& b, const char* op = "maximum");
Array minimum(const Array& a, const Array& b, const char* op = "minimum");

/// low where x < low, high where it is then > high; NaN everywhere where a bound is NaN. The bounds have x's dtype.
Array clamp(const Array& x, Scalar low, Scalar high);

/// The slopes of a function made of up to three straight pieces. With `closed` the bounds belong to the middle piece
/// and NaN to the one below, else the bounds to the outer ones and NaN to the middle.
struct Pieces {
  double low, high;
  double below, middle, above;
  bool closed;
};
/// g times the slope at x; exactly 0 where the slope is 0, whatever g. Both of one floating dtype and shape.
Array slope(const Array& g, const Array& x, const Pieces& pieces);

/// bools.
Array isnan(const Array& x);
Array isinf(const Array& x);
Array isfinite(const Array& x);
/// Other than 0 (NaN is) counts as true; bools.
Array logical_and(const Array& a, const Array& b);
Array logical_or(const Array& a, const Array& b);
Array logical_xor(const Array& a, const Array& b);
Array logical_not(const Array& a);

}  // namespace xgrad::kernels
