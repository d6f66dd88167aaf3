#pragma once
/// Initial values: each fills a tensor in place with draws from a generator, keeping requires_grad.
///
///     nn::Dense(784, 128, {.weight_init = nn::init::he_normal})
///     nn::Dense(784, 128, {.weight_init = nn::init::RandomNormal{.stddev = 0.02}})
///     nn::init::apply(net, nn::init::glorot_uniform, nn::init::zeros);
///
/// Draws depend on seed and shape alone, not on the number of threads. Tensors are float32 or float64 (DTypeError
/// otherwise). Sources: Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998; Saxe et al. 2014.

#include <cstdint>
#include <functional>
#include <optional>

#include "autograd/tensor.hpp"
#include "tensor/random.hpp"

namespace xgrad::nn {
class Module;
}

namespace xgrad::nn::init {

/// Something that fills a tensor; what a layer's options take: `{.weight_init = nn::init::he_normal}`.
using Initializer = std::function<void(Tensor&, Generator&)>;

// ---- fans and gains --------------------------------------------------------------------------------------------------

/// How many numbers go into an output, and how many outputs an input goes to.
struct Fans {
  double in, out;
};
/// Of a weight [out, in, ...]: fan_in = in * receptive field, fan_out = out * receptive field, the receptive field
/// being the product of the other axes. PyTorch counts so, and Keras for its kernels [..., in, out] of dense and plain,
/// grouped and transposed convolutional layers. (For depthwise convolutions Keras counts in channels: C times our
/// fan_in.) A single axis counts for both, and a scalar as 1, as in Keras; what has PyTorch's name refuses them.
Fans fans(const Tensor& weight);

enum class FanMode { fan_in, fan_out, fan_avg };
enum class Nonlinearity { linear, conv, sigmoid, tanh, relu, leaky_relu, selu };
/// PyTorch's factors: 1 for linear, conv and sigmoid, 5/3 for tanh, sqrt(2) for relu, sqrt(2 / (1 + param^2)) for
/// leaky_relu (param: the negative slope, 0.01 unless given), 3/4 for selu.
double calculate_gain(Nonlinearity nonlinearity, std::optional<double> param = {});

// ---- plain distributions ---------------------------------------------------------------------------------------------

/// U[low, high); ValueError unless low <= high, both finite.
void uniform(Tensor& t, double low, double high, Generator& generator = default_generator());
/// ValueError unless std >= 0.
void normal(Tensor& t, double mean, double std, Generator& generator = default_generator());
/// Normal, drawn again where it lies more than two deviations off; `std` is that of the normal before (as in Keras).
void truncated_normal(Tensor& t, double mean, double std, Generator& generator = default_generator());
/// PyTorch's trunc_normal_: normal, cut off at the absolute bounds a and b, by the inverse of the distribution function
/// (exact also where the mean lies far outside of them). `std` is that before. ValueError unless std > 0 and a <= b.
void trunc_normal(Tensor& t, double mean = 0., double std = 1., double a = -2., double b = 2.,
                  Generator& generator = default_generator());
/// Any dtype.
void constant(Tensor& t, double value);
void zeros(Tensor& t, Generator& generator = default_generator());
void ones(Tensor& t, Generator& generator = default_generator());

// ---- by fans ---------------------------------------------------------------------------------------------------------

// U(-a, a); the same names as in Keras.
void glorot_uniform(Tensor& t, Generator& generator = default_generator());  ///< a = sqrt(6 / (fan_in + fan_out))
void he_uniform(Tensor& t, Generator& generator = default_generator());      ///< a = sqrt(6 / fan_in)
void lecun_uniform(Tensor& t, Generator& generator = default_generator());   ///< a = sqrt(3 / fan_in)

// Truncated normals whose deviation *after* truncation is the one named, as in Keras (PyTorch does not truncate).
void glorot_normal(Tensor& t, Generator& generator = default_generator());  ///< sqrt(2 / (fan_in + fan_out))
void he_normal(Tensor& t, Generator& generator = default_generator());      ///< sqrt(2 / fan_in)
void lecun_normal(Tensor& t, Generator& generator = default_generator());   ///< sqrt(1 / fan_in)

/// PyTorch's names: the same uniform bounds times `gain`; normals untruncated. ShapeError below two axes.
void xavier_uniform(Tensor& t, double gain = 1., Generator& generator = default_generator());
void xavier_normal(Tensor& t, double gain = 1., Generator& generator = default_generator());

struct KaimingOptions {
  double a = 0.;                   ///< the negative slope of a leaky_relu
  FanMode mode = FanMode::fan_in;  ///< or fan_out
  Nonlinearity nonlinearity = Nonlinearity::leaky_relu;
};
/// U(-gain sqrt(3 / fan), gain sqrt(3 / fan)) and N(0, gain^2 / fan). By default the gain is sqrt(2). ShapeError below
/// two axes, ValueError for fan_avg.
void kaiming_uniform(Tensor& t, KaimingOptions options = {}, Generator& generator = default_generator());
void kaiming_normal(Tensor& t, KaimingOptions options = {}, Generator& generator = default_generator());

/// What PyTorch's Linear and convolutions start from: weight U(-b, b), bias U(-b, b), b = 1 / sqrt(fan_in of weight).
void pytorch_default(Tensor& weight, Tensor& bias, Generator& generator = default_generator());

// ---- structured ------------------------------------------------------------------------------------------------------

/// `gain` times orthonormal rows (or columns, where they are fewer) of t as a matrix [out, in * ...]: the Q of the QR
/// decomposition of normals, with the signs that make it uniform among all such. PyTorch and Keras agree but for the
/// layout. ShapeError below two axes, and for more than 16384 rows and columns.
void orthogonal(Tensor& t, double gain = 1., Generator& generator = default_generator());
/// gain on the main diagonal of a matrix, 0 elsewhere; ShapeError for other ranks.
void eye(Tensor& t, double gain = 1.);
inline void identity(Tensor& t, double gain = 1.) { eye(t, gain); }
/// The convolution that keeps its channels: in weight [out, in, ...] of 3 to 5 axes, channel i of each of `groups`
/// parts of the outputs copies input i, as far as there are any; 0 elsewhere. ShapeError for other ranks, ValueError
/// unless groups divides out.
void dirac(Tensor& t, std::int64_t groups = 1);

// ---- with parameters, for the options of layers ----------------------------------------------------------------------

// Keras' classes, with its defaults.
struct RandomUniform {
  double minval = -0.05, maxval = 0.05;
  void operator()(Tensor& t, Generator& g) const { uniform(t, minval, maxval, g); }
};
struct RandomNormal {
  double mean = 0., stddev = 0.05;
  void operator()(Tensor& t, Generator& g) const { normal(t, mean, stddev, g); }
};
struct TruncatedNormal {
  double mean = 0., stddev = 0.05;
  void operator()(Tensor& t, Generator& g) const { truncated_normal(t, mean, stddev, g); }
};
struct Constant {
  double value = 0.;
  void operator()(Tensor& t, Generator&) const { constant(t, value); }
};
struct Orthogonal {
  double gain = 1.;
  void operator()(Tensor& t, Generator& g) const { orthogonal(t, gain, g); }
};
struct Identity {
  double gain = 1.;
  void operator()(Tensor& t, Generator&) const { eye(t, gain); }
};

enum class Distribution { uniform, normal, truncated_normal };
/// Variance scale / fan: all of the initialisers by fans are cases of it. ValueError unless scale > 0.
struct VarianceScaling {
  double scale = 1.;
  FanMode mode = FanMode::fan_in;
  Distribution distribution = Distribution::truncated_normal;
  void operator()(Tensor& t, Generator& generator = default_generator()) const;
};

// ---- whole models ----------------------------------------------------------------------------------------------------

/// Draws the parameters of all layers that have a weight of two axes or more: those with two axes or more from
/// `weight`, those named "bias..." from `bias` (left as they are without one). Other layers, such as norms, keep
/// theirs. In the order of `named_modules`; a parameter that layers share is drawn once. For a choice by kind of layer
/// use `Module::apply`.
void apply(Module& model, const Initializer& weight, const Initializer& bias = {},
           Generator& generator = default_generator());

}  // namespace xgrad::nn::init
