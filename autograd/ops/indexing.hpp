#pragma once
/// Reading and writing by index. Indices are int64 (uint8 is converted; DTypeError otherwise) and may not be negative;
/// out of range is an IndexError that says where.

#include "autograd/tensor.hpp"

namespace xgrad {

/// y[i][j][k] = x[i][index[i][j][k]][k] along `axis` (here 1), of index's shape. `index` has x's number of axes and,
/// except along `axis`, at most x's sizes (ShapeError otherwise). The gradient goes back to where the value came from.
Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index);

/// A copy of x with source[i][j][k] added at x[i][index[i][j][k]][k] along `axis` (here 1), for every entry of index.
/// All three have one number of axes; index has at most source's sizes and, except along `axis`, at most x's
/// (ShapeError otherwise). Entries hit more than once are added up.
Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source);

/// int64 of shape [..., classes]: 1 at each label's place, else 0. Labels 0 ... classes - 1 (IndexError otherwise);
/// classes = -1 takes the largest label + 1.
Tensor one_hot(const Tensor& labels, std::int64_t classes = -1);

/// Throws IndexError naming `op` unless all `indices` (int64) lie in 0 ... size - 1; `what` is "label" or "index".
void check_indices(std::string_view op, const Array& indices, std::int64_t size, std::string_view what);
/// `indices` as int64; DTypeError naming `op` for floating ones and bools.
Array as_indices(std::string_view op, const Array& indices);

}  // namespace xgrad
