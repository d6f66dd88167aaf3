#pragma once
/// Initial values: each fills a tensor in place with draws from a generator, keeping requires_grad.
///
/// Fans are those of a weight [out, in, ...]: fan_in = in * receptive field, fan_out = out * receptive field (for one
/// axis both are its size). Sources: Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998.

#include <functional>

#include "autograd/tensor.hpp"
#include "tensor/random.hpp"

namespace xgrad::nn::init {

/// Something that fills a tensor; what a layer's options take: `{.weight_init = nn::init::he_normal}`.
using Initializer = std::function<void(Tensor&, Generator&)>;

struct Fans {
  double in, out;
};
/// Throws ShapeError for a scalar.
Fans fans(const Tensor& weight);

void uniform(Tensor& t, double low, double high, Generator& generator = default_generator());
void normal(Tensor& t, double mean, double std, Generator& generator = default_generator());
/// Normal, drawn again where it lies more than two deviations off; `std` is that of the normal before (as in Keras).
void truncated_normal(Tensor& t, double mean, double std, Generator& generator = default_generator());
void constant(Tensor& t, double value);
void zeros(Tensor& t, Generator& generator = default_generator());

// U(-a, a); the same names as in Keras.
void glorot_uniform(Tensor& t, Generator& generator = default_generator());  ///< a = sqrt(6 / (fan_in + fan_out))
void he_uniform(Tensor& t, Generator& generator = default_generator());      ///< a = sqrt(6 / fan_in)
void lecun_uniform(Tensor& t, Generator& generator = default_generator());   ///< a = sqrt(3 / fan_in)

// Truncated normals whose deviation *after* truncation is the one named, as in Keras (PyTorch does not truncate).
void glorot_normal(Tensor& t, Generator& generator = default_generator());  ///< sqrt(2 / (fan_in + fan_out))
void he_normal(Tensor& t, Generator& generator = default_generator());      ///< sqrt(2 / fan_in)
void lecun_normal(Tensor& t, Generator& generator = default_generator());   ///< sqrt(1 / fan_in)

/// PyTorch's names: the same uniform bounds times `gain`; normals untruncated.
void xavier_uniform(Tensor& t, double gain = 1., Generator& generator = default_generator());
void xavier_normal(Tensor& t, double gain = 1., Generator& generator = default_generator());
void kaiming_uniform(Tensor& t, double gain = 1.4142135623730951, Generator& generator = default_generator());
void kaiming_normal(Tensor& t, double gain = 1.4142135623730951, Generator& generator = default_generator());

/// What PyTorch's Linear and convolutions start from: weight U(-b, b), bias U(-b, b), b = 1 / sqrt(fan_in of weight).
void pytorch_default(Tensor& weight, Tensor& bias, Generator& generator = default_generator());

}  // namespace xgrad::nn::init
