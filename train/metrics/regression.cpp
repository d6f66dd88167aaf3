#include "train/metrics/regression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <vector>

#include "tensor/error.hpp"
#include "train/metrics/detail/inputs.hpp"

namespace xgrad::train {
namespace {

using detail::Weights;
using Outputs = std::vector<double>;  // one number for each output

struct Pair {
  std::vector<double> prediction, target;  // (examples, outputs)
  Weights weights;
  std::size_t examples, outputs;
  double weight;  // of all examples
};

std::vector<double> finite(std::string_view op, std::string_view name, const Tensor& tensor) {
  std::vector<double> values = detail::numbers_of(op, name, tensor);
  for (const double v : values)
    if (std::isinf(v)) fail<ValueError>(op, fmt::format("{}: got {}; expected finite numbers", name, v));
  return values;
}

Pair pair_of(std::string_view op, const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  const auto flat = [](const Shape& s) { return s.rank() == 2 && s[1] == 1 ? Shape{s[0]} : s; };
  const Shape shape = flat(target.shape());
  if (flat(prediction.shape()) != shape || shape.rank() == 0) {
    fail<ShapeError>(op, fmt::format("shapes do not fit: got prediction {}, target {}; expected the same, [N] or [N, "
                                     "outputs]",
                                     prediction.shape().str(), target.shape().str()));
  }
  if (target.numel() == 0)
    fail<ValueError>(op, fmt::format("no examples: got shape {}; expected at least one", target.shape().str()));
  const auto examples = static_cast<std::size_t>(shape[0]);
  Pair p{finite(op, "prediction", prediction),
         finite(op, "target", target),
         detail::weights_of(op, sample_weight, examples),
         examples,
         static_cast<std::size_t>(target.numel()) / examples,
         0};
  p.weight = std::accumulate(p.weights.begin(), p.weights.end(), 0.);
  return p;
}

/// The weighted sum over examples of f(prediction, target, output).
template <class F>
Outputs sums(const Pair& p, F f) {
  Outputs out(p.outputs);
  for (std::size_t i = 0, at = 0; i < p.examples; ++i)
    for (std::size_t k = 0; k < p.outputs; ++k, ++at) out[k] += p.weights[i] * f(p.prediction[at], p.target[at], k);
  return out;
}

Outputs means(const Pair& p, double (*f)(double)) {
  Outputs out = sums(p, [f](double prediction, double target, std::size_t) { return f(prediction - target); });
  for (double& v : out) v /= p.weight;
  return out;
}

double square(double v) { return v * v; }
double absolute(double v) { return std::abs(v); }

double mean(const Outputs& outputs) {
  return std::accumulate(outputs.begin(), outputs.end(), 0.) / static_cast<double>(outputs.size());
}

void check_average(std::string_view op, const RegressionOptions& options) {
  if (options.multioutput == Multioutput::variance_weighted)
    fail<ValueError>(op,
                     "multioutput: got variance_weighted; expected uniform_average (only r2 has weights of outputs)");
}

struct Explained {
  Outputs share, variance;
};

Explained explained(std::string_view op, const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  const Pair p = pair_of(op, prediction, target, sample_weight);
  if (p.examples < 2) {
    const Outputs undefined(p.outputs, std::numeric_limits<double>::quiet_NaN());
    return {undefined, undefined};
  }
  Outputs middle = sums(p, [](double, double t, std::size_t) { return t; });
  for (double& v : middle) v /= p.weight;
  const Outputs left = sums(p, [](double y, double t, std::size_t) { return square(t - y); });
  Outputs all = sums(p, [&](double, double t, std::size_t k) { return square(t - middle[k]); });
  Outputs share;
  for (std::size_t k = 0; k < p.outputs; ++k)
    share.push_back(all[k] != 0 ? 1 - left[k] / all[k] : left[k] == 0 ? 1 : 0);
  return {share, all};
}

}  // namespace

double mse(const Tensor& prediction, const Tensor& target, const RegressionOptions& options) {
  check_average("train::mse", options);
  return mean(means(pair_of("train::mse", prediction, target, options.sample_weight), square));
}

double rmse(const Tensor& prediction, const Tensor& target, const RegressionOptions& options) {
  check_average("train::rmse", options);
  Outputs outputs = means(pair_of("train::rmse", prediction, target, options.sample_weight), square);
  for (double& v : outputs) v = std::sqrt(v);
  return mean(outputs);
}

double mae(const Tensor& prediction, const Tensor& target, const RegressionOptions& options) {
  check_average("train::mae", options);
  return mean(means(pair_of("train::mae", prediction, target, options.sample_weight), absolute));
}

double r2(const Tensor& prediction, const Tensor& target, const RegressionOptions& options) {
  const Explained e = explained("train::r2", prediction, target, options.sample_weight);
  const double variance = std::accumulate(e.variance.begin(), e.variance.end(), 0.);
  // Where no output varies scikit-learn falls back to the plain mean.
  if (options.multioutput == Multioutput::uniform_average || variance == 0) return mean(e.share);
  return std::inner_product(e.share.begin(), e.share.end(), e.variance.begin(), 0.) / variance;
}

Tensor mse_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  return Array::copy_of(means(pair_of("train::mse_per_output", prediction, target, sample_weight), square));
}

Tensor mae_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  return Array::copy_of(means(pair_of("train::mae_per_output", prediction, target, sample_weight), absolute));
}

Tensor r2_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  return Array::copy_of(explained("train::r2_per_output", prediction, target, sample_weight).share);
}

}  // namespace xgrad::train
