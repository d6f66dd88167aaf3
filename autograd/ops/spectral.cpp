// The results of a factorisation are packed in one tensor, recorded as one operation and taken apart by recorded
// slices: so the derivative sees all their gradients together and, for second derivatives, all of them as functions of
// A.

#include "autograd/ops/spectral.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <vector>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/matrices.hpp"
#include "autograd/ops/diagonal.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/product.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/linalg.hpp"

namespace xgrad {

using namespace detail;

namespace {

Tensor number_like(const Tensor& x, double value) { return Tensor(Array::full({}, value, x.dtype())); }

/// x / y, and 0 for 0 / 0: a gradient that is not there stays 0 where values are repeated.
Tensor ratio(const Tensor& x, const Tensor& y) {
  const Tensor nothing = mul(eq(x, 0), eq(y, 0)).to(bool_);
  return div(x, where(nothing, number_like(y, 1), y));
}

Tensor swapped(const Tensor& x) { return transpose(x, -2, -1); }
Tensor as_column(const Tensor& x) { return unsqueeze(x, -1); }
Tensor as_row(const Tensor& x) { return unsqueeze(x, -2); }
bool recorded(const Tensor& a) { return a.requires_grad() && GradMode::enabled(); }

/// The triangle that is read, as the lower one.
Tensor lower_of(const char* op, const Tensor& a, char uplo) {
  const Tensor x = square_matrices(op, a);
  if (uplo == 'L' || uplo == 'l') return x;
  if (uplo == 'U' || uplo == 'u') return swapped(x);
  fail<ValueError>(op, fmt::format("uplo: got '{}'; expected 'L' or 'U'", uplo));
}

// ---- eigh: [..., n, n + 1], the values as the last column ---------------------------------------------------------

Eigh unpacked_eigh(const Tensor& packed) {
  const std::int64_t n = packed.size(-2);
  return {select(packed, -1, n), slice(packed, -1, 0, n)};
}

Tensor packed_eigh(const Tensor& a) {
  auto [w, v] = kernels::eigh(a.array(), true);
  const Array column = w.reshape(w.shape().with(w.dim(), 1));
  return record<true>(
      "eigh", kernels::concat(std::vector{v, column}, a.dim() - 1),
      [](Ctx& c) {
        const auto [values, vectors] = unpacked_eigh(c.out());
        const auto [gw, gv] = unpacked_eigh(c.grad());
        const Tensor m = bmm(vectors, gv, true, false), gaps = sub(as_row(values), as_column(values));
        const Tensor inside = add(ratio(mul(sub(m, swapped(m)), 0.5), gaps), diag_embed(gw));
        c.give(0, bmm(bmm(vectors, inside), vectors, false, true));
      },
      Edge{a});
}

// ---- svd: [..., m k + k + k n] -------------------------------------------------------------------------------------

Svd unpacked_svd(const Tensor& packed, std::int64_t m, std::int64_t n) {
  const std::int64_t k = std::min(m, n);
  const Shape batch = packed.shape().without(packed.dim() - 1);
  const auto part = [&](std::int64_t from, std::int64_t rows, std::int64_t columns) {
    return reshape(slice(packed, -1, from, from + rows * columns), with_batch(batch, {rows, columns}));
  };
  return {part(0, m, k), slice(packed, -1, m * k, m * k + k), part(m * k + k, k, n)};
}

/// (X - X^T) / (s_j^2 - s_i^2)
Tensor turned(const Tensor& x, const Tensor& s) {
  const Tensor gaps = mul(sub(as_row(s), as_column(s)), add(as_row(s), as_column(s)));
  return ratio(sub(x, swapped(x)), gaps);
}

Tensor svd_backward(const Svd& d, const Svd& g) {
  const auto& [u, s, vh] = d;
  const Tensor around_u = mul(turned(bmm(u, g.U, true, false), s), as_row(s));
  const Tensor around_v = mul(as_column(s), turned(bmm(vh, g.Vh, false, true), s));
  Tensor ga = bmm(bmm(u, add(add(around_u, around_v), diag_embed(g.S))), vh);
  if (u.size(-2) > u.size(-1)) {  // what leaves the space of U
    const Tensor out = sub(g.U, bmm(u, bmm(u, g.U, true, false)));
    ga = add(ga, bmm(ratio(out, as_row(s)), vh));
  }
  if (vh.size(-1) > vh.size(-2)) {
    const Tensor out = sub(g.Vh, bmm(bmm(g.Vh, vh, false, true), vh));
    ga = add(ga, bmm(u, ratio(out, as_column(s))));
  }
  return ga;
}

Tensor packed_svd(const char* op, const Tensor& a) {
  const std::int64_t m = a.size(-2), n = a.size(-1);
  const kernels::Svd d = kernels::svd(op, a.array(), true);
  const auto line = [](const Array& x) {
    Shape shape;
    for (int i = 0; i + 2 < x.dim(); ++i) shape.push_back(x.shape()[i]);
    shape.push_back(x.size(-2) * x.size(-1));
    return x.reshape(shape);
  };
  return record<true>(
      "svd", kernels::concat(std::vector{line(d.u), d.s, line(d.vh)}, a.dim() - 2),
      [m, n](Ctx& c) { c.give(0, svd_backward(unpacked_svd(c.out(), m, n), unpacked_svd(c.grad(), m, n))); }, Edge{a});
}

}  // namespace

Eigh eigh(const Tensor& a, char uplo) {
  const Tensor x = lower_of("eigh", a, uplo);
  if (recorded(x)) return unpacked_eigh(packed_eigh(x));
  auto [w, v] = kernels::eigh(x.array(), true);
  return {Tensor(std::move(w)), Tensor(std::move(v))};
}

Tensor eigvalsh(const Tensor& a, char uplo) {
  const Tensor x = lower_of("eigvalsh", a, uplo);
  if (recorded(x)) return unpacked_eigh(packed_eigh(x)).eigenvalues;
  return kernels::eigh(x.array(), false).first;
}

Svd svd(const Tensor& a) {
  const Tensor x = matrices("svd", a);
  if (recorded(x)) return unpacked_svd(packed_svd("svd", x), x.size(-2), x.size(-1));
  kernels::Svd d = kernels::svd("svd", x.array(), true);
  return {Tensor(std::move(d.u)), Tensor(std::move(d.s)), Tensor(std::move(d.vh))};
}

Tensor svdvals(const Tensor& a) {
  const Tensor x = matrices("svdvals", a);
  if (recorded(x)) return unpacked_svd(packed_svd("svdvals", x), x.size(-2), x.size(-1)).S;
  return kernels::svd("svdvals", x.array(), false).s;
}

// ---- norms ----------------------------------------------------------------------------------------------------------

namespace {

/// |x|, with the gradient 0 at 0.
Tensor magnitude(const Tensor& x) { return add(relu(x), relu(neg(x))); }

Tensor frobenius(const Tensor& x) {
  if (x.numel() == 0) return sum(x, {-2, -1}, true);  // 0; a root would have no second derivative there
  // Divided by the largest element, a constant where it cancels; not so where it is 0 or infinite.
  const Tensor top = amax(magnitude(x.detach()), {-2, -1}, true);
  const double most = x.dtype() == float32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
  const Tensor usable = mul(gt(top, 0), le(top, most)).to(bool_);
  const Tensor scale = where(usable, top, number_like(x, 1)), squares = sum(square(div(x, scale)), {-2, -1}, true);
  const Tensor none = eq(squares, 0), root = sqrt(where(none, number_like(x, 1), squares));
  return mul(where(none, number_like(x, 0), root), scale);
}

Tensor without_matrix_axes(const Tensor& x, bool keepdim) { return keepdim ? x : squeeze(x, {-2, -1}); }

}  // namespace

Tensor matrix_norm(const Tensor& a, const char* order, bool keepdim) {
  const Tensor x = matrices("matrix_norm", a);
  const std::string_view name = order == nullptr ? "" : order;
  if (name == "fro") return without_matrix_axes(frobenius(x), keepdim);
  if (name == "nuc") return without_matrix_axes(as_column(sum(svdvals(x), -1, true)), keepdim);
  fail<ValueError>("matrix_norm", fmt::format("order: got \"{}\"; expected \"fro\" or \"nuc\"", name));
}

Tensor matrix_norm(const Tensor& a, double order, bool keepdim) {
  const Tensor x = matrices("matrix_norm", a);
  const double p = std::abs(order);
  if (p != 1 && p != 2 && !std::isinf(p))
    fail<ValueError>("matrix_norm",
                     fmt::format("order: got {}; expected 1, 2 or inf, or one of these negative", order));
  const Tensor sizes = p == 2 ? svdvals(x) : sum(magnitude(x), p == 1 ? -2 : -1);
  const Tensor chosen = order > 0 ? amax(sizes, -1, true) : amin(sizes, -1, true);
  return without_matrix_axes(as_column(chosen), keepdim);
}

Tensor matrix_rank(const Tensor& a, std::optional<double> rtol) {
  const Tensor x = matrices("matrix_rank", a).detach();
  const double part = singular_below("matrix_rank", x, rtol);
  const Tensor s = svdvals(x);
  if (s.numel() == 0) return sum(s, -1).to(int64);
  return sum(gt(s, mul(amax(s, -1, true), part)), -1);
}

}  // namespace xgrad
