#pragma once
/// Reading and writing by index and by mask. Indices are int64 and in range.

#include <cstdint>
#include <span>
#include <vector>

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

/// `value` where the mask is true, else x; the mask broadcasts to x's shape.
Array masked_fill(const Array& x, const Array& mask, Scalar value);
/// The elements of x where the mask, of the same shape, is true, in one axis.
Array masked_select(const Array& x, const Array& mask);
/// Zeros of mask's shape, with the elements of `part` written where `masked_select` would have read them.
Array masked_scatter(const Array& part, const Array& mask);
/// The indices of all elements other than 0, [number, axes] of int64, in row-major order; NaN is other than 0.
Array nonzero(const Array& x);

/// y[i][j]... = x[maps[0][i]][maps[1][j]]...: one list of indices for each axis.
using IndexMaps = std::vector<std::vector<std::int64_t>>;
Array take_outer(const Array& x, const IndexMaps& maps);
/// Zeros of `shape`, with every element of g added where `take_outer` would have read it.
Array add_outer(const Array& g, const Shape& shape, const IndexMaps& maps);

}  // namespace xgrad::kernels
