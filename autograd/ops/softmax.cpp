#include "autograd/ops/softmax.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/softmax.hpp"

namespace xgrad {

Tensor softmax(const Tensor& x, std::int64_t axis) {
  if (!is_floating(x.dtype())) return softmax(x.to(float32), axis);
  const int a = normalize_axis("softmax", axis, x.dim());
  return record<true>(
      "softmax", kernels::softmax(x.array(), a),
      [a](Ctx& c) {
        const Tensor y = c.out();
        if (!GradMode::enabled()) c.give(0, kernels::softmax_backward(c.grad().array(), y.array(), a));
        else c.give(0, mul(y, sub(c.grad(), sum(mul(c.grad(), y), a, true))));
      },
      Edge{x});
}

Tensor log_softmax(const Tensor& x, std::int64_t axis) {
  if (!is_floating(x.dtype())) return log_softmax(x.to(float32), axis);
  const int a = normalize_axis("log_softmax", axis, x.dim());
  return record<true>(
      "log_softmax", kernels::log_softmax(x.array(), a),
      [a](Ctx& c) {
        const Tensor y = c.out();
        if (!GradMode::enabled()) c.give(0, kernels::log_softmax_backward(c.grad().array(), y.array(), a));
        else c.give(0, sub(c.grad(), mul(exp(y), sum(c.grad(), a, true))));
      },
      Edge{x});
}

Tensor Tensor::softmax(std::int64_t axis) const { return xgrad::softmax(*this, axis); }

}  // namespace xgrad
