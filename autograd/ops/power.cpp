#include "autograd/ops/power.hpp"

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/exponential.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/power.hpp"

namespace xgrad {

namespace {

/// g y x^(y-1), and 0 where y = 0 whatever x: there x^-1 may be infinite. The select is on x too, so that the 0 passes
/// unharmed through the derivative of the power.
Tensor base_gradient(const Tensor& g, const Tensor& x, const Tensor& y) {
  const Tensor p = y.to(g.dtype()), flat = logical_and(eq(p, 0), logical_not(gt(abs(x), 0)));
  return where(flat, 0, mul(g, mul(p, pow(where(flat, 1, x), sub(p, 1)))));
}

/// g x^y log(x), and 0 where x = 0 <= y.
Tensor exponent_gradient(const Tensor& g, const Tensor& x, const Tensor& y, const Tensor& power) {
  const Tensor base = x.to(g.dtype()), flat = logical_and(eq(base, 0), ge(y, 0));
  return where(flat, 0, mul(g, mul(power, log(where(flat, 1, base)))));
}

/// x^y for one of the exponents that need no pow, in x's floating dtype; undefined for others.
Array easy_power(const Array& x, double y) {
  if (y == 1) return x.clone();
  if (y == 2) return kernels::square(x);
  if (y == 3) return kernels::cube(x);
  if (y == 0.5) return kernels::sqrt(x);
  if (y == -0.5) return kernels::rsqrt(x);
  if (y == -1) return kernels::rdiv(x, 1);
  if (y == -2) return kernels::square(kernels::rdiv(x, 1));  // not 1 / x^2, whose denominator may have lost bits
  return {};
}

}  // namespace

Tensor pow(const Tensor& x, const Tensor& y) {
  return record<true>(
      "pow", kernels::pow(x.array(), y.array()),
      [](Ctx& c) {
        if (c.needs(0)) c.give(0, base_gradient(c.grad(), c.in(0), c.in(1)));
        if (c.needs(1)) c.give(1, exponent_gradient(c.grad(), c.in(0), c.in(1), c.out()));
      },
      Save{x}, Save{y});
}

Tensor pow(const Tensor& x, Scalar y) {
  Array value;
  if (is_floating(x.dtype())) value = easy_power(x.array(), y.to<double>());
  if (!value.defined()) {
    const bool whole = !is_floating(x.dtype()) && !y.is_real();  // an integer: whatever x's dtype, it must not wrap
    value = kernels::pow(x.array(), whole ? Array::full({}, y, int64) : detail::beside(x, y));
    if (x.dtype() == uint8 && whole) value = value.to(uint8);
  }
  return record(
      "pow", std::move(value),
      [p = y.to<double>()](Ctx& c) {
        if (p == 0) c.give(0, Array::zeros(c.grad().shape(), c.grad().dtype()));
        else if (p == 1) c.give(0, c.grad());
        else c.give(0, mul(c.grad(), mul(pow(c.in(0), p - 1), p)));
      },
      Save{x});
}

Tensor pow(Scalar x, const Tensor& y) {
  const bool whole = !is_floating(y.dtype()) && !x.is_real();
  Array value = kernels::pow(whole ? Array::full({}, x, int64) : detail::beside(y, x), y.array());
  if (y.dtype() == uint8 && whole) value = value.to(uint8);
  return record<true>(
      "pow", std::move(value),
      [b = x.to<double>()](Ctx& c) {
        const Tensor g = mul(c.grad(), mul(c.out(), std::log(b)));
        c.give(0, b == 0 ? where(ge(c.in(0), 0), 0, g) : g);
      },
      Save{y});
}

Tensor Tensor::pow(Scalar exponent) const { return xgrad::pow(*this, exponent); }
Tensor Tensor::pow(const Tensor& exponent) const { return xgrad::pow(*this, exponent); }

}  // namespace xgrad
