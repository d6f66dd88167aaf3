#pragma once
/// Losses of real-valued targets. Prediction x and target y must have the same shape (ShapeError): nothing is
/// broadcast. Integers adopt the other operand's dtype (float32 where both are integers); float32 with float64 is a
/// DTypeError. All means are over all elements. Gradients flow to the target too; d = x - y.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

/// d^2. d/dx = 2 d.
Tensor mse(const Tensor& prediction, const Tensor& target, LossOptions options = {});
inline Tensor mse_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {}) {
  return mse(prediction, target, options);
}
/// sum d^2, over all elements and samples: mse with Reduction::sum.
Tensor sse(const Tensor& prediction, const Tensor& target);
/// 1/2 sum d^2, over all elements and samples: the form of textbooks, whose derivative is d.
Tensor half_sse(const Tensor& prediction, const Tensor& target);

/// |d|. d/dx is the sign of d, 0 at d = 0.
Tensor l1_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {});
inline Tensor mae(const Tensor& prediction, const Tensor& target, LossOptions options = {}) {
  return l1_loss(prediction, target, options);
}

struct SmoothL1Options {
  double beta = 1.;  ///< where the parabola ends; 0 or more, 0 is l1_loss
  Reduction reduction = Reduction::mean;
};
/// d^2 / (2 beta) where |d| < beta, else |d| - beta / 2 (Girshick, 2015).
Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, SmoothL1Options options = {});

struct HuberOptions {
  double delta = 1.;  ///< where the parabola ends; positive
  Reduction reduction = Reduction::mean;
};
/// d^2 / 2 where |d| < delta, else delta (|d| - delta / 2) (Huber, 1964): delta times smooth_l1_loss of beta = delta.
Tensor huber_loss(const Tensor& prediction, const Tensor& target, HuberOptions options = {});

/// log(cosh(d)), without overflow; d/dx = tanh(d). As Keras' LogCosh.
Tensor log_cosh(const Tensor& prediction, const Tensor& target, LossOptions options = {});

/// The same as function objects, for `fit`.
struct MSE {
  LossOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return mse(prediction, target, options); }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct SSE {
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return sse(prediction, target); }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(MSE{{Reduction::sum}}, prediction, target, sample_weight);
  }
};
struct HalfSSE {
  Tensor operator()(const Tensor& prediction, const Tensor& target) const { return half_sse(prediction, target); }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return SSE{}(prediction, target, sample_weight) * 0.5;
  }
};
struct MAE {
  LossOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return l1_loss(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct SmoothL1 {
  SmoothL1Options options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return smooth_l1_loss(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct Huber {
  HuberOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return huber_loss(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct LogCosh {
  LossOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return log_cosh(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};

}  // namespace xgrad::nn
