#include "nn/init.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "nn/detail/normal_quantile.hpp"
#include "nn/detail/own.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/orthonormal.hpp"
#include "tensor/kernels/random.hpp"

namespace xgrad::nn::init {
namespace {

/// The deviation of a standard normal truncated at two deviations.
constexpr double kTruncatedStd = 0.87962566103423978;

void put(Tensor& t, const Array& values) { t.copy_(Tensor(values)); }

void check_floating(const char* op, const Tensor& t) {
  if (!is_floating(t.dtype()))
    fail<DTypeError>(op, fmt::format("got {}; expected float32 or float64", name_of(t.dtype())));
}

void check_std(const char* op, double mean, double std) {
  if (!(std >= 0. && std::isfinite(std) && std::isfinite(mean)))
    fail<ValueError>(op, fmt::format("got mean {}, std {}; expected finite numbers, std 0 or more", mean, std));
}

/// Fans as PyTorch counts them.
Fans fans_of_matrix(const char* op, const Tensor& t) {
  if (t.dim() < 2)
    fail<ShapeError>(op, fmt::format("got {}; expected two axes or more, [out, in, ...]", t.shape().str()));
  return fans(t);
}

double chosen(Fans f, FanMode mode) {
  return mode == FanMode::fan_in ? f.in : mode == FanMode::fan_out ? f.out : (f.in + f.out) / 2;
}

/// Of the deviation `std`; the empty ones, which may have no fans, stay as they are.
void draw(Tensor& t, Distribution distribution, double std, Generator& g) {
  if (t.numel() == 0) return;
  const double bound = std::sqrt(3.) * std;
  switch (distribution) {
    case Distribution::uniform: return uniform(t, -bound, bound, g);
    case Distribution::normal: return normal(t, 0., std, g);
    case Distribution::truncated_normal: return truncated_normal(t, 0., std / kTruncatedStd, g);
  }
}

double kaiming_std(const char* op, const Tensor& t, const KaimingOptions& o) {
  const Fans f = fans_of_matrix(op, t);
  if (o.mode == FanMode::fan_avg) fail<ValueError>(op, "mode: got fan_avg; expected fan_in or fan_out");
  return calculate_gain(o.nonlinearity, o.a) / std::sqrt(chosen(f, o.mode));
}

/// values[i] = make(i), in the dtype of t.
template <class F>
Array filled(const Tensor& t, const F& make) {
  Array values = Array::empty(t.shape(), t.dtype());
  kernels::dispatch(t.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* x = values.mutable_data<T>();
    for (std::int64_t i = 0; i < values.numel(); ++i) x[i] = static_cast<T>(make(i));
  });
  return values;
}

}  // namespace

// ---- fans and gains --------------------------------------------------------------------------------------------------

Fans fans(const Tensor& weight) {
  const Shape& shape = weight.shape();
  if (shape.rank() == 0) return {1., 1.};
  if (shape.rank() == 1) return {static_cast<double>(shape[0]), static_cast<double>(shape[0])};
  double field = 1;
  for (int i = 2; i < shape.rank(); ++i) field *= static_cast<double>(shape[i]);
  return {static_cast<double>(shape[1]) * field, static_cast<double>(shape[0]) * field};
}

double calculate_gain(Nonlinearity nonlinearity, std::optional<double> param) {
  switch (nonlinearity) {
    case Nonlinearity::linear:
    case Nonlinearity::conv:
    case Nonlinearity::sigmoid: break;
    case Nonlinearity::tanh: return 5. / 3.;
    case Nonlinearity::relu: return std::sqrt(2.);
    case Nonlinearity::leaky_relu: {
      const double slope = param.value_or(0.01);
      return std::sqrt(2. / (1. + slope * slope));
    }
    case Nonlinearity::selu: return 0.75;
  }
  return 1.;
}

// ---- plain distributions ---------------------------------------------------------------------------------------------

