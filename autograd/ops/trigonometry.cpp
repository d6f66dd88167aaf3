#include "autograd/ops/trigonometry.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/trigonometry.hpp"

namespace xgrad {

Tensor sin(const Tensor& x) {
  return record(
      "sin", kernels::sin(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), cos(c.in(0)))); }, Save{x});
}

Tensor cos(const Tensor& x) {
  return record(
      "cos", kernels::cos(x.array()), [](Ctx& c) { c.give(0, neg(mul(c.grad(), sin(c.in(0))))); }, Save{x});
}

Tensor tan(const Tensor& x) {
  return record<true>(
      "tan", kernels::tan(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), add(square(c.out()), 1))); }, Edge{x});
}

namespace {
/// g / sqrt(1 - x^2); the factors keep their digits near the ends, where 1 - x^2 loses them.
Tensor over_cosine(const Tensor& g, const Tensor& x) { return div(g, sqrt(mul(sub(1, x), add(x, 1)))); }
}  // namespace

Tensor asin(const Tensor& x) {
  return record(
      "asin", kernels::asin(x.array()), [](Ctx& c) { c.give(0, over_cosine(c.grad(), c.in(0))); }, Save{x});
}

Tensor acos(const Tensor& x) {
  return record(
      "acos", kernels::acos(x.array()), [](Ctx& c) { c.give(0, neg(over_cosine(c.grad(), c.in(0)))); }, Save{x});
}

Tensor atan(const Tensor& x) {
  return record(
      "atan", kernels::atan(x.array()), [](Ctx& c) { c.give(0, div(c.grad(), add(square(c.in(0)), 1))); }, Save{x});
}

Tensor atan2(const Tensor& y, const Tensor& x) {
  return record(
      "atan2", kernels::atan2(y.array(), x.array()),
      [](Ctx& c) {
        const Tensor &y_ = c.in(0), &x_ = c.in(1), r = hypot(x_, y_), g = div(c.grad(), r);
        if (c.needs(0)) c.give(0, mul(g, div(x_, r)));
        if (c.needs(1)) c.give(1, neg(mul(g, div(y_, r))));
      },
      Save{y}, Save{x});
}

Tensor hypot(const Tensor& x, const Tensor& y) {
  return record<true>(
      "hypot", kernels::hypot(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor r = c.out();
        if (c.needs(0)) c.give(0, mul(c.grad(), div(c.in(0), r)));
        if (c.needs(1)) c.give(1, mul(c.grad(), div(c.in(1), r)));
      },
      Save{x}, Save{y});
}

Tensor sinh(const Tensor& x) {
  return record(
      "sinh", kernels::sinh(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), cosh(c.in(0)))); }, Save{x});
}

Tensor cosh(const Tensor& x) {
  return record(
      "cosh", kernels::cosh(x.array()), [](Ctx& c) { c.give(0, mul(c.grad(), sinh(c.in(0)))); }, Save{x});
}

}  // namespace xgrad
