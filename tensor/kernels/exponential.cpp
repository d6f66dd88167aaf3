#include "tensor/kernels/exponential.hpp"

#include <cmath>
#include <limits>

#include "tensor/kernels/mended.hpp"
#include "tensor/kernels/normal.hpp"

namespace xgrad::kernels {
namespace {

struct Log2 {
  auto operator()(const auto& x) const { return xt::log2(x); }
};
struct Log10 {
  auto operator()(const auto& x) const { return xt::log10(x); }
};
struct Log1p {
  auto operator()(const auto& x) const { return xt::log1p(x); }
};
struct Expm1 {
  auto operator()(const auto& x) const { return xt::expm1(x); }
};
struct Rsqrt {
  static constexpr std::int64_t piece = kMathGrain;
  template <class T>
  T operator()(T x) const {
    return T(1) / std::sqrt(x);
  }
};

struct Erf {
  Wide operator()(const Wide& x) const {
    static constexpr double kCoefficients[] = {
        // erf(x) / x in x^2, for |x| < 1; made as those of upper_tail
        5.958930743134941e-11,  -1.1373902296430911e-09, 1.4660051998394848e-08, -1.6350354461959655e-07,
        1.6461004480962034e-06, -1.4925595519506043e-05, 0.00012055331122299266, -0.0008548326981129666,
        0.005223977624823223,   -0.026866170645077334,   0.11283791670954882,    -0.3761263890318375,
        1.1283791670955126};
    const Wide inner = x * polynomial(x * x, kCoefficients);
    const Wide a = within(xsimd::abs(x), 25) * 1.4142135623730951;
    const Wide outer = 1. - 2. * upper_tail(a, bell(a));
    return xsimd::select(xsimd::abs(x) < 1., inner, xsimd::copysign(outer, x));
  }
};

struct NormalCdf {
  Wide operator()(const Wide& x) const {
    const Wide v = within(x, 40);
    return normal_cdf(v, bell(v));
  }
};

/// xsimd's logarithms are wrong for denormal numbers of float64.
constexpr auto kDenormal = [](auto v, auto) { return v < std::numeric_limits<decltype(v)>::min(); };

}  // namespace

Array log2(const Array& x) {
  return map_mended(x, Log2{}, kDenormal, [](auto v) { return std::log2(v); });
}
Array log10(const Array& x) {
  return map_mended(x, Log10{}, kDenormal, [](auto v) { return std::log10(v); });
}
Array log1p(const Array& x) { return map_real(x, Log1p{}); }
/// As exp, xsimd's is infinite a little too early.
Array expm1(const Array& x) {
  return map_mended(
      x, Expm1{}, [](auto, auto y) { return y == std::numeric_limits<decltype(y)>::infinity(); },
      [](auto v) { return std::expm1(v); });
}
Array rsqrt(const Array& x) { return map_real(x, Rsqrt{}); }
Array erf(const Array& x) { return map_wide(Erf{}, x); }
Array normal_cdf(const Array& x) { return map_wide(NormalCdf{}, x); }

}  // namespace xgrad::kernels
