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

}  // namespace

Tensor binary_cross_entropy_with_logits(const Tensor& logits, const Tensor& target,
                                        const BinaryCrossEntropyOptions& options) {
  detail::check_same_shape("binary_cross_entropy_with_logits", logits, target);
  const Tensor y = is_floating(target.dtype()) ? target : target.to(logits.dtype());
  // softplus(-x) = softplus(x) - x, but without the cancellation.
  Tensor yes = mul(y, softplus(neg(logits)));
  if (options.pos_weight.defined()) yes = mul(yes, options.pos_weight);
  Tensor losses = add(yes, mul(sub(1, y), softplus(logits)));
  if (options.weight.defined()) losses = mul(losses, options.weight);
  return detail::reduce(losses, options.reduction);
}

}  // namespace xgrad::nn
