#pragma once
/// Counting elements. Without gradient. `axes` and `keepdim` as for `sum`.

#include <optional>
#include <utility>

#include "autograd/tensor.hpp"

namespace xgrad {

/// Whether any / every element is other than 0 (NaN is): bool. Of nothing false / true.
Tensor any(const Tensor& x, Axes axes = {}, bool keepdim = false);
Tensor all(const Tensor& x, Axes axes = {}, bool keepdim = false);
/// How many elements are other than 0: int64.
Tensor count_nonzero(const Tensor& x, Axes axes = {}, bool keepdim = false);

/// How many elements fall into each of `bins` bins of equal width from min to max, in x's dtype (float32 for integers).
/// Bin i holds edge[i] <= x < edge[i + 1], the last bin its right edge too; elements outside and NaN are left out. With
/// min = max the smallest and the largest element take their place, and if these are equal, 1 less and 1 more.
/// ValueError unless bins >= 1, min <= max and both are finite (as found, too).
Tensor histc(const Tensor& x, std::int64_t bins = 100, double min = 0, double max = 0);

struct HistogramOptions {
  /// The outermost edges; by default the smallest and the largest element. Equal ones are moved apart by 0.5 each. Not
  /// with edges given.
  std::optional<std::pair<double, double>> range = {};
  /// Counted for each element instead of 1: floating, of x's shape.
  Tensor weight = {};
  /// Divided by the sum of all counts and the bins' widths: the integral is 1.
  bool density = false;
};
/// `counts` [bins]: int64, the weight's dtype, or, for a density, that of the edges. `edges` [bins + 1]: in x's dtype,
/// float32 for integers.
struct Histogram {
  Tensor counts, edges;
};
/// numpy.histogram: as `histc`, with the edges. (torch.histogram counts in floating numbers.) No elements and no range
/// mean 0 to 1.
Histogram histogram(const Tensor& x, std::int64_t bins = 10, const HistogramOptions& options = {});
/// Between given edges [bins + 1]: at least 2, finite or infinite, none smaller than the one before (ValueError
/// otherwise).
Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options = {});

}  // namespace xgrad
