#pragma once
/// Reductions over any set of axes, given as a bit mask; results depend on the shape alone, never on the threads.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Sums: floats are accumulated in SIMD lanes over blocks of 4096 and the block sums in float64, so that 2^25 ones sum
/// to 2^25. Integers and bools give int64.
Array sum(const Array& a, unsigned axes, bool keepdim);
/// sum / count of a floating array; of nothing NaN.
Array mean(const Array& a, unsigned axes, bool keepdim);
/// `a` summed down to `shape`, the inverse of broadcasting; itself when it has it.
Array sum_to(const Array& a, const Shape& shape);
/// The largest / smallest element; NaN wherever one is met. No axis that is reduced may be empty.
Array amax(const Array& a, unsigned axes, bool keepdim);
Array amin(const Array& a, unsigned axes, bool keepdim);
/// The index of the first largest / smallest element along one axis (int64); the first NaN counts as both.
Array argmax(const Array& a, int axis, bool keepdim);
Array argmin(const Array& a, int axis, bool keepdim);

}  // namespace xgrad::kernels
