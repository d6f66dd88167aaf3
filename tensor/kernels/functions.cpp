#include "tensor/kernels/functions.hpp"

#include <cmath>
#include <limits>

#include "tensor/kernels/mended.hpp"

namespace xgrad::kernels {
namespace {

/// The number 1 or 0 in the element type of an expression or number.
template <class E>
struct ValueOf {
  using type = typename E::value_type;
};
template <class E>
requires std::is_arithmetic_v<E>
struct ValueOf<E> {
  using type = E;
};
template <class E>
using value_of = typename ValueOf<std::decay_t<E>>::type;

struct Exp {
  auto operator()(const auto& x) const { return xt::exp(x); }
};
struct Log {
  auto operator()(const auto& x) const { return xt::log(x); }
};
struct Sqrt {
  auto operator()(const auto& x) const { return xt::sqrt(x); }
};
struct Square {
  auto operator()(const auto& x) const { return modular(x) * modular(x); }
};
struct Tanh {
  auto operator()(const auto& x) const { return xt::tanh(x); }
};
struct Sigmoid {
  template <class E>
  auto operator()(const E& x) const {
    using T = value_of<E>;
    return T(1) / (T(1) + xt::exp(-x));
  }
};
struct Relu {  // not x > 0 ? x : 0, which loses NaN
  template <class E>
  auto operator()(const E& x) const {
    using T = value_of<E>;
    if constexpr (std::is_arithmetic_v<E>) return x <= T(0) ? T(0) : x;
    else return xt::where(x <= T(0), T(0), x);
  }
};
struct Softplus {  // max(x, 0) + log1p(exp(-|x|))
  template <class E>
  auto operator()(const E& x) const {
    using T = value_of<E>;
    return xt::where(x <= T(0), T(0), x) + xt::log1p(xt::exp(-xt::abs(x)));
  }
};

struct TanhBackward {
  template <class E>
  auto operator()(const E& g, const auto& y) const {
    return g * (value_of<E>(1) - y * y);
  }
};
struct SigmoidBackward {
  template <class E>
  auto operator()(const E& g, const auto& y) const {
    return g * (y * (value_of<E>(1) - y));
  }
};

struct BinaryCrossEntropy {
  template <class E>
  auto operator()(const E& x, const auto& y) const {
    using T = value_of<E>;
    return xt::where(x <= T(0), T(0), x) - x * y + xt::log1p(xt::exp(-xt::abs(x)));
  }
};

}  // namespace

/// xsimd's is infinite from 88.38 (709.44 in float64) on, a little before exp is.
Array exp(const Array& x) {
  return map_mended(
      x, Exp{}, [](auto, auto y) { return y == std::numeric_limits<decltype(y)>::infinity(); },
      [](auto v) { return std::exp(v); });
}
/// xsimd's is wrong for denormal numbers of float64.
Array log(const Array& x) {
  return map_mended(
      x, Log{}, [](auto v, auto) { return v < std::numeric_limits<decltype(v)>::min(); },
      [](auto v) { return std::log(v); });
}
Array sqrt(const Array& x) { return map_real(x, Sqrt{}); }
Array square(const Array& x) { return map_any(x, Square{}); }
Array tanh(const Array& x) { return map_real(x, Tanh{}); }
Array sigmoid(const Array& x) { return map_real(x, Sigmoid{}); }
Array relu(const Array& x) { return map_any(x, Relu{}); }
Array softplus(const Array& x) { return map_real(x, Softplus{}); }

Array tanh_backward(const Array& g, const Array& y) { return zip_same(g, y, TanhBackward{}); }
Array sigmoid_backward(const Array& g, const Array& y) { return zip_same(g, y, SigmoidBackward{}); }

namespace {
template <class Op>
void in_place(Array& x, Op op) {
  dispatch_floating("in place", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    map_flat(in<T>(x), out<T>(x), whole_vectors<T>(x.numel()), kMathGrain, op);
  });
}
}  // namespace

void tanh_in_place(Array& x) { in_place(x, Tanh{}); }
void sigmoid_in_place(Array& x) { in_place(x, Sigmoid{}); }
void relu_in_place(Array& x) { in_place(x, Relu{}); }

Array relu_backward(const Array& g, const Array& y) {
  Array d = Array::empty_like(g);
  dispatch_floating("relu", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *p = in<T>(g), *q = in<T>(y);
    T* r = out<T>(d);
    parallel_for(g.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T v = p[i];  // loaded in any case: a select then, not a branch
        r[i] = q[i] <= T(0) ? T(0) : v;
      }
    });
  });
  return d;
}

Array binary_cross_entropy(const Array& x, const Array& y) { return zip_same(x, y, BinaryCrossEntropy{}); }

Array binary_cross_entropy_backward(const Array& g, const Array& x, const Array& y) {
  Array d = sigmoid(x);
  dispatch_floating("binary_cross_entropy_with_logits", d.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *scale = in<T>(g), *target = in<T>(y);
    T* z = out<T>(d);
    const bool single = g.numel() == 1;
    parallel_for(d.numel(), kGrain, [=](std::int64_t begin, std::int64_t end) {
      if (single) {
        const T one = *scale;
        for (std::int64_t i = begin; i < end; ++i) z[i] = one * (z[i] - target[i]);
      } else {
        for (std::int64_t i = begin; i < end; ++i) z[i] = scale[i] * (z[i] - target[i]);
      }
    });
  });
  return d;
}

void exp_in_place(float* x, std::int64_t n) { map_flat<Exp, float>(x, x, n, kMathGrain, Exp{}); }
void exp_in_place(double* x, std::int64_t n) { map_flat<Exp, double>(x, x, n, kMathGrain, Exp{}); }

}  // namespace xgrad::kernels
