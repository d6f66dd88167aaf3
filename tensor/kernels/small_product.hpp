#pragma once
/// Products too small for BLAS, whose call alone costs 20 ns and, for a transposed operand, 60-120 ns.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace xgrad::kernels {

/// C = op(A) op(B) + beta C of row-major matrices with their leading dimensions.
template <class T>
struct Product {
  bool ta, tb;
  std::int64_t m, n, k;
  const T* a;
  std::int64_t lda;
  const T* b;
  std::int64_t ldb;
  T beta;
  T* c;
  std::int64_t ldc;
};

namespace small {

inline constexpr std::int64_t kMost = 2048;  // multiplications, and elements of B with its padding
inline constexpr std::int64_t kMostColumns = 256;
template <class T>
inline constexpr std::int64_t kWidth = 64 / sizeof(T);  // one vector of columns

template <class T>
bool fits(const Product<T>& p) {
  const std::int64_t padded = (p.n + kWidth<T> - 1) / kWidth<T> * kWidth<T>;
  return p.m * p.n * p.k <= kMost && p.n <= kMostColumns && p.k * padded <= kMost;
}

/// One vector of columns, at any address; the compiler splits it where the processor's are shorter.
template <class T>
struct VectorOf;
template <>
struct VectorOf<float> {
  typedef float type __attribute__((vector_size(64), aligned(4), may_alias));
};
template <>
struct VectorOf<double> {
  typedef double type __attribute__((vector_size(64), aligned(8), may_alias));
};
template <class T>
using Vector = typename VectorOf<T>::type;

/// `R` rows of C, one vector of columns: sums over the rows of B at b (step ldb).
template <int R, class T>
inline void accumulate(Vector<T>* sum, const T* a, std::int64_t row, std::int64_t step, const T* b, std::int64_t ldb,
                       std::int64_t k) {
  for (std::int64_t l = 0; l < k; ++l, a += step, b += ldb) {
    const Vector<T> line = *reinterpret_cast<const Vector<T>*>(b);
    for (int r = 0; r < R; ++r) sum[r] += a[r * row] * line;
  }
}

/// Rows i ... i+R of C. The first `direct` rows of B are read where they lie, the others from the padded copy.
template <int R, class T>
void rows(const Product<T>& p, std::int64_t i, std::int64_t direct, const T* packed, std::int64_t padded) {
  const std::int64_t row = p.ta ? 1 : p.lda, step = p.ta ? p.lda : 1;
  const T* const a = p.a + i * row;
  for (std::int64_t j = 0; j < p.n; j += kWidth<T>) {
    const auto width = static_cast<std::size_t>(std::min(kWidth<T>, p.n - j));
    Vector<T> sum[R] = {};
    if (p.beta != T(0)) {
      for (int r = 0; r < R; ++r) {
        std::memcpy(&sum[r], p.c + (i + r) * p.ldc + j, width * sizeof(T));
        sum[r] *= p.beta;
      }
    }
    accumulate<R, T>(sum, a, row, step, p.b + j, p.ldb, direct);
    accumulate<R, T>(sum, a + direct * step, row, step, packed + j, padded, p.k - direct);
    for (int r = 0; r < R; ++r) std::memcpy(p.c + (i + r) * p.ldc + j, &sum[r], width * sizeof(T));
  }
}

}  // namespace small

/// The product by rows of B held in vectors; `small::fits(p)` must hold.
template <class T>
void small_product(const Product<T>& p) {
  constexpr std::int64_t kWidth = small::kWidth<T>;
  const std::int64_t padded = (p.n + kWidth - 1) / kWidth * kWidth;
  // Rows of B that whole vectors can be read from without leaving the matrix: all but the last few.
  std::int64_t direct = 0;
  if (!p.tb) direct = padded == p.n ? p.k : std::max<std::int64_t>(0, p.k - (padded - p.n + p.ldb - 1) / p.ldb);
  alignas(64) T packed[small::kMost];
  for (std::int64_t l = direct; l < p.k; ++l) {
    T* const to = packed + (l - direct) * padded;
    for (std::int64_t j = 0; j < p.n; ++j) to[j] = p.tb ? p.b[j * p.ldb + l] : p.b[l * p.ldb + j];
    for (std::int64_t j = p.n; j < padded; ++j) to[j] = T(0);
  }
  std::int64_t i = 0;
  for (; i + 4 <= p.m; i += 4) small::rows<4>(p, i, direct, packed, padded);
  for (; i < p.m; ++i) small::rows<1>(p, i, direct, packed, padded);
}

}  // namespace xgrad::kernels
