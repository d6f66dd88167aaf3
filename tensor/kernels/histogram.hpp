#pragma once
/// Counts of elements between edges.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// How many elements lie in each bin: bin i holds edges[i] <= x < edges[i + 1], the last one its right edge too; the
/// others, and NaN, are left out. `edges` (float64, at least 2) do not decrease; `even` promises that they are evenly
/// spaced but for rounding. With `weight` (of x's shape, floating) the sum of the weights, in its dtype; else int64.
Array histogram(const Array& x, const Array& edges, bool even, const Array* weight = nullptr);

}  // namespace xgrad::kernels
