#pragma once
/// Probabilities and classes from what a model gives.

#include "train/model_selection/estimator.hpp"

namespace xgrad::train::detail {

/// Of the shape of the outputs, as `Output` says; values as they are.
Tensor probability_of(const Tensor& outputs, Output output);
/// (N), int64. Throws as `train::accuracy` does for what makes no classes.
Tensor classes_of(const Tensor& outputs, Output output);
/// (N), int64: whole numbers, or the place of the largest of a row.
Tensor target_classes(const Tensor& target);

}  // namespace xgrad::train::detail
