#include "nn/losses/binary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "nn/losses/detail/parts.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/losses.hpp"

namespace xgrad::nn {
namespace {

template <class T>
void check_probabilities(const char* op, std::span<const T> x) {
  int outside = 0;  // not bool: g++ would not vectorise the loop
  for (const T v : x) outside |= v >= T(0) && v <= T(1) ? 0 : 1;
  if (outside == 0) return;
  const auto bad = std::find_if(x.begin(), x.end(), [](T v) { return !(v >= T(0) && v <= T(1)); });
  fail<ValueError>(op, fmt::format("probabilities: got {} at position {}; expected 0 to 1, or use {}_with_logits", *bad,
                                   bad - x.begin(), op));
}

/// max(log, -100); where it is cut off there is no gradient.
Tensor cut_off(const Tensor& log) {
  const Tensor low = detail::number_like(log, -100);
  return where(lt(log, low), low, log);
}

/// (x - y) / max(x (1 - x), 1e-12), recorded.
Tensor slope(const Tensor& x, const Tensor& y) {
  const Tensor square = mul(x, sub(1, x)), least = detail::number_like(x, double{kernels::kLeastSquare});
  return div(sub(x, y), where(lt(square, least), least, square));
}

/// The loss of every element, of probabilities.
Tensor of_probabilities(const Tensor& x, const Tensor& y) {
  return record(
      "binary_cross_entropy", kernels::probability_cross_entropy(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor &g = c.grad(), &x_ = c.in(0), &y_ = c.in(1);
        if (c.needs(0)) {
          if (GradMode::enabled()) c.give(0, mul(g, slope(x_, y_)));
          else c.give(0, kernels::probability_cross_entropy_backward(g.array(), x_.array(), y_.array()));
        }
        if (c.needs(1)) c.give(1, mul(g, sub(cut_off(log(sub(1, x_))), cut_off(log(x_)))));
      },
      Save{x}, Save{y});
}

/// Targets drawn towards one half.
Tensor smoothed(const char* op, const Tensor& y, double smoothing) {
  if (!(smoothing >= 0. && smoothing <= 1.))
    fail<ValueError>(op, fmt::format("label_smoothing: got {}; expected 0 to 1", smoothing));
  return smoothing == 0. ? y : add(mul(y, 1. - smoothing), smoothing / 2.);
}

/// The loss of logits without weights: one operation, with its reduction.
Tensor of_logits(const Tensor& x, const Tensor& y, Reduction r) {
  return record(
      "binary_cross_entropy_with_logits", detail::reduced(kernels::binary_cross_entropy(x.array(), y.array()), r),
      [r](Ctx& c) {
        const Tensor &x_ = c.in(0), &y_ = c.in(1);
        if (c.needs(0) && !GradMode::enabled()) {
          const Array g = detail::shared(c.grad().array(), x_.numel(), r);
          c.give(0, kernels::binary_cross_entropy_backward(g, x_.array(), y_.array()));
        } else if (c.needs(0)) {
          c.give(0, mul(detail::spread(c.grad(), x_.shape(), r), sub(sigmoid(x_), y_)));
        }
        if (c.needs(1)) c.give(1, neg(mul(detail::spread(c.grad(), x_.shape(), r), x_)));
      },
      Save{x}, Save{y});
}

/// The same with a factor for the target's part. softplus(-x) = softplus(x) - x, but without the cancellation.
Tensor of_logits(const char* op, const Tensor& x, const Tensor& y, const Tensor& pos_weight) {
  const Tensor yes = detail::weighted(op, "pos_weight", mul(y, detail::log1p_exp(neg(x))), pos_weight);
  return add(yes, mul(sub(1, y), detail::log1p_exp(x)));
}

}  // namespace

Tensor binary_cross_entropy(const Tensor& probabilities, const Tensor& target, const BinaryCrossEntropyOptions& o) {
  constexpr const char* kOp = "binary_cross_entropy";
  const auto [x, given] = detail::matched(kOp, probabilities, target, o.reduction);
  const Tensor y = smoothed(kOp, given, o.label_smoothing);
  if (x.dtype() == float32) check_probabilities(kOp, x.values<float>());
  else check_probabilities(kOp, x.values<double>());
  return detail::reduce(detail::weighted(kOp, "weight", of_probabilities(x, y), o.weight), o.reduction);
}

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyWithLogitsOptions& o) {
  constexpr const char* kOp = "binary_cross_entropy_with_logits";
  if (!is_floating(logits.dtype()) && !is_floating(target.dtype()))
    fail<DTypeError>(kOp, "logits: got integers; expected float32 or float64");
  const auto [x, given] = detail::matched(kOp, logits, target, o.reduction);
  const Tensor y = smoothed(kOp, given, o.label_smoothing);
  if (!o.pos_weight.defined() && !o.weight.defined()) return of_logits(x, y, o.reduction);
  const Tensor losses = o.pos_weight.defined() ? of_logits(kOp, x, y, o.pos_weight) : of_logits(x, y, Reduction::none);
  return detail::reduce(detail::weighted(kOp, "weight", losses, o.weight), o.reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& logits, const Tensor& target, const MultilabelSoftMarginOptions& o) {
  constexpr const char* kOp = "multilabel_soft_margin_loss";
  if (logits.dim() == 0) fail<ShapeError>(kOp, "logits: got a scalar; expected [N, C] or [C]");
  const auto [x, y] = detail::matched(kOp, logits, target, o.reduction);
  const Tensor losses = of_logits(x, y, Reduction::none);
  return detail::reduce(mean(detail::weighted(kOp, "weight", losses, o.weight), -1), o.reduction);
}

}  // namespace xgrad::nn
