#pragma once
/// The normal distribution in vectors of float64, to about 3 ulp.

#include <cstddef>

#include "tensor/kernels/wide.hpp"

namespace xgrad::kernels {

/// c[0] t^(N-1) + ... + c[N-1].
template <std::size_t N>
Wide polynomial(const Wide& t, const double (&c)[N]) {
  Wide sum(c[0]);
  for (std::size_t i = 1; i < N; ++i) sum = xsimd::fma(sum, t, Wide(c[i]));
  return sum;
}

/// exp(-a^2 / 2), with the rounding error of a^2 made good: it would cost 100 ulp far out. The halves of a come from
/// Veltkamp's splitting; xsimd's fma is not fused on every machine.
inline Wide bell(const Wide& a) {
  const Wide square = a * a, shifted = a * 134217729., high = shifted - (shifted - a), low = a - high;
  const Wide rest = ((high * high - square) + 2. * high * low) + low * low;
  return xsimd::exp(square * -0.5) * (1. - 0.5 * rest);
}

/// The probability of more than `a`, for 0 <= a <= 40; `e` is bell(a).
///
/// It is e R(a), with R the scaled complementary error function (half of erfcx(a / sqrt 2)); (1 + a) R(a) is smooth in
/// t = (a - 4) / (a + 4), which maps 0 ... infinity to -1 ... 1, and taken from its Chebyshev interpolation there, made
/// with 50 digits. The relative error of the polynomial is 7e-17.
inline Wide upper_tail(const Wide& a, const Wide& e) {
  static constexpr double kCoefficients[] = {
      1.7873545221852657e-10, -6.763267210562454e-10,  -2.6180348731255444e-09, 5.474708632048689e-09,
      2.0257667136861587e-08, -1.7932121916642413e-08, -1.1446850712758079e-07, -1.237153366992197e-09,
      5.548340462207789e-07,  4.0671730125154447e-07,  -2.6144101706596152e-06, -3.433372216853275e-06,
      1.3627395285352675e-05, 2.1250446856208376e-05,  -8.785330394797745e-05,  -9.443033944152223e-05,
      0.0006948971219073166,  -0.00028562308680939413, -0.005002378592511494,   0.01793609747886859,
      -0.03219783742802203,   0.02860036405357749,     0.013999634724424333,    -0.09670347732652607,
      0.47205320650984467};
  return e * polynomial((a - 4.) / (a + 4.), kCoefficients) / (1. + a);
}

/// The probability of at most x, without cancellation on either side; `e` is bell(x). |x| <= 40.
inline Wide normal_cdf(const Wide& x, const Wide& e) {
  const Wide tail = upper_tail(xsimd::abs(x), e);
  return xsimd::select(x > 0., 1. - tail, tail);
}

/// x brought to -bound ... bound; NaN stays.
inline Wide within(const Wide& x, double bound) {
  return xsimd::select(x > bound, Wide(bound), xsimd::select(x < -bound, Wide(-bound), x));
}

}  // namespace xgrad::kernels
