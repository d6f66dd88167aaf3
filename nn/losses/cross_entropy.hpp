#pragma once
/// Cross-entropy of logits, and of probabilities.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct CrossEntropyOptions {
  Tensor weight = {};                ///< [classes]: a factor for each class; 1 without
  std::int64_t ignore_index = -100;  ///< labels of this value count neither in the sum nor in the mean
  double label_smoothing = 0.;       ///< 0 ... 1: the share of the target spread evenly over all classes
  Reduction reduction = Reduction::mean;
};

/// -log softmax(logits)[label], in one pass and without overflow: logits before the softmax, [N, C] with labels [N], or
/// [N, C, d1, ...] with labels [N, d1, ...], or [C] with a single label.
///
/// Labels are int64 (or uint8) classes 0 ... C-1 (IndexError otherwise), or probabilities of the logits' shape and
/// dtype. The mean divides by the sum of the labels' weights (PyTorch's rule; Keras divides by N), with probabilities
/// by the number of samples; if all labels are ignored it is NaN. d/dlogits = (softmax - target) / N. As PyTorch's
/// cross_entropy; Keras' CategoricalCrossentropy(from_logits=True).
Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options = {});

struct CategoricalCrossEntropyOptions {
  double label_smoothing = 0.;
  Reduction reduction = Reduction::mean;  ///< mean over the samples
};

/// Keras' CategoricalCrossentropy of probabilities [..., C] against probabilities (one-hot, say) of the same shape:
/// -sum_c y_c log p_c per sample, p first divided by its sum over the classes, then clipped to 1e-7 ... 1 - 1e-7
/// (outside there is no gradient). Prefer `cross_entropy` of logits: it loses nothing and needs no clipping.
Tensor categorical_cross_entropy(const Tensor& probabilities, const Tensor& target,
                                 const CategoricalCrossEntropyOptions& options = {});

struct SparseCategoricalCrossEntropyOptions {
  Reduction reduction = Reduction::mean;  ///< mean over the samples
};

/// The same against classes: labels [...], int64 or uint8, for probabilities [..., C] (IndexError outside of 0 ... C -
/// 1). As Keras' SparseCategoricalCrossentropy.
Tensor sparse_categorical_cross_entropy(const Tensor& probabilities, const Tensor& labels,
                                        const SparseCategoricalCrossEntropyOptions& options = {});

/// The same as function objects, for `fit`.
struct CrossEntropy {
  CrossEntropyOptions options = {};
  Tensor operator()(const Tensor& logits, const Tensor& target) const { return cross_entropy(logits, target, options); }
  /// The mean divides by what it divides by without sample weights.
  Tensor operator()(const Tensor& logits, const Tensor& target, const Tensor& sample_weight) const;
};
struct CategoricalCrossEntropy {
  CategoricalCrossEntropyOptions options = {};
  Tensor operator()(const Tensor& probabilities, const Tensor& target) const {
    return categorical_cross_entropy(probabilities, target, options);
  }
  Tensor operator()(const Tensor& probabilities, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, probabilities, target, sample_weight);
  }
};

struct SparseCategoricalCrossEntropy {
  SparseCategoricalCrossEntropyOptions options = {};
  Tensor operator()(const Tensor& probabilities, const Tensor& labels) const {
    return sparse_categorical_cross_entropy(probabilities, labels, options);
  }
  Tensor operator()(const Tensor& probabilities, const Tensor& labels, const Tensor& sample_weight) const {
    return weigh(*this, probabilities, labels, sample_weight);
  }
};

}  // namespace xgrad::nn
