#pragma once
/// Reductions as folds: one wide state per result, taken through the elements in an order that depends on the shape
/// alone, whatever the number of threads.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {

/// A dense array seen as outer x reduced x inner.
struct Plan {
  std::int64_t outer = 1, size = 1, inner = 1;
  std::int64_t results() const noexcept { return outer * inner; }
};

/// The sizes before, of and after one axis, multiplied up; a scalar has one axis of size 1.
inline Plan around(const Shape& shape, int axis) {
  Plan plan;
  for (int i = 0; i < shape.rank(); ++i) (i < axis ? plan.outer : i > axis ? plan.inner : plan.size) *= shape[i];
  return plan;
}

/// The group of neighbouring reduced axes that lies innermost, and the mask without it. Sizes of 1 belong anywhere.
inline Plan innermost_group(const Shape& shape, unsigned& axes) {
  Plan plan;
  int i = shape.rank() - 1;
  for (; i >= 0 && (!(axes >> i & 1u)); --i) plan.inner *= shape[i];
  for (; i >= 0 && (axes >> i & 1u || shape[i] == 1); --i) {
    plan.size *= shape[i];
    axes &= ~(1u << i);
  }
  for (; i >= 0; --i) plan.outer *= shape[i];
  return plan;
}

/// An array whose reduced axes lie next to each other: the given one, or a copy with them moved to the end. Results
/// come in the order of the kept axes either way.
class Together {
 public:
  Together(const Array& a, unsigned axes) : array(a) {
    unsigned rest = axes;
    plan = innermost_group(a.shape(), rest);
    if (rest == 0) return;
    for (const unsigned reduced_ones : {0u, 1u})
      for (int i = 0; i < a.dim(); ++i)
        if ((axes >> i & 1u) == reduced_ones) order_[static_cast<std::size_t>(moved_++)] = i;
    array = permute(a, std::span(order_.data(), static_cast<std::size_t>(moved_)));
    plan = {};
    for (int i = 0; i < a.dim(); ++i) (axes >> i & 1u ? plan.size : plan.outer) *= a.shape()[i];
  }

  /// An array of `array`'s shape with its axes where the given one had them.
  Array put_back(const Array& y) const {
    if (moved_ == 0) return y;
    std::array<int, Shape::kMaxRank> inverse{};
    for (int i = 0; i < moved_; ++i) inverse[static_cast<std::size_t>(order_[static_cast<std::size_t>(i)])] = i;
    return permute(y, std::span(inverse.data(), static_cast<std::size_t>(moved_)));
  }

  Array array;
  Plan plan;

 private:
  std::array<int, Shape::kMaxRank> order_{};
  int moved_ = 0;
};

// A fold F has a `State` of 8 bytes and
//   State start() const; State add(State s, T v, double c) const; State merge(State a, State b) const;
// where c is a number that belongs to the result (its mean, say), 0 unless F::kCentred.

template <class T, class F>
void fold_columns(const T* x, std::int64_t rows, std::int64_t stride, std::int64_t width, const F& f, const double* c,
                  typename F::State* s) {
  for (std::int64_t r = 0; r < rows; ++r, x += stride)
    for (std::int64_t j = 0; j < width; ++j) {
      if constexpr (F::kCentred) s[j] = f.add(s[j], x[j], c[j]);
      else s[j] = f.add(s[j], x[j], 0.);
    }
}

template <std::int64_t kLanes, class T, class F>
typename F::State fold_in_lanes(const T* x, std::int64_t n, const F& f, double c) {
  typename F::State lanes[kLanes];
  std::fill_n(lanes, kLanes, f.start());
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] = f.add(lanes[k], x[i + k], c);
  for (std::int64_t k = 0; i < n; ++i, ++k) lanes[k] = f.add(lanes[k], x[i], c);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t k = 0; k < half; ++k) lanes[k] = f.merge(lanes[k], lanes[k + half]);
  return lanes[0];
}

template <class T, class F>
typename F::State fold_row(const T* x, std::int64_t n, const F& f, double c) {
  if (n >= 64) return fold_in_lanes<32>(x, n, f, c);  // four of the widest vectors
  if (n >= 8) return fold_in_lanes<8>(x, n, f, c);
  typename F::State s = f.start();
  for (std::int64_t i = 0; i < n; ++i) s = f.add(s, x[i], c);
  return s;
}

/// `size` rows of a strip of columns; one column is a row to be folded.
template <class T, class F>
void fold_strip(const T* x, std::int64_t size, std::int64_t inner, std::int64_t width, const F& f, const double* c,
                typename F::State* s) {
  if (inner == 1) {
    *s = fold_row(x, size, f, F::kCentred ? *c : 0.);
    return;
  }
  std::fill_n(s, width, f.start());
  fold_columns(x, size, inner, width, f, c, s);
}

/// The sum.
struct RealSum {
  using State = double;
  static constexpr bool kCentred = false;
  static double start() { return 0; }
  static double merge(double a, double b) { return a + b; }
  double add(double s, auto v, double) const { return s + static_cast<double>(v); }
};

/// y[o, j] = the fold of x[o, :, j]; c holds a number for each result, or is null. `grain` as for parallel_for.
template <class T, class F>
void fold(const T* x, Plan p, const F& f, const double* c, typename F::State* y, std::int64_t grain = kGrain) {
  using State = typename F::State;
  constexpr std::int64_t kStrip = 256;
  const std::int64_t strips = (p.inner + kStrip - 1) / kStrip, width = std::min(p.inner, kStrip);
  if (p.outer == 1 && strips == 1 && p.size * p.inner > 2 * grain) {  // one long reduction: cut along its length
    const std::int64_t step = std::max<std::int64_t>(1, grain / p.inner), pieces = (p.size + step - 1) / step;
    std::vector<State> parts(static_cast<std::size_t>(pieces * p.inner));
    parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        fold_strip(x + i * step * p.inner, std::min(step, p.size - i * step), p.inner, width, f, c,
                   parts.data() + i * p.inner);
    });
    std::copy_n(parts.begin(), p.inner, y);
    for (std::int64_t i = 1; i < pieces; ++i)
      for (std::int64_t j = 0; j < p.inner; ++j) y[j] = f.merge(y[j], parts[static_cast<std::size_t>(i * p.inner + j)]);
    return;
  }
  const std::int64_t each = std::max<std::int64_t>(1, p.size * width);
  parallel_for(p.outer * strips, std::max<std::int64_t>(1, grain / each), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t o = u / strips, j = u % strips * kStrip, at = o * p.inner + j;
      fold_strip(x + o * p.size * p.inner + j, p.size, p.inner, std::min(kStrip, p.inner - j), f,
                 F::kCentred ? c + at : nullptr, y + at);
    }
  });
}

}  // namespace xgrad::kernels
