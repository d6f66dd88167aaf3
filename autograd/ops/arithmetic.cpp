#include "autograd/ops/arithmetic.hpp"

#include <fmt/format.h>

#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/functions.hpp"

namespace xgrad {

Tensor add(const Tensor& x, const Tensor& y) {
  return record(
      "add", kernels::add(x.array(), y.array()),
      [](Ctx& c) {
        c.give(0, c.grad());
        c.give(1, c.grad());
      },
      Edge{x}, Edge{y});
}

Tensor sub(const Tensor& x, const Tensor& y) {
  return record(
      "sub", kernels::sub(x.array(), y.array()),
      [](Ctx& c) {
        c.give(0, c.grad());
        if (c.needs(1)) c.give(1, neg(c.grad()));
      },
      Edge{x}, Edge{y});
}

Tensor mul(const Tensor& x, const Tensor& y) {
  return record(
      "mul", kernels::mul(x.array(), y.array()),
      [](Ctx& c) {
        if (c.needs(0)) c.give(0, mul(c.grad(), c.in(1)));
        if (c.needs(1)) c.give(1, mul(c.grad(), c.in(0)));
      },
      Save{x}, Save{y});
}

Tensor div(const Tensor& x, const Tensor& y) {
  return record<true>(
      "div", kernels::div(x.array(), y.array()),
      [](Ctx& c) {
        const Tensor g = div(c.grad(), c.in(1));
        if (c.needs(1)) c.give(1, neg(mul(g, c.out())));
        c.give(0, g);
      },
      Edge{x}, Save{y});
}

Tensor add(const Tensor& x, Scalar s) {
  return record(
      "add", kernels::add(x.array(), s), [](Ctx& c) { c.give(0, c.grad()); }, Edge{x});
}

Tensor sub(const Tensor& x, Scalar s) { return s.is_real() ? add(x, -s.to<double>()) : add(x, -s.to<std::int64_t>()); }

Tensor sub(Scalar s, const Tensor& x) {
  return record(
      "rsub", kernels::rsub(x.array(), s), [](Ctx& c) { c.give(0, neg(c.grad())); }, Edge{x});
}

Tensor mul(const Tensor& x, Scalar s) {
  return record(
      "mul", kernels::mul(x.array(), s), [s](Ctx& c) { c.give(0, mul(c.grad(), s)); }, Edge{x});
}

Tensor div(const Tensor& x, Scalar s) {
  return record(
      "div", kernels::div(x.array(), s), [s](Ctx& c) { c.give(0, div(c.grad(), s)); }, Edge{x});
}

Tensor div(Scalar s, const Tensor& x) {
  return record<true>(
      "rdiv", kernels::rdiv(x.array(), s), [](Ctx& c) { c.give(0, neg(mul(div(c.grad(), c.in(0)), c.out()))); },
      Save{x});
}

Tensor neg(const Tensor& x) {
  return record(
      "neg", kernels::neg(x.array()), [](Ctx& c) { c.give(0, neg(c.grad())); }, Edge{x});
}

namespace {
/// A number as a 0-d value that the other operand's dtype fits.
Array scalar_like(const Tensor& x, Scalar s) { return Array::full({}, s, s.with(x.dtype())); }
}  // namespace

Tensor eq(const Tensor& x, const Tensor& y) { return kernels::equal(x.array(), y.array()); }
Tensor ne(const Tensor& x, const Tensor& y) { return kernels::not_equal(x.array(), y.array()); }
Tensor lt(const Tensor& x, const Tensor& y) { return kernels::less(x.array(), y.array()); }
Tensor le(const Tensor& x, const Tensor& y) { return kernels::less_equal(x.array(), y.array()); }
Tensor gt(const Tensor& x, const Tensor& y) { return lt(y, x); }
Tensor ge(const Tensor& x, const Tensor& y) { return le(y, x); }
Tensor eq(const Tensor& x, Scalar y) { return kernels::equal(x.array(), scalar_like(x, y)); }
Tensor ne(const Tensor& x, Scalar y) { return kernels::not_equal(x.array(), scalar_like(x, y)); }
Tensor lt(const Tensor& x, Scalar y) { return kernels::less(x.array(), scalar_like(x, y)); }
Tensor le(const Tensor& x, Scalar y) { return kernels::less_equal(x.array(), scalar_like(x, y)); }
Tensor gt(const Tensor& x, Scalar y) { return kernels::less(scalar_like(x, y), x.array()); }
Tensor ge(const Tensor& x, Scalar y) { return kernels::less_equal(scalar_like(x, y), x.array()); }

Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y) {
  if (condition.dtype() != bool_)
    fail<DTypeError>("where", fmt::format("condition: got {}; expected bool, from a comparison or .to(bool_)",
                                          name_of(condition.dtype())));
  const DType t = promote("where", x.dtype(), y.dtype());
  return record(
      "where", kernels::where(condition.array(), x.array().to(t), y.array().to(t)),
      [](Ctx& c) {
        const Tensor none(Array::zeros({}, c.grad().dtype()));
        if (c.needs(1)) c.give(1, where(c.in(0), c.grad(), none));
        if (c.needs(2)) c.give(2, where(c.in(0), none, c.grad()));
      },
      Save{condition}, Edge{x}, Edge{y});
}

Tensor operator+(const Tensor& x, const Tensor& y) { return add(x, y); }
Tensor operator-(const Tensor& x, const Tensor& y) { return sub(x, y); }
Tensor operator*(const Tensor& x, const Tensor& y) { return mul(x, y); }
Tensor operator/(const Tensor& x, const Tensor& y) { return div(x, y); }
Tensor operator+(const Tensor& x, Scalar y) { return add(x, y); }
Tensor operator-(const Tensor& x, Scalar y) { return sub(x, y); }
Tensor operator*(const Tensor& x, Scalar y) { return mul(x, y); }
Tensor operator/(const Tensor& x, Scalar y) { return div(x, y); }
Tensor operator+(Scalar x, const Tensor& y) { return add(y, x); }
Tensor operator-(Scalar x, const Tensor& y) { return sub(x, y); }
Tensor operator*(Scalar x, const Tensor& y) { return mul(y, x); }
Tensor operator/(Scalar x, const Tensor& y) { return div(x, y); }
Tensor Tensor::operator-() const { return neg(*this); }

}  // namespace xgrad
