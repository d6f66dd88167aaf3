#pragma once
/// Moments, norms, products and counts over any set of axes (a bit mask), folded in float64: what float32 holds neither
/// overflows nor cancels on the way. Results depend on the shape alone, never on the threads.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The sum of squared deviations from the mean over max(0, n - correction). Two passes, the first relative to the first
/// element; equal elements give exactly 0.
Array variance(const Array& a, unsigned axes, bool keepdim, double correction);
/// Its root, taken before it is rounded to a's dtype.
Array standard_deviation(const Array& a, unsigned axes, bool keepdim, double correction);
/// a minus its mean over the axes, the mean in more than a's precision.
Array deviation(const Array& a, unsigned axes);

/// The p-norm, for any p but NaN: the largest magnitude for inf, the smallest for -inf, the number of elements other
/// than 0 for 0. Magnitudes are divided by the largest where powers would leave float64's range. NaN propagates.
Array norm(const Array& a, double p, unsigned axes, bool keepdim);
/// |x|^q, and sign(x) |x|^q; both are 0 at 0 unless the first has q = 0, which gives 1. Floating only.
Array power_of_abs(const Array& x, double q);
Array signed_power(const Array& x, double q);

/// Products; integers and bools give int64 and wrap around.
Array prod(const Array& a, unsigned axes, bool keepdim);
/// How many elements are not 0 (NaN is not): int64.
Array count_nonzero(const Array& a, unsigned axes, bool keepdim);

}  // namespace xgrad::kernels
