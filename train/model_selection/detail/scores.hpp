#pragma once
/// Scores that are there for scorers alone. Prediction and target as in train/metrics/.

#include "autograd/tensor.hpp"
#include "train/metrics/classification.hpp"

namespace xgrad::train::detail {

/// The mean of the recall of each class of the target.
double balanced_accuracy(const Tensor& predicted, const Tensor& truth);
/// Matthews' correlation of classes (Gorodkin 2004 for several); 0 where one side has a single class.
double matthews(const Tensor& predicted, const Tensor& truth);
/// Intersection / union: tp / (tp + fp + fn); errors as for `f1`.
double jaccard(const Tensor& predicted, const Tensor& truth, const ScoreOptions& options);
/// sum (recall_i - recall_{i-1}) precision_i over the distinct scores (N), from the largest down.
double average_precision(const Tensor& scores, const Tensor& truth);
/// The mean of (p - y)^2 over probabilities (N) and classes 0, 1.
double brier(const Tensor& probability, const Tensor& truth);

// Over outputs the mean; of max_error there may be one.
double explained_variance(const Tensor& prediction, const Tensor& target);
double median_absolute_error(const Tensor& prediction, const Tensor& target);
double mean_squared_log_error(const Tensor& prediction, const Tensor& target);
double mean_absolute_percentage_error(const Tensor& prediction, const Tensor& target);
double max_error(const Tensor& prediction, const Tensor& target);

}  // namespace xgrad::train::detail
