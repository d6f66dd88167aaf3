#pragma once
/// What the files that call LAPACK share. Never together with <cblas.h>: the declarations conflict.

#include "tensor/xtensor.hpp"
//
#include <xflens/cxxblas/auxiliary/debugmacro.h>  // xlapack.hpp uses its ASSERT without including it
#include <cassert>
//
#include <xtensor-blas/xlapack.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tensor/array.hpp"
#include "tensor/kernels/blas_core.hpp"
#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels::lapack {

using Index = xt::blas_index_t;

/// The matrices along the last two axes of an array.
struct Batch {
  std::int64_t count, rows, columns;

  explicit Batch(const Array& a)
      : count(a.shape().without(a.dim() - 1).without(a.dim() - 2).numel()), rows(a.size(-2)), columns(a.size(-1)) {}
  std::int64_t size() const { return rows * columns; }
};

/// The shape of `a` with its last axes replaced.
inline Shape with_last(const Array& a, std::initializer_list<std::int64_t> sizes) {
  Shape shape;
  for (int i = 0; i + 2 < a.dim(); ++i) shape.push_back(a.shape()[i]);
  for (const std::int64_t size : sizes) shape.push_back(size);
  return shape;
}

/// A matrix in LAPACK's order: element (i, j) at data[i + j rows], where a row-major one has its element (j, i).
template <class T>
auto column_major(T* data, std::int64_t rows, std::int64_t columns) {
  const std::array<std::size_t, 2> shape{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)};
  return xt::adapt<xt::layout_type::column_major>(std::move(data), shape[0] * shape[1], xt::no_ownership(), shape);
}

/// y [columns, rows] = x^T for x [rows, columns].
template <class T>
void transpose_into(const T* x, T* y, std::int64_t rows, std::int64_t columns) {
  if (rows == 1 || columns == 1) {
    std::copy_n(x, rows * columns, y);
    return;
  }
  for (std::int64_t j = 0; j < columns; ++j)
    for (std::int64_t i = 0; i < rows; ++i) y[j * rows + i] = x[i * columns + j];
}

/// Whether all are; in a form that is vectorised.
template <class T>
bool all_finite(const T* x, std::int64_t n) {
  bool ok = true;
  for (std::int64_t i = 0; i < n; ++i) ok &= std::abs(x[i]) <= std::numeric_limits<T>::max();
  return ok;
}
/// The same of the lower triangle of an n x n matrix.
template <class T>
bool lower_finite(const T* x, std::int64_t n) {
  bool ok = true;
  for (std::int64_t i = 0; i < n; ++i) ok = ok && all_finite(x + i * n, i + 1);
  return ok;
}

/// What went wrong with a matrix: LAPACK's positive number, or this.
inline constexpr std::int64_t kNotFinite = -1;

/// The first matrix of a batch that failed.
struct Fault {
  std::int64_t matrix = -1, info = 0;
  explicit operator bool() const { return matrix >= 0; }
};

/// info = f(i, scratch) for every matrix i, in parallel where it is worth it; `make_scratch()` is called for each piece
/// of the work. The first matrix with info other than 0 is returned, whatever the order they were done in.
template <class Make, class F>
Fault each_matrix(std::int64_t count, std::int64_t flops, const Make& make_scratch, const F& f) {
  constexpr std::int64_t kWorth = 50'000;  // flops of a small factorisation that take about 10 us
  std::vector<std::int64_t> info(static_cast<std::size_t>(count), 0);
  serial_blas();
  const std::int64_t grain = std::max<std::int64_t>(1, kWorth / std::max<std::int64_t>(1, flops));
  parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
    auto scratch = make_scratch();
    for (std::int64_t i = begin; i < end; ++i) info[static_cast<std::size_t>(i)] = f(i, scratch);
  });
  for (std::int64_t i = 0; i < count; ++i)
    if (info[static_cast<std::size_t>(i)] != 0) return {i, info[static_cast<std::size_t>(i)]};
  return {};
}

/// Throws ValueError: "op: matrix [1, 0] of the batch <what>", or "op: the matrix <what>".
[[noreturn]] void fail_matrix(const char* op, const Array& a, std::int64_t matrix, std::string_view what);
/// The same for kNotFinite, which says where.
[[noreturn]] void fail_not_finite(const char* op, const Array& a, std::int64_t matrix);
/// LAPACK counts elements and workspace in 32 bits: ShapeError for matrices of 2^31 elements and more, and for those
/// with more than 16384 rows and columns.
void check_sizes(const char* op, const Array& a);

}  // namespace xgrad::kernels::lapack
