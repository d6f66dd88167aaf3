#include "tensor/kernels/orthonormal.hpp"

#include "tensor/kernels/lapack.hpp"

namespace xgrad::kernels {

using namespace lapack;

Array orthonormal_columns(const char* op, const Array& a) {
  check_sizes(op, a);
  const std::int64_t m = a.size(0), n = a.size(1);
  const Array wide = a.to(float64);
  Array q = Array::empty_like(wide);
  if (q.numel() == 0) return q.to(a.dtype());
  std::vector<double> columns(static_cast<std::size_t>(m * n));
  transpose_into(in<double>(wide), columns.data(), m, n);
  auto matrix = column_major(columns.data(), m, n);
  xt::uvector<double> tau(static_cast<std::size_t>(n));
  serial_blas();
  xt::lapack::geqrf(matrix, tau);
  std::vector<bool> negative(static_cast<std::size_t>(n));
  for (std::int64_t j = 0; j < n; ++j)
    negative[static_cast<std::size_t>(j)] = std::signbit(columns[static_cast<std::size_t>(j * m + j)]);
  xt::lapack::orgqr(matrix, tau, static_cast<Index>(n));
  double* y = out<double>(q);
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      const double value = columns[static_cast<std::size_t>(j * m + i)];
      y[i * n + j] = negative[static_cast<std::size_t>(j)] ? -value : value;
    }
  return q.to(a.dtype());
}

}  // namespace xgrad::kernels
