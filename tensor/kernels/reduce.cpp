#include "tensor/kernels/reduce.hpp"

#include <algorithm>
#include <vector>

#include "tensor/kernels/extremum.hpp"
#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

// How much is summed in the element type before it goes to float64: elements of a row (in many lanes), or rows.
constexpr std::int64_t kBlock = 4096;
constexpr std::int64_t kRows = 256;

// ---- sums ------------------------------------------------------------------------------------------------------------

template <class T>
struct Wide {  // of integers: without sign, so that sums wrap around
  using type = std::uint64_t;
};
template <>
struct Wide<float> {
  using type = double;
};
template <>
struct Wide<double> {
  using type = double;
};

/// The sum of n neighbouring elements; lanes and blocks are folded in a fixed order.
template <class T>
typename Wide<T>::type sum_row(const T* x, std::int64_t n) {
  using W = typename Wide<T>::type;
  if constexpr (!std::is_floating_point_v<T>) {
    W total = 0;
    for (std::int64_t i = 0; i < n; ++i) total += static_cast<W>(x[i]);
    return total;
  } else {
    constexpr std::int64_t kLanes = 256 / sizeof(T);  // four of the widest vectors
    if (n < kLanes) {
      T total = 0;
      for (std::int64_t i = 0; i < n; ++i) total += x[i];
      return static_cast<W>(total);
    }
    W total = 0;
    for (std::int64_t block = 0; block < n; block += kBlock) {
      const std::int64_t end = std::min(n, block + kBlock);
      T lanes[kLanes] = {};
      std::int64_t i = block;
      for (; i + kLanes <= end; i += kLanes)
        for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += x[i + k];
      for (std::int64_t k = 0; i < end; ++i, ++k) lanes[k] += x[i];
      for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
        for (std::int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
      total += static_cast<W>(lanes[0]);
    }
    return total;
  }
}

/// total[j] += sum over r of x[r * stride + j], for j below width.
template <class T>
void sum_rows(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t width, typename Wide<T>::type* total) {
  using W = typename Wide<T>::type;
  constexpr std::int64_t kStrip = 256;
  for (std::int64_t j0 = 0; j0 < width; j0 += kStrip) {
    const std::int64_t n = std::min(kStrip, width - j0);
    for (std::int64_t r0 = 0; r0 < rows; r0 += kRows) {
      const std::int64_t r1 = std::min(rows, r0 + kRows);
      if constexpr (std::is_floating_point_v<T>) {
        T part[kStrip];
        std::fill_n(part, n, T(0));
        for (std::int64_t r = r0; r < r1; ++r)
          for (std::int64_t j = 0; j < n; ++j) part[j] += x[r * stride + j0 + j];
        for (std::int64_t j = 0; j < n; ++j) total[j0 + j] += static_cast<W>(part[j]);
      } else {
        for (std::int64_t r = r0; r < r1; ++r)
          for (std::int64_t j = 0; j < n; ++j) total[j0 + j] += static_cast<W>(x[r * stride + j0 + j]);
      }
    }
  }
}

/// One long reduction cut into pieces by its length alone, their sums added in order.
template <class T, class W>
void sum_split(const T* x, Plan p, W* total) {
  const std::int64_t step = std::max<std::int64_t>(1, kGrain / p.inner);
  const std::int64_t pieces = (p.size + step - 1) / step;
  std::vector<W> parts(static_cast<std::size_t>(pieces * p.inner), W(0));
  parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i * step, rows = std::min(p.size, first + step) - first;
      if (p.inner == 1) parts[static_cast<std::size_t>(i)] = sum_row(x + first, rows);
      else sum_rows(x + first * p.inner, rows, p.inner, p.inner, parts.data() + i * p.inner);
    }
  });
  for (std::int64_t i = 0; i < pieces; ++i)
    for (std::int64_t j = 0; j < p.inner; ++j) total[j] += parts[static_cast<std::size_t>(i * p.inner + j)];
}

