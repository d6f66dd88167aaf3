#include "data/scaler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::data {
namespace {

constexpr std::int64_t kGrain = 1 << 15;  // elements of one piece of parallel work
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Real numbers (N, F) without infinities.
Array features(std::string_view op, const Tensor& x) {
  if (x.dim() != 2) {
    fail<ShapeError>(op, fmt::format("not a matrix of features: got shape {}; expected [N, F] (reshape one feature to "
                                     "[N, 1])",
                                     x.shape().str()));
  }
  const Array a = is_floating(x.dtype()) ? x.array() : x.array().to(float32);
  const auto finite = [&]<class T>(std::span<const T> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isinf(values[i])) continue;
      const std::int64_t row = static_cast<std::int64_t>(i) / a.size(1),
                         column = static_cast<std::int64_t>(i) % a.size(1);
      fail<ValueError>(op, fmt::format("an infinite value: got {} in row {}, column {}; expected finite numbers or NaN",
                                       values[i], row, column));
    }
  };
  if (a.dtype() == float32) finite(a.values<float>());
  else finite(a.values<double>());
  return a;
}

/// The same, of some examples.
Array features_to_fit(std::string_view op, const Tensor& x) {
  Array a = features(op, x);
  if (a.numel() == 0)
    fail<ValueError>(op, fmt::format("nothing to fit on: got shape {}; expected at least one example and one feature",
                                     a.shape().str()));
  return a;
}

/// The same, with as many features as were fitted.
Array fitted_features(std::string_view op, const Tensor& x, std::size_t fitted) {
  if (fitted == 0) fail<ValueError>(op, "not fitted yet: got no statistics; expected a call of fit before");
  Array a = features(op, x);
  if (a.size(1) != static_cast<std::int64_t>(fitted)) {
    fail<ShapeError>(op, fmt::format("another number of features: got shape {}; expected [N, {}], as it was fitted on",
                                     a.shape().str(), fitted));
  }
  return a;
}

/// Calls `see(column, value)` for every number that is not NaN, row by row.
template <class F>
void for_numbers(const Array& x, F see) {
  const Array wide = x.to(float64);
  const double* p = wide.data<double>();
  for (std::int64_t i = 0; i < x.size(0); ++i)
    for (std::size_t k = 0; k < static_cast<std::size_t>(x.size(1)); ++k, ++p)
      if (!std::isnan(*p)) see(k, *p);
}

/// y[i, k] = g(f(x[i, k], k), k), computed in double. In two loops, so that a product in f and a sum in g are rounded
/// each by itself, as NumPy does: fused, the smallest value would not become exactly 0.
template <class T, class F, class G>
Array mapped(const Array& x, F f, G g) {
  Array y = Array::empty_like(x);
  const T* in = x.data<T>();
  T* out = y.mutable_data<T>();
  const auto width = static_cast<std::size_t>(x.size(1));
  parallel_for(x.size(0), std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, x.size(1))),
               [=](std::int64_t begin, std::int64_t end) {
                 std::vector<double> row(width);
                 for (auto at = static_cast<std::size_t>(begin) * width; begin < end; ++begin, at += width) {
                   for (std::size_t k = 0; k < width; ++k) row[k] = f(static_cast<double>(in[at + k]), k);
                   for (std::size_t k = 0; k < width; ++k) out[at + k] = static_cast<T>(g(row[k], k));
                 }
               });
  return y;
}
template <class F, class G>
Tensor map_features(const Array& x, F f, G g) {
  return x.dtype() == float32 ? mapped<float>(x, f, g) : mapped<double>(x, f, g);
}

Tensor statistic(std::string_view op, const std::vector<double>& values) {
  if (values.empty()) fail<ValueError>(op, "not fitted yet: got no statistics; expected a call of fit before");
  return Array::copy_of(values);
}

}  // namespace

MinMaxScaler::MinMaxScaler(MinMaxScalerOptions options) : options_(options) {
  if (!(options.min < options.max) || !std::isfinite(options.min) || !std::isfinite(options.max)) {
    fail<ValueError>("data::MinMaxScaler", fmt::format("not a range: got min {}, max {}; expected min < max, both "
                                                       "finite",
                                                       options.min, options.max));
  }
}

