#pragma once
/// Diagonals and triangles. They keep every dtype, bools and integers included; the gradient goes back to the elements
/// that were taken, and is 0 elsewhere.

#include "autograd/tensor.hpp"

namespace xgrad {

/// The elements [i, i + offset] of the matrices along axes `dim1` (rows) and `dim2` (columns), as the last axis of the
/// result; the two axes go away: [m, n] -> [k]. Beyond the matrix the diagonal is empty. IndexError for an axis out of
/// range, ValueError when both are the same.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, std::int64_t dim1 = 0, std::int64_t dim2 = 1);

/// Matrices of zeros with x's last axis, of size k, on the diagonal `offset`: [..., k] -> square matrices of k +
/// |offset| rows, whose rows and columns become axes `dim1` and `dim2` of the result. The inverse of `diagonal`.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, std::int64_t dim1 = -2, std::int64_t dim2 = -1);

/// The matrix with x on its diagonal, for a vector; the diagonal, for a matrix. ShapeError for other ranks.
Tensor diag(const Tensor& x, std::int64_t diagonal = 0);

/// The sum of the main diagonal of a matrix, square or not (ShapeError for other ranks); of integers int64.
/// d tr(A) / dA = I. (PyTorch 1.13 gives a wrong gradient for tall matrices.)
Tensor trace(const Tensor& x);

/// The lower triangle of the last two axes: elements [..., i, j] with j - i <= diagonal, 0 elsewhere (also where x is
/// NaN). ShapeError below two axes.
Tensor tril(const Tensor& x, std::int64_t diagonal = 0);
/// The upper triangle: j - i >= diagonal.
Tensor triu(const Tensor& x, std::int64_t diagonal = 0);

}  // namespace xgrad
