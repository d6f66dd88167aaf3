#pragma once
/// Powers, element by element with broadcasting.

#include "autograd/tensor.hpp"

namespace xgrad {

/// x^y. x^0 = 1 for every x, NaN included; NaN for x < 0 and y not whole. Integers to an integer power are integers
/// that wrap around; a negative power is then a ValueError. (PyTorch takes 1/2 as 0 when the exponent is a tensor.)
///
/// dx = g y x^(y-1), which is 0 for y = 0; dy = g x^y log(x), which is 0 for x = 0 and y >= 0 (the limit from y > 0),
/// and NaN for x < 0.
Tensor pow(const Tensor& x, const Tensor& y);
/// The exponents 0.5, 1, 2, 3, -0.5, -1 and -2 are computed as sqrt, products and quotients.
Tensor pow(const Tensor& x, Scalar y);
Tensor pow(Scalar x, const Tensor& y);

}  // namespace xgrad
