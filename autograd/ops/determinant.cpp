// The determinant and its derivatives, each of which is an operation: det, its cofactors, and theirs. The first two are
// right for singular matrices; see tensor/kernels/cofactor.cpp.

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/matrices.hpp"
#include "autograd/ops/linalg.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/cofactor.hpp"
#include "tensor/kernels/linalg.hpp"

namespace xgrad {

using namespace detail;

namespace {

/// <X, Y> of each pair of matrices, as a matrix of one element.
Tensor inner_products(const Tensor& x, const Tensor& y) { return sum(mul(x, y), {-2, -1}, true); }

/// d <X, D> / dA of D = det(A) (<G, B> B - B G^T B), the derivative of the cofactors in the direction G, where
/// B = A^-T and dB = -B dA^T B.
Tensor third_derivative(const Tensor& a, const Tensor& g, const Tensor& x) {
  const Tensor b = inverse(a).transpose(-2, -1), d = as_matrices(det(a));
  const Tensor bg = bmm(bmm(b, g, false, true), b), bx = bmm(bmm(b, x, false, true), b);
  const Tensor gb = inner_products(g, b), xb = inner_products(x, b);
  const Tensor form = sub(mul(gb, xb), inner_products(x, bg));
  const Tensor moved =
      sub(add(mul(xb, bg), mul(gb, bx)), add(bmm(bmm(bg, x, false, true), b), bmm(bmm(bx, g, false, true), b)));
  return mul(d, sub(mul(form, b), moved));
}

/// The derivative of the cofactors of A in the direction G; symmetric: <X, of G> = <G, of X>.
Tensor cofactors_along(const Tensor& a, const Tensor& g) {
  return record(
      "det (second derivative)", kernels::cofactors_backward(a.array(), g.array()),
      [](Ctx& c) {
        if (c.needs(0)) c.give(0, third_derivative(c.in(0), c.in(1), c.grad()));
        if (c.needs(1)) c.give(1, cofactors_along(c.in(0), c.grad()));
      },
      Save{a}, Save{g});
}

Tensor cofactors(const Tensor& a) {
  return record(
      "det (derivative)", kernels::cofactors(a.array()), [](Ctx& c) { c.give(0, cofactors_along(c.in(0), c.grad())); },
      Save{a});
}

}  // namespace

Tensor det(const Tensor& a) {
  const Tensor x = square_matrices("det", a);
  return record(
      "det", kernels::det(x.array()), [](Ctx& c) { c.give(0, mul(as_matrices(c.grad()), cofactors(c.in(0)))); },
      Save{x});
}

}  // namespace xgrad
