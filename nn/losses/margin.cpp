#include "nn/losses/margin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "nn/losses/detail/parts.hpp"
#include "tensor/kernels/losses.hpp"

namespace xgrad::nn {
namespace {

using detail::number_like;

/// What hinge gives to one factor of x y, the other being `other`: recorded.
Tensor hinge_slope(const Tensor& g, const Tensor& x, const Tensor& y, const Tensor& other, bool squared) {
  const Tensor u = sub(1, mul(x, y));
  const Tensor slope = squared ? mul(mul(u, other), -2) : neg(other);
  return where(lt(u, 0), number_like(u, 0), mul(g, slope));
}

Tensor hinges(const char* name, const Tensor& x, const Tensor& y, bool squared) {
  return record(
      name, kernels::hinge(x.array(), y.array(), squared),
      [squared](Ctx& c) {
        const Tensor &g = c.grad(), &x_ = c.in(0), &y_ = c.in(1);
        const auto give = [&](int i, const Tensor& self, const Tensor& other) {
          if (!c.needs(i)) return;
          if (GradMode::enabled()) c.give(i, hinge_slope(g, x_, y_, other, squared));
          else c.give(i, kernels::hinge_backward(g.array(), self.array(), other.array(), squared));
        };
        give(0, x_, y_);
        give(1, y_, x_);
      },
      Save{x}, Save{y});
}

/// [C] as [1, C], so that there are always samples.
Tensor with_samples(const char* op, const Tensor& x) {
  if (x.dim() == 1 || x.dim() == 2) return x.dim() == 1 ? unsqueeze(x, 0) : x;
  fail<ShapeError>(op, fmt::format("got prediction {}; expected [N, C] or [C]", x.shape().str()));
}

void check_scores(const char* op, const Tensor& x) {
  if (!is_floating(x.dtype()))
    fail<DTypeError>(op, fmt::format("prediction: got {}; expected float32 or float64", name_of(x.dtype())));
}

}  // namespace

Tensor hinge_loss(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("hinge_loss", prediction, target, options.reduction);
  return detail::reduce(hinges("hinge_loss", x, y, false), options.reduction);
}

Tensor squared_hinge_loss(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("squared_hinge_loss", prediction, target, options.reduction);
  return detail::reduce(hinges("squared_hinge_loss", x, y, true), options.reduction);
}

Tensor soft_margin_loss(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("soft_margin_loss", prediction, target, options.reduction);
  return detail::reduce(detail::log1p_exp(neg(mul(x, y))), options.reduction);
}

Tensor hinge_embedding_loss(const Tensor& prediction, const Tensor& target, HingeEmbeddingOptions o) {
  const auto [x, y] = detail::matched("hinge_embedding_loss", prediction, target, o.reduction);
  const Tensor zero = number_like(x, 0), apart = detail::positive_part(sub(o.margin, x));
  return detail::reduce(add(where(eq(y, 1), zero, apart), where(eq(y, -1), zero, x)), o.reduction);
}

Tensor margin_ranking_loss(const Tensor& x1, const Tensor& x2, const Tensor& target, MarginRankingOptions o) {
  constexpr const char* kOp = "margin_ranking_loss";
  const auto [a, b] = detail::matched(kOp, x1, x2, o.reduction);
  const auto [difference, y] = detail::matched(kOp, sub(a, b), target, o.reduction);
  return detail::reduce(detail::positive_part(sub(o.margin, mul(y, difference))), o.reduction);
}

Tensor multi_margin_loss(const Tensor& prediction, const Tensor& target, const MultiMarginOptions& o) {
  constexpr const char* kOp = "multi_margin_loss";
  check_scores(kOp, prediction);
  detail::check_reduction(kOp, o.reduction);
  if (o.p != 1 && o.p != 2) fail<ValueError>(kOp, fmt::format("p: got {}; expected 1 or 2", o.p));
  const Tensor x = with_samples(kOp, prediction);
  const std::int64_t classes = x.shape()[1];
  detail::check_class_weight(kOp, o.weight, classes, x.dtype());
  const Tensor label = detail::class_labels(kOp, prediction, target, {}).labels;
  const Tensor at = unsqueeze(label, 1), zero = number_like(x, 0);
  const Tensor apart = add(sub(x, gather(x, 1, at)), o.margin);
  Tensor terms = relu(where(one_hot(label, classes).to(bool_), zero, apart));
  if (o.p == 2) terms = square(terms);
  if (o.weight.defined()) terms = mul(terms, gather(o.weight.to(x.dtype()), 0, label).reshape({-1, 1}));
  const Tensor losses = div(sum(terms, 1), static_cast<double>(classes));
  return detail::reduce(reshape(losses, target.shape()), o.reduction);
}

Tensor multilabel_margin_loss(const Tensor& prediction, const Tensor& target, LossOptions options) {
  constexpr const char* kOp = "multilabel_margin_loss";
  check_scores(kOp, prediction);
  detail::check_reduction(kOp, options.reduction);
  detail::check_same_shape(kOp, prediction, target);
  const Tensor x = with_samples(kOp, prediction);
  const std::int64_t rows = x.shape()[0], classes = x.shape()[1];
  Array place = as_indices(kOp, target.array()).clone().reshape(x.shape());
  Array pairs = Array::zeros({rows, classes, classes}, bool_);  // [n, j, i]: target j is a label, and class i none
  std::int64_t* label = place.mutable_data<std::int64_t>();
  bool* pair = pairs.mutable_data<bool>();
  for (std::int64_t n = 0; n < rows; ++n, label += classes, pair += classes * classes) {
    std::vector<bool> chosen(static_cast<std::size_t>(classes));
    std::int64_t count = 0;
    for (; count < classes && label[count] != -1; ++count) {
      if (label[count] < 0 || label[count] >= classes)
        fail<IndexError>(kOp, fmt::format("label out of range: got {} at position {}; expected -1 to {}", label[count],
                                          n * classes + count, classes - 1));
      chosen[static_cast<std::size_t>(label[count])] = true;
    }
    std::fill(label + count, label + classes, 0);
    for (std::int64_t j = 0; j < count; ++j)
      for (std::int64_t i = 0; i < classes; ++i) pair[j * classes + i] = !chosen[static_cast<std::size_t>(i)];
  }
  const Tensor wanted = unsqueeze(gather(x, 1, Tensor(place)), 2);  // [n, j, 1]
  const Tensor apart = add(sub(unsqueeze(x, 1), wanted), 1.);
  const Tensor terms = relu(where(Tensor(pairs), apart, number_like(x, 0)));
  const Tensor losses = div(sum(terms, {1, 2}), static_cast<double>(classes));
  return detail::reduce(reshape(losses, prediction.shape().without(prediction.dim() - 1)), options.reduction);
}

}  // namespace xgrad::nn
