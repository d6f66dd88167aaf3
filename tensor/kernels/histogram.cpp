#include "tensor/kernels/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

/// Finds bins. Where an element falls by arithmetic is a guess, corrected by comparing with the edges themselves.
struct Bins {
  const double* edges;
  std::int64_t count;
  double per_unit = 0;  ///< bins per unit of x; 0: search

  Bins(const double* e, std::int64_t n, bool even) : edges(e), count(n) {
    const double scale = static_cast<double>(n) / (e[n] - e[0]);
    if (even && std::isfinite(scale)) per_unit = scale;  // not so for a range of no or of infinite width
  }

  /// -1 outside.
  std::int64_t of(double v) const {
    if (!(v >= edges[0] && v <= edges[count])) return -1;
    if (per_unit == 0) {
      const std::int64_t i = std::upper_bound(edges, edges + count + 1, v) - edges - 1;
      return std::min(i, count - 1);
    }
    std::int64_t i = std::min(static_cast<std::int64_t>((v - edges[0]) * per_unit), count - 1);
    while (v < edges[i]) --i;
    while (i + 1 < count && v >= edges[i + 1]) ++i;
    return i;
  }
};

/// Pieces of the elements, cut by their number, with bins of their own; added up in order.
template <class T, class S, class Add>
void count_into(const T* x, std::int64_t n, const Bins& bins, S* total, const Add& add) {
  const std::int64_t step = std::max({kMathGrain, n / 16, bins.count}), pieces = (n + step - 1) / step;
  std::vector<S> parts(static_cast<std::size_t>(pieces * bins.count), S(0));
  parallel_for(pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t p = begin; p < end; ++p) {
      S* const part = parts.data() + p * bins.count;
      for (std::int64_t i = p * step; i < std::min(n, (p + 1) * step); ++i)
        if (const std::int64_t bin = bins.of(static_cast<double>(x[i])); bin >= 0) part[bin] += add(i);
    }
  });
  std::fill_n(total, bins.count, S(0));
  for (std::int64_t p = 0; p < pieces; ++p)
    for (std::int64_t b = 0; b < bins.count; ++b) total[b] += parts[static_cast<std::size_t>(p * bins.count + b)];
}

}  // namespace

Array histogram(const Array& x, const Array& edges, bool even, const Array* weight) {
  const Bins bins(in<double>(edges), edges.numel() - 1, even);
  Array y = Array::empty({bins.count}, weight ? float64 : int64);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if (!weight) {
      count_into(in<T>(x), x.numel(), bins, out<std::int64_t>(y), [](std::int64_t) { return 1; });
      return;
    }
    dispatch_floating("histogram", weight->dtype(), [&](auto weight_type) {
      const auto* const w = in<typename decltype(weight_type)::type>(*weight);
      count_into(in<T>(x), x.numel(), bins, out<double>(y), [w](std::int64_t i) { return static_cast<double>(w[i]); });
    });
  });
  return weight ? y.to(weight->dtype()) : y;
}

}  // namespace xgrad::kernels
