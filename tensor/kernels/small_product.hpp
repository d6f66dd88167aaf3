#pragma once
/// Products too small for BLAS, whose call alone costs 20 ns and, for a transposed operand, 60-120 ns.

#if defined(__AVX512F__)
#include <immintrin.h>
#endif

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

inline constexpr std::int64_t kMost = 2048;  // multiplications
template <class T>
inline constexpr std::int64_t kWidth = 64 / sizeof(T);  // one vector of columns

template <class T>
bool fits(const Product<T>& p) {
  return p.m * p.n * p.k <= kMost;
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

/// The first `width` elements at p, 0 beyond; and writing them. A masked access costs nothing extra, a copy by way of
/// memory waits for its own stores.
#if defined(__AVX512F__)
inline Vector<float> load(const float* p, std::int64_t width) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << width) - 1u), p);
}
inline Vector<double> load(const double* p, std::int64_t width) {
  return _mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << width) - 1u), p);
}
inline void store(float* p, Vector<float> v, std::int64_t width) {
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << width) - 1u), v);
}
inline void store(double* p, Vector<double> v, std::int64_t width) {
  _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << width) - 1u), v);
}
#else
template <class T>
Vector<T> load(const T* p, std::int64_t width) {
  Vector<T> v = {};
  std::memcpy(&v, p, static_cast<std::size_t>(width) * sizeof(T));
  return v;
}
template <class T>
void store(T* p, Vector<T> v, std::int64_t width) {
  std::memcpy(p, &v, static_cast<std::size_t>(width) * sizeof(T));
}
#endif

/// Rows i ... i+R of C = op(A) B + beta C, with B [k, n] as it lies at b.
template <int R, class T>
void rows(const Product<T>& p, std::int64_t i, const T* b, std::int64_t ldb) {
  const std::int64_t row = p.ta ? 1 : p.lda, step = p.ta ? p.lda : 1;
  for (std::int64_t j = 0; j < p.n; j += kWidth<T>) {
    const std::int64_t width = std::min(kWidth<T>, p.n - j);
    T* const c = p.c + i * p.ldc + j;
    Vector<T> sum[R] = {};
    if (p.beta != T(0))
      for (int r = 0; r < R; ++r) sum[r] = p.beta * load(c + r * p.ldc, width);
    const T* a = p.a + i * row;
    for (std::int64_t l = 0; l < p.k; ++l, a += step) {
      const Vector<T> line = load(b + l * ldb + j, width);
      for (int r = 0; r < R; ++r) sum[r] += a[r * row] * line;
    }
    for (int r = 0; r < R; ++r) store(c + r * p.ldc, sum[r], width);
  }
}

/// The sum of x_i y_i, in four vectors at a time.
template <class T>
T inner(const T* x, const T* y, std::int64_t n) {
  constexpr std::int64_t w = kWidth<T>;
  Vector<T> sum[4] = {};
  std::int64_t i = 0;
  for (; i + 4 * w <= n; i += 4 * w)
    for (int r = 0; r < 4; ++r) sum[r] += load(x + i + r * w, w) * load(y + i + r * w, w);
  for (; i < n; i += w) sum[0] += load(x + i, std::min(w, n - i)) * load(y + i, std::min(w, n - i));
  const Vector<T> all = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  T total = 0;
  for (std::int64_t k = 0; k < w; ++k) total += all[k];
  return total;
}

}  // namespace small

/// The product by rows of B held in vectors; `small::fits(p)` must hold.
template <class T>
void small_product(const Product<T>& p) {
  const T* b = p.b;
  std::int64_t ldb = p.ldb;
  T turned[small::kMost];
  if (p.tb) {
    for (std::int64_t j = 0; j < p.n; ++j)
      for (std::int64_t l = 0; l < p.k; ++l) turned[l * p.n + j] = p.b[j * p.ldb + l];
    b = turned;
    ldb = p.n;
  }
  std::int64_t i = 0;
  for (; i + 4 <= p.m; i += 4) small::rows<4>(p, i, b, ldb);
  for (; i + 2 <= p.m; i += 2) small::rows<2>(p, i, b, ldb);
  if (i < p.m) small::rows<1>(p, i, b, ldb);
}

}  // namespace xgrad::kernels
