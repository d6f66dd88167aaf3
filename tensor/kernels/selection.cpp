#include "tensor/kernels/selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

struct Maximum {  // of NaN and another, the first test or the last
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return a > b || a != a ? a : b;
    else return a > b ? a : b;
  }
};
struct Minimum {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) return a < b || a != a ? a : b;
    else return a < b ? a : b;
  }
};
struct And {
  static constexpr std::int64_t piece = kGrain;
  bool operator()(bool a, bool b) const { return a & b; }
};
struct Or {
  static constexpr std::int64_t piece = kGrain;
  bool operator()(bool a, bool b) const { return a | b; }
};
struct Xor {
  static constexpr std::int64_t piece = kGrain;
  bool operator()(bool a, bool b) const { return a != b; }
};
struct Not {
  static constexpr std::int64_t piece = kGrain;
  bool operator()(auto x) const { return x == decltype(x)(0); }
};
struct IsNan {
  static constexpr std::int64_t piece = kGrain;
  bool operator()(auto x) const { return x != x; }
};
struct IsInf {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  bool operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::abs(x) == std::numeric_limits<T>::infinity();
    else return false;
  }
};
struct IsFinite {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  bool operator()(T x) const {
    if constexpr (std::is_floating_point_v<T>) return std::abs(x) < std::numeric_limits<T>::infinity();
    else return true;
  }
};

template <class Op>
Array map_test(const Array& x, Op op) {
  Array y = Array::empty(x.shape(), bool_);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    map_numbers(in<T>(x), out<bool>(y), x.numel(), op);
  });
  return y;
}

template <class Op>
Array zip_logical(const char* name, const Array& a, const Array& b, Op op) {
  const Array x = a.to(bool_), y = b.to(bool_);
  Array z = Array::empty(broadcast(name, x.shape(), y.shape()), bool_);
  zip<Op, bool, bool>(x, y, z, op);
  return z;
}

/// The slope of `Pieces` at x, times g.
template <bool Closed, class T>
struct Slope {
  T low, high, below, middle, above;
  T operator()(T g, T x) const {
    const T inside = (Closed ? !(x <= high) : x >= high) ? above : middle;
    const T slope = (Closed ? !(x >= low) : x <= low) ? below : inside;
    const T y = g * slope;
    return slope == T(0) ? T(0) : y;
  }
};
template <bool Closed, class T>
void slope_loop(const T* g, const T* x, T* y, std::int64_t n, const Pieces& p) {
  parallel_for(n, kGrain, [&](std::int64_t begin, std::int64_t end) {
    // local: for all g++ knows, what lies elsewhere is changed by writing y
    const Slope<Closed, T> slope{static_cast<T>(p.low), static_cast<T>(p.high), static_cast<T>(p.below),
                                 static_cast<T>(p.middle), static_cast<T>(p.above)};
    for (std::int64_t i = begin; i < end; ++i) y[i] = slope(g[i], x[i]);
  });
}

template <class T>
struct Clamp {
  static constexpr std::int64_t piece = kGrain;
  T low, high;
  T operator()(T x) const {
    const T v = x < low ? low : x;
    return v > high ? high : v;
  }
};

}  // namespace

Array maximum(const Array& a, const Array& b, const char* op) { return zip_arithmetic<true>(op, a, b, Maximum{}); }
Array minimum(const Array& a, const Array& b, const char* op) { return zip_arithmetic<true>(op, a, b, Minimum{}); }

Array clamp(const Array& x, Scalar low, Scalar high) {
  Array y = Array::empty_like(x);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T a = low.to<T>(), b = high.to<T>();
    if (a != a || b != b) std::fill_n(out<T>(y), y.numel(), a + b);
    else map_numbers(in<T>(x), out<T>(y), x.numel(), Clamp<T>{a, b});
  });
  return y;
}

Array slope(const Array& g, const Array& x, const Pieces& pieces) {
  Array y = Array::empty_like(g);
  dispatch_floating("slope", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if (pieces.closed) slope_loop<true>(in<T>(g), in<T>(x), out<T>(y), g.numel(), pieces);
    else slope_loop<false>(in<T>(g), in<T>(x), out<T>(y), g.numel(), pieces);
  });
  return y;
}

Array isnan(const Array& x) { return map_test(x, IsNan{}); }
Array isinf(const Array& x) { return map_test(x, IsInf{}); }
Array isfinite(const Array& x) { return map_test(x, IsFinite{}); }
Array logical_and(const Array& a, const Array& b) { return zip_logical("logical_and", a, b, And{}); }
Array logical_or(const Array& a, const Array& b) { return zip_logical("logical_or", a, b, Or{}); }
Array logical_xor(const Array& a, const Array& b) { return zip_logical("logical_xor", a, b, Xor{}); }
Array logical_not(const Array& a) { return map_test(a, Not{}); }

}  // namespace xgrad::kernels
