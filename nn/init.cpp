#include "nn/init.hpp"

#include <cmath>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/random.hpp"

namespace xgrad::nn::init {
namespace {

/// The deviation of a standard normal truncated at two deviations.
constexpr double kTruncatedStd = 0.87962566103423978;

void put(Tensor& t, const Array& values) { t.copy_(Tensor(values)); }

void symmetric(Tensor& t, double bound, Generator& generator) { uniform(t, -bound, bound, generator); }

}  // namespace

Fans fans(const Tensor& weight) {
  const Shape& shape = weight.shape();
  if (shape.rank() == 0) fail<ShapeError>("init", "a scalar has no fans");
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (int i = 2; i < shape.rank(); ++i) field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[1]) * field, static_cast<double>(shape[0]) * field};
}

void uniform(Tensor& t, double low, double high, Generator& generator) {
  put(t, kernels::uniform(t.shape(), t.dtype(), low, high, generator));
}

void normal(Tensor& t, double mean, double std, Generator& generator) {
  put(t, kernels::normal(t.shape(), t.dtype(), mean, std, generator));
}

void truncated_normal(Tensor& t, double mean, double std, Generator& generator) {
  Array values = kernels::normal(t.shape(), t.dtype(), 0., 1., generator);
  kernels::dispatch_floating("truncated_normal", values.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = values.mutable_data<T>();
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      double v = static_cast<double>(x[i]);
      while (std::abs(v) > 2.) v = generator.normal();
      x[i] = static_cast<T>(mean + std * v);
    }
  });
  put(t, values);
}

void constant(Tensor& t, double value) { put(t, Array::full(t.shape(), value, t.dtype())); }
void zeros(Tensor& t, Generator&) { constant(t, 0.); }

void glorot_uniform(Tensor& t, Generator& g) { xavier_uniform(t, 1., g); }
void he_uniform(Tensor& t, Generator& g) { symmetric(t, std::sqrt(6. / fans(t).in), g); }
void lecun_uniform(Tensor& t, Generator& g) { symmetric(t, std::sqrt(3. / fans(t).in), g); }

void glorot_normal(Tensor& t, Generator& g) {
  const Fans f = fans(t);
  truncated_normal(t, 0., std::sqrt(2. / (f.in + f.out)) / kTruncatedStd, g);
}
void he_normal(Tensor& t, Generator& g) { truncated_normal(t, 0., std::sqrt(2. / fans(t).in) / kTruncatedStd, g); }
void lecun_normal(Tensor& t, Generator& g) { truncated_normal(t, 0., std::sqrt(1. / fans(t).in) / kTruncatedStd, g); }

void xavier_uniform(Tensor& t, double gain, Generator& g) {
  const Fans f = fans(t);
  symmetric(t, gain * std::sqrt(6. / (f.in + f.out)), g);
}
void xavier_normal(Tensor& t, double gain, Generator& g) {
  const Fans f = fans(t);
  normal(t, 0., gain * std::sqrt(2. / (f.in + f.out)), g);
}
void kaiming_uniform(Tensor& t, double gain, Generator& g) { symmetric(t, gain * std::sqrt(3. / fans(t).in), g); }
void kaiming_normal(Tensor& t, double gain, Generator& g) { normal(t, 0., gain / std::sqrt(fans(t).in), g); }

void pytorch_default(Tensor& weight, Tensor& bias, Generator& generator) {
  const double bound = 1. / std::sqrt(fans(weight).in);
  symmetric(weight, bound, generator);
  if (bias.defined()) symmetric(bias, bound, generator);
}

}  // namespace xgrad::nn::init
