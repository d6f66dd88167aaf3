#pragma once
/// Losses of yes/no targets. Prediction and target must have the same shape (ShapeError): nothing is broadcast. Targets
/// lie in 0 ... 1; integers and bools are converted.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct BinaryCrossEntropyOptions {
  Tensor weight = {};           ///< a factor for each element; broadcast to the losses' shape
  double label_smoothing = 0.;  ///< e in 0 ... 1: targets y count as y (1 - e) + e / 2, as in Keras
  Reduction reduction = Reduction::mean;
};

/// -(y log x + (1 - y) log(1 - x)) of probabilities x in 0 ... 1 (ValueError for others, NaN too). Each logarithm is
/// cut off at -100; d/dx = (x - y) / (x (1 - x)) with the divisor not below 1e-12. As PyTorch's binary_cross_entropy;
/// Keras' BinaryCrossentropy clips x to 1e-7 ... 1 - 1e-7 instead. Prefer the form with logits, which loses nothing.
Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& target,
                            const BinaryCrossEntropyOptions& options = {});

struct BinaryCrossEntropyWithLogitsOptions {
  Tensor weight = {};           ///< a factor for each element; broadcast to the logits' shape
  Tensor pos_weight = {};       ///< a factor for the target's part; broadcast likewise
  double label_smoothing = 0.;  ///< as above
  Reduction reduction = Reduction::mean;
};

/// -(p y log s + (1 - y) log(1 - s)) with s = sigmoid(logits) and p = pos_weight, without overflow: written with
/// softplus(z) = log(1 + e^z) as p y softplus(-x) + (1 - y) softplus(x). Targets y in 0 ... 1 of the logits' shape;
/// integers and bools are converted. d/dx = (s - y) / n for p = 1.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& options = {});

struct MultilabelSoftMarginOptions {
  Tensor weight = {};  ///< [C]: a factor for each class
  Reduction reduction = Reduction::mean;
};

/// The mean over the last axis of binary_cross_entropy_with_logits, one loss for each sample of [N, C] (or [C]).
Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target,
                                   const MultilabelSoftMarginOptions& options = {});

/// The same as function objects, for `fit`.
struct BinaryCrossEntropy {
  BinaryCrossEntropyOptions options = {};
  Tensor operator()(const Tensor& probabilities, const Tensor& target) const {
    return binary_cross_entropy(probabilities, target, options);
  }
  Tensor operator()(const Tensor& probabilities, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, probabilities, target, sample_weight);
  }
};
struct BinaryCrossEntropyWithLogits {
  BinaryCrossEntropyWithLogitsOptions options = {};
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return binary_cross_entropy_with_logits(logits, target, options);
  }
  Tensor operator()(const Tensor& logits, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, logits, target, sample_weight);
  }
};
struct MultilabelSoftMargin {
  MultilabelSoftMarginOptions options = {};
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return multilabel_soft_margin_loss(logits, target, options);
  }
  Tensor operator()(const Tensor& logits, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, logits, target, sample_weight);
  }
};

}  // namespace xgrad::nn
