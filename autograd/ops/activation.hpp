#pragma once
/// Activation functions, element by element (relu, sigmoid and tanh are in functions.hpp). Integers and bools are taken
/// as float32; NaN stays NaN. Where a function has a finite limit at infinity, that is its value there (PyTorch gives
/// NaN for silu, gelu, mish and softsign). g is the gradient that comes in; s(x) = 1 / (1 + e^-x).

#include <string_view>

#include "autograd/tensor.hpp"

namespace xgrad {

/// x where x > 0, else negative_slope x. d = g where x > 0, else negative_slope g, at 0 too.
Tensor leaky_relu(const Tensor& x, double negative_slope = 0.01);
/// The same with a learned slope: `weight` holds one, or one per channel of axis 1 (ShapeError otherwise; x with fewer
/// than two axes has one channel). d weight = g x summed where x <= 0. (He et al. 2015.)
Tensor prelu(const Tensor& x, const Tensor& weight);
/// x where x > 0, else alpha (e^x - 1). d = g where x > 0, else alpha e^x g, at 0 too. (Clevert et al. 2016.)
Tensor elu(const Tensor& x, double alpha = 1);
/// 1.0507... elu(x, 1.6732...): keeps mean 0 and variance 1. (Klambauer et al. 2017.)
Tensor selu(const Tensor& x);

/// log(1 + e^(beta x)) / beta, and x itself where beta x > threshold. d = g s(beta x), and g there. beta other than 0
/// (ValueError).
Tensor softplus(const Tensor& x, double beta = 1, double threshold = 20);
/// log(s(x)) = -log(1 + e^-x), without overflow. d = g s(-x).
Tensor logsigmoid(const Tensor& x);
/// x / (1 + |x|). d = g / (1 + |x|)^2.
Tensor softsign(const Tensor& x);

/// x P(x), P the standard normal distribution function; with approximate = "tanh"
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Other words than "none" and "tanh" are a ValueError. Far below 0
/// neither form cancels. d = g (P(x) + x p(x)) with the density p. (Hendrycks and Gimpel 2016.)
Tensor gelu(const Tensor& x, std::string_view approximate = "none");
/// x s(x), also called swish. d = g s(x) (1 + x s(-x)).
Tensor silu(const Tensor& x);
/// x tanh(log(1 + e^x)). (Misra 2019.)
Tensor mish(const Tensor& x);

/// x brought into [min_val, max_val] (ValueError for min_val > max_val); integers stay integers between integers.
/// d = g strictly between them, 0 on the bounds: there `clamp` passes g.
Tensor hardtanh(const Tensor& x, Scalar min_val = -1, Scalar max_val = 1);
/// hardtanh(x, 0, 6).
Tensor relu6(const Tensor& x);
/// relu6(x + 3) / 6. d = g / 6 strictly between -3 and 3, else 0.
Tensor hardsigmoid(const Tensor& x);
/// x relu6(x + 3) / 6. d = 0 below -3, g above 3, g (x / 3 + 1 / 2) between and on them. (Howard et al. 2019.)
Tensor hardswish(const Tensor& x);

}  // namespace xgrad
