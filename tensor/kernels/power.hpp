#pragma once
/// Powers, element by element.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// x^y with broadcasting. Of integers an integer, which wraps around; a negative exponent is then a ValueError.
Array pow(const Array& x, const Array& y);
/// x^3, to less than 2 ulp.
Array cube(const Array& x);

}  // namespace xgrad::kernels
