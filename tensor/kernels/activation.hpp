#pragma once
/// Activation functions, element by element, and their fused first derivatives (g times the derivative at x). Integers
/// are taken as float32. Results that are finite in the limit are so at infinity. Factors e^x are 0 below the smallest
/// normal number of float64, so that in float64 silu and mish are 0 below -708.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// scale (x where x > 0, else alpha (e^x - 1)).
Array elu(const Array& x, double alpha, double scale);
Array elu_backward(const Array& g, const Array& x, double alpha, double scale);

/// x where beta x > threshold, else log(1 + e^(beta x)) / beta.
Array softplus(const Array& x, double beta, double threshold);
/// log(1 / (1 + e^-x)).
Array logsigmoid(const Array& x);

/// x / (1 + e^-x).
Array silu(const Array& x);
Array silu_backward(const Array& g, const Array& x);
/// x tanh(log(1 + e^x)).
Array mish(const Array& x);
Array mish_backward(const Array& g, const Array& x);
/// x times the probability that a standard normal number is at most x.
Array gelu(const Array& x);
Array gelu_backward(const Array& g, const Array& x);
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.
Array gelu_tanh(const Array& x);
Array gelu_tanh_backward(const Array& g, const Array& x);

/// x where x > 0, else slope x.
Array leaky_relu(const Array& x, double slope);
/// x / (1 + |x|).
Array softsign(const Array& x);
/// min(max(x + 3, 0), 6) / 6, and x times it.
Array hardsigmoid(const Array& x);
Array hardswish(const Array& x);
Array hardswish_backward(const Array& g, const Array& x);

}  // namespace xgrad::kernels
