#pragma once
/// Reading and writing by index. Indices are int64 and in range.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// y[..., j, ...] = x[..., index[..., j, ...], ...] along `axis`; index has x's shape but for `axis`.
Array gather(const Array& x, int axis, const Array& index);
/// Zeros of `shape`, or a copy of x, with every source element added where `gather` would have read it.
Array scatter_add(const Shape& shape, int axis, const Array& index, const Array& source);
Array scatter_add(const Array& x, int axis, const Array& index, const Array& source);
/// A copy of x with every source element written where `gather` would have read it; of several for one place, the last
/// along `axis`.
Array scatter(const Array& x, int axis, const Array& index, const Array& source);
/// A bool for every source element: whether it is the one that `scatter` leaves in an array of `shape`.
Array scatter_winners(const Shape& shape, int axis, const Array& index);

/// y[..., j, ...] = x[..., index[j], ...] along `axis`; index has one axis.
Array index_select(const Array& x, int axis, const Array& index);
/// Zeros of `shape`, or a copy of x, with every source element added where `index_select` would have read it.
Array index_add(const Shape& shape, int axis, const Array& index, const Array& source);
Array index_add(const Array& x, int axis, const Array& index, const Array& source);

}  // namespace xgrad::kernels
