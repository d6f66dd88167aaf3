#include "tensor/kernels/statistics.hpp"

#include <cmath>
#include <limits>

#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// ---- folds -----------------------------------------------------------------------------------------------------------

template <bool centred>
struct Real {
  using State = double;
  static constexpr bool kCentred = centred;
};
struct Summed : Real<false> {
  static double start() { return 0; }
  static double merge(double a, double b) { return a + b; }
};
struct SummedCentred : Real<true> {
  static double start() { return 0; }
  static double merge(double a, double b) { return a + b; }
};

struct Deviations : SummedCentred {
  double add(double s, auto v, double c) const { return s + (static_cast<double>(v) - c); }
};
struct SquaredDeviations : SummedCentred {
  double add(double s, auto v, double c) const {
    const double d = static_cast<double>(v) - c;
    return s + d * d;
  }
};
struct Magnitudes : Summed {
  double add(double s, auto v, double) const { return s + std::abs(static_cast<double>(v)); }
};
struct Squares : Summed {
  double add(double s, auto v, double) const { return s + static_cast<double>(v) * static_cast<double>(v); }
};
/// (|v| / c)^p.
struct ScaledPowers : SummedCentred {
  double p;
  explicit ScaledPowers(double exponent) : p(exponent) {}
  double add(double s, auto v, double c) const {
    const double r = std::abs(static_cast<double>(v)) / c;
    return s + (p == 2 ? r * r : p == 3 ? r * r * r : std::pow(r, p));
  }
};
struct LargestMagnitude : Real<false> {
  static double start() { return 0; }
  static double merge(double s, double m) { return m > s || m != m ? m : s; }  // NaN stays
  double add(double s, auto v, double) const { return merge(s, std::abs(static_cast<double>(v))); }
};
struct SmallestMagnitude : Real<false> {
  static double start() { return kInf; }
  static double merge(double s, double m) { return m < s || m != m ? m : s; }
  double add(double s, auto v, double) const { return merge(s, std::abs(static_cast<double>(v))); }
};

struct RealProduct : Real<false> {
  static double start() { return 1; }
  static double merge(double a, double b) { return a * b; }
  double add(double s, auto v, double) const { return s * static_cast<double>(v); }
};
struct WholeProduct {  // without sign, so that it wraps around
  using State = std::uint64_t;
  static constexpr bool kCentred = false;
  static State start() { return 1; }
  static State merge(State a, State b) { return a * b; }
  State add(State s, auto v, double) const { return s * static_cast<State>(v); }
};
struct Nonzeros {
  using State = std::int64_t;
  static constexpr bool kCentred = false;
  static State start() { return 0; }
  static State merge(State a, State b) { return a + b; }
  State add(State s, auto v, double) const { return s + (v != 0 ? 1 : 0); }
};

/// A fold into a fresh array of its states.
template <class F>
Array folded(const Together& t, const F& f, DType states, const Array* centres = nullptr, std::int64_t grain = kGrain) {
  Array y = Array::empty({t.plan.results()}, states);
  dispatch(t.array.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    fold(in<T>(t.array), t.plan, f, centres ? in<double>(*centres) : nullptr, out<typename F::State>(y), grain);
  });
  return y;
}

// ---- moments ---------------------------------------------------------------------------------------------------------

/// The means as the sum of two numbers: `at` in float64, and `rest`, what is lost by rounding it.
struct Means {
  Array at, rest;
};

/// Summed relative to the first element, so that equal elements have exactly their own value as mean, and that the
/// error is one of the elements' spread and not of their size.
Means means_of(const Together& t) {
  const Plan p = t.plan;
  Array first = Array::zeros({p.results()}, float64);
  dispatch_floating("var", t.array.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if (p.size == 0) return;
    for (std::int64_t o = 0; o < p.outer; ++o)
      for (std::int64_t j = 0; j < p.inner; ++j)
        out<double>(first)[o * p.inner + j] = static_cast<double>(in<T>(t.array)[o * p.size * p.inner + j]);
  });
  Means means{Array::empty_like(first), folded(t, Deviations{}, float64, &first)};
  double *at = out<double>(means.at), *rest = out<double>(means.rest);
  for (std::int64_t i = 0; i < p.results(); ++i) {
    const double start = in<double>(first)[i], step = rest[i] / static_cast<double>(p.size);
    at[i] = start + step;
    rest[i] = step - (at[i] - start);
  }
  return means;
}

/// In float64.
Array wide_variance(const Together& t, double correction) {
  const Means means = means_of(t);
  Array y = folded(t, SquaredDeviations{}, float64, &means.at);
  const double n = static_cast<double>(t.plan.size), freedom = n > correction ? n - correction : 0;
  double* v = out<double>(y);
  for (std::int64_t i = 0; i < t.plan.results(); ++i) {
    const double rest = in<double>(means.rest)[i];
    v[i] = std::max(v[i] - n * (rest * rest), 0.) / freedom;
  }
  return y;
}

// ---- norms -----------------------------------------------------------------------------------------------------------

/// Magnitudes relative to their extreme `top`, so that no power leaves float64's range. An extreme of 0, infinity or
/// NaN is the norm itself.
Array scaled_norm(const Together& t, double p) {
  Array top = p > 0 ? folded(t, LargestMagnitude{}, float64) : folded(t, SmallestMagnitude{}, float64);
  const Array powers = folded(t, ScaledPowers(p), float64, &top, p == 2 ? kGrain : kMathGrain);
  double* y = out<double>(top);
  for (std::int64_t i = 0; i < t.plan.results(); ++i) {
    const double s = in<double>(powers)[i];
    if (y[i] != 0 && std::isfinite(y[i])) y[i] *= p == 2 ? std::sqrt(s) : std::pow(s, 1 / p);
  }
  return top;
}

