// The product at raw places, which convolutions are made of.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/matmul.hpp"

namespace {

/// Numbers that differ, the rows `step` apart with NaN between them.
template <class T>
std::vector<T> matrix(std::int64_t rows, std::int64_t columns, std::int64_t step) {
  std::vector<T> a(static_cast<std::size_t>(rows * step), std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      a[static_cast<std::size_t>(i * step + j)] = static_cast<T>(std::sin(static_cast<double>(7 * i + 3 * j + step)));
  return a;
}

template <class T>
void check_product(bool ta, bool tb, std::int64_t m, std::int64_t n, std::int64_t k, T beta) {
  const std::int64_t lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 1, ldc = n + 2;
  const std::vector<T> a = matrix<T>(ta ? k : m, ta ? m : k, lda), b = matrix<T>(tb ? n : k, tb ? k : n, ldb);
  std::vector<T> c = matrix<T>(m, beta == T(0) ? 0 : n, ldc);  // what is not read may be NaN
  const std::vector<T> before = c;
  xgrad::kernels::gemm<T>(ta, tb, m, n, k, a.data(), lda, b.data(), ldb, beta, c.data(), ldc);
  const auto at = [](const std::vector<T>& v, std::int64_t i) {
    return static_cast<double>(v[static_cast<std::size_t>(i)]);
  };
  for (std::int64_t i = 0; i < m; ++i) {
    for (std::int64_t j = 0; j < n; ++j) {
      double sum = beta == T(0) ? 0 : static_cast<double>(beta) * at(before, i * ldc + j);
      for (std::int64_t l = 0; l < k; ++l)
        sum += at(a, ta ? l * lda + i : i * lda + l) * at(b, tb ? j * ldb + l : l * ldb + j);
      const double error = std::abs(at(c, i * ldc + j) - sum),
                   most = (sizeof(T) == 4 ? 1e-5 : 1e-13) * (1 + static_cast<double>(k));
      CHECK_MESSAGE(error <= most, m << " x " << n << " x " << k << ", element " << i << ", " << j);
    }
    for (std::int64_t j = n; j < ldc; ++j) CHECK(std::isnan(at(c, i * ldc + j)));  // what lies between is left alone
  }
}

}  // namespace

TEST_SUITE_BEGIN("tensor");

TEST_CASE("gemm multiplies matrices with rows apart, either transposed, and adds to what is there") {
  struct Sizes {
    std::int64_t m, n, k;
  };
  for (const bool ta : {false, true})
    for (const bool tb : {false, true})
      for (const int beta : {0, 1})
        for (const Sizes& s : {Sizes{1, 1, 1}, {3, 5, 4}, {7, 40, 33}, {33, 17, 65}, {4, 3, 0}}) {
          check_product<float>(ta, tb, s.m, s.n, s.k, static_cast<float>(beta));
          check_product<double>(ta, tb, s.m, s.n, s.k, static_cast<double>(beta));
        }
}

TEST_SUITE_END();
