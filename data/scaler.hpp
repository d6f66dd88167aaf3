#pragma once
/// Scaling features, as scikit-learn's preprocessing does: `fit` on the training part, `transform` every part.

#include <cstdint>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::data {

struct MinMaxScalerOptions {
  double min = 0;     ///< what the smallest value of a feature becomes
  double max = 1;     ///< and the largest; above `min`
  bool clip = false;  ///< brings what lies outside the fitted range into [min, max]
};

/// Takes each feature (column) of x (N, F) linearly to [min, max]:
///
///     scale = (max - min) / (data_max - data_min),    y = x * scale + (min - data_min * scale)
///
/// NaN is passed over by `fit` and kept by `transform`; of a feature that is nothing but NaN everything becomes NaN. A
/// feature whose range is below 10 machine epsilons of its dtype counts as constant, and is divided by 1.
///
/// float32 and float64 stay what they are, integers become float32 (scikit-learn: float64). The statistics are kept in
/// float64 and what is computed with them is rounded once. Results have no history. Throws ShapeError unless x is (N,
/// F) with the F that was fitted, ValueError for infinite values, for nothing to fit on, and before `fit`.
class MinMaxScaler {
 public:
  /// Throws ValueError unless min < max, both finite.
  explicit MinMaxScaler(MinMaxScalerOptions options = {});

  MinMaxScaler& fit(const Tensor& x);
  Tensor transform(const Tensor& x) const;
  Tensor fit_transform(const Tensor& x) { return fit(x).transform(x); }
  /// The x that `transform` made y of; what was clipped stays clipped.
  Tensor inverse_transform(const Tensor& y) const;

  /// What `fit` found, each (F), float64.
  Tensor data_min() const;
  Tensor data_max() const;
  Tensor scale() const;

 private:
  MinMaxScalerOptions options_;
  std::vector<double> data_min_, data_max_, scale_, offset_;
};

struct StandardScalerOptions {
  bool with_mean = true;  ///< subtracts the mean
  bool with_std = true;   ///< divides by the standard deviation
};

/// Takes each feature (column) of x (N, F) to mean 0 and variance 1: y = (x - mean) / sqrt(variance), with the variance
/// of the population (divided by N).
///
/// NaN is passed over by `fit` and kept by `transform`. A feature whose variance is within what rounding makes of a
/// constant, N eps var + (N eps mean)^2, is divided by 1 (T. F. Chan, G. H. Golub, R. J. LeVeque 1983). dtypes and
/// errors as for MinMaxScaler.
class StandardScaler {
 public:
  explicit StandardScaler(StandardScalerOptions options = {}) : options_(options) {}

  StandardScaler& fit(const Tensor& x);
  Tensor transform(const Tensor& x) const;
  Tensor fit_transform(const Tensor& x) { return fit(x).transform(x); }
  Tensor inverse_transform(const Tensor& y) const;

  /// What `fit` found, each (F), float64; `scale` is what is divided by.
  Tensor mean() const;
  Tensor var() const;
  Tensor scale() const;

 private:
  StandardScalerOptions options_;
  std::vector<double> mean_, var_, scale_;
};

}  // namespace xgrad::data