void uniform(Tensor& t, double low, double high, Generator& generator) {
  check_floating("uniform", t);
  if (!(low <= high && std::isfinite(high - low)))
    fail<ValueError>("uniform", fmt::format("got {} to {}; expected finite numbers, the first not above", low, high));
  put(t, kernels::uniform(t.shape(), t.dtype(), low, high, generator));
}

void normal(Tensor& t, double mean, double std, Generator& generator) {
  check_floating("normal", t);
  check_std("normal", mean, std);
  put(t, kernels::normal(t.shape(), t.dtype(), mean, std, generator));
}

void truncated_normal(Tensor& t, double mean, double std, Generator& generator) {
  check_floating("truncated_normal", t);
  check_std("truncated_normal", mean, std);
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

void trunc_normal(Tensor& t, double mean, double std, double a, double b, Generator& generator) {
  check_floating("trunc_normal", t);
  check_std("trunc_normal", mean, std);
  if (std == 0.) fail<ValueError>("trunc_normal", "std: got 0; expected a positive number");
  if (!(a <= b)) fail<ValueError>("trunc_normal", fmt::format("got a {}, b {}; expected a <= b", a, b));
  // In the lower tail, where probabilities keep their precision: bounds above the mean are mirrored.
  const bool mirrored = a > mean;
  const double low = (mirrored ? mean - b : a - mean) / std, high = (mirrored ? mean - a : b - mean) / std;
  const double from = detail::normal_cdf(low), width = detail::normal_cdf(high) - from;
  const Array u = kernels::uniform(t.shape(), float64, 0., 1., generator);
  const double* share = u.data<double>();
  put(t, filled(t, [&](std::int64_t i) {
        // Beyond 38 deviations there is no probability left: then all lie at the bound next to the mean.
        const double z =
            from + width == 0. ? high : detail::normal_quantile(from + width * std::max(share[i], 0x1p-54));
        return std::clamp(mean + std * (mirrored ? -z : z), a, b);
      }));
}

void constant(Tensor& t, double value) { put(t, Array::full(t.shape(), value, t.dtype())); }
void zeros(Tensor& t, Generator&) { constant(t, 0.); }
void ones(Tensor& t, Generator&) { constant(t, 1.); }

// ---- by fans ---------------------------------------------------------------------------------------------------------

void VarianceScaling::operator()(Tensor& t, Generator& generator) const {
  if (!(scale > 0. && std::isfinite(scale)))
    fail<ValueError>("VarianceScaling", fmt::format("scale: got {}; expected a positive number", scale));
  draw(t, distribution, std::sqrt(scale / chosen(fans(t), mode)), generator);
}

void glorot_uniform(Tensor& t, Generator& g) { VarianceScaling{1., FanMode::fan_avg, Distribution::uniform}(t, g); }
void he_uniform(Tensor& t, Generator& g) { VarianceScaling{2., FanMode::fan_in, Distribution::uniform}(t, g); }
void lecun_uniform(Tensor& t, Generator& g) { VarianceScaling{1., FanMode::fan_in, Distribution::uniform}(t, g); }
void glorot_normal(Tensor& t, Generator& g) { VarianceScaling{1., FanMode::fan_avg}(t, g); }
void he_normal(Tensor& t, Generator& g) { VarianceScaling{2., FanMode::fan_in}(t, g); }
void lecun_normal(Tensor& t, Generator& g) { VarianceScaling{1., FanMode::fan_in}(t, g); }

void xavier_uniform(Tensor& t, double gain, Generator& g) {
  const Fans f = fans_of_matrix("xavier_uniform", t);
  draw(t, Distribution::uniform, gain * std::sqrt(2. / (f.in + f.out)), g);
}
void xavier_normal(Tensor& t, double gain, Generator& g) {
  const Fans f = fans_of_matrix("xavier_normal", t);
  draw(t, Distribution::normal, gain * std::sqrt(2. / (f.in + f.out)), g);
}
void kaiming_uniform(Tensor& t, KaimingOptions options, Generator& g) {
  draw(t, Distribution::uniform, kaiming_std("kaiming_uniform", t, options), g);
}
void kaiming_normal(Tensor& t, KaimingOptions options, Generator& g) {
  draw(t, Distribution::normal, kaiming_std("kaiming_normal", t, options), g);
}

void pytorch_default(Tensor& weight, Tensor& bias, Generator& generator) {
  const double in = fans(weight).in, bound = in > 0. ? 1. / std::sqrt(in) : 0.;
  uniform(weight, -bound, bound, generator);
  if (bias.defined()) uniform(bias, -bound, bound, generator);
}

// ---- structured ------------------------------------------------------------------------------------------------------

void orthogonal(Tensor& t, double gain, Generator& generator) {
  check_floating("orthogonal", t);
  if (t.dim() < 2)
    fail<ShapeError>("orthogonal", fmt::format("got {}; expected two axes or more, [out, in, ...]", t.shape().str()));
  if (t.numel() == 0) return;
  const std::int64_t rows = t.shape()[0], columns = t.numel() / rows, longer = std::max(rows, columns),
                     shorter = std::min(rows, columns);
  const Array q =
      kernels::orthonormal_columns("orthogonal", kernels::normal({longer, shorter}, float64, 0., 1., generator));
  const double* x = q.data<double>();
  put(t, filled(t, [&](std::int64_t i) {
        const std::int64_t row = i / columns, column = i % columns;
        return gain * (rows >= columns ? x[row * shorter + column] : x[column * shorter + row]);
      }));
}

void eye(Tensor& t, double gain) {
  if (t.dim() != 2) fail<ShapeError>("eye", fmt::format("got {}; expected a matrix", t.shape().str()));
  const std::int64_t columns = t.shape()[1];
  put(t, filled(t, [&](std::int64_t i) { return i / columns == i % columns ? gain : 0.; }));
}

void dirac(Tensor& t, std::int64_t groups) {
  const Shape& shape = t.shape();
  if (t.dim() < 3 || t.dim() > 5)
    fail<ShapeError>("dirac", fmt::format("got {}; expected [out, in, ...] of 3 to 5 axes", shape.str()));
  if (groups < 1 || shape[0] % groups != 0)
    fail<ValueError>("dirac",
                     fmt::format("groups: got {} for {}; expected a divisor of {}", groups, shape.str(), shape[0]));
  std::int64_t field = 1, centre = 0;
  for (int i = 2; i < shape.rank(); ++i) {
    field *= shape[i];
    centre = centre * shape[i] + shape[i] / 2;
  }
  const std::int64_t in = shape[1], part = shape[0] / groups;
  put(t, filled(t, [&](std::int64_t i) {
        const std::int64_t row = i / (in * field), channel = i / field % in;
        return i % field == centre && row % part == channel ? 1. : 0.;
      }));
}

// ---- whole models ----------------------------------------------------------------------------------------------------

void apply(Module& model, const Initializer& weight, const Initializer& bias, Generator& generator) {
  if (!weight) fail<ValueError>("init::apply", "weight: got no initialiser");
  std::unordered_set<const xgrad::detail::Impl*> drawn;
  for (const NamedModule& entry : model.named_modules()) {
    std::vector<NamedTensor> own = nn::detail::OwnTensors(*entry.module).parameters;
    bool layer = false;
    for (const NamedTensor& p : own) layer |= p.tensor.dim() >= 2;
    if (!layer) continue;
    for (NamedTensor& p : own) {
      const Initializer* init = p.tensor.dim() >= 2 ? &weight : p.name.starts_with("bias") ? &bias : nullptr;
      if (init && *init && drawn.insert(xgrad::detail::Access::impl(p.tensor.array())).second)
        (*init)(p.tensor, generator);
    }
  }
}

}  // namespace xgrad::nn::init
