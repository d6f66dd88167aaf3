#pragma once
/// Functions of one real number, element by element, and their fused first derivatives.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// 0 where the result is below the smallest normal number.
Array exp(const Array& x);
Array log(const Array& x);
Array sqrt(const Array& x);
Array square(const Array& x);
Array tanh(const Array& x);
Array sigmoid(const Array& x);
Array relu(const Array& x);
/// log(1 + exp(x)), without overflow.
Array softplus(const Array& x);

/// g (1 - y^2); g y (1 - y); g where y > 0, else 0 (NaN in y passes the gradient). y is the function's output.
Array tanh_backward(const Array& g, const Array& y);
Array sigmoid_backward(const Array& g, const Array& y);
Array relu_backward(const Array& g, const Array& y);

/// The binary cross-entropy of logits x, element by element: max(x, 0) - x y + log(1 + exp(-|x|)), which neither
/// overflows nor cancels for y = 0 and 1; and g (sigmoid(x) - y). All of one dtype and shape.
Array binary_cross_entropy(const Array& x, const Array& y);
Array binary_cross_entropy_backward(const Array& g, const Array& x, const Array& y);

/// The same on a floating array of one's own, in place.
void tanh_in_place(Array& x);
void sigmoid_in_place(Array& x);
void relu_in_place(Array& x);

/// x = exp(x) for n numbers in place, vectorised.
void exp_in_place(float* x, std::int64_t n);
void exp_in_place(double* x, std::int64_t n);

}  // namespace xgrad::kernels
