#include <algorithm>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/pooling.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {

Span span_of(const Window& w, std::int64_t o, bool count_padding) {
  const std::int64_t start = w.at(o, 0), end = w.at(o, w.kernel - 1) + 1;
  const std::int64_t skipped = start >= 0 ? 0 : (-start + w.dilation - 1) / w.dilation * w.dilation;
  const std::int64_t first = start + skipped, last = std::max(first, std::min(end, w.in));
  // Averages know no dilation. Windows may reach beyond the padding, with ceil_mode: that part never counts.
  return {first, last, w.dilation, count_padding ? std::min(end, w.in + w.before) - start : last - first};
}

Span adaptive_span(std::int64_t in, std::int64_t out, std::int64_t o) {
  const std::int64_t first = o * in / out, last = ((o + 1) * in + out - 1) / out;
  return {first, last, 1, last - first};
}

namespace {

/// The sums of an average along rows: from a row of column sums to a row of windows.
class RowSums {
 public:
  explicit RowSums(const PoolAxis& w) : w_(w) {
    for (std::int64_t q = 0; q < w.window.out; ++q) spans_.push_back(w[q]);
    if (w.adaptive) return;
    const Window& a = w.window;
    const std::int64_t end = std::min(a.kernel, a.in + a.before);
    for (std::int64_t k = std::max<std::int64_t>(0, a.before - (a.out - 1) * a.stride); k < end; ++k) {
      const Window::Range range = a.inside(k);
      if (range.first < range.last) taps_.push_back({range.first, a.at(range.first, k), range.last - range.first});
    }
  }

  /// y[q] = sum of the columns of window q.
  template <class T>
  void sum(const T* __restrict__ columns, T* __restrict__ y) const {
    if (w_.adaptive) {
      for (const Span& s : spans_) {
        T total = 0;
        for (std::int64_t k = s.first; k < s.last; ++k) total += columns[k];
        *y++ = total;
      }
      return;
    }
    std::fill_n(y, w_.window.out, T(0));
    for_each_tap([&](std::int64_t first, std::int64_t at, std::int64_t n) {
      const std::int64_t stride = w_.window.stride;
      if (stride == 1)
        for (std::int64_t k = 0; k < n; ++k) y[first + k] += columns[at + k];
      else if (stride == 2)
        for (std::int64_t k = 0; k < n; ++k) y[first + k] += columns[at + 2 * k];
      else
        for (std::int64_t k = 0; k < n; ++k) y[first + k] += columns[at + stride * k];
    });
  }

  /// columns[k] = sum of y[q] over the windows q that hold column k.
  template <class T>
  void spread(const T* __restrict__ y, T* __restrict__ columns) const {
    std::fill_n(columns, w_.window.in, T(0));
    if (w_.adaptive) {
      for (const Span& s : spans_) {
        for (std::int64_t k = s.first; k < s.last; ++k) columns[k] += *y;
        ++y;
      }
      return;
    }
    for_each_tap([&](std::int64_t first, std::int64_t at, std::int64_t n) {
      const std::int64_t stride = w_.window.stride;
      if (stride == 1)
        for (std::int64_t k = 0; k < n; ++k) columns[at + k] += y[first + k];
      else
        for (std::int64_t k = 0; k < n; ++k) columns[at + stride * k] += y[first + k];
    });
  }

  /// What the windows of a row that counts for `rows` are divided by.
  template <class T>
  void divisors(std::int64_t rows, std::int64_t divisor, T* to) const {
    for (const Span& s : spans_) *to++ = static_cast<T>(divisor != 0 ? divisor : rows * s.count);
  }

 private:
  /// Where one tap of the windows lies: n windows from `first` on have it at columns `at`, stride apart.
  struct Tap {
    std::int64_t first, at, n;
  };
  template <class F>
  void for_each_tap(const F& f) const {
    for (const Tap& tap : taps_) f(tap.first, tap.at, tap.n);
  }

  const PoolAxis& w_;
  std::vector<Span> spans_;
  std::vector<Tap> taps_;
};

struct Planes {
  std::int64_t count = 1, grain;
  Shape shape;
  Planes(const Shape& like, const Window& h, const Window& w, bool forward) : shape(like) {
    for (int i = 0; i + 2 < like.rank(); ++i) count *= like[i];
    shape[like.rank() - 2] = forward ? h.out : h.in;
    shape[like.rank() - 1] = forward ? w.out : w.in;
    const std::int64_t work = h.in * w.in + h.out * (w.out * w.kernel + w.in * h.kernel);
    grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, work));
  }
};

template <class T>
void divide_row(const T* from, const T* by, T* to, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) to[k] = from[k] / by[k];
}

template <class T>
void add_row(const T* __restrict__ from, T* __restrict__ to, std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) to[k] += from[k];
}

}  // namespace

Array average_pool(const Array& x, const PoolAxis& h, const PoolAxis& w, std::int64_t divisor) {
  const Planes planes(x.shape(), h.window, w.window, true);
  Array y = Array::empty(planes.shape, x.dtype());
  const RowSums row(w);
  dispatch_floating("avg_pool", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const std::int64_t width = w.window.in, windows = w.window.out;
    parallel_for(planes.count, planes.grain, [&](std::int64_t begin, std::int64_t end) {
      Array room = Array::empty({width + windows}, x.dtype());
      T* const columns = out<T>(room);
      T* const divisors = columns + width;
      std::int64_t divisors_of = -1;
      for (std::int64_t n = begin; n < end; ++n)
        for (std::int64_t r = 0; r < h.window.out; ++r) {
          const Span rows = h[r];
          std::fill_n(columns, width, T(0));
          for (std::int64_t i = rows.first; i < rows.last; ++i)
            add_row(in<T>(x) + (n * h.window.in + i) * width, columns, width);
          T* to = out<T>(y) + (n * h.window.out + r) * windows;
          row.sum(columns, to);
          if (divisors_of != rows.count) row.divisors(divisors_of = rows.count, divisor, divisors);
          divide_row(to, divisors, to, windows);
        }
    });
  });
  return y;
}

Array average_pool_transposed(const Array& y, const PoolAxis& h, const PoolAxis& w, std::int64_t divisor) {
  const Planes planes(y.shape(), h.window, w.window, false);
  Array x = Array::empty(planes.shape, y.dtype());
  const RowSums row(w);
  dispatch_floating("avg_pool", y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const std::int64_t width = w.window.in, windows = w.window.out;
    parallel_for(planes.count, planes.grain, [&](std::int64_t begin, std::int64_t end) {
      Array room = Array::empty({width + 2 * windows}, y.dtype());
      T* const columns = out<T>(room);
      T* const shares = columns + width;
      T* const divisors = shares + windows;
      std::int64_t divisors_of = -1;
      for (std::int64_t n = begin; n < end; ++n) {
        T* image = out<T>(x) + n * h.window.in * width;
        std::fill_n(image, h.window.in * width, T(0));
        for (std::int64_t r = 0; r < h.window.out; ++r) {
          const Span rows = h[r];
          if (divisors_of != rows.count) row.divisors(divisors_of = rows.count, divisor, divisors);
          divide_row(in<T>(y) + (n * h.window.out + r) * windows, divisors, shares, windows);
          row.spread(shares, columns);
          for (std::int64_t i = rows.first; i < rows.last; ++i) add_row(columns, image + i * width, width);
        }
      }
    });
  });
  return x;
}

}  // namespace xgrad::kernels
