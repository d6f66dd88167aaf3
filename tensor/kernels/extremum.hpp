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

/// The best that is no NaN, and a NaN where one was seen: two selections, which g++ vectorises where it would not their
/// combination.
template <class T>
struct BestAndNaN {
  T best, nan;
  template <class Better>
  void add(T v, Better) {
    if constexpr (std::is_same_v<Better, Larger>) best = v > best ? v : best;
    else best = v < best ? v : best;
    if constexpr (std::is_floating_point_v<T>) nan = v != v ? v : nan;
  }
  T value() const { return nan != nan ? nan : best; }
};

/// Of n >= lanes elements, in so many lanes that are folded in halves.
template <std::int64_t kLanes, class T, class Better>
T best_in_lanes(const T* x, std::int64_t n, Better better) {
  T best[kLanes], nan[kLanes];
  std::copy_n(x, kLanes, best);
  for (std::int64_t k = 0; k < kLanes; ++k) nan[k] = x[k] != x[k] ? x[k] : T(0);
  const auto add = [&](std::int64_t k, T v) {
    BestAndNaN<T> s{best[k], nan[k]};
    s.add(v, better);
    best[k] = s.best, nan[k] = s.nan;
  };
  std::int64_t i = kLanes;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) add(k, x[i + k]);
  for (std::int64_t k = 0; i < n; ++i, ++k) add(k, x[i]);
  for (std::int64_t half = kLanes / 2; half > 0; half /= 2)
    for (std::int64_t k = 0; k < half; ++k) {
      add(k, best[k + half]);
      nan[k] = nan[k + half] != nan[k + half] ? nan[k + half] : nan[k];
    }
  return BestAndNaN<T>{best[0], nan[0]}.value();
}

inline constexpr std::int64_t kShortOfBest = 64, kRowsAtOnce = 16;

/// Of each of kRowsAtOnce rows of n >= 1 elements, side by side: a short row has nothing to vectorise by itself.
template <class T, class Better>
void best_of_short_rows(const T* x, std::int64_t n, T* to, Better better) {
  T best[kRowsAtOnce], nan[kRowsAtOnce];
  for (std::int64_t r = 0; r < kRowsAtOnce; ++r) best[r] = nan[r] = x[r * n];
  for (std::int64_t i = 1; i < n; ++i)
    for (std::int64_t r = 0; r < kRowsAtOnce; ++r) {
      BestAndNaN<T> s{best[r], nan[r]};
      s.add(x[r * n + i], better);
      best[r] = s.best, nan[r] = s.nan;
    }
  for (std::int64_t r = 0; r < kRowsAtOnce; ++r) to[r] = BestAndNaN<T>{best[r], nan[r]}.value();
}

/// Of n >= 1 elements; of equal ones (0 and -0) either.
template <class T, class Better>
T best_of_row(const T* x, std::int64_t n, Better better) {
  if (n >= 128) return best_in_lanes<64>(x, n, better);
  if (n >= 16) return best_in_lanes<16>(x, n, better);
  BestAndNaN<T> s{x[0], x[0]};
  for (std::int64_t i = 1; i < n; ++i) s.add(x[i], better);
  return s.value();
}

}  // namespace xgrad::kernels
