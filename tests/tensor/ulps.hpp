#pragma once
// A function of one real number against another one in long double, in units in the last place.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad::test {

using Kernel = std::function<Array(const Array&)>;
using Exact = std::function<long double(long double)>;

/// "" when kernel(x) is within `ulps` of the exact value rounded to T for all x; results too small for a normal number
/// may be 0.
template <class T>
std::string check(const Kernel& kernel, const Exact& exact, const std::vector<T>& x, double ulps) {
  const Array y = kernel(Array::copy_of(x));
  for (std::size_t i = 0; i < x.size(); ++i) {
    const long double want = exact(x[i]);
    const T got = y.data<T>()[i], rounded = static_cast<T>(want);
    if (std::isnan(rounded) ? std::isnan(got) : got == rounded) continue;
    if (std::abs(rounded) < std::numeric_limits<T>::min() && got == 0) continue;
    const T ulp = std::nextafter(std::abs(rounded), std::numeric_limits<T>::infinity()) - std::abs(rounded);
    if (std::isfinite(rounded) && std::abs(got - want) <= static_cast<long double>(ulps) * ulp) continue;
    return "at " + std::to_string(x[i]) + " got " + std::to_string(got) + ", not " + std::to_string(rounded) +
           ", off by " + std::to_string(static_cast<double>((got - want) / ulp)) + " ulp";
  }
  return "";
}

/// 20001 numbers from low to high, evenly or by their logarithm to base 2.
template <class T>
std::vector<T> between(double low, double high, bool powers = false) {
  std::vector<T> x;
  for (int i = 0; i <= 20'000; ++i) {
    const double v = low + (high - low) * i / 20'000;
    x.push_back(static_cast<T>(powers ? std::exp2(v) : v));
  }
  return x;
}

/// Numbers at the ends of what can be represented, both signs, enough of each to go through SIMD.
template <class T>
std::vector<T> edges() {
  using Limits = std::numeric_limits<T>;
  std::vector<T> x;
  for (const T v : {T(0), Limits::denorm_min(), Limits::min(), Limits::min() / 2, Limits::epsilon(), T(1),
                    Limits::max(), Limits::infinity(), Limits::quiet_NaN()})
    for (const T s : {T(1), T(-1)}) x.insert(x.end(), 40, s * v);
  return x;
}
}  // namespace xgrad::test
