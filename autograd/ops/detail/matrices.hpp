#pragma once
/// Checks that the operations on matrices share.

#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad::detail {

/// The dtype of a real function of two operands: float32 for integers. DTypeError for float32 with float64.
DType real_dtype(const char* op, const Tensor& a, const Tensor& b);
/// `a`, with integers as float32. ShapeError below two axes.
Tensor matrices(const char* op, const Tensor& a);
/// The same, and a ShapeError unless the last two sizes are equal.
Tensor square_matrices(const char* op, const Tensor& a);
/// That check alone.
void check_square(const char* op, const Tensor& a);

/// The singular values of matrices like `a` count as 0 below this part of the largest: `rtol` (ValueError unless 0 or
/// more), or max(m, n) times the dtype's epsilon.
double singular_below(const char* op, const Tensor& a, std::optional<double> rtol);

/// A number for each matrix of a batch as matrices of one element, which broadcast: [...] -> [..., 1, 1].
Tensor as_matrices(const Tensor& numbers);
/// The axes before the last two; and other ones there.
Shape batch_of(const Tensor& a);
Shape with_batch(const Shape& batch, const Shape& matrices);

}  // namespace xgrad::detail
