#include "autograd/ops/product.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/comparison.hpp"
#include "autograd/ops/einsum.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/matmul.hpp"

namespace xgrad {
namespace {

DType product_dtype(const char* op, const Tensor& a, const Tensor& b) {
  const DType t = promote(op, a.dtype(), b.dtype());
  if (t == bool_) fail<DTypeError>(op, "got bool and bool; expected numbers, convert with .to(float32) or .to(int64)");
  return t;
}

void check_rank(const char* op, const char* name, const Tensor& x, int rank) {
  if (x.dim() != rank)
    fail<ShapeError>(
        op, fmt::format("{}: got shape {}; expected a {}", name, x.shape().str(), rank == 1 ? "vector" : "matrix"));
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
  return reshape(x, {x.shape().without(x.dim() - 1).numel(), x.shape().back()});
}

/// The gradients of x W^T + b from that of its value.
void give_linear(Ctx& c, const Tensor& g) {
  const Tensor &x = c.in(0), &w = c.in(1);
  if (!GradMode::enabled() && g.dim() == 2) {
    if (c.needs(0)) c.give(0, kernels::bmm(g.array(), w.array(), false, false));
    if (c.needs(1)) c.give(1, kernels::bmm(g.array(), x.array(), true, false));
  } else {
    if (c.needs(0)) c.give(0, g.dim() >= 2 ? product(g, w, false, false) : matmul(g, w));
    if (c.needs(1)) c.give(1, product(as_rows(g), as_rows(x), true, false));
  }
  if (c.inputs() == 3) c.give(2, g);  // summed down to [out]
}

template <bool SaveOut, class F>
Tensor record_linear(const char* name, Array y, F vjp, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  if (!bias.defined()) return record<SaveOut>(name, std::move(y), vjp, Save{x}, Save{weight});
  return record<SaveOut>(name, std::move(y), vjp, Save{x}, Save{weight}, Edge{bias});
}

/// A function that linear can end with: in place, and the gradient of its input from that of its output y.
struct Ending {
  const char* name;
  void (*apply)(Array& y);
  Array (*backward)(const Array& g, const Array& y);
  Tensor (*recorded)(const Tensor& g, const Tensor& y);
};

const Ending& ending(Epilogue e) {
  static constexpr Ending kEndings[] = {{"linear_relu", kernels::relu_in_place, kernels::relu_backward,
                                         [](const Tensor& g, const Tensor& y) { return where(le(y, 0), 0, g); }},
                                        {"linear_sigmoid", kernels::sigmoid_in_place, kernels::sigmoid_backward,
                                         [](const Tensor& g, const Tensor& y) { return mul(g, mul(y, sub(1, y))); }},
                                        {"linear_tanh", kernels::tanh_in_place, kernels::tanh_backward,
                                         [](const Tensor& g, const Tensor& y) { return mul(g, sub(1, mul(y, y))); }}};
  return kEndings[static_cast<int>(e) - 1];
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
  return linear(x, weight, bias, Epilogue::none);
}

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Epilogue epilogue) {
  const Shape &s = x.shape(), &w = weight.shape();
  if (w.rank() != 2) fail<ShapeError>("linear", fmt::format("weight: got {}; expected [out, in]", w.str()));
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
    return linear(x.to(t), weight.to(t), bias.defined() ? bias.to(t) : bias, epilogue);
  if (epilogue != Epilogue::none && !is_floating(t))
    fail<DTypeError>("linear", fmt::format("an epilogue of {}; expected float32 or float64", name_of(t)));
  Array y = kernels::linear(x.array(), weight.array(), bias.array());
  if (epilogue == Epilogue::none) {
    const auto vjp = [](Ctx& c) { give_linear(c, c.grad()); };
    return record_linear<false>("linear", std::move(y), vjp, x, weight, bias);
  }
  const Ending& end = ending(epilogue);
  end.apply(y);
  const auto vjp = [&end](Ctx& c) {
    const Tensor out = c.out();
    if (GradMode::enabled()) give_linear(c, end.recorded(c.grad(), out));
    else give_linear(c, Tensor(end.backward(c.grad().array(), out.array())));
  };
  return record_linear<true>(end.name, std::move(y), vjp, x, weight, bias);
}

Tensor mm(const Tensor& a, const Tensor& b) {
  check_rank("mm", "A", a, 2);
  check_rank("mm", "B", b, 2);
  return matmul(a, b);
}

Tensor mv(const Tensor& a, const Tensor& x) {
  check_rank("mv", "A", a, 2);
  check_rank("mv", "x", x, 1);
  return matmul(a, x);
}

Tensor dot(const Tensor& x, const Tensor& y) {
  check_rank("dot", "x", x, 1);
  check_rank("dot", "y", y, 1);
  if (x.shape() != y.shape())
    fail<ShapeError>("dot", fmt::format("got x {}, y {}; expected equal sizes", x.shape().str(), y.shape().str()));
  return matmul(x, y);
}

Tensor inner(const Tensor& x, const Tensor& y) {
  if (x.dim() == 0 || y.dim() == 0) return mul(x, y);
  if (x.shape().back() != y.shape().back())
    fail<ShapeError>("inner",
                     fmt::format("got x {}, y {}; expected last axes of one size", x.shape().str(), y.shape().str()));
  return tensordot(x, y, {-1}, {-1});
}

Tensor outer(const Tensor& x, const Tensor& y) {
  check_rank("outer", "x", x, 1);
  check_rank("outer", "y", y, 1);
  return mul(unsqueeze(x, 1), y);
}

Tensor kron(const Tensor& x, const Tensor& y) {
  const int rank = std::max(x.dim(), y.dim());
  if (2 * rank > Shape::kMaxRank)
    fail<ShapeError>("kron", fmt::format("got x {}, y {}; expected at most {} axes", x.shape().str(), y.shape().str(),
                                         Shape::kMaxRank / 2));
  Shape shape_x, shape_y, shape;
  for (int i = 0; i < rank; ++i) {
    const int ix = i - (rank - x.dim()), iy = i - (rank - y.dim());
    const std::int64_t nx = ix < 0 ? 1 : x.shape()[ix], ny = iy < 0 ? 1 : y.shape()[iy];
    shape_x.push_back(nx), shape_x.push_back(1);
    shape_y.push_back(1), shape_y.push_back(ny);
    shape.push_back(0);
    if (__builtin_mul_overflow(nx, ny, &shape[i]))
      fail<ShapeError>("kron", fmt::format("too large: got x {}, y {}", x.shape().str(), y.shape().str()));
  }
  return reshape(mul(reshape(x, shape_x), reshape(y, shape_y)), shape);
}

Tensor Tensor::matmul(const Tensor& other) const { return xgrad::matmul(*this, other); }

}  // namespace xgrad
