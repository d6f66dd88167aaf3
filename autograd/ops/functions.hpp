#pragma once
/// Functions of one number, element by element. Integers and bools are taken as float32 where the result is real.
/// Results are within 2 ulp of the exact ones (sigmoid: 4), for huge and tiny arguments too.

#include "autograd/tensor.hpp"

namespace xgrad {

/// e^x. Results too small for a normal number become 0. d = g exp(x).
Tensor exp(const Tensor& x);
/// The natural logarithm; log(0) = -inf, NaN below. d = g / x.
Tensor log(const Tensor& x);
/// The logarithms to base 2 and 10. d = g / (x log(base)).
Tensor log2(const Tensor& x);
Tensor log10(const Tensor& x);
/// log(1 + x), exact for tiny x too. d = g / (1 + x).
Tensor log1p(const Tensor& x);
/// e^x - 1, exact for tiny x too. d = g e^x.
Tensor expm1(const Tensor& x);
/// NaN below 0. d = g / (2 sqrt(x)), infinite at 0.
Tensor sqrt(const Tensor& x);
/// 1 / sqrt(x), infinite at 0. d = -g / (2 x sqrt(x)).
Tensor rsqrt(const Tensor& x);
/// x^2; keeps integers. d = 2 g x.
Tensor square(const Tensor& x);
/// d = g (1 - tanh(x)^2).
Tensor tanh(const Tensor& x);
/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. d = 2 / sqrt(pi) g exp(-x^2).
Tensor erf(const Tensor& x);
/// The logistic function 1 / (1 + e^-x), without overflow. d = g s (1 - s).
Tensor sigmoid(const Tensor& x);
/// x where x > 0, else 0; NaN stays NaN. The derivative at 0 is 0 (as in PyTorch and Keras).
Tensor relu(const Tensor& x);

}  // namespace xgrad
