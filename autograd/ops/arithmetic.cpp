#include "autograd/ops/arithmetic.hpp"

#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/rounding.hpp"
#include "tensor/kernels/selection.hpp"

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

Tensor sub(const Tensor& x, Scalar s) {
  if (s.is_real()) return add(x, -s.to<double>());
  return add(x, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(s.to<std::int64_t>())));  // wraps around
}

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
/// g where x > 0, -g where x < 0, 0 at 0: linear in g, constant in x.
Tensor with_sign_of(const Tensor& x, const Tensor& g) {
  constexpr kernels::Pieces kSlopes{.low = 0, .high = 0, .below = -1, .middle = 0, .above = 1, .closed = true};
  return record(
      "abs_backward", kernels::slope(g.array(), x.array(), kSlopes),
      [](Ctx& c) { c.give(0, with_sign_of(c.in(1), c.grad())); }, Edge{g}, Save{x});
}
}  // namespace

Tensor abs(const Tensor& x) {
  return record(
      "abs", kernels::abs(x.array()), [](Ctx& c) { c.give(0, with_sign_of(c.in(0), c.grad())); }, Save{x});
}

Tensor sign(const Tensor& x) {
  return record(
      "sign", kernels::sign(x.array()), [](Ctx& c) { c.give(0, Array::zeros(c.grad().shape(), c.grad().dtype())); },
      Edge{x});
}

Tensor reciprocal(const Tensor& x) { return div(1, x); }

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
Tensor Tensor::abs() const { return xgrad::abs(*this); }

}  // namespace xgrad
