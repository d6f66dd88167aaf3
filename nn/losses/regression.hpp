#pragma once
/// Losses of real-valued targets. Prediction and target must have the same shape: nothing is broadcast.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct LossOptions {
  Reduction reduction = Reduction::mean;  ///< mean over all elements
};

/// (x - y)^2, its mean over all elements by default. d/dx = 2 (x - y) / n.
Tensor mse(const Tensor& prediction, const Tensor& target, LossOptions options = {});
/// 1/2 sum (x - y)^2, over all elements and samples: the form of textbooks, whose derivative is x - y.
Tensor half_sse(const Tensor& prediction, const Tensor& target);

/// The same as function objects, for `fit`.
struct MSE {
  LossOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return mse(prediction, target, options); }
};
struct HalfSSE {
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return half_sse(prediction, target); }
};

}  // namespace xgrad::nn
