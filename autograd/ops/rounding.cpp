#include "autograd/ops/rounding.hpp"

#include "autograd/ops/arithmetic.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/rounding.hpp"

namespace xgrad {

namespace {
/// A step function's value: recorded, so that what is in front gets a gradient of zeros.
Tensor step(const char* name, const Tensor& x, Array value) {
  return record(
      name, std::move(value), [](Ctx& c) { c.give(0, Array::zeros(c.grad().shape(), c.grad().dtype())); }, Edge{x});
}
}  // namespace

Tensor floor(const Tensor& x) { return step("floor", x, kernels::floor(x.array())); }
Tensor ceil(const Tensor& x) { return step("ceil", x, kernels::ceil(x.array())); }
Tensor trunc(const Tensor& x) { return step("trunc", x, kernels::trunc(x.array())); }
Tensor round(const Tensor& x) { return step("round", x, kernels::round(x.array())); }

Tensor remainder(const Tensor& x, const Tensor& y) {
  return record(
      "remainder", kernels::remainder(x.array(), y.array()),
      [](Ctx& c) {
        c.give(0, c.grad());
        if (c.needs(1)) c.give(1, neg(mul(c.grad(), kernels::floor_divide(c.in(0).array(), c.in(1).array()))));
      },
      Save{x}, Save{y});
}
Tensor remainder(const Tensor& x, Scalar y) { return remainder(x, Tensor(detail::beside(x, y))); }
Tensor remainder(Scalar x, const Tensor& y) { return remainder(Tensor(detail::beside(y, x)), y); }

}  // namespace xgrad
