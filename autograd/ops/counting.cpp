#include "autograd/ops/counting.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/histogram.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/statistics.hpp"

namespace xgrad {
namespace {

using Range = std::pair<double, double>;

void check_bins(const char* op, std::int64_t bins) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  if (bins < 1 || bins > kMost) fail<ValueError>(op, fmt::format("bins: got {}; expected 1 to {}", bins, kMost));
}

void check_range(const char* op, Range range) {
  if (!std::isfinite(range.first) || !std::isfinite(range.second) || range.first > range.second)
    fail<ValueError>(op, fmt::format("range: got {} to {}; expected finite numbers, the larger one last", range.first,
                                     range.second));
}

DType edge_dtype(const Tensor& x) { return is_floating(x.dtype()) ? x.dtype() : float32; }

/// The smallest and the largest element.
Range extremes(const Tensor& x) {
  const unsigned all = (1u << x.dim()) - 1u;
  return {kernels::amin(x.array(), all, false).item<double>(), kernels::amax(x.array(), all, false).item<double>()};
}

/// bins + 1 numbers from first to last, as t holds them.
Array even_edges(Range range, std::int64_t bins, DType t) {
  Array edges = Array::empty({bins + 1}, float64);
  double* e = edges.mutable_data<double>();
  const double width = range.second - range.first, n = static_cast<double>(bins);
  for (std::int64_t i = 0; i < bins; ++i) {
    const double part = static_cast<double>(i);
    e[i] = std::isfinite(width * n) ? range.first + width * part / n  // 0.3 is 3 tenths of the way from 0 to 1
                                    : range.first * (1 - part / n) + range.second * (part / n);
  }
  e[bins] = range.second;
  return edges.to(t);
}

void check_weight(const Tensor& x, const Tensor& weight) {
  if (!weight.defined()) return;
  if (weight.shape() != x.shape())
    fail<ShapeError>("histogram",
                     fmt::format("weight: got {}; expected x's shape {}", weight.shape().str(), x.shape().str()));
  if (!is_floating(weight.dtype()))
    fail<DTypeError>("histogram", fmt::format("weight: got {}; expected float32 or float64", name_of(weight.dtype())));
}

/// counts / (their sum * the bins' widths).
Array density_of(const Array& counts, const Array& edges, DType t) {
  const Array n = counts.to(float64), e = edges.to(float64);
  Array y = Array::empty_like(n);
  const double total = kernels::sum(n, 1u, false).item<double>();
  for (std::int64_t i = 0; i < n.numel(); ++i)
    y.mutable_data<double>()[i] = n.data<double>()[i] / (e.data<double>()[i + 1] - e.data<double>()[i]) / total;
  return y.to(t);
}

Histogram counted(const Tensor& x, const Array& edges, bool even, const HistogramOptions& options) {
  const Array* weight = options.weight.defined() ? &options.weight.array() : nullptr;
  const Array counts = kernels::histogram(x.array(), edges.to(float64), even, weight);
  return {Tensor(options.density ? density_of(counts, edges, edges.dtype()) : counts), Tensor(edges)};
}

}  // namespace

Tensor any(const Tensor& x, Axes axes, bool keepdim) {
  return ne(Tensor(kernels::count_nonzero(x.array(), axes.mask("any", x.dim()), keepdim)), 0);
}

Tensor all(const Tensor& x, Axes axes, bool keepdim) {
  const unsigned mask = axes.mask("all", x.dim());
  std::int64_t count = 1;
  for (int i = 0; i < x.dim(); ++i)
    if (mask >> i & 1u) count *= x.shape()[i];
  return eq(Tensor(kernels::count_nonzero(x.array(), mask, keepdim)), count);
}

Tensor count_nonzero(const Tensor& x, Axes axes, bool keepdim) {
  return kernels::count_nonzero(x.array(), axes.mask("count_nonzero", x.dim()), keepdim);
}

Tensor histc(const Tensor& x, std::int64_t bins, double min, double max) {
  check_bins("histc", bins);
  check_range("histc", {min, max});
  Range range{min, max};
  if (min == max && x.numel() > 0) check_range("histc", range = extremes(x));
  if (range.first == range.second) range = {range.first - 1, range.second + 1};
  const DType t = edge_dtype(x);
  return counted(x, even_edges(range, bins, t), true, {}).counts.to(t);
}

Histogram histogram(const Tensor& x, std::int64_t bins, const HistogramOptions& options) {
  check_bins("histogram", bins);
  check_weight(x, options.weight);
  Range range = options.range ? *options.range : x.numel() > 0 ? extremes(x) : Range{0, 1};
  check_range("histogram", range);
  if (range.first == range.second) range = {range.first - 0.5, range.second + 0.5};
  return counted(x, even_edges(range, bins, edge_dtype(x)), true, options);
}

Histogram histogram(const Tensor& x, const Tensor& edges, const HistogramOptions& options) {
  check_weight(x, options.weight);
  if (options.range) fail<ValueError>("histogram", "got a range and edges; expected one of the two");
  const Array e = edges.array().to(edge_dtype(edges));
  if (e.dim() != 1 || e.numel() < 2)
    fail<ShapeError>("histogram", fmt::format("edges: got {}; expected [bins + 1]", e.shape().str()));
  const Array wide = e.to(float64);
  for (std::int64_t i = 0; i + 1 < wide.numel(); ++i)
    if (!(wide.data<double>()[i] <= wide.data<double>()[i + 1]))
      fail<ValueError>("histogram", fmt::format("edges: got {} before {} at position {}; expected none smaller than "
                                                "the one before",
                                                wide.data<double>()[i], wide.data<double>()[i + 1], i));
  return counted(x, e, false, options);
}

Tensor Tensor::any(Axes axes, bool keepdim) const { return xgrad::any(*this, axes, keepdim); }
Tensor Tensor::all(Axes axes, bool keepdim) const { return xgrad::all(*this, axes, keepdim); }

}  // namespace xgrad
