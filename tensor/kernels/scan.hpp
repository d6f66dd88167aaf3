#pragma once
/// Running results along one axis, from its start or, with `reverse`, from its end. float32 is carried in float64.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Integers and bools give int64 and wrap around.
Array cumsum(const Array& x, int axis, bool reverse);
Array cumprod(const Array& x, int axis, bool reverse);
/// log(sum of exp so far), relative to the largest so far. Floating only.
Array logcumsumexp(const Array& x, int axis);
/// The index (int64) of the largest / smallest element so far, the last one of equal ones; a NaN is beyond everything.
Array cummax_index(const Array& x, int axis);
Array cummin_index(const Array& x, int axis);

/// y[k] = b[k] + w[k] y[k - 1], y[-1] = 0; with `reverse`, y[k] = b[k] + w[k + 1] y[k + 1]. So w[k] belongs to the step
/// between k - 1 and k in either direction, and w[0] to none. b and w of one shape, floating.
Array recurrence(const Array& b, const Array& w, int axis, bool reverse);
/// y[k] = x[k - by] for by = 1 or -1, `fill` where there is none. Floating.
Array shift(const Array& x, int axis, int by, double fill);

}  // namespace xgrad::kernels
