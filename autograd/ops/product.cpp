#include "autograd/ops/product.hpp"

#include <fmt/format.h>

#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/matmul.hpp"

namespace xgrad {
namespace {

DType product_dtype(const char* op, const Tensor& a, const Tensor& b) {
  const DType t = promote(op, a.dtype(), b.dtype());
  if (!is_floating(t))
    fail<DTypeError>(op, fmt::format("got {} and {}; expected a floating operand, convert with .to(float32)",
                                     name_of(a.dtype()), name_of(b.dtype())));
  return t;
}

Tensor product(const Tensor& a, const Tensor& b, bool ta, bool tb) {
  return record(
      "matmul", kernels::bmm(a.array(), b.array(), ta, tb),
      [ta, tb](Ctx& c) {
        const Tensor& g = c.grad();
        if (c.needs(0)) c.give(0, ta ? product(c.in(1), g, tb, true) : product(g, c.in(1), false, !tb));
        if (c.needs(1)) c.give(1, tb ? product(g, c.in(0), true, ta) : product(c.in(0), g, !ta, false));
      },
      Save{a}, Save{b});
}

/// All axes but the last as one: a matrix of the rows.
Tensor as_rows(const Tensor& x) {
  if (x.dim() == 2) return x;
  const std::int64_t features = x.shape().back();
  return reshape(x, {features == 0 ? 0 : x.numel() / features, features});
}

}  // namespace

Tensor bmm(const Tensor& a, const Tensor& b, bool ta, bool tb) {
  const DType t = product_dtype("bmm", a, b);
  const Shape &sa = a.shape(), &sb = b.shape();
  if (sa.rank() < 2 || sb.rank() < 2)
    fail<ShapeError>("bmm", fmt::format("got A {}, B {}; expected at least two axes each", sa.str(), sb.str()));
  const std::int64_t ka = sa[sa.rank() - (ta ? 2 : 1)], kb = sb[sb.rank() - (tb ? 1 : 2)];
  if (ka != kb) {
    fail<ShapeError>("bmm", fmt::format("inner sizes differ: got A {}{}, B {}{}; expected {} == {}", sa.str(),
                                        ta ? "^T" : "", sb.str(), tb ? "^T" : "", ka, kb));
  }
  return product(a.to(t), b.to(t), ta, tb);
}

Tensor matmul(const Tensor& a, const Tensor& b) {
  const DType t = product_dtype("matmul", a, b);
  const Shape &sa = a.shape(), &sb = b.shape();
  if (sa.rank() == 0 || sb.rank() == 0)
    fail<ShapeError>("matmul", fmt::format("got A {}, B {}; expected at least one axis each, use * for a number",
                                           sa.str(), sb.str()));
  const bool vector_a = sa.rank() == 1, vector_b = sb.rank() == 1;
  const int inner_b = vector_b ? 0 : sb.rank() - 2;
  if (sa.back() != sb[inner_b]) {
    fail<ShapeError>("matmul", fmt::format("inner sizes differ: got A {}, B {}; expected A.shape[{}] == B.shape[{}]",
                                           sa.str(), sb.str(), sa.rank() - 1, inner_b));
  }
  const Tensor x = vector_a ? unsqueeze(a.to(t), 0) : a.to(t);
  const Tensor y = vector_b ? unsqueeze(b.to(t), 1) : b.to(t);
  Tensor result = product(x, y, false, false);
  if (vector_b) result = squeeze(result, -1);
  if (vector_a) result = squeeze(result, vector_b ? -1 : -2);
  return result;
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const Shape &s = x.shape(), &w = weight.shape();
  if (w.rank() != 2 || w[0] == 0)
    fail<ShapeError>("linear", fmt::format("weight: got {}; expected [out, in] with out > 0", w.str()));
  if (s.rank() == 0 || s.back() != w[1]) {
    fail<ShapeError>("linear", fmt::format("input features: got input {}, weight {}; expected input.shape[-1] == {}",
                                           s.str(), w.str(), w[1]));
  }
  if (bias.defined() && bias.shape() != Shape{w[0]})
    fail<ShapeError>("linear",
                     fmt::format("bias: got {} for weight {}; expected [{}]", bias.shape().str(), w.str(), w[0]));
  DType t = product_dtype("linear", x, weight);
  if (bias.defined()) t = promote("linear", t, bias.dtype());
  if (x.dtype() != t || weight.dtype() != t || (bias.defined() && bias.dtype() != t))
    return linear(x.to(t), weight.to(t), bias.defined() ? bias.to(t) : bias);
  const auto vjp = [](Ctx& c) {
    const Tensor& g = c.grad();
    if (c.needs(0)) c.give(0, g.dim() >= 2 ? product(g, c.in(1), false, false) : matmul(g, c.in(1)));
    if (c.needs(1)) c.give(1, product(as_rows(g), as_rows(c.in(0)), true, false));
    if (c.inputs() == 3) c.give(2, g);  // summed down to [out]
  };
  Array y = kernels::linear(x.array(), weight.array(), bias.array());
  if (!bias.defined()) return record("linear", std::move(y), vjp, Save{x}, Save{weight});
  return record("linear", std::move(y), vjp, Save{x}, Save{weight}, Edge{bias});
}

Tensor Tensor::matmul(const Tensor& other) const { return xgrad::matmul(*this, other); }

}  // namespace xgrad
