#pragma once
/// Losses of yes/no targets. Prediction and target must have the same shape: nothing is broadcast.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct BinaryCrossEntropyOptions {
  Tensor weight = {};      ///< a factor for each element; broadcast to the logits' shape
  Tensor pos_weight = {};  ///< a factor for the target's part; broadcast likewise
  Reduction reduction = Reduction::mean;
};

/// -(p y log s + (1 - y) log(1 - s)) with s = sigmoid(logits) and p = pos_weight, without overflow: written with
/// softplus(z) = log(1 + e^z) as p y softplus(-x) + (1 - y) softplus(x). Targets y in 0 ... 1 of the logits' shape;
/// integers and bools are converted. d/dx = (s - y) / n for p = 1.
Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options = {});

/// The same as a function object, for `fit`.
struct BinaryCrossEntropyWithLogits {
  BinaryCrossEntropyOptions options = {};
  Tensor operator()(const Tensor& logits, const Tensor& target) const {
    return binary_cross_entropy_with_logits(logits, target, options);
  }
};

}  // namespace xgrad::nn