template <class T, class R>
void sum_into(const T* x, Plan p, R* y) {
  using W = typename Wide<T>::type;
  if (p.outer == 1 && p.size > 1 && p.size * p.inner > 2 * kGrain) {
    std::vector<W> total(static_cast<std::size_t>(p.inner), W(0));
    sum_split(x, p, total.data());
    for (std::int64_t j = 0; j < p.inner; ++j) y[j] = static_cast<R>(total[static_cast<std::size_t>(j)]);
    return;
  }
  const std::int64_t each = std::max<std::int64_t>(1, p.size * p.inner);
  parallel_for(p.outer, std::max<std::int64_t>(1, kGrain / each), [&](std::int64_t begin, std::int64_t end) {
    if (p.inner == 1) {
      for (std::int64_t o = begin; o < end; ++o) y[o] = static_cast<R>(sum_row(x + o * p.size, p.size));
      return;
    }
    constexpr std::int64_t kStrip = 256;
    W total[kStrip];
    for (std::int64_t o = begin; o < end; ++o)
      for (std::int64_t j0 = 0; j0 < p.inner; j0 += kStrip) {
        const std::int64_t n = std::min(kStrip, p.inner - j0);
        std::fill_n(total, n, W(0));
        sum_rows(x + o * p.size * p.inner + j0, p.size, p.inner, n, total);
        for (std::int64_t j = 0; j < n; ++j) y[o * p.inner + j0 + j] = static_cast<R>(total[j]);
      }
  });
}

Array sum_group(const Array& a, Plan p, const Shape& shape) {
  const DType t = is_floating(a.dtype()) ? a.dtype() : int64;
  Array y = Array::empty(shape, t);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    using R = std::conditional_t<std::is_floating_point_v<T>, T, std::int64_t>;
    sum_into(in<T>(a), p, out<R>(y));
  });
  return y;
}

// ---- extrema ---------------------------------------------------------------------------------------------------------

/// to[j] = the best of x[:, j].
template <class T, class Better>
void best_of_rows(const T* x, std::int64_t size, std::int64_t inner, T* to, Better better) {
  if (inner == 1) {
    *to = best_of_row(x, size, better);
    return;
  }
  std::copy_n(x, inner, to);
  for (std::int64_t r = 1; r < size; ++r)
    for (std::int64_t j = 0; j < inner; ++j) {
      const T v = x[r * inner + j];
      to[j] = better(v, to[j]) ? v : to[j];
    }
}

template <class Better>
Array best_group(const Array& a, Plan p, const Shape& shape, Better better) {
  Array y = Array::empty(shape, a.dtype());
  const std::int64_t each = std::max<std::int64_t>(1, p.size * p.inner);
  const std::int64_t step = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, p.inner));
  const bool cut = p.outer == 1 && each > 2 * kGrain && p.size >= 2 * step;  // one long reduction
  const std::int64_t pieces = (p.size + step - 1) / step;
  Array parts = cut ? Array::empty({pieces, p.inner}, a.dtype()) : Array();
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = in<T>(a);
    T* z = out<T>(y);
    if (cut) {
      T* part = out<T>(parts);
      parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i)
          best_of_rows(x + i * step * p.inner, std::min(step, p.size - i * step), p.inner, part + i * p.inner, better);
      });
      best_of_rows(part, pieces, p.inner, z, better);
      return;
    }
    parallel_for(p.outer, std::max<std::int64_t>(1, kGrain / each), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o)
        best_of_rows(x + o * p.size * p.inner, p.size, p.inner, z + o * p.inner, better);
    });
  });
  return y;
}

/// Reduces the groups of axes one after the other, innermost first: group(x, plan, shape) makes an array of `shape`.
template <class Group>
Array reduce(const Array& a, unsigned axes, bool keepdim, const Group& group) {
  unsigned todo = axes;
  Plan plan = innermost_group(a.shape(), todo);
  if (todo == 0) return group(a, plan, reduced(a.shape(), axes, keepdim));
  Array x = a;
  while (todo != 0) {
    const Shape shape = reduced(a.shape(), axes & ~todo, true);
    x = group(x, plan, shape);
    plan = innermost_group(shape, todo);
  }
  return group(x, plan, reduced(a.shape(), axes, keepdim));
}

