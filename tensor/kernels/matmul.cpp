// The one file that owns BLAS.

#include "tensor/kernels/matmul.hpp"

#include <cblas.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "tensor/kernels/blas_core.hpp"
#include "tensor/kernels/broadcast.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/small_product.hpp"
#include "tensor/kernels/thin_product.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

// While the program starts, before anybody else can be inside BLAS.
[[maybe_unused]] const bool core_chosen = choose_blas_core();

template <class T>
void blas(const Product<T>& p) {
  // Threads are ours alone: the setting is global and costs 2 ns.
  openblas_set_num_threads(1);
  const auto size = [](std::int64_t v) { return static_cast<blasint>(v); };
  const CBLAS_TRANSPOSE ta = p.ta ? CblasTrans : CblasNoTrans, tb = p.tb ? CblasTrans : CblasNoTrans;
  if constexpr (std::is_same_v<T, float>) {
    cblas_sgemm(CblasRowMajor, ta, tb, size(p.m), size(p.n), size(p.k), 1.f, p.a, size(p.lda), p.b, size(p.ldb), p.beta,
                p.c, size(p.ldc));
  } else {
    cblas_dgemm(CblasRowMajor, ta, tb, size(p.m), size(p.n), size(p.k), 1., p.a, size(p.lda), p.b, size(p.ldb), p.beta,
                p.c, size(p.ldc));
  }
}

/// How many blocks a large product is cut into: few (each packs the other operand again), wide, and depending on the
/// sizes alone.
template <class T>
std::int64_t blocks_of(const Product<T>& p, std::int64_t side) {
  constexpr std::int64_t kWorth = 2'000'000;  // flops that take about 10 us
  if (2 * p.m * p.n * p.k < kWorth || side < 96) return 1;
  return side < 2048 ? 2 : side < 8192 ? 4 : 8;
}

/// Two dense vectors, worth more than the call of BLAS, which is slow at it.
template <class T>
bool is_inner(const Product<T>& p) {
  return p.m == 1 && p.n == 1 && p.k >= 32 && (!p.ta || p.lda == 1) && (p.tb || p.ldb == 1);
}

/// Blocks are added up in float64, in order, as sums are (reduce.cpp).
template <class T>
void inner_product(const Product<T>& p) {
  constexpr std::int64_t kBlock = 4096;
  const std::int64_t pieces = (p.k - 1) / kGrain + 1;
  std::vector<double> sums(static_cast<std::size_t>(pieces), 0.);
  parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin; piece < end; ++piece) {
      double sum = 0;
      const std::int64_t stop = std::min(p.k, (piece + 1) * kGrain);
      for (std::int64_t at = piece * kGrain; at < stop; at += kBlock)
        sum += static_cast<double>(small::inner(p.a + at, p.b + at, std::min(kBlock, stop - at)));
      sums[static_cast<std::size_t>(piece)] = sum;
    }
  });
  double total = p.beta == T(0) ? 0. : static_cast<double>(p.beta * *p.c);
  for (const double sum : sums) total += sum;
  *p.c = static_cast<T>(total);
}

/// Computes what BLAS is not needed for; whether it was that.
template <class T>
bool done_without_blas(const Product<T>& p) {
  if (p.m == 0 || p.n == 0) return true;
  if (p.k == 0) {
    if (p.beta == T(0))
      for (std::int64_t i = 0; i < p.m; ++i) std::fill_n(p.c + i * p.ldc, p.n, T(0));
    return true;
  }
  if (is_inner(p)) {
    inner_product(p);
    return true;
  }
  if (small::fits(p)) {
    small_product(p);
    return true;
  }
  if (std::max({p.m, p.n, p.k, p.lda, p.ldb, p.ldc}) > std::numeric_limits<blasint>::max())
    fail<ShapeError>("matmul", "a matrix with more than 2^31 - 1 rows or columns; split it");
  return false;
}

template <class T>
requires std::is_floating_point_v<T>
void multiply(const Product<T>& p) {
  if (done_without_blas(p)) return;
  const bool columns = p.n >= p.m;
  const std::int64_t side = columns ? p.n : p.m, blocks = blocks_of(p, side);
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    // Multiples of 16 keep the blocks' rows aligned.
    const auto cut = [&](std::int64_t i) { return i == blocks ? side : side * i / blocks / 16 * 16; };
    const std::int64_t first = cut(begin), count = cut(end) - first;
    Product<T> q = p;
    if (columns) {
      q.n = count;
      q.b += p.tb ? first * p.ldb : first;
      q.c += first;
    } else {
      q.m = count;
      q.a += p.ta ? first : first * p.lda;
      q.c += first * p.ldc;
    }
    if (!thin_product(q)) blas(q);
  });
}

