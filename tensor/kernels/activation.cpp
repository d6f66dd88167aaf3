#include "tensor/kernels/activation.hpp"

#include <cmath>
#include <limits>

#include "tensor/kernels/map.hpp"
#include "tensor/kernels/normal.hpp"

namespace xgrad::kernels {
namespace {

// Beyond these, the functions below are what they are in the limit, in float64 too; and 0 times infinity is avoided.
constexpr double kFar = 800;
constexpr double kFarNormal = 40;
constexpr double kFarCubic = 100;

/// The logistic function and its complement, both without cancellation.
struct Logistic {
  explicit Logistic(const Wide& x) {
    const Wide e = xsimd::exp(-xsimd::abs(x)), big = 1. / (1. + e), small = e * big;
    value = xsimd::select(x > 0., big, small);
    rest = xsimd::select(x > 0., small, big);
  }
  Wide value, rest;
};

struct Elu {
  double alpha, scale;
  Wide operator()(const Wide& x) const { return scale * xsimd::select(x > 0., x, alpha * xsimd::expm1(x)); }
};
struct EluBackward {
  double alpha, scale;
  Wide operator()(const Wide& g, const Wide& x) const {
    return scale * xsimd::select(x > 0., g, g * (alpha * xsimd::exp(x)));
  }
};

/// log(1 + e^x) without overflow.
Wide log1p_exp(const Wide& x) { return xsimd::select(x < 0., Wide(0.), x) + xsimd::log1p(xsimd::exp(-xsimd::abs(x))); }
struct Softplus {
  double beta, threshold;
  Wide operator()(const Wide& x) const {
    const Wide v = beta * x;
    return xsimd::select(v > threshold, x, log1p_exp(v) / beta);
  }
};
struct LogSigmoid {
  Wide operator()(const Wide& x) const {
    return xsimd::select(x > 0., Wide(0.), x) - xsimd::log1p(xsimd::exp(-xsimd::abs(x)));
  }
};

/// x f(x) with f -> 0 faster than 1 / x on the left.
Wide not_too_low(const Wide& x, double far) { return xsimd::select(x < -far, Wide(-far), x); }

struct Silu {
  Wide operator()(const Wide& x) const {
    const Wide v = not_too_low(x, kFar);
    return v * Logistic(v).value;
  }
};
struct SiluBackward {
  Wide operator()(const Wide& g, const Wide& x) const {
    const Wide v = within(x, kFar);
    const Logistic s(v);
    return g * (s.value * (1. + v * s.rest));
  }
};

/// tanh(log(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2).
struct Mish {
  static constexpr double kOne = 25;  ///< from here on it is 1
  Wide operator()(const Wide& x) const {
    const Wide v = not_too_low(x, kFar), e = xsimd::exp(xsimd::select(v > kOne, Wide(kOne), v)), n = e * (e + 2.);
    return v * (n / (n + 2.));
  }
};
struct MishBackward {  // its derivative is 4 e^x (1 + e^x) / (n + 2)^2
  Wide operator()(const Wide& g, const Wide& x) const {
    const Wide v = xsimd::select(x > Mish::kOne, Wide(Mish::kOne), not_too_low(x, kFar));
    const Wide e = xsimd::exp(v), n = e * (e + 2.), d = 1. / (n + 2.);
    return g * (n * d + v * (4. * e * (1. + e) * d * d));
  }
};

struct Gelu {
  Wide operator()(const Wide& x) const {
    const Wide v = within(x, kFarNormal);
    return not_too_low(x, kFarNormal) * normal_cdf(v, bell(v));
  }
};
struct GeluBackward {
  Wide operator()(const Wide& g, const Wide& x) const {
    const Wide v = within(x, kFarNormal), e = bell(v);
    return g * (normal_cdf(v, e) + v * (e * 0.3989422804014327));  // 1 / sqrt(2 pi)
  }
};

constexpr double kTwiceRoot =
    1.5957691216057308;  ///< 2 sqrt(2 / pi): (1 + tanh(u)) / 2 is the logistic function at 2 u
constexpr double kCubic = 0.044715;
struct GeluTanh {
  Wide operator()(const Wide& x) const {
    const Wide v = within(x, kFarCubic);
    return not_too_low(x, kFarCubic) * Logistic(kTwiceRoot * v * (1. + kCubic * v * v)).value;
  }
};
struct GeluTanhBackward {
  Wide operator()(const Wide& g, const Wide& x) const {
    const Wide v = within(x, kFarCubic), square = v * v;
    const Logistic s(kTwiceRoot * v * (1. + kCubic * square));
    return g * (s.value * (1. + v * s.rest * (kTwiceRoot * (1. + 3 * kCubic * square))));
  }
};

template <class T>
struct LeakyRelu {
  static constexpr std::int64_t piece = kGrain;
  T slope;
  T operator()(T x) const {
    const T y = x * slope;
    return x > T(0) ? x : y;
  }
};
struct Softsign {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T x) const {
    const T a = std::abs(x), y = x / (T(1) + a);
    return a == std::numeric_limits<T>::infinity() ? std::copysign(T(1), x) : y;
  }
};
struct HardSigmoid {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T x) const {
    const T v = x + T(3), w = v < T(0) ? T(0) : v;
    return (w > T(6) ? T(6) : w) / T(6);
  }
};
struct HardSwish {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T x) const {
    const T y = x * HardSigmoid{}(x);
    return x < T(-3) ? T(0) : x > T(3) ? x : y;
  }
};
struct HardSwishBackward {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T g, T x) const {
    const T y = g * (x / T(3) + T(0.5));
    return x < T(-3) ? T(0) : x > T(3) ? g : y;
  }
};

}  // namespace

Array elu(const Array& x, double alpha, double scale) { return map_wide(Elu{alpha, scale}, x); }
Array elu_backward(const Array& g, const Array& x, double alpha, double scale) {
  return map_wide(EluBackward{alpha, scale}, g, x);
}
Array softplus(const Array& x, double beta, double threshold) { return map_wide(Softplus{beta, threshold}, x); }
Array logsigmoid(const Array& x) { return map_wide(LogSigmoid{}, x); }
Array silu(const Array& x) { return map_wide(Silu{}, x); }
Array silu_backward(const Array& g, const Array& x) { return map_wide(SiluBackward{}, g, x); }
Array mish(const Array& x) { return map_wide(Mish{}, x); }
Array mish_backward(const Array& g, const Array& x) { return map_wide(MishBackward{}, g, x); }
Array gelu(const Array& x) { return map_wide(Gelu{}, x); }
Array gelu_backward(const Array& g, const Array& x) { return map_wide(GeluBackward{}, g, x); }
Array gelu_tanh(const Array& x) { return map_wide(GeluTanh{}, x); }
Array gelu_tanh_backward(const Array& g, const Array& x) { return map_wide(GeluTanhBackward{}, g, x); }

Array leaky_relu(const Array& x, double slope) {
  if (!is_floating(x.dtype())) return leaky_relu(x.to(float32), slope);
  Array y = Array::empty_like(x);
  dispatch_floating("leaky_relu", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    map_numbers(in<T>(x), out<T>(y), x.numel(), LeakyRelu<T>{static_cast<T>(slope)});
  });
  return y;
}
Array softsign(const Array& x) { return map_real(x, Softsign{}, kGrain); }
Array hardsigmoid(const Array& x) { return map_real(x, HardSigmoid{}, kGrain); }
Array hardswish(const Array& x) { return map_real(x, HardSwish{}, kGrain); }
Array hardswish_backward(const Array& g, const Array& x) { return zip_same(g, x, HardSwishBackward{}); }

}  // namespace xgrad::kernels
