#pragma once
/// Losses that ask for a margin. Targets of two classes are -1 and 1 unless said otherwise (Keras turns 0 and 1 into
/// these; here they are taken as they are). Shapes must be equal (ShapeError): nothing is broadcast. max(0, u) has the
/// derivative of u at u = 0, as clamp has, unless said otherwise.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

/// max(0, 1 - y x), and its square.
Tensor hinge_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {});
Tensor squared_hinge_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {});

/// log(1 + exp(-y x)), without overflow (PyTorch's gives inf for large -y x).
Tensor soft_margin_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {});

struct HingeEmbeddingOptions {
  double margin = 1.;
  Reduction reduction = Reduction::mean;
};
/// x where y = 1, max(0, margin - x) where y = -1 (and their sum for any other y, as in PyTorch); x is a distance.
Tensor hinge_embedding_loss(const Tensor& prediction, const Tensor& target, HingeEmbeddingOptions options = {});

struct MarginRankingOptions {
  double margin = 0.;
  Reduction reduction = Reduction::mean;
};
/// max(0, margin - y (x1 - x2)): x1 should rank above x2 where y = 1, below where y = -1.
Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, MarginRankingOptions options = {});

struct MultiMarginOptions {
  int p = 1;  ///< 1 or 2
  double margin = 1.;
  Tensor weight = {};  ///< [C]: a factor for the samples of each class
  Reduction reduction = Reduction::mean;
};
/// sum over classes i other than the label's of w[label] max(0, margin - x[label] + x[i])^p / C, one loss for each
/// sample of x [N, C] with labels [N], or of [C] with a single label. Labels are int64 or uint8, 0 ... C - 1
/// (IndexError otherwise). At 0 the derivative is 0.
Tensor multi_margin_loss(const Tensor& prediction, const Tensor& target, const MultiMarginOptions& options = {});

/// For several labels each: sum over labels j and classes i that are no labels of max(0, 1 - (x[j] - x[i])) / C, one
/// loss for each sample of x [N, C] (or [C]). The target, int64 of the same shape, lists the labels of a row and ends
/// with the first -1. At 0 the derivative is 0. Takes memory for N C^2 numbers.
Tensor multilabel_margin_loss(const Tensor& prediction, const Tensor& target, LossOptions options = {});

/// The same as function objects.
struct Hinge {
  LossOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return hinge_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};
struct SquaredHinge {
  LossOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return squared_hinge_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};
struct SoftMargin {
  LossOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return soft_margin_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};
struct HingeEmbedding {
  HingeEmbeddingOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return hinge_embedding_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};
struct MarginRanking {
  MarginRankingOptions options = {};
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& y) const {
    return margin_ranking_loss(x1, x2, y, options);
  }
};
struct MultiMargin {
  MultiMarginOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return multi_margin_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};
struct MultilabelMargin {
  LossOptions options = {};
  Tensor operator()(const Tensor& x, const Tensor& y) const { return multilabel_margin_loss(x, y, options); }
  Tensor operator()(const Tensor& x, const Tensor& y, const Tensor& sample_weight) const {
    return weigh(*this, x, y, sample_weight);
  }
};

}  // namespace xgrad::nn
