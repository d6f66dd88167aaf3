#pragma once
/// The losses under the names that PyTorch and Keras give them, where they mean the same.

#include "nn/losses/binary.hpp"
#include "nn/losses/cross_entropy.hpp"
#include "nn/losses/likelihood.hpp"
#include "nn/losses/margin.hpp"
#include "nn/losses/regression.hpp"
#include "nn/losses/similarity.hpp"

namespace xgrad::nn {

// PyTorch's.
using MSELoss = MSE;
using L1Loss = MAE;
using SmoothL1Loss = SmoothL1;
using HuberLoss = Huber;
using CrossEntropyLoss = CrossEntropy;
using NLLLoss = NLL;
using BCELoss = BinaryCrossEntropy;
using BCEWithLogitsLoss = BinaryCrossEntropyWithLogits;
using KLDivLoss = KLDiv;
using PoissonNLLLoss = PoissonNLL;
using GaussianNLLLoss = GaussianNLL;
using SoftMarginLoss = SoftMargin;
using HingeEmbeddingLoss = HingeEmbedding;
using MarginRankingLoss = MarginRanking;
using MultiMarginLoss = MultiMargin;
using MultiLabelMarginLoss = MultilabelMargin;
using MultiLabelSoftMarginLoss = MultilabelSoftMargin;
using CosineEmbeddingLoss = CosineEmbedding;
using TripletMarginLoss = TripletMargin;

// Keras'. Its BinaryCrossentropy clips probabilities to 1e-7 ... 1 - 1e-7, where ours cuts logarithms off at -100, its
// KLDivergence and Poisson take probabilities and rates, where ours take logarithms: these have no other name here.
using MeanSquaredError = MSE;
using MeanAbsoluteError = MAE;
using CategoricalCrossentropy = CategoricalCrossEntropy;
using SparseCategoricalCrossentropy = SparseCategoricalCrossEntropy;

}  // namespace xgrad::nn
