#pragma once
/// Convolutions of few input channels, such as those of the first layer: too few terms to a sum for a product of
/// matrices to be worth its columns, so direct loops with neighbouring outputs in the lanes of vectors. Private to
/// convolution.cpp. (There is no gradient by the input: first layers need none.)

#include "tensor/kernels/convolution.hpp"

namespace xgrad::kernels {

/// Whether the maps below are there for these sizes and worth it.
bool narrow_fits(const Convolution& c);

/// Two of the maps of convolution.hpp, into arrays of the right sizes; bias may be null.
void narrow_forward(const float* x, const float* weight, const float* bias, float* y, const Convolution& c);
void narrow_weight(const float* x, const float* y, float* weight, float* bias, const Convolution& c);

}  // namespace xgrad::kernels
