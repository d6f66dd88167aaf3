#pragma once
/// Sign, rounding and remainders, element by element. The dtype stays (bools become int64).

#include "tensor/array.hpp"

namespace xgrad::kernels {

Array abs(const Array& x);   ///< of the lowest int64 itself
Array sign(const Array& x);  ///< -1, 0 or 1; NaN of NaN
Array floor(const Array& x);
Array ceil(const Array& x);
Array round(const Array& x);  ///< halves to even
Array trunc(const Array& x);

/// x - floor(x / y) y, with broadcasting: of y's sign. Integers by 0 are a ValueError.
Array remainder(const Array& x, const Array& y);
/// floor(x / y) of floating numbers, without the rounding of x / y, with broadcasting.
Array floor_divide(const Array& x, const Array& y);

}  // namespace xgrad::kernels
