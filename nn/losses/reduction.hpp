#pragma once
/// How the losses of single elements or samples become one.
///
/// Every loss has a function object for `fit`, named as the loss, which holds its options: `loss(prediction, target)`,
/// and `loss(prediction, target, sample_weight)` with a factor for each sample, as Keras has it.

#include <string_view>
#include <utility>

#include "autograd/tensor.hpp"

namespace xgrad::nn {

/// `mean` divides by the number of losses (what else counts, says the loss); of none it is NaN. `batchmean`, the sum
/// divided by the size of the first axis, is for kl_div alone (ValueError elsewhere).
enum class Reduction { mean, sum, none, batchmean };

struct LossOptions {
  Reduction reduction = Reduction::mean;
};

/// Losses times a factor for each sample, reduced: losses [N, d1, ...] with weights [N], or [N, d1], ..., whose sizes
/// are the first of the losses' (ShapeError otherwise). The mean divides by the number of losses, not by the sum of the
/// weights, so weights of 1 change nothing (Keras' sum_over_batch_size). A weight of 0 does not hide a NaN.
/// ValueError for `batchmean`.
Tensor weigh(const Tensor& losses, const Tensor& sample_weight, Reduction reduction = Reduction::mean);

/// The same for a loss as a function object.
template <class Loss>
Tensor weigh(Loss loss, const Tensor& prediction, const Tensor& target, const Tensor& sample_weight) {
  const Reduction reduction = std::exchange(loss.options.reduction, Reduction::none);
  return weigh(loss(prediction, target), sample_weight, reduction);
}

}  // namespace xgrad::nn
