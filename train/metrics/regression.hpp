#pragma once
/// Metrics of real numbers: mean squared and absolute error, R2.
///
/// Prediction and target are (N) or (N, outputs), the same shape; (N, 1) goes with (N), and further axes count as
/// outputs. All of these functions compute in float64, are not recorded, and throw ShapeError for different shapes,
/// ValueError for no examples and for NaN and infinity (as scikit-learn does; the losses of nn propagate them).

#include "autograd/tensor.hpp"

namespace xgrad::train {

/// What becomes of several outputs.
enum class Multioutput {
  uniform_average,    ///< the mean over outputs
  variance_weighted,  ///< R2 alone: the mean weighted by the variance of each output of the target
};

struct RegressionOptions {
  Tensor sample_weight = {};  ///< (N), by default 1 each
  Multioutput multioutput = Multioutput::uniform_average;
};

/// The mean of (prediction - target)^2.
double mse(const Tensor& prediction, const Tensor& target, const RegressionOptions& options = {});
/// The square root of the same, of each output; then the mean over outputs (as scikit-learn has it).
double rmse(const Tensor& prediction, const Tensor& target, const RegressionOptions& options = {});
/// The mean of |prediction - target|.
double mae(const Tensor& prediction, const Tensor& target, const RegressionOptions& options = {});
/// The share of the target's variance that is explained: 1 - sum (target - prediction)^2 / sum (target - mean)^2. Of a
/// constant target 1 where the prediction is exact and 0 elsewhere; of fewer than two examples NaN. All as scikit-learn
/// has it.
double r2(const Tensor& prediction, const Tensor& target, const RegressionOptions& options = {});

/// The same for each output: (outputs), float64 (scikit-learn: multioutput='raw_values').
Tensor mse_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight = {});
Tensor mae_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight = {});
Tensor r2_per_output(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight = {});

}  // namespace xgrad::train
