#pragma once
/// Losses of pairs and triples of vectors. Shapes must be equal (ShapeError): nothing is broadcast.

#include "nn/losses/reduction.hpp"

namespace xgrad::nn {

struct CosineEmbeddingOptions {
  double margin = 0.;
  Reduction reduction = Reduction::mean;
};
/// 1 - cos(x1, x2) where y = 1, max(0, cos(x1, x2) - margin) where y = -1 (0 for any other y): vectors [N, D] with y
/// [N], or [D] with a single y. The squared lengths are taken 1e-12 larger, as in PyTorch, so that vectors of zeros
/// have the cosine 0.
Tensor cosine_embedding_loss(const Tensor& x1, const Tensor& x2, const Tensor& target,
                             CosineEmbeddingOptions options = {});

struct CosineSimilarityOptions {
  std::int64_t axis = -1;
  Reduction reduction = Reduction::mean;
};
/// -cos(prediction, target) along `axis`: -1 for parallel vectors, 1 for opposite ones, 0 for orthogonal ones and where
/// one is zero. As Keras' CosineSimilarity. (The cosines themselves: `xgrad::cosine_similarity`.)
Tensor cosine_similarity_loss(const Tensor& prediction, const Tensor& target, CosineSimilarityOptions options = {});

struct TripletMarginOptions {
  double margin = 1.;
  double p = 2.;      ///< of the norm: positive, or infinite
  double eps = 1e-6;  ///< added to each difference
  bool swap =
      false;  ///< takes the smaller of the negative's distances to anchor and positive (Balntas and others, 2016)
  Reduction reduction = Reduction::mean;
};
/// max(0, margin + d(anchor, positive) - d(anchor, negative)) with d(a, b) = ||a - b + eps||_p over the last axis
/// (PyTorch's pairwise_distance): [..., D] gives losses [...].
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative,
                           TripletMarginOptions options = {});

/// The same as function objects.
struct CosineSimilarity {
  CosineSimilarityOptions options = {};
  Tensor operator()(const Tensor& prediction, const Tensor& target) const {
    return cosine_similarity_loss(prediction, target, options);
  }
  Tensor operator()(const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) const {
    return weigh(*this, prediction, target, sample_weight);
  }
};
struct CosineEmbedding {
  CosineEmbeddingOptions options = {};
  Tensor operator()(const Tensor& x1, const Tensor& x2, const Tensor& target) const {
    return cosine_embedding_loss(x1, x2, target, options);
  }
};
struct TripletMargin {
  TripletMarginOptions options = {};
  Tensor operator()(const Tensor& anchor, const Tensor& positive, const Tensor& negative) const {
    return triplet_margin_loss(anchor, positive, negative, options);
  }
};

}  // namespace xgrad::nn
