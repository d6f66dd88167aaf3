#pragma once
#include "tensor/array.hpp"

namespace xgrad::kernels {

/// A converted copy; element by element as `convert` has it.
Array cast(const Array& a, DType dtype);

}  // namespace xgrad::kernels
