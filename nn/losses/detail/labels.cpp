#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "autograd/ops.hpp"
#include "nn/losses/detail/parts.hpp"

namespace xgrad::nn::detail {

Tensor Labels::safe() const { return any_ignored ? where(kept(), labels, Tensor(Array::zeros({}, int64))) : labels; }
Tensor Labels::kept() const { return ge(labels, 0); }

int class_axis(std::string_view op, const Tensor& scores) {
  if (scores.dim() == 0) fail<ShapeError>(op, "logits: got a scalar; expected [N, C] or [C]");
  const int axis = scores.dim() == 1 ? 0 : 1;
  if (scores.shape()[axis] == 0)
    fail<ShapeError>(op, fmt::format("logits: got {}; expected at least one class", scores.shape().str()));
  return axis;
}

void check_class_weight(std::string_view op, const Tensor& weight, std::int64_t classes, DType dtype) {
  if (!weight.defined()) return;
  promote(op, dtype, weight.dtype());
  if (weight.shape() != Shape{classes})
    fail<ShapeError>(op, fmt::format("weight: got {}; expected [{}]", weight.shape().str(), classes));
}

Labels class_labels(std::string_view op, const Tensor& scores, const Tensor& target,
                    std::optional<std::int64_t> ignore_index) {
  const int axis = class_axis(op, scores);
  const Shape expected = scores.shape().without(axis);
  const std::int64_t classes = scores.shape()[axis];
  if (target.shape() != expected) {
    fail<ShapeError>(op, fmt::format("labels: got {} for logits {}; expected {}{}", target.shape().str(),
                                     scores.shape().str(), expected.str(),
                                     target.shape() == scores.shape() && op == "cross_entropy"
                                         ? ", or probabilities as float: use .to(float32) for one-hot targets"
                                         : ""));
  }
  Array labels = as_indices(op, target.array()).clone().reshape({-1});
  std::int64_t* label = labels.mutable_data<std::int64_t>();
  bool ignored = false;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (ignore_index && label[i] == *ignore_index) {
      label[i] = -1;
      ignored = true;
    } else if (label[i] < 0 || label[i] >= classes) {
      fail<IndexError>(
          op, fmt::format("label out of range: got {} at position {}; expected 0 to {}", label[i], i, classes - 1));
    }
  }
  return {Tensor(labels), ignored};
}

Tensor total_weight(std::string_view op, const Tensor& scores, const Tensor& target, const Tensor& weight,
                    std::int64_t ignore_index) {
  const Labels at = class_labels(op, scores, target, ignore_index);
  if (!weight.defined()) return sum(at.kept()).to(scores.dtype());
  const Tensor weights = gather(weight.to(scores.dtype()), 0, at.safe());
  return sum(where(at.kept(), weights, number_like(scores, 0)));
}

Tensor rows_of_classes(const Tensor& scores) {
  if (scores.dim() <= 2) return reshape(scores, {-1, scores.shape().back()});
  std::vector<std::int64_t> order(static_cast<std::size_t>(scores.dim()));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return reshape(permute(scores, order), {-1, scores.shape()[1]});
}

}  // namespace xgrad::nn::detail
