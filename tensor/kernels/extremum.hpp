#pragma once
/// The largest and the smallest of neighbouring elements; NaN where there is one.

#include <algorithm>
#include <cstdint>
#include <type_traits>

namespace xgrad::kernels {

/// Whether a new value takes the place of the best so far: strictly beyond it, or the first NaN.
struct Larger {
  template <class T>
  bool operator()(T v, T best) const {
    if constexpr (std::is_floating_point_v<T>) return v > best || (v != v && best == best);
    else return v > best;
  }
};
struct Smaller {
  template <class T>
  bool operator()(T v, T best) const {
    if constexpr (std::is_floating_point_v<T>) return v < best || (v != v && best == best);
    else return v < best;
  }
};

/// Of n >= 1 elements; of equal ones (0 and -0) either.
template <class T, class Better>
T best_of_row(const T* x, std::int64_t n, Better better) {
  constexpr std::int64_t kLanes = 64;
  std::int64_t i = 1;
  T best = x[0];
  if (n >= 2 * kLanes) {
    T lanes[kLanes];
    std::copy_n(x, kLanes, lanes);
    for (i = kLanes; i + kLanes <= n; i += kLanes)
      for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] = better(x[i + k], lanes[k]) ? x[i + k] : lanes[k];
    best = lanes[0];
    for (std::int64_t k = 1; k < kLanes; ++k)
      if (better(lanes[k], best)) best = lanes[k];
  }
  for (; i < n; ++i)
    if (better(x[i], best)) best = x[i];
  return best;
}

}  // namespace xgrad::kernels
