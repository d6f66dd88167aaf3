#pragma once
/// Padding with a constant. (By mirroring and repeating: `take_outer`.)

#include <cstdint>
#include <span>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// before[k] and after[k] entries of `value` around axis k, one pair for each axis; negative ones cut entries off, at
/// most as many as there are.
Array pad(const Array& a, std::span<const std::int64_t> before, std::span<const std::int64_t> after, Scalar value);

}  // namespace xgrad::kernels
