#include "nn/losses/cross_entropy.hpp"

#include <fmt/format.h>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "nn/losses/detail/parts.hpp"
#include "tensor/kernels/cross_entropy.hpp"

namespace xgrad::nn {
namespace {

/// -log softmax(x)[label] per row of [rows, classes]; labels below 0 give 0. The mean is that over all rows.
Tensor nll_rows(const Tensor& x, const Tensor& labels, Reduction r) {
  kernels::CrossEntropyRows rows = kernels::cross_entropy(x.array(), labels.array());
  const Tensor log_sum(rows.log_sum);
  return record(
      "cross_entropy", detail::reduced(std::move(rows.loss), r),
      [r](Ctx& c) {
        const Tensor &x_ = c.in(0), &labels_ = c.in(1);
        if (!GradMode::enabled()) {
          const Array g = detail::shared(c.grad().array(), labels_.numel(), r);
          return c.give(0, kernels::cross_entropy_backward(g, x_.array(), labels_.array(), c.in(2).array()));
        }
        const detail::Labels at{labels_, true};
        const Tensor d = sub(softmax(x_, 1), one_hot(at.safe(), x_.shape()[1]));
        const Tensor g = unsqueeze(detail::spread(c.grad(), labels_.shape(), r), 1);
        c.give(0, where(unsqueeze(at.kept(), 1), mul(g, d), detail::number_like(x_, 0)));
      },
      Save{x}, Save{labels}, Save{log_sum});
}

/// -sum_c q_c log softmax(x)_c per row; where q is 0 the logits do not matter, however small.
Tensor soft_rows(const Tensor& x, const Tensor& q) {
  const Tensor products = mul(q, log_softmax(x, 1));
  return neg(sum(where(eq(q, 0), detail::number_like(products, 0), products), 1));
}

void check(const Tensor& logits, const CrossEntropyOptions& o, std::int64_t classes) {
  if (!is_floating(logits.dtype()))
    fail<DTypeError>("cross_entropy",
                     fmt::format("logits: got {}; expected float32 or float64", name_of(logits.dtype())));
  if (!(o.label_smoothing >= 0. && o.label_smoothing <= 1.))
    fail<ValueError>("cross_entropy", fmt::format("label_smoothing: got {}; expected 0 to 1", o.label_smoothing));
  detail::check_class_weight("cross_entropy", o.weight, classes, logits.dtype());
  detail::check_reduction("cross_entropy", o.reduction);
}

Tensor reduced_by(const Tensor& losses, const Tensor& total, Reduction reduction, const Shape& shape) {
  if (reduction == Reduction::none) return reshape(losses, shape);
  return reduction == Reduction::sum ? sum(losses) : div(sum(losses), total);
}

Tensor with_probabilities(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& o,
                          std::int64_t classes, const Shape& sample_shape) {
  const Tensor x = detail::rows_of_classes(logits);
  Tensor q = detail::rows_of_classes(target);
  if (o.label_smoothing > 0.) q = add(mul(q, 1. - o.label_smoothing), o.label_smoothing / static_cast<double>(classes));
  if (o.weight.defined()) q = mul(q, o.weight);
  const Tensor losses = soft_rows(x, q);
  return reduced_by(losses, detail::number_like(x, static_cast<double>(x.shape()[0])), o.reduction, sample_shape);
}

Tensor with_labels(const Tensor& logits, const detail::Labels& at, const CrossEntropyOptions& o, std::int64_t classes,
                   const Shape& sample_shape) {
  const Tensor x = detail::rows_of_classes(logits);
  if (!at.any_ignored && !o.weight.defined() && o.label_smoothing == 0.) {
    const Tensor loss = nll_rows(x, at.labels, o.reduction);
    return o.reduction == Reduction::none ? reshape(loss, sample_shape) : loss;
  }
  Tensor losses = nll_rows(x, at.labels, Reduction::none);

  // The weight of each sample: its class's, 0 where ignored.
  const Tensor kept = at.kept(), zero = detail::number_like(x, 0);
  const Tensor class_weight =
      o.weight.defined() ? o.weight.to(x.dtype()) : Tensor(Array::full({classes}, 1, x.dtype()));
  const Tensor weight = where(kept, gather(class_weight, 0, at.safe()), zero);
  losses = mul(losses, weight);
  if (o.label_smoothing > 0.) {
    const Tensor spread = where(kept, soft_rows(x, expand(class_weight, x.shape())), zero);
    losses = add(mul(losses, 1. - o.label_smoothing), mul(spread, o.label_smoothing / static_cast<double>(classes)));
  }
  return reduced_by(losses, sum(weight), o.reduction, sample_shape);
}

}  // namespace

Tensor cross_entropy(const Tensor& logits, const Tensor& target, const CrossEntropyOptions& options) {
  const int axis = detail::class_axis("cross_entropy", logits);
  const std::int64_t classes = logits.shape()[axis];
  const Shape sample_shape = logits.shape().without(axis);
  check(logits, options, classes);
  if (is_floating(target.dtype())) {
    detail::check_same_shape("cross_entropy", logits, target);
    return with_probabilities(logits, target, options, classes, sample_shape);
  }
  const detail::Labels labels = detail::class_labels("cross_entropy", logits, target, options.ignore_index);
  return with_labels(logits, labels, options, classes, sample_shape);
}

Tensor CrossEntropy::operator()(const Tensor& logits, const Tensor& target, const Tensor& sample_weight) const {
  if (options.reduction != Reduction::mean || is_floating(target.dtype()))
    return weigh(*this, logits, target, sample_weight);
  CrossEntropyOptions each = options;
  each.reduction = Reduction::none;
  const Tensor losses = weigh(cross_entropy(logits, target, each), sample_weight, Reduction::sum);
  return div(losses, detail::total_weight("cross_entropy", logits, target, options.weight, options.ignore_index));
}

namespace {

/// Probabilities as Keras takes them: of sum 1, and 1e-7 away from 0 and 1.
Tensor tamed(const Tensor& p) {
  const Tensor q = div(p, sum(p, -1, true));
  const Tensor low = detail::number_like(q, 1e-7), high = detail::number_like(q, 1. - 1e-7);
  return where(lt(q, low), low, where(gt(q, high), high, q));
}

}  // namespace

Tensor categorical_cross_entropy(const Tensor& probabilities, const Tensor& target,
                                 const CategoricalCrossEntropyOptions& o) {
  constexpr const char* kOp = "categorical_cross_entropy";
  if (!(o.label_smoothing >= 0. && o.label_smoothing <= 1.))
    fail<ValueError>(kOp, fmt::format("label_smoothing: got {}; expected 0 to 1", o.label_smoothing));
  if (probabilities.dim() == 0) fail<ShapeError>(kOp, "got a scalar; expected [..., classes]");
  const auto [p, given] = detail::matched(kOp, probabilities, target, o.reduction);
  Tensor y = given;
  if (o.label_smoothing > 0.)
    y = add(mul(y, 1. - o.label_smoothing), o.label_smoothing / static_cast<double>(p.shape().back()));
  return detail::reduce(neg(sum(mul(y, log(tamed(p))), -1)), o.reduction);
}

Tensor sparse_categorical_cross_entropy(const Tensor& probabilities, const Tensor& labels,
                                        const SparseCategoricalCrossEntropyOptions& o) {
  constexpr const char* kOp = "sparse_categorical_cross_entropy";
  detail::check_reduction(kOp, o.reduction);
  if (!is_floating(probabilities.dtype()))
    fail<DTypeError>(kOp,
                     fmt::format("probabilities: got {}; expected float32 or float64", name_of(probabilities.dtype())));
  if (probabilities.dim() == 0) fail<ShapeError>(kOp, "got a scalar; expected [..., classes]");
  const std::int64_t classes = probabilities.shape().back();
  const Shape expected = probabilities.shape().without(probabilities.dim() - 1);
  if (labels.shape() != expected)
    fail<ShapeError>(kOp, fmt::format("labels: got {} for probabilities {}; expected {}{}", labels.shape().str(),
                                      probabilities.shape().str(), expected.str(),
                                      labels.numel() == expected.numel()
                                          ? fmt::format("; use labels.reshape({{{}}})", fmt::join(expected, ", "))
                                          : ""));
  const Array index = as_indices(kOp, labels.array());
  check_indices(kOp, index, classes, "label");
  const Tensor at = gather(tamed(probabilities), -1, unsqueeze(Tensor(index), -1));
  return detail::reduce(neg(log(squeeze(at, -1))), o.reduction);
}

}  // namespace xgrad::nn