MinMaxScaler& MinMaxScaler::fit(const Tensor& x) {
  const Array a = features_to_fit("data::MinMaxScaler::fit", x);
  std::vector<double> low(static_cast<std::size_t>(a.size(1)), kNaN), high = low;
  for_numbers(a, [&](std::size_t k, double v) {
    low[k] = std::fmin(low[k], v);  // fmin and fmax prefer numbers to NaN
    high[k] = std::fmax(high[k], v);
  });
  const double eps = a.dtype() == float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                          : std::numeric_limits<double>::epsilon();
  scale_.clear();
  offset_.clear();
  for (std::size_t k = 0; k < low.size(); ++k) {
    const double range = high[k] - low[k];
    scale_.push_back((options_.max - options_.min) / (range < 10 * eps ? 1 : range));
    offset_.push_back(low[k] * scale_[k]);
  }
  for (double& v : offset_) v = options_.min - v;  // in a loop of its own, as in `mapped`
  data_min_ = std::move(low);
  data_max_ = std::move(high);
  return *this;
}

Tensor MinMaxScaler::transform(const Tensor& x) const {
  const Array a = fitted_features("data::MinMaxScaler::transform", x, scale_.size());
  const double *scale = scale_.data(), *offset = offset_.data();
  const double low = options_.clip ? options_.min : -kInf, high = options_.clip ? options_.max : kInf;
  return map_features(
      a, [=](double v, std::size_t k) { return v * scale[k]; },
      [=](double v, std::size_t k) { return std::clamp(v + offset[k], low, high); });
}

Tensor MinMaxScaler::inverse_transform(const Tensor& y) const {
  const Array a = fitted_features("data::MinMaxScaler::inverse_transform", y, scale_.size());
  const double *scale = scale_.data(), *offset = offset_.data();
  return map_features(
      a, [=](double v, std::size_t k) { return v - offset[k]; }, [=](double v, std::size_t k) { return v / scale[k]; });
}

Tensor MinMaxScaler::data_min() const { return statistic("data::MinMaxScaler::data_min", data_min_); }
Tensor MinMaxScaler::data_max() const { return statistic("data::MinMaxScaler::data_max", data_max_); }
Tensor MinMaxScaler::scale() const { return statistic("data::MinMaxScaler::scale", scale_); }

StandardScaler& StandardScaler::fit(const Tensor& x) {
  const Array a = features_to_fit("data::StandardScaler::fit", x);
  const auto width = static_cast<std::size_t>(a.size(1));
  std::vector<double> count(width), mean(width), deviation(width), square(width), var(width), scale(width, 1);
  for_numbers(a, [&](std::size_t k, double v) {
    count[k] += 1;
    mean[k] += v;
  });
  for (std::size_t k = 0; k < width; ++k) mean[k] /= count[k];  // of no numbers: NaN
  // The deviations would sum to 0 but for rounding; what they do sum to corrects the variance.
  for_numbers(a, [&](std::size_t k, double v) {
    deviation[k] += v - mean[k];
    square[k] += (v - mean[k]) * (v - mean[k]);
  });
  constexpr double eps = std::numeric_limits<double>::epsilon();
  for (std::size_t k = 0; k < width; ++k) {
    var[k] = (square[k] - deviation[k] * deviation[k] / count[k]) / count[k];
    const double noise = count[k] * mean[k] * eps;
    const bool constant = var[k] <= count[k] * eps * var[k] + noise * noise;
    if (options_.with_std && !constant) scale[k] = std::sqrt(var[k]);
  }
  mean_ = std::move(mean);
  var_ = std::move(var);
  scale_ = std::move(scale);
  return *this;
}

Tensor StandardScaler::transform(const Tensor& x) const {
  const Array a = fitted_features("data::StandardScaler::transform", x, scale_.size());
  const double *mean = mean_.data(), *scale = scale_.data();
  const bool centred = options_.with_mean;
  return map_features(
      a, [=](double v, std::size_t k) { return centred ? v - mean[k] : v; },
      [=](double v, std::size_t k) { return v / scale[k]; });
}

Tensor StandardScaler::inverse_transform(const Tensor& y) const {
  const Array a = fitted_features("data::StandardScaler::inverse_transform", y, scale_.size());
  const double *mean = mean_.data(), *scale = scale_.data();
  const bool centred = options_.with_mean;
  return map_features(
      a, [=](double v, std::size_t k) { return v * scale[k]; },
      [=](double v, std::size_t k) { return centred ? v + mean[k] : v; });
}

Tensor StandardScaler::mean() const { return statistic("data::StandardScaler::mean", mean_); }
Tensor StandardScaler::var() const { return statistic("data::StandardScaler::var", var_); }
Tensor StandardScaler::scale() const { return statistic("data::StandardScaler::scale", scale_); }

}  // namespace xgrad::data
