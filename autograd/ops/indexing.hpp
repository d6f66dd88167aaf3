#pragma once
/// Reading and writing by index. Indices are int64 (uint8 is converted; DTypeError otherwise) and may not be negative;
/// out of range is an IndexError that says where. In gather, scatter and scatter_add a scalar counts as one axis of
/// size 1.

#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

/// y[i][j][k] = x[i][index[i][j][k]][k] along `axis` (here 1), of index's shape. `index` has x's number of axes and,
/// except along `axis`, at most x's sizes (ShapeError otherwise). The gradient goes back to where the value came from.
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);

/// A copy of x with source[i][j][k] added at x[i][index[i][j][k]][k] along `axis` (here 1), for every entry of index.
/// All three have one number of axes; index has at most source's sizes and, except along `axis`, at most x's
/// (ShapeError otherwise). Entries hit more than once are added up. Not for bools (DTypeError).
Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source);

/// The same with source[i][j][k] in the place of what was there. Where several go to one place, the last along `axis`
/// stays and alone gets the gradient (PyTorch leaves open which one stays, and gives the gradient to all). The result
/// has x's dtype: DTypeError for a source that it cannot hold.
Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source);
Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, Scalar value);

/// The entries index[0], index[1], ... of an axis; index has one axis or is a scalar (ShapeError otherwise).
Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index);
/// A copy of x with entry j of source's axis added to entry index[j], for all j; source has x's shape but for the axis,
/// which is as long as index (ShapeError otherwise). Entries hit more than once are added up. Not for bools.
Tensor index_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source);

/// gather() after broadcasting x and index to each other on all axes but `axis`: what argmax or argsort, kept in shape,
/// found along it. Without an axis, of the elements of both in row-major order. (torch.take_along_dim,
/// numpy.take_along_axis; the latter also takes negative indices.)
Tensor take_along(const Tensor& x, const Tensor& index, std::optional<std::int64_t> axis = {});
inline Tensor take_along_dim(const Tensor& x, const Tensor& index, std::optional<std::int64_t> axis = {}) {
  return take_along(x, index, axis);
}

/// int64 of shape [..., classes]: 1 at each label's place, else 0. Labels 0 ... classes - 1 (IndexError otherwise);
/// classes = -1 takes the largest label + 1.
Tensor one_hot(const Tensor& labels, std::int64_t classes = -1);

/// Throws IndexError naming `op` unless all `indices` (int64) lie in 0 ... size - 1; `what` is "label" or "index".
void check_indices(std::string_view op, const Array& indices, std::int64_t size, std::string_view what);
/// `indices` as int64; DTypeError naming `op` for floating ones and bools.
Array as_indices(std::string_view op, const Array& indices);

}  // namespace xgrad