/// at[j] = where the best of x[:, j] first stands, for `width` columns.
template <class T, class Better>
void best_index_of_rows(const T* x, std::int64_t size, std::int64_t inner, std::int64_t width, std::int64_t* at,
                        Better better) {
  if (inner == 1) {
    const T best = best_of_row(x, size, better);
    std::int64_t i = 0;
    while (x[i] != best && x[i] == x[i]) ++i;  // the best is NaN when there is one, and nothing equals it
    *at = i;
    return;
  }
  constexpr std::int64_t kStrip = 256;
  T best[kStrip];
  std::copy_n(x, width, best);
  std::fill_n(at, width, 0);
  for (std::int64_t r = 1; r < size; ++r)
    for (std::int64_t j = 0; j < width; ++j) {
      const T v = x[r * inner + j];
      const bool found = better(v, best[j]);
      best[j] = found ? v : best[j];
      at[j] = found ? r : at[j];
    }
}

template <class Better>
Array best_index(const Array& a, int axis, bool keepdim, Better better) {
  Array y = Array::empty(reduced(a.shape(), a.dim() == 0 ? 0 : 1u << axis, keepdim), int64);
  const Plan p = around(a.shape(), axis);
  constexpr std::int64_t kStrip = 256;
  const std::int64_t strips = (p.inner + kStrip - 1) / kStrip;
  const std::int64_t each = std::max<std::int64_t>(1, p.size * std::min(p.inner, kStrip));
  std::int64_t* z = out<std::int64_t>(y);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = in<T>(a);
    parallel_for(p.outer * strips, std::max<std::int64_t>(1, kGrain / each), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t u = begin; u < end; ++u) {
        const std::int64_t o = u / strips, j = u % strips * kStrip;
        best_index_of_rows(x + o * p.size * p.inner + j, p.size, p.inner, std::min(kStrip, p.inner - j),
                           z + o * p.inner + j, better);
      }
    });
  });
  return y;
}

}  // namespace

Array sum(const Array& a, unsigned axes, bool keepdim) {
  if (axes == 0) return is_floating(a.dtype()) || a.dtype() == int64 ? a.clone() : a.to(int64);
  return reduce(a, axes, keepdim, sum_group);
}

Array mean(const Array& a, unsigned axes, bool keepdim) {
  Array y = sum(a, axes, keepdim);
  std::int64_t count = 1;
  for (int i = 0; i < a.dim(); ++i)
    if (axes >> i & 1u) count *= a.shape()[i];
  dispatch_floating("mean", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T n = static_cast<T>(count);
    std::for_each_n(out<T>(y), y.numel(), [n](T& v) { v /= n; });
  });
  return y;
}

Array sum_to(const Array& a, const Shape& shape) {
  if (a.shape() == shape) return a;
  const int lead = a.dim() - shape.rank();
  const bool rows = lead > 0 && std::equal(shape.begin(), shape.end(), a.shape().begin() + lead);
  if (rows) {  // a bias: often, and small
    Plan plan{.inner = shape.numel()};
    for (int i = 0; i < lead; ++i) plan.size *= a.shape()[i];
    return sum_group(a, plan, shape);
  }
  unsigned axes = 0;
  for (int i = 0; i < a.dim(); ++i)
    if (i < lead || (shape[i - lead] == 1 && a.shape()[i] != 1)) axes |= 1u << i;
  if (axes == 0) return a.reshape(shape);
  const Array sums = sum(a, axes, lead == 0);
  return sums.shape() == shape ? sums : sums.reshape(shape);
}

Array amax(const Array& a, unsigned axes, bool keepdim) {
  if (axes == 0) return a.clone();
  return reduce(a, axes, keepdim, [](const Array& x, Plan p, const Shape& s) { return best_group(x, p, s, Larger{}); });
}

Array amin(const Array& a, unsigned axes, bool keepdim) {
  if (axes == 0) return a.clone();
  return reduce(a, axes, keepdim,
                [](const Array& x, Plan p, const Shape& s) { return best_group(x, p, s, Smaller{}); });
}

Array argmax(const Array& a, int axis, bool keepdim) { return best_index(a, axis, keepdim, Larger{}); }
Array argmin(const Array& a, int axis, bool keepdim) { return best_index(a, axis, keepdim, Smaller{}); }

}  // namespace xgrad::kernels
