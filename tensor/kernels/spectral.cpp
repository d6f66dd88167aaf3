// Eigenvalues and singular values. LAPACK gets the matrices in its own order, so that the signs of the vectors, which
// are its choice, are those that others get of it.

#include <fmt/format.h>

#include "tensor/kernels/lapack.hpp"
#include "tensor/kernels/linalg.hpp"

namespace xgrad::kernels {

using namespace lapack;

namespace {

/// LAPACK returns the size of the workspace, less than this, as a number of the matrix's type: float may not hold it.
bool needs_double(const Array& a) {
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  return a.dtype() == float32 && 4 * k * (k + 2) + 64 * (m + n) > (std::int64_t{1} << 24);
}

[[noreturn]] void fail_spectral(const char* op, const Array& a, const Fault& fault) {
  if (fault.info == kNotFinite) fail_not_finite(op, a, fault.matrix);
  fail_matrix(op, a, fault.matrix, "does not converge");
}

}  // namespace

std::pair<Array, Array> eigh(const Array& a, bool vectors) {
  check_sizes("eigh", a);
  if (needs_double(a)) {
    const auto [w, v] = eigh(a.to(float64), vectors);
    return {w.to(float32), vectors ? v.to(float32) : v};
  }
  const Batch batch(a);
  const std::int64_t n = batch.rows;
  Array values = Array::empty(with_last(a, {n}), a.dtype()), columns;
  if (vectors) columns = Array::empty_like(a);
  if (a.numel() == 0) return {values, columns};
  dispatch_floating("eigh", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto scratch = [&] { return std::vector<T>(static_cast<std::size_t>(n * n)); };
    const Fault fault =
        each_matrix(batch.count, 20 * n * n * n, scratch, [&](std::int64_t i, std::vector<T>& s) -> std::int64_t {
          const T* x = in<T>(a) + i * batch.size();
          if (!lower_finite(x, n)) return kNotFinite;
          transpose_into(x, s.data(), n, n);
          auto matrix = column_major(s.data(), n, n);
          auto w = detail::flat(out<T>(values) + i * n, static_cast<std::size_t>(n));
          const std::int64_t info = xt::lapack::syevd(matrix, vectors ? 'V' : 'N', 'L', w);
          if (vectors) transpose_into(s.data(), out<T>(columns) + i * batch.size(), n, n);
          return info;
        });
    if (fault) fail_spectral("eigh", a, fault);
  });
  return {values, columns};
}

Svd svd(const char* op, const Array& a, bool vectors) {
  check_sizes(op, a);
  if (needs_double(a)) {
    const Svd d = svd(op, a.to(float64), vectors);
    return {vectors ? d.u.to(float32) : d.u, d.s.to(float32), vectors ? d.vh.to(float32) : d.vh};
  }
  const Batch batch(a);
  const std::int64_t m = batch.rows, n = batch.columns, k = std::min(m, n);
  Svd y{{}, Array::empty(with_last(a, {k}), a.dtype()), {}};
  if (vectors) {
    y.u = Array::empty(with_last(a, {m, k}), a.dtype());
    y.vh = Array::empty(with_last(a, {k, n}), a.dtype());
  }
  if (a.numel() == 0) return y;
  dispatch_floating(op, a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const auto scratch = [&] { return std::vector<T>(static_cast<std::size_t>(m * n)); };
    const Fault fault =
        each_matrix(batch.count, 20 * m * n * k, scratch, [&](std::int64_t i, std::vector<T>& s) -> std::int64_t {
          const T* x = in<T>(a) + i * batch.size();
          if (!all_finite(x, batch.size())) return kNotFinite;
          transpose_into(x, s.data(), m, n);
          auto matrix = column_major(s.data(), m, n);
          const auto [info, u, values, vh] = xt::lapack::gesdd(matrix, vectors ? 'S' : 'N');
          std::copy_n(values.data(), k, out<T>(y.s) + i * k);
          if (vectors) {
            transpose_into(u.data(), out<T>(y.u) + i * m * k, k, m);
            transpose_into(vh.data(), out<T>(y.vh) + i * k * n, n, k);
          }
          return info;
        });
    if (fault) fail_spectral(op, a, fault);
  });
  return y;
}

}  // namespace xgrad::kernels
