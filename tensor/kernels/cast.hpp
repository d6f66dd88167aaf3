#pragma once
#include "tensor/array.hpp"

namespace xgrad::kernels {

/// A converted copy. Real to integer truncates toward zero (NaN and what does not fit give the type's lowest value, or
/// 0 for uint8), integers wrap into uint8, anything to bool tests != 0.
Array cast(const Array& a, DType dtype);

}  // namespace xgrad::kernels
