#include "nn/losses/binary.hpp"

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/functions.hpp"

namespace xgrad::nn {
namespace {

/// log(1 + e^x), whose derivative is the logistic function.
Tensor softplus(const Tensor& x) {
  return record(
      "softplus", kernels::softplus(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), sigmoid(c.in(0)))); }, Save{x});
}

/// The loss of every element, without weights: one operation.
Tensor elementwise(const Tensor& x, const Tensor& y) {
  return record(
      "binary_cross_entropy_with_logits", kernels::binary_cross_entropy(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor &g = c.grad(), &x_ = c.in(0), &y_ = c.in(1);
        if (c.needs(0)) {
          if (GradMode::enabled()) c.give(0, mul(g, sub(sigmoid(x_), y_)));
          else c.give(0, kernels::binary_cross_entropy_backward(g.array(), x_.array(), y_.array()));
        }
        if (c.needs(1)) c.give(1, neg(mul(g, x_)));
      },
      Save{x}, Save{y});
}

/// The same with a factor for the target's part. softplus(-x) = softplus(x) - x, but without the cancellation.
Tensor elementwise(const Tensor& x, const Tensor& y, const Tensor& pos_weight) {
  return add(mul(mul(y, softplus(neg(x))), pos_weight), mul(sub(1, y), softplus(x)));
}

}  // namespace

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options) {
  detail::check_same_shape("binary_cross_entropy_with_logits", logits, target);
  const DType t = promote("binary_cross_entropy_with_logits", logits.dtype(), target.dtype());
  if (!is_floating(t))
    fail<DTypeError>("binary_cross_entropy_with_logits", "logits: got integers; expected float32 or float64");
  const Tensor x = logits.to(t), y = target.to(t);
  Tensor losses = options.pos_weight.defined() ? elementwise(x, y, options.pos_weight) : elementwise(x, y);
  if (options.weight.defined()) losses = mul(losses, options.weight);
  return detail::reduce(losses, options.reduction);
}

}  // namespace xgrad::nn