Array euclidean_norm(const Together& t) {
  Array y = folded(t, Squares{}, float64);
  double* s = out<double>(y);
  bool safe = true;  // the squares of float32 cannot leave float64's range
  for (std::int64_t i = 0; i < t.plan.results() && t.array.dtype() == float64; ++i)
    safe = safe && s[i] > 1e-280 && s[i] < 1e300;
  if (!safe) return scaled_norm(t, 2);
  for (std::int64_t i = 0; i < t.plan.results(); ++i) s[i] = std::sqrt(s[i]);
  return y;
}

/// y = op(x), element by element.
template <class Op>
Array mapped(const char* name, const Array& x, std::int64_t grain, const Op& op) {
  Array y = Array::empty_like(x);
  dispatch_floating(name, x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const p = in<T>(x);
    T* const q = out<T>(y);
    parallel_for(x.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) q[i] = op(p[i]);
    });
  });
  return y;
}

}  // namespace

Array variance(const Array& a, unsigned axes, bool keepdim, double correction) {
  return wide_variance(Together(a, axes), correction).to(a.dtype()).reshape(reduced(a.shape(), axes, keepdim));
}

Array standard_deviation(const Array& a, unsigned axes, bool keepdim, double correction) {
  Array y = wide_variance(Together(a, axes), correction);
  double* v = out<double>(y);
  for (std::int64_t i = 0; i < y.numel(); ++i) v[i] = std::sqrt(v[i]);
  return y.to(a.dtype()).reshape(reduced(a.shape(), axes, keepdim));
}

Array deviation(const Array& a, unsigned axes) {
  const Together t(a, axes);
  const Plan p = t.plan;
  const Means means = means_of(t);
  Array y = Array::empty_like(t.array);
  dispatch_floating("var", a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const x = in<T>(t.array);
    T* const d = out<T>(y);
    const double *at = in<double>(means.at), *rest = in<double>(means.rest);
    parallel_for(y.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t run = p.inner == 1 ? p.size : p.inner;  // neighbours with one mean, or with one each
      for (std::int64_t i = begin; i < end;) {
        const std::int64_t stop = std::min(end, (i / run + 1) * run);
        const std::int64_t m = p.inner == 1 ? i / run : i / (p.size * p.inner) * p.inner + i % p.inner;
        const std::int64_t step = p.inner == 1 ? 0 : 1;
        for (std::int64_t k = 0; k < stop - i; ++k)
          d[i + k] = static_cast<T>((static_cast<double>(x[i + k]) - at[m + k * step]) - rest[m + k * step]);
        i = stop;
      }
    });
  });
  return t.put_back(y);
}

Array norm(const Array& a, double p, unsigned axes, bool keepdim) {
  const Together t(a, axes);
  const Array y = p == 2       ? euclidean_norm(t)
                  : p == 1     ? folded(t, Magnitudes{}, float64)
                  : p == 0     ? folded(t, Nonzeros{}, int64)
                  : p == kInf  ? folded(t, LargestMagnitude{}, float64)
                  : p == -kInf ? folded(t, SmallestMagnitude{}, float64)
                               : scaled_norm(t, p);
  return y.to(a.dtype()).reshape(reduced(a.shape(), axes, keepdim));
}

Array power_of_abs(const Array& x, double q) {
  if (q == 0) return Array::full(x.shape(), 1, x.dtype());
  if (q == 1) return mapped("norm", x, kGrain, [](auto v) { return std::abs(v); });
  return mapped("norm", x, kMathGrain, [q](auto v) {
    using T = decltype(v);
    return v == T(0) ? T(0) : static_cast<T>(std::pow(std::abs(static_cast<double>(v)), q));
  });
}

Array signed_power(const Array& x, double q) {
  if (q == 1) return x;
  if (q == 0)  // the sign; NaN has none
    return mapped("norm", x, kGrain, [](auto v) {
      using T = decltype(v);
      return v > T(0) ? T(1) : v < T(0) ? T(-1) : v;
    });
  return mapped("norm", x, kMathGrain, [q](auto v) {
    using T = decltype(v);
    return v == T(0) ? v : static_cast<T>(std::copysign(std::pow(std::abs(static_cast<double>(v)), q), v));
  });
}

Array prod(const Array& a, unsigned axes, bool keepdim) {
  const Together t(a, axes);
  const bool real = is_floating(a.dtype());
  Array y = Array::empty({t.plan.results()}, real ? float64 : int64);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (std::is_floating_point_v<T>) fold(in<T>(t.array), t.plan, RealProduct{}, nullptr, out<double>(y));
    else fold(in<T>(t.array), t.plan, WholeProduct{}, nullptr, out<std::uint64_t>(y));
  });
  return (real ? y.to(a.dtype()) : y).reshape(reduced(a.shape(), axes, keepdim));
}

Array count_nonzero(const Array& a, unsigned axes, bool keepdim) {
  return folded(Together(a, axes), Nonzeros{}, int64).reshape(reduced(a.shape(), axes, keepdim));
}

}  // namespace xgrad::kernels
