#pragma once
/// Logarithms, exponentials and the error function, element by element; integers are taken as float32.

#include "tensor/array.hpp"

namespace xgrad::kernels {

Array log2(const Array& x);
Array log10(const Array& x);
Array log1p(const Array& x);
Array expm1(const Array& x);
Array rsqrt(const Array& x);
Array erf(const Array& x);
/// The probability that a standard normal number is at most x.
Array normal_cdf(const Array& x);

}  // namespace xgrad::kernels
