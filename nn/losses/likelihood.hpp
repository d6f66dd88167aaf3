#pragma once
/// Losses that are negative log-likelihoods, and the Kullback-Leibler divergence.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct NLLOptions {
  Tensor weight = {};                ///< [C]: a factor for each class; 1 without
  std::int64_t ignore_index = -100;  ///< labels of this value count neither in the sum nor in the mean
  Reduction reduction = Reduction::mean;
};

/// -w[label] log_probabilities[label]: [N, C] with labels [N], [N, C, d1, ...] with labels [N, d1, ...], or [C] with a
/// single label; what log_softmax gives (`cross_entropy` takes logits). Labels as there: int64 or uint8, 0 ... C - 1
/// (IndexError otherwise). The mean divides by the sum of the labels' weights; if all are ignored it is NaN.
Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const NLLOptions& options = {});

struct KLDivOptions {
  bool log_target = false;                ///< the target is given as log probabilities too
  Reduction reduction = Reduction::mean;  ///< over all elements, as PyTorch's; the divergence proper is `batchmean`
};

/// The Kullback-Leibler divergence, element by element: t (log t - x) for probabilities t and log probabilities x of
/// one shape; with `log_target` e^t (t - x). Where the target has probability 0, loss and gradients are 0.
/// d/dx = -t. `batchmean` is the sum divided by the size of the first axis.
Tensor kl_div(const Tensor& log_probabilities, const Tensor& target, KLDivOptions options = {});

struct PoissonNLLOptions {
  bool log_input = true;  ///< the prediction is the logarithm of the rate
  bool full = false;      ///< adds Stirling's approximation of log t! where t > 1
  double eps = 1e-8;      ///< keeps log(x + eps) finite when the prediction is the rate itself
  Reduction reduction = Reduction::mean;
};

/// For counts t: e^x - t x, or x - t log(x + eps) without `log_input`. Shapes must be equal.
Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonNLLOptions options = {});

struct GaussianNLLOptions {
  bool full = false;  ///< adds log(2 pi) / 2
  double eps = 1e-6;  ///< variances below count as this; their gradient is the one there
  Reduction reduction = Reduction::mean;
};

/// (log v + (x - t)^2 / v) / 2 for predicted means x and variances v, of x's shape, with a last axis of 1, or without
/// the last axis. ValueError for negative variances.
Tensor gaussian_nll_loss(const Tensor& prediction, const Tensor& target, const Tensor& var,
                         GaussianNLLOptions options = {});

/// The same as function objects, for `fit`.
struct NLL {
  NLLOptions options = {};
  Tensor operator()(const Tensor& log_probabilities, const Tensor& target) const {
    return nll_loss(log_probabilities, target, options);
  }
  /// The mean divides by what it divides by without sample weights.
  Tensor operator()(const Tensor& log_probabilities, const Tensor& target, const Tensor& sample_weight) const;
};
struct KLDiv {
  KLDivOptions options = {};
  Tensor operator()(const Tensor& log_probabilities, const Tensor& target) const {
    return kl_div(log_probabilities, target, options);
  }
  /// `batchmean` divides by the number of samples here too.
  Tensor operator()(const Tensor& log_probabilities, const Tensor& target, const Tensor& sample_weight) const;
};
struct PoissonNLL {
  PoissonNLLOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return poisson_nll_loss(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct GaussianNLL {
  GaussianNLLOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& var) const {
    return gaussian_nll_loss(prediction, target, var, options);
  }
};

}  // namespace xgrad::nn
