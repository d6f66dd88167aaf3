#include "autograd/ops/functions.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/exponential.hpp"
#include "tensor/kernels/functions.hpp"

namespace xgrad {

namespace {
constexpr double kLog2 = 0.6931471805599453;
constexpr double kLog10 = 2.302585092994046;
constexpr double kTwoOverRootPi = 1.1283791670955126;
}  // namespace

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

Tensor log2(const Tensor& x) {
  return record(
      "log2", kernels::log2(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), mul(c.in(0), kLog2))); }, Save{x});
}

Tensor log10(const Tensor& x) {
  return record(
      "log10", kernels::log10(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), mul(c.in(0), kLog10))); }, Save{x});
}

Tensor log1p(const Tensor& x) {
  return record(
      "log1p", kernels::log1p(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), add(c.in(0), 1))); }, Save{x});
}

Tensor expm1(const Tensor& x) {  // not g (y + 1), which loses all digits far below 0
  return record(
      "expm1", kernels::expm1(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), exp(c.in(0)))); }, Save{x});
}

Tensor rsqrt(const Tensor& x) {
  return record<true>(
      "rsqrt", kernels::rsqrt(x.array()),
      [](Ctx& c) {
        const Tensor y = c.out();
        c.give(0, mul(mul(c.grad(), mul(y, mul(y, y))), -0.5));
      },
      Edge{x});
}

Tensor erf(const Tensor& x) {
  return record(
      "erf", kernels::erf(x.array()),
      [](Ctx& c) { c.give(0, mul(c.grad(), mul(exp(neg(square(c.in(0)))), kTwoOverRootPi))); }, Save{x});
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
