#pragma once
/// Convolution with 3 x 3 kernels by Winograd's minimal filtering F(4 x 4, 3 x 3) (A. Lavin, S. Gray, 2015): 36
/// multiplications for 16 outputs in place of 144. Private to convolution.cpp.
///
///     Y = A^T [(G w G^T) . (B^T d B)] A
///
/// for tiles Y of 4 x 4 outputs, d of 6 x 6 inputs. The transforms are sums with weights up to 8, so the result is less
/// exact than a sum of products: within 1e-5 of the sum of |products|, where the plain one is within 1e-6 (float32).

#include "tensor/kernels/convolution.hpp"

namespace xgrad::kernels {

/// Whether the maps below are there for these sizes and worth it; of either precision and of exactness they know
/// nothing.
bool winograd_fits(const Convolution& c);

/// The three maps of convolution.hpp, into arrays of the right sizes; bias may be null.
void winograd_forward(const float* x, const float* weight, const float* bias, float* y, const Convolution& c);
void winograd_transposed(const float* y, const float* weight, const float* bias, float* x, const Convolution& c);
void winograd_weight(const float* x, const float* y, float* weight, float* bias, const Convolution& c);

}  // namespace xgrad::kernels