/// Integers wrap around; BLAS has none.
template <class T>
requires std::is_integral_v<T>
void multiply(const Product<T>& p) {
  const std::int64_t row_a = p.ta ? 1 : p.lda, step_a = p.ta ? p.lda : 1;
  const std::int64_t row_b = p.tb ? 1 : p.ldb, step_b = p.tb ? p.ldb : 1;
  const std::int64_t grain = std::max<std::int64_t>(1, 100'000 / std::max<std::int64_t>(1, p.n * p.k));
  parallel_for(p.m, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T* const c = p.c + i * p.ldc;
      if (p.beta == T(0)) std::fill_n(c, p.n, T(0));
      for (std::int64_t l = 0; l < p.k; ++l) {
        const auto a = modular(p.a[i * row_a + l * step_a]);
        const T* const b = p.b + l * row_b;
        for (std::int64_t j = 0; j < p.n; ++j) c[j] = static_cast<T>(modular(c[j]) + a * modular(b[j * step_b]));
      }
    }
  });
}

/// For every dtype but bools, which the callers refuse.
template <class F>
void dispatch_numbers(const char* op, DType t, const F& f) {
  if (t == int64) f(Type<std::int64_t>{});
  else if (t == uint8) f(Type<std::uint8_t>{});
  else dispatch_floating(op, t, f);
}

Shape batch_of(const Shape& shape) {
  Shape batch;
  for (int i = 0; i + 2 < shape.rank(); ++i) batch.push_back(shape[i]);
  return batch;
}

}  // namespace

namespace {

Array product_of_matrices(const Array& a, const Array& b, bool ta, bool tb) {
  const std::int64_t a_rows = a.shape()[0], a_cols = a.shape()[1], b_rows = b.shape()[0], b_cols = b.shape()[1];
  const std::int64_t m = ta ? a_cols : a_rows, k = ta ? a_rows : a_cols, n = tb ? b_rows : b_cols;
  Array c = Array::empty({m, n}, a.dtype());
  dispatch_numbers("matmul", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    multiply(Product<T>{ta, tb, m, n, k, in<T>(a), a_cols, in<T>(b), b_cols, T(0), out<T>(c), n});
  });
  return c;
}

}  // namespace
template <class T>
void gemm(bool trans_a, bool trans_b, std::int64_t m, std::int64_t n, std::int64_t k, const T* a, std::int64_t lda,
          const T* b, std::int64_t ldb, T beta, T* c, std::int64_t ldc) {
  const Product<T> p{trans_a, trans_b, m, n, k, a, lda, b, ldb, beta, c, ldc};
  if (!done_without_blas(p)) blas(p);
}

template void gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, const float*, std::int64_t, const float*,
                   std::int64_t, float, float*, std::int64_t);
template void gemm(bool, bool, std::int64_t, std::int64_t, std::int64_t, const double*, std::int64_t, const double*,
                   std::int64_t, double, double*, std::int64_t);

Array bmm(const Array& a, const Array& b, bool ta, bool tb) {
  const int ra = a.dim(), rb = b.dim();
  if (ra == 2 && rb == 2) return product_of_matrices(a, b, ta, tb);
  const std::int64_t a_rows = a.shape()[ra - 2], a_cols = a.shape()[ra - 1];
  const std::int64_t b_rows = b.shape()[rb - 2], b_cols = b.shape()[rb - 1];
  const std::int64_t m = ta ? a_cols : a_rows, k = ta ? a_rows : a_cols, n = tb ? b_rows : b_cols;
  Shape batch = broadcast("matmul", batch_of(a.shape()), batch_of(b.shape()));
  Shape shape = batch;
  shape.push_back(m);
  shape.push_back(n);
  Array c = Array::empty(shape, a.dtype());
  if (c.numel() == 0) return c;
  dispatch_numbers("matmul", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    Product<T> p{ta, tb, m, n, k, in<T>(a), a_cols, in<T>(b), b_cols, T(0), out<T>(c), n};
    if (rb == 2 && !ta) {  // one matrix for the whole batch: all rows at once
      p.m = batch.numel() * m;
      return multiply(p);
    }
    const MergedAxes axes = merge(batch, batch_of(a.shape()), batch_of(b.shape()));
    const std::int64_t grain = std::max<std::int64_t>(1, 2'000'000 / std::max<std::int64_t>(1, 2 * m * n * k));
    for_each_row(axes, grain, [&](std::int64_t at, std::int64_t at_a, std::int64_t at_b, const MergedAxis& inner) {
      for (std::int64_t i = 0; i < inner.size; ++i) {
        Product<T> q = p;
        q.a += (at_a + i * inner.a) * a_rows * a_cols;
        q.b += (at_b + i * inner.b) * b_rows * b_cols;
        q.c += (at + i) * m * n;
        multiply(q);
      }
    });
  });
  return c;
}

Array linear(const Array& x, const Array& weight, const Array& bias) {
  const std::int64_t m = x.shape().without(x.dim() - 1).numel(), k = weight.shape()[1], n = weight.shape()[0];
  Shape shape = x.shape();
  shape[shape.rank() - 1] = n;
  Array y = Array::empty(shape, x.dtype());
  if (y.numel() == 0) return y;
  dispatch_numbers("linear", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    T* to = out<T>(y);
    if (bias.defined())
      for (std::int64_t i = 0; i < m; ++i) std::copy_n(in<T>(bias), n, to + i * n);
    multiply(Product<T>{false, true, m, n, k, in<T>(x), k, in<T>(weight), k, T(bias.defined() ? 1 : 0), to, n});
  });
  return y;
}

}  // namespace xgrad::kernels
