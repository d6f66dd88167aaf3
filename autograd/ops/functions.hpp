#pragma once
/// Functions of one number, element by element. Integers and bools are taken as float32 where the result is real.
/// In float32 exp, log and tanh are within 1 ulp.

#include "autograd/tensor.hpp"

namespace xgrad {

/// e^x. Results too small for a normal number become 0. d = g exp(x).
Tensor exp(const Tensor& x);
/// The natural logarithm; log(0) = -inf, NaN below. d = g / x.
Tensor log(const Tensor& x);
/// NaN below 0. d = g / (2 sqrt(x)), infinite at 0.
Tensor sqrt(const Tensor& x);
/// x^2; keeps integers. d = 2 g x.
Tensor square(const Tensor& x);
/// d = g (1 - tanh(x)^2).
Tensor tanh(const Tensor& x);
/// The logistic function 1 / (1 + e^-x), without overflow. d = g s (1 - s).
Tensor sigmoid(const Tensor& x);
/// x where x > 0, else 0; NaN stays NaN. The derivative at 0 is 0 (as in PyTorch and Keras).
Tensor relu(const Tensor& x);

}  // namespace xgrad
