#include "autograd/ops/linalg.hpp"

#include <fmt/format.h>

#include <limits>

#include "autograd/create.hpp"
#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/matrices.hpp"
#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/linalg.hpp"
#include "tensor/kernels/matmul.hpp"
#include "tensor/kernels/reduce.hpp"

namespace xgrad {

using namespace detail;

namespace {

Tensor inverted(const char* op, const Tensor& a) {
  return record<true>(
      "inverse", kernels::inverse(op, a.array()),
      [](Ctx& c) {
        const Tensor y = c.out();
        c.give(0, neg(bmm(bmm(y, c.grad(), true, false), y, false, true)));
      },
      Edge{a});
}

/// The X of A X = B, or of A^T X = B, for matrices B and equal batches.
Tensor solved(const Tensor& a, const Tensor& b, bool transposed) {
  return record<true>(
      "solve", kernels::solve("solve", a.array(), b.array(), transposed),
      [transposed](Ctx& c) {
        const Tensor g = solved(c.in(0), c.grad(), !transposed);
        if (c.needs(0)) c.give(0, neg(transposed ? bmm(c.out(), g, false, true) : bmm(g, c.out(), false, true)));
        c.give(1, g);
      },
      Save{a}, Edge{b});
}

/// A triangle without (unit) or with the diagonal.
Tensor triangle_of(const Tensor& x, const kernels::Triangle& t) {
  return t.upper ? triu(x, t.unit ? 1 : 0) : tril(x, t.unit ? -1 : 0);
}

Tensor solved_triangular(const Tensor& a, const Tensor& b, kernels::Triangle t) {
  return record<true>(
      "solve_triangular", kernels::solve_triangular("solve_triangular", a.array(), b.array(), t),
      [t](Ctx& c) {
        const Tensor g = solved_triangular(c.in(0), c.grad(), {t.upper, !t.transposed, t.unit});
        if (c.needs(0)) {
          const Tensor ga = t.transposed ? bmm(c.out(), g, false, true) : bmm(g, c.out(), false, true);
          c.give(0, neg(triangle_of(ga, t)));
        }
        c.give(1, g);
      },
      Save{a}, Edge{b});
}

/// Both operands of one dtype and batch, for a system of equations.
struct System {
  Tensor a, b;
};
System system_of(const char* op, const Tensor& a, const Tensor& b) {
  const DType t = real_dtype(op, a, b);
  const Shape &sa = a.shape(), &sb = b.shape();
  if (sb.rank() < 2 || sb[sb.rank() - 2] != sa.back())
    fail<ShapeError>(op, fmt::format("got A {}, B {}; expected B.shape[-2] == {}", sa.str(), sb.str(), sa.back()));
  const Shape batch = broadcast(op, batch_of(a), batch_of(b));
  return {expand(a.to(t), with_batch(batch, sa)), expand(b.to(t), with_batch(batch, sb))};
}

}  // namespace

SlogDet slogdet(const Tensor& a) {
  const Tensor x = square_matrices("slogdet", a);
  auto [sign, log] = kernels::slogdet(x.array());
  Tensor logabsdet = record(
      "slogdet", std::move(log),
      [](Ctx& c) { c.give(0, mul(as_matrices(c.grad()), inverted("slogdet (backward)", c.in(0)).transpose(-2, -1))); },
      Save{x});
  return {Tensor(std::move(sign)), std::move(logabsdet)};
}

Tensor logdet(const Tensor& a) {
  const SlogDet d = slogdet(square_matrices("logdet", a));
  const Tensor nan(Array::full({}, std::numeric_limits<double>::quiet_NaN(), d.logabsdet.dtype()));
  return where(lt(d.sign, 0), nan, d.logabsdet);
}

Tensor inverse(const Tensor& a) { return inverted("inverse", square_matrices("inverse", a)); }

Tensor solve(const Tensor& a, const Tensor& b) {
  const Tensor x = square_matrices("solve", a);
  const bool vectors = b.dim() == 1 || (b.dim() > 0 && b.shape() == a.shape().without(a.dim() - 1));
  const System s = system_of("solve", x, vectors ? unsqueeze(b, -1) : b);
  const Tensor y = solved(s.a, s.b, false);
  return vectors ? squeeze(y, -1) : y;
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unitriangular) {
  const System s = system_of("solve_triangular", square_matrices("solve_triangular", a), b);
  return solved_triangular(s.a, s.b, {upper, false, unitriangular});
}

Tensor cholesky(const Tensor& a, bool upper) {
  if (upper) return cholesky(square_matrices("cholesky", a).transpose(-2, -1)).transpose(-2, -1);
  const Tensor x = square_matrices("cholesky", a);
  return record<true>(
      "cholesky", kernels::cholesky(x.array()),
      [](Ctx& c) {
        // dA = L^-T P L^-1, symmetric, where P is the lower triangle of L^T G with half of its diagonal.
        const Tensor l = c.out(), p = bmm(l, c.grad(), true, false);
        const Tensor half = sub(tril(p), mul(diag_embed(diagonal(p, 0, -2, -1)), 0.5));
        const kernels::Triangle transposed{false, true, false};
        const Tensor left = solved_triangular(l, half, transposed);
        const Tensor both = solved_triangular(l, left.transpose(-2, -1), transposed);
        c.give(0, mul(add(both, both.transpose(-2, -1)), 0.5));
      },
      Edge{x});
}

Tensor matrix_power(const Tensor& a, std::int64_t n) {
  if (n == INT64_MIN) fail<ValueError>("matrix_power", fmt::format("exponent: got {}; expected less", n));
  check_square("matrix_power", a);
  Tensor square = n < 0 ? inverse(a) : a;
  Tensor result;
  for (std::int64_t rest = n < 0 ? -n : n; rest > 0; rest /= 2) {
    if (rest % 2 != 0) result = result.defined() ? bmm(result, square) : square;
    if (rest > 1) square = bmm(square, square);
  }
  return result.defined() ? result : expand(eye(a.size(-1), {}, square.dtype()), a.shape());
}

Tensor pinverse(const Tensor& a, std::optional<double> rtol) {
  const Tensor x = matrices("pinverse", a);
  const double part = singular_below("pinverse", x, rtol);
  const kernels::Svd d = kernels::svd("pinverse", x.array(), true);
  Array inverses = d.s;  // 1 / s as a row for each matrix
  if (d.s.numel() > 0) {
    const Array least = kernels::mul(kernels::amax(d.s, 1u << (d.s.dim() - 1), true), part);
    inverses = kernels::where(kernels::less(least, d.s), kernels::rdiv(d.s, 1.), Array::zeros({}, x.dtype()));
  }
  const Shape rows = inverses.shape().with(inverses.dim() - 1, 1);
  Array y = kernels::bmm(d.vh, kernels::mul(d.u, inverses.reshape(rows)), true, true);
  return record<true>(
      "pinverse", std::move(y),
      [](Ctx& c) {
        // -P^T G P^T + (I - A P) G^T P P^T + P^T P G^T (I - P A)
        const Tensor &matrix = c.in(0), &g = c.grad(), p = c.out();
        const Tensor left = bmm(bmm(g, p, true, false), p, false, true);
        const Tensor right = bmm(bmm(p, p, true, false), g, false, true);
        const Tensor inner = bmm(bmm(p, g, true, false), p, false, true);
        const Tensor outside = add(sub(left, bmm(matrix, bmm(p, left))), sub(right, bmm(bmm(right, p), matrix)));
        c.give(0, sub(outside, inner));
      },
      Save{x});
}

Tensor lstsq(const Tensor& a, const Tensor& b, std::optional<double> rtol) {
  const Tensor x = matrices("lstsq", a);
  const int axis = b.dim() == 1 ? 0 : b.dim() - 2;
  if (b.dim() == 0 || b.shape()[axis] != x.size(-2))
    fail<ShapeError>("lstsq", fmt::format("got A {}, B {}; expected B.shape[{}] == {}", a.shape().str(),
                                          b.shape().str(), axis, x.size(-2)));
  const DType t = real_dtype("lstsq", a, b);
  return matmul(pinverse(a.to(t), rtol), b.to(t));
}

}  // namespace xgrad
