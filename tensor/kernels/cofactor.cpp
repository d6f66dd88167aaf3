// With A = U S V^T and s = det U det V the cofactors are U diag(s p) V^T, p_i the product of all singular values but
// the i-th. Their derivative in the direction G, with H = U^T G V, is U W V^T, where of P_ij, the products of all but
// the i-th and the j-th, W_ij = -s P_ij H_ji off the diagonal and W_ii = s sum_{j != i} P_ij H_jj on it.

#include "tensor/kernels/cofactor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/linalg.hpp"
#include "tensor/kernels/matmul.hpp"
#include "tensor/kernels/scaled.hpp"

namespace xgrad::kernels {
namespace {

/// Of each matrix, in float64.
struct Parts {
  std::int64_t count, n;
  Array u, s, vh;
  Array sign;                ///< det U det V
  std::vector<bool> finite;  ///< where false the matrix was taken as zeros
};

Parts parts_of(const Array& a) {
  const std::int64_t n = a.size(-1);
  Array matrices = a.to(float64).clone();
  Parts p{n == 0 ? 0 : a.numel() / (n * n), n, {}, {}, {}, {}, {}};
  double* x = out<double>(matrices);
  for (std::int64_t i = 0; i < p.count; ++i) {
    double* const matrix = x + i * n * n;
    p.finite.push_back(std::all_of(matrix, matrix + n * n, [](double v) { return std::isfinite(v); }));
    if (!p.finite.back()) std::fill_n(matrix, n * n, 0.);
  }
  Svd d = svd("det", matrices, true);
  p.u = d.u, p.s = d.s, p.vh = d.vh;
  p.sign = mul(slogdet(p.u).first, slogdet(p.vh).first);
  return p;
}

/// The result in a's dtype, and NaN where a was not finite.
Array finished(Array y, const Parts& p, DType t) {
  for (std::int64_t i = 0; i < p.count; ++i)
    if (!p.finite[static_cast<std::size_t>(i)])
      std::fill_n(out<double>(y) + i * p.n * p.n, p.n * p.n, std::numeric_limits<double>::quiet_NaN());
  return y.to(t);
}

/// ends[i]: the product of the numbers from i on.
std::vector<Scaled> products_from(const double* s, std::int64_t n) {
  std::vector<Scaled> ends(static_cast<std::size_t>(n + 1));
  for (std::int64_t i = n; i-- > 0;) {
    ends[static_cast<std::size_t>(i)] = ends[static_cast<std::size_t>(i + 1)];
    ends[static_cast<std::size_t>(i)] *= s[i];
  }
  return ends;
}

/// p[i]: sign times the product of all but the i-th.
void all_but_one(const double* s, std::int64_t n, double sign, double* p) {
  const std::vector<Scaled> ends = products_from(s, n);
  Scaled start;
  start *= sign;
  for (std::int64_t i = 0; i < n; ++i) {
    Scaled product = start;
    product *= ends[static_cast<std::size_t>(i + 1)];
    p[i] = product.to<double>();
    start *= s[i];
  }
}

/// p[i][j]: sign times the product of all but the i-th and the j-th, j != i.
void all_but_two(const double* s, std::int64_t n, double sign, double* p) {
  const std::vector<Scaled> ends = products_from(s, n);
  Scaled start;
  start *= sign;
  for (std::int64_t i = 0; i < n; ++i) {
    Scaled middle = start;
    p[i * n + i] = 0;
    for (std::int64_t j = i + 1; j < n; ++j) {
      Scaled product = middle;
      product *= ends[static_cast<std::size_t>(j + 1)];
      p[i * n + j] = p[j * n + i] = product.to<double>();
      middle *= s[j];
    }
    start *= s[i];
  }
}

}  // namespace

Array cofactors(const Array& a) {
  if (a.numel() == 0) return Array::empty_like(a);
  const Parts p = parts_of(a);
  Array d = Array::empty_like(p.s);
  for (std::int64_t i = 0; i < p.count; ++i)
    all_but_one(in<double>(p.s) + i * p.n, p.n, in<double>(p.sign)[i], out<double>(d) + i * p.n);
  Shape as_rows = p.s.shape();
  as_rows = as_rows.with(as_rows.rank() - 1, 1);
  return finished(bmm(mul(p.u, d.reshape(as_rows)), p.vh, false, false), p, a.dtype());
}

Array cofactors_backward(const Array& a, const Array& g) {
  if (a.numel() == 0) return Array::empty_like(a);
  const Parts p = parts_of(a);
  const std::int64_t n = p.n;
  const Array h = bmm(bmm(p.u, g.to(float64), true, false), p.vh, false, true);
  Array w = Array::empty_like(h);
  std::vector<double> pairs(static_cast<std::size_t>(n * n));
  for (std::int64_t m = 0; m < p.count; ++m) {
    const double* from = in<double>(h) + m * n * n;
    double* to = out<double>(w) + m * n * n;
    all_but_two(in<double>(p.s) + m * n, n, in<double>(p.sign)[m], pairs.data());
    for (std::int64_t i = 0; i < n; ++i) {
      double diagonal = 0;
      for (std::int64_t j = 0; j < n; ++j) {
        const double product = pairs[static_cast<std::size_t>(i * n + j)];
        if (j == i) continue;
        diagonal += product * from[j * n + j];
        to[i * n + j] = -product * from[j * n + i];
      }
      to[i * n + i] = diagonal;
    }
  }
  return finished(bmm(bmm(p.u, w, false, false), p.vh, false, false), p, a.dtype());
}

}  // namespace xgrad::kernels
