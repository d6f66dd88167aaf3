#pragma once
/// Sums in float64, means and variances, for the normalisation kernels. What is summed is first moved by an element of
/// its own, and the variance is taken about the mean: numbers far from 0 with a small spread lose nothing.

#include <cmath>
#include <cstdint>

namespace xgrad::kernels {

inline constexpr std::int64_t kSumLanes = 32;

/// The sum of term(i) for i < n: in lanes, which are folded in a fixed order.
template <class Term>
double sum_of_terms(std::int64_t n, const Term& term) {
  if (n < kSumLanes) {
    double total = 0;
    for (std::int64_t i = 0; i < n; ++i) total += static_cast<double>(term(i));
    return total;
  }
  double lanes[kSumLanes] = {};
  std::int64_t i = 0;
  for (; i + kSumLanes <= n; i += kSumLanes)
    for (std::int64_t k = 0; k < kSumLanes; ++k) lanes[k] += static_cast<double>(term(i + k));
  for (std::int64_t k = 0; i < n; ++i, ++k) lanes[k] += static_cast<double>(term(i));
  for (std::int64_t half = kSumLanes / 2; half > 0; half /= 2)
    for (std::int64_t k = 0; k < half; ++k) lanes[k] += lanes[k + half];
  return lanes[0];
}

/// The mean of `count` numbers and the sum of their squared deviations from it.
struct Moments {
  double count = 0, mean = 0, deviations = 0;

  /// Those of two sets of numbers together (Chan, Golub and LeVeque, 1979).
  void merge(const Moments& other) noexcept {
    if (other.count == 0) return;
    if (count == 0) {
      *this = other;
      return;
    }
    const double total = count + other.count, step = other.mean - mean;
    mean += step * (other.count / total);
    deviations += other.deviations + step * step * (count * (other.count / total));
    count = total;
  }
};

template <class T>
Moments moments_of(const T* x, std::int64_t n) {
  if (n == 0) return {};
  const double count = static_cast<double>(n), shift = static_cast<double>(x[0]);
  const double mean =
      shift + sum_of_terms(n, [=](std::int64_t i) { return static_cast<double>(x[i]) - shift; }) / count;
  const double deviations = sum_of_terms(n, [=](std::int64_t i) {
    const double d = static_cast<double>(x[i]) - mean;
    return d * d;
  });
  return {count, mean, deviations};
}

/// A mean as two numbers of type T, so that (x - high) - low is as exact as T can be: the first difference of two close
/// numbers has no rounding.
template <class T>
struct Split {
  T high, low;
  explicit Split(double v) noexcept : high(static_cast<T>(v)), low(static_cast<T>(v - static_cast<double>(high))) {}
  T from(T x) const noexcept { return (x - high) - low; }
};

inline double inverse_deviation(double var, double eps) noexcept { return 1. / std::sqrt(var + eps); }

}  // namespace xgrad::kernels
