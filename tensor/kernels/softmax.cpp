#include "tensor/kernels/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "tensor/kernels/extremum.hpp"
#include "tensor/kernels/fold.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad::kernels {
namespace {

/// Rows are handled some at a time, so that exp runs over long stretches that stay in the first-level cache.
constexpr std::int64_t kStretch = 2048;

/// In float64, in a fixed order: a float stops growing at 2^24.
template <class T>
double sum_of(const T* x, std::int64_t n) {
  return fold_row(x, n, RealSum{}, 0.);
}

/// y = x - max(x) per row, for `rows` rows of n.
template <class T>
void shift_rows(const T* x, T* y, std::int64_t rows, std::int64_t n) {
  std::int64_t r = 0;
  const auto shift = [&](T top) {
    for (std::int64_t i = r * n; i < (r + 1) * n; ++i) y[i] = x[i] - top;
    ++r;
  };
  if (n < kShortOfBest)
    while (r + kRowsAtOnce <= rows) {
      T top[kRowsAtOnce];
      best_of_short_rows(x + r * n, n, top, Larger{});
      for (const T t : top) shift(t);
    }
  while (r < rows) shift(best_of_row(x + r * n, n, Larger{}));
}

template <class T>
void softmax_rows(const T* x, T* y, std::int64_t rows, std::int64_t n) {
  shift_rows(x, y, rows, n);
  exp_in_place(y, rows * n);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T scale = static_cast<T>(1 / sum_of(y + r * n, n));
    for (std::int64_t i = r * n; i < (r + 1) * n; ++i) y[i] *= scale;
  }
}

template <class T>
void log_softmax_rows(const T* x, T* y, std::int64_t rows, std::int64_t n, T* scratch) {
  shift_rows(x, y, rows, n);
  std::copy_n(y, rows * n, scratch);
  exp_in_place(scratch, rows * n);
  for (std::int64_t r = 0; r < rows; ++r) {
    const T log_sum = static_cast<T>(std::log(sum_of(scratch + r * n, n)));
    for (std::int64_t i = r * n; i < (r + 1) * n; ++i) y[i] -= log_sum;
  }
}

/// Brings `axis` to the end, applies a row-wise function of the operands, and puts it back.
template <class Rows>
Array along_last(const Array& x, int axis, const Rows& rows) {
  if (x.dim() <= 1 || axis == x.dim() - 1) return rows(x);
  int order[Shape::kMaxRank];
  for (int i = 0; i < x.dim(); ++i) order[i] = i;
  std::swap(order[axis], order[x.dim() - 1]);  // its own inverse
  const std::span<const int> swap(order, static_cast<std::size_t>(x.dim()));
  return permute(rows(permute(x, swap)), swap);
}

/// Calls f(Type, first row, number of rows) for stretches of rows of the last axis.
template <class F>
void for_rows(const Array& x, const F& f) {
  const std::int64_t n = x.dim() == 0 ? 1 : x.shape().back();
  if (x.numel() == 0) return;
  const std::int64_t rows = x.numel() / n, step = std::max<std::int64_t>(1, kStretch / n);
  dispatch_floating("softmax", x.dtype(), [&](auto type) {
    parallel_for(rows, std::max<std::int64_t>(step, kMathGrain / n), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; r += step) f(type, r * n, std::min(step, end - r), n);
    });
  });
}

}  // namespace

Array softmax(const Array& x, int axis) {
  return along_last(x, axis, [](const Array& a) {
    Array y = Array::empty(a.shape(), a.dtype());
    for_rows(a, [&](auto type, std::int64_t at, std::int64_t rows, std::int64_t n) {
      using T = typename decltype(type)::type;
      softmax_rows(in<T>(a) + at, out<T>(y) + at, rows, n);
    });
    return y;
  });
}

Array log_softmax(const Array& x, int axis) {
  return along_last(x, axis, [](const Array& a) {
    Array y = Array::empty(a.shape(), a.dtype());
    for_rows(a, [&](auto type, std::int64_t at, std::int64_t rows, std::int64_t n) {
      using T = typename decltype(type)::type;
      alignas(64) T fixed[kStretch];  // how it is aligned decides which elements go through SIMD: the same in every run
      Array large;
      if (rows * n > kStretch) large = Array::empty({rows * n}, a.dtype());
      log_softmax_rows(in<T>(a) + at, out<T>(y) + at, rows, n, large.defined() ? out<T>(large) : fixed);
    });
    return y;
  });
}

namespace {

template <class Row>
Array backward_rows(const Array& g, const Array& y, int axis, const Row& row) {
  if (y.dim() > 1 && axis != y.dim() - 1) {
    int order[Shape::kMaxRank];
    for (int i = 0; i < y.dim(); ++i) order[i] = i;
    std::swap(order[axis], order[y.dim() - 1]);
    const std::span<const int> swap(order, static_cast<std::size_t>(y.dim()));
    return permute(backward_rows(permute(g, swap), permute(y, swap), y.dim() - 1, row), swap);
  }
  Array d = Array::empty(y.shape(), y.dtype());
  for_rows(y, [&](auto type, std::int64_t at, std::int64_t rows, std::int64_t n) {
    using T = typename decltype(type)::type;
    row(in<T>(g) + at, in<T>(y) + at, out<T>(d) + at, rows, n);
  });
  return d;
}

}  // namespace

Array softmax_backward(const Array& g, const Array& y, int axis) {
  return backward_rows(g, y, axis, []<class T>(const T* g_, const T* y_, T* d, std::int64_t rows, std::int64_t n) {
    for (std::int64_t r = 0; r < rows; ++r, g_ += n, y_ += n, d += n) {
      for (std::int64_t i = 0; i < n; ++i) d[i] = g_[i] * y_[i];
      const T dot = static_cast<T>(sum_of(d, n));
      for (std::int64_t i = 0; i < n; ++i) d[i] = y_[i] * (g_[i] - dot);
    }
  });
}

Array log_softmax_backward(const Array& g, const Array& y, int axis) {
  return backward_rows(g, y, axis, []<class T>(const T* g_, const T* y_, T* d, std::int64_t rows, std::int64_t n) {
    std::copy_n(y_, rows * n, d);
    exp_in_place(d, rows * n);
    for (std::int64_t r = 0; r < rows; ++r, g_ += n, d += n) {
      const T total = static_cast<T>(sum_of(g_, n));
      for (std::int64_t i = 0; i < n; ++i) d[i] = g_[i] - d[i] * total;
    }
  });
}

}  // namespace xgrad::kernels
