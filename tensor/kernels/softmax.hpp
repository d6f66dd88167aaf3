#pragma once
/// Softmax and its kin along one axis; the largest element is subtracted first, so that nothing overflows.

#include "tensor/array.hpp"

namespace xgrad::kernels {

Array softmax(const Array& x, int axis);
Array log_softmax(const Array& x, int axis);
/// y * (g - sum(g * y)) and g - exp(y) * sum(g), sums along `axis`; y is the forward's output.
Array softmax_backward(const Array& g, const Array& y, int axis);
Array log_softmax_backward(const Array& g, const Array& y, int axis);

}  // namespace xgrad::kernels
