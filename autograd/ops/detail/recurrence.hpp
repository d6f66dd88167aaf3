#pragma once
/// The linear recurrence that running sums and products, and all their derivatives, are made of. It holds no division,
/// so that zeros need no care, and its derivative is the same recurrence run the other way.

#include "autograd/tensor.hpp"

namespace xgrad::detail {

/// Along `axis`, y[k] = b[k] + w[k] y[k - 1] with y[-1] = 0; with `reverse`, y[k] = b[k] + w[k + 1] y[k + 1]. w[k]
/// belongs to the step between k - 1 and k in either direction; w[0] is not used. b and w have one shape and dtype.
Tensor recurrence(const Tensor& b, const Tensor& w, int axis, bool reverse);

/// y[k] = x[k - by] for by = 1 or -1; `fill` where there is none.
Tensor shifted(const Tensor& x, int axis, int by, double fill);

/// The products of the elements so far, from the start or, with `reverse`, from the end.
Tensor running_product(const Tensor& x, int axis, bool reverse);

/// For every element the product of all others over the axes in the mask `axes`.
Tensor product_of_others(const Tensor& x, unsigned axes);

}  // namespace xgrad::detail
