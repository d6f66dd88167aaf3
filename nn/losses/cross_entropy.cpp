#include "nn/losses/cross_entropy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/cross_entropy.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad::nn {
namespace {

/// -log softmax(x)[label] per row of [rows, classes]; labels below 0 give 0.
Tensor nll_rows(const Tensor& x, const Tensor& labels) {
  kernels::CrossEntropyRows rows = kernels::cross_entropy(x.array(), labels.array());
  const Tensor log_sum(rows.log_sum);
  return record(
      "cross_entropy", std::move(rows.loss),
      [](Ctx& c) {
        const Tensor &x_ = c.in(0), &labels_ = c.in(1);
        if (!GradMode::enabled()) {
          c.give(0, kernels::cross_entropy_backward(c.grad().array(), x_.array(), labels_.array(), c.in(2).array()));
          return;
        }
        const Tensor kept = ge(labels_, 0);
        const Tensor hot = one_hot(where(kept, labels_, Tensor(Array::zeros({}, int64))), x_.shape()[1]);
        const Tensor scale = mul(c.grad(), kept.to(x_.dtype()));
        c.give(0, mul(unsqueeze(scale, 1), sub(softmax(x_, 1), hot)));
      },
      Save{x}, Save{labels}, Save{log_sum});
}

/// The logits as [rows, classes]: the class axis (1, or 0 of a single sample) last, the others joined.
Tensor rows_of(const Tensor& logits) {
  if (logits.dim() <= 2) return reshape(logits, {-1, logits.shape().back()});
  std::vector<std::int64_t> order(static_cast<std::size_t>(logits.dim()));
  std::iota(order.begin(), order.end(), 0);
  std::rotate(order.begin() + 1, order.begin() + 2, order.end());
  return reshape(permute(logits, order), {-1, logits.shape()[1]});
}

/// -sum_c q_c log softmax(x)_c per row; where q is 0 the logits do not matter, however small.
Tensor soft_rows(const Tensor& x, const Tensor& q) {
  const Tensor products = mul(q, log_softmax(x, 1));
  const Tensor zero(Array::zeros({}, products.dtype()));
  return neg(sum(where(eq(q, 0), zero, products), 1));
}

void check(const Tensor& logits, const CrossEntropyOptions& o, std::int64_t classes) {
  if (!is_floating(logits.dtype()))
    fail<DTypeError>("cross_entropy",
                     fmt::format("logits: got {}; expected float32 or float64", name_of(logits.dtype())));
  if (!(o.label_smoothing >= 0. && o.label_smoothing <= 1.))
    fail<ValueError>("cross_entropy", fmt::format("label_smoothing: got {}; expected 0 to 1", o.label_smoothing));
  if (o.weight.defined() && o.weight.shape() != Shape{classes})
    fail<ShapeError>("cross_entropy", fmt::format("weight: got {}; expected [{}]", o.weight.shape().str(), classes));
}

Tensor reduced_by(const Tensor& losses, const Tensor& total, Reduction reduction, const Shape& shape) {
  if (reduction == Reduction::none) return reshape(losses, shape);
  return reduction == Reduction::sum ? sum(losses) : div(sum(losses), total);
}

Tensor with_probabilities(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& o,
                          std::int64_t classes, const Shape& sample_shape) {
  const Tensor x = rows_of(logits);
  Tensor q = rows_of(target);
  if (o.label_smoothing > 0.) q = add(mul(q, 1. - o.label_smoothing), o.label_smoothing / static_cast<double>(classes));
  if (o.weight.defined()) q = mul(q, o.weight);
  const Tensor losses = soft_rows(x, q);
  return reduced_by(losses, Tensor(Array::full({}, x.shape()[0], x.dtype())), o.reduction, sample_shape);
}

Tensor with_labels(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& o, std::int64_t classes,
                   const Shape& sample_shape) {
  const Array given = as_indices("cross_entropy", target.array());
  Array labels = given.clone().reshape({-1});
  std::int64_t* label = labels.mutable_data<std::int64_t>();
  bool ignored = false;
  for (std::int64_t i = 0; i < labels.numel(); ++i) {
    if (label[i] == o.ignore_index) {
      label[i] = -1;
      ignored = true;
    } else if (label[i] < 0 || label[i] >= classes) {
      fail<IndexError>("cross_entropy", fmt::format("label out of range: got {} at position {}; expected 0 to {}",
                                                    label[i], i, classes - 1));
    }
  }
  const Tensor x = rows_of(logits), at(labels);
  Tensor losses = nll_rows(x, at);
  if (!ignored && !o.weight.defined() && o.label_smoothing == 0.)
    return reduced_by(losses, Tensor(Array::full({}, labels.numel(), x.dtype())), o.reduction, sample_shape);

  // The weight of each sample: its class's, 0 where ignored.
  const Tensor kept = ge(at, 0);
  const Tensor classes_at = where(kept, at, Tensor(Array::zeros({}, int64)));
  const Tensor ones_(Array::full({classes}, 1, x.dtype()));
  const Tensor class_weight = o.weight.defined() ? o.weight.to(x.dtype()) : ones_;
  const Tensor weight = mul(gather(class_weight, 0, classes_at), kept.to(x.dtype()));
  losses = mul(losses, weight);
  if (o.label_smoothing > 0.) {
    const Tensor spread = mul(soft_rows(x, expand(class_weight, x.shape())), kept.to(x.dtype()));
    losses = add(mul(losses, 1. - o.label_smoothing), mul(spread, o.label_smoothing / static_cast<double>(classes)));
  }
  return reduced_by(losses, sum(weight), o.reduction, sample_shape);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  if (logits.dim() == 0) fail<ShapeError>("cross_entropy", "logits: got a scalar; expected [N, C] or [C]");
  const int axis = logits.dim() == 1 ? 0 : 1;
  const std::int64_t classes = logits.shape()[axis];
  const Shape sample_shape = logits.shape().without(axis);
  check(logits, options, classes);
  if (classes == 0)
    fail<ShapeError>("cross_entropy", fmt::format("logits: got {}; expected at least one class", logits.shape().str()));
  if (is_floating(target.dtype())) {
    xgrad::nn::detail::check_same_shape("cross_entropy", logits, target);
    return with_probabilities(logits, target, options, classes, sample_shape);
  }
  if (target.shape() != sample_shape) {
    fail<ShapeError>("cross_entropy",
                     fmt::format("labels: got {} for logits {}; expected {}{}", target.shape().str(),
                                 logits.shape().str(), sample_shape.str(),
                                 target.shape() == logits.shape() ? ", or probabilities as float: "
                                                                    "use .to(float32) for one-hot targets"
                                                                  : ""));
  }
  return with_labels(logits, target, options, classes, sample_shape);
}

}  // namespace xgrad::nn
