#pragma once
/// Matrix products.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The last two axes multiplied, op(a) op(b) with op a transposition where the flag is set; the axes before them
/// broadcast. Both of one dtype other than bool and of rank >= 2, inner sizes equal. Integers wrap around.
Array bmm(const Array& a, const Array& b, bool transpose_a, bool transpose_b);

/// x W^T + bias for x [..., in], weight [out, in], bias [out] or undefined, likewise.
Array linear(const Array& x, const Array& weight, const Array& bias);

}  // namespace xgrad::kernels
