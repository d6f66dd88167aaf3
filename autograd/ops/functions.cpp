#include "autograd/ops/functions.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/functions.hpp"

namespace xgrad {

Tensor exp(const Tensor& x) {
  return record<true>(
      "exp", kernels::exp(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), c.out())); }, Edge{x});
}

Tensor log(const Tensor& x) {
  return record(
      "log", kernels::log(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), c.in(0))); }, Save{x});
}

Tensor sqrt(const Tensor& x) {
  return record<true>(
      "sqrt", kernels::sqrt(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), mul(c.out(), 2))); }, Edge{x});
}

Tensor square(const Tensor& x) {
  return record(
      "square", kernels::square(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), mul(c.in(0), 2))); }, Save{x});
}

// The derivatives of the common activations have a fused first-order form, taken when it is not recorded itself.

Tensor tanh(const Tensor& x) {
  return record<true>(
      "tanh", kernels::tanh(x.array()),
      [](Ctx& c) {
        const Tensor y = c.out();
        if (!GradMode::enabled()) c.give(0, kernels::tanh_backward(c.grad().array(), y.array()));
        else c.give(0, mul(c.grad(), sub(1, mul(y, y))));
      },
      Edge{x});
}

Tensor sigmoid(const Tensor& x) {
  return record<true>(
      "sigmoid", kernels::sigmoid(x.array()),
      [](Ctx& c) {
        const Tensor y = c.out();
        if (!GradMode::enabled()) c.give(0, kernels::sigmoid_backward(c.grad().array(), y.array()));
        else c.give(0, mul(c.grad(), mul(y, sub(1, y))));
      },
      Edge{x});
}

namespace {
/// The gradient passed where relu's output y is positive: linear in g, constant in y.
Tensor relu_gate(const Tensor& g, const Tensor& y) {
  return record(
      "relu_backward", kernels::relu_backward(g.array(), y.array()),
      [](Ctx& c) { c.give(0, relu_gate(c.grad(), c.in(1))); }, Edge{g}, Save{y});
}
}  // namespace

Tensor relu(const Tensor& x) {
  return record<true>(
      "relu", kernels::relu(x.array()), [](Ctx& c) { c.give(0, relu_gate(c.grad(), c.out())); }, Edge{x});
}

Tensor Tensor::exp() const { return xgrad::exp(*this); }
Tensor Tensor::log() const { return xgrad::log(*this); }
Tensor Tensor::sqrt() const { return xgrad::sqrt(*this); }
Tensor Tensor::square() const { return xgrad::square(*this); }
Tensor Tensor::tanh() const { return xgrad::tanh(*this); }
Tensor Tensor::sigmoid() const { return xgrad::sigmoid(*this); }
Tensor Tensor::relu() const { return xgrad::relu(*this); }

}  // namespace xgrad
