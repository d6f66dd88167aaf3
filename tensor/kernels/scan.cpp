#include "tensor/kernels/scan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

/// Columns handled together, so that a step is a loop over neighbours.
constexpr std::int64_t kStrip = 128;

/// Calls f(offset of the first element, width) for strips of at most kStrip columns of every x[o, :, :]. A single
/// column has its width in the type, so that there is no loop over it.
template <class F>
void for_strips(Plan p, std::int64_t grain, const F& f) {
  const std::int64_t strips = (p.inner + kStrip - 1) / kStrip;
  const std::int64_t each = std::max<std::int64_t>(1, p.size * std::min(p.inner, kStrip));
  parallel_for(p.outer * strips, std::max<std::int64_t>(1, grain / each), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t u = begin; u < end; ++u) {
      const std::int64_t j = u % strips * kStrip, at = u / strips * p.size * p.inner + j;
      if (p.inner == 1) f(at, std::integral_constant<std::int64_t, 1>{});
      else f(at, std::min(kStrip, p.inner - j));
    }
  });
}

/// y[k] = result of step(state, x[k], k), in order; `step` changes the state.
template <class State, class T, class R, class Step>
void scan(const T* x, R* y, Plan p, bool reverse, std::int64_t grain, const State& start, const Step& step) {
  for_strips(p, grain, [&](std::int64_t at, auto width) {
    State state[kStrip];
    std::fill_n(state, std::int64_t{width}, start);
    for (std::int64_t n = 0; n < p.size; ++n) {
      const std::int64_t k = reverse ? p.size - 1 - n : n, row = at + k * p.inner;
      for (std::int64_t j = 0; j < width; ++j) y[row + j] = static_cast<R>(step(state[j], x[row + j], k));
    }
  });
}

/// Sums and products: the state is the result so far.
template <class Op>
Array accumulated(const Array& x, int axis, bool reverse, int start, Op op) {
  Array y = Array::empty(x.shape(), is_floating(x.dtype()) ? x.dtype() : int64);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    constexpr bool kReal = std::is_floating_point_v<T>;
    using State = std::conditional_t<kReal, double, std::uint64_t>;  // without sign, so that it wraps around
    using R = std::conditional_t<kReal, T, std::int64_t>;
    scan(in<T>(x), out<R>(y), around(x.shape(), axis), reverse, kGrain, static_cast<State>(start),
         [op](State& s, T v, std::int64_t) { return s = op(s, static_cast<State>(v)); });
  });
  return y;
}

struct LogSum {
  double top = -std::numeric_limits<double>::infinity();
  double sum = 0;  ///< of exp(x - top)
  double add(double v) {
    if (v == top) {  // also where both are infinite
      sum += 1;
    } else if (v < top) {
      sum += std::exp(v - top);
    } else {  // larger, or NaN, which stays
      sum = sum * std::exp(top - v) + 1;
      top = v;
    }
    return top + std::log(sum);
  }
};

template <class Better>
Array running_index(const Array& x, int axis, Better better) {
  Array y = Array::empty(x.shape(), int64);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    struct Best {
      T value;
      std::int64_t index;
    };
    scan(in<T>(x), out<std::int64_t>(y), around(x.shape(), axis), false, kGrain, Best{T(0), -1},
         [better](Best& best, T v, std::int64_t k) {
           if (best.index < 0 || v != v || (best.value == best.value && better(v, best.value))) best = {v, k};
           return best.index;
         });
  });
  return y;
}

}  // namespace

Array cumsum(const Array& x, int axis, bool reverse) {
  return accumulated(x, axis, reverse, 0, [](auto s, auto v) { return s + v; });
}

Array cumprod(const Array& x, int axis, bool reverse) {
  return accumulated(x, axis, reverse, 1, [](auto s, auto v) { return s * v; });
}

Array logcumsumexp(const Array& x, int axis) {
  Array y = Array::empty_like(x);
  dispatch_floating("logcumsumexp", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    scan(in<T>(x), out<T>(y), around(x.shape(), axis), false, kMathGrain, LogSum{},
         [](LogSum& s, T v, std::int64_t) { return s.add(static_cast<double>(v)); });
  });
  return y;
}

Array cummax_index(const Array& x, int axis) {
  return running_index(x, axis, [](auto v, auto best) { return v >= best; });
}
Array cummin_index(const Array& x, int axis) {
  return running_index(x, axis, [](auto v, auto best) { return v <= best; });
}

Array recurrence(const Array& b, const Array& w, int axis, bool reverse) {
  Array y = Array::empty_like(b);
  const Plan p = around(b.shape(), axis);
  dispatch_floating("recurrence", b.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *from = in<T>(b), *weight = in<T>(w);
    T* to = out<T>(y);
    for_strips(p, kGrain, [&](std::int64_t at, auto width) {
      double state[kStrip];
      for (std::int64_t n = 0; n < p.size; ++n) {
        const std::int64_t row = at + (reverse ? p.size - 1 - n : n) * p.inner;
        const std::int64_t step = reverse ? row + p.inner : row;  // where the weight of the step taken lies
        for (std::int64_t j = 0; j < width; ++j) {
          const double v = static_cast<double>(from[row + j]);
          state[j] = n == 0 ? v : v + static_cast<double>(weight[step + j]) * state[j];
          to[row + j] = static_cast<T>(state[j]);
        }
      }
    });
  });
  return y;
}

Array shift(const Array& x, int axis, int by, double fill) {
  Array y = Array::empty_like(x);
  const Plan p = around(x.shape(), axis);
  const std::int64_t block = p.size * p.inner;
  dispatch_floating("shift", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const from = in<T>(x);
    T* const to = out<T>(y);
    if (block == 0) return;
    parallel_for(p.outer, std::max<std::int64_t>(1, kGrain / block), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t at = begin * block; at < end * block; at += block) {
        std::copy_n(from + at + (by > 0 ? 0 : p.inner), block - p.inner, to + at + (by > 0 ? p.inner : 0));
        std::fill_n(to + at + (by > 0 ? 0 : block - p.inner), p.inner, static_cast<T>(fill));
      }
    });
  });
  return y;
}

}  // namespace xgrad::kernels
