#pragma once
/// Products of vectors and matrices, of floats through BLAS. Integers adopt the other operand's floating dtype;
/// products of integers are integers and wrap around (PyTorch likewise, but it refuses mixed dtypes). Bool with bool is
/// a DTypeError. NaN and infinities go through as the formula has it: 0 * inf is NaN. Sums over nothing are 0.

#include "autograd/tensor.hpp"

namespace xgrad {

/// The matrix product, by the ranks of the operands as in PyTorch and NumPy:
/// [n] x [n] -> []; [m, n] x [n] -> [m]; [n] x [n, p] -> [p]; [m, n] x [n, p] -> [m, p]; with more axes those before
/// the last two broadcast. Inner sizes that differ are a ShapeError, as is a scalar operand.
/// dA = G B^T, dB = A^T G.
Tensor matmul(const Tensor& a, const Tensor& b);

/// The product with either operand's last two axes swapped, without a copy; both of rank 2 or more. The axes before
/// them broadcast (PyTorch's bmm wants three axes and equal batches).
Tensor bmm(const Tensor& a, const Tensor& b, bool transpose_a = false, bool transpose_b = false);

/// matmul of two matrices / of a matrix and a vector; ShapeError for other ranks.
Tensor mm(const Tensor& a, const Tensor& b);
Tensor mv(const Tensor& a, const Tensor& x);

/// The sum of x_i y_i of two vectors [n], a scalar. ShapeError for other ranks and unequal sizes. dx = g y, dy = g x.
Tensor dot(const Tensor& x, const Tensor& y);
/// The sum of products over the last axes of both: [..., n], [..., n] -> the axes before x's last, then those before
/// y's. With a scalar it is the product.
Tensor inner(const Tensor& x, const Tensor& y);
/// x_i y_j of two vectors: [m], [n] -> [m, n]; ShapeError for other ranks.
Tensor outer(const Tensor& x, const Tensor& y);

/// Kronecker's product: every element of x times the whole of y, axis by axis [m, n], [p, q] -> [m p, n q]. The operand
/// with fewer axes gets axes of size 1 in front; ShapeError above 4 axes.
Tensor kron(const Tensor& x, const Tensor& y);

/// x W^T + b for x [..., in], weight [out, in], bias [out] or undefined: what a dense layer computes. out = 0 gives
/// [..., 0].
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

/// A function that `linear` may apply to its result while it is at hand.
enum class Epilogue { none, relu, sigmoid, tanh };

/// relu(linear(x, weight, bias)) and so on as one operation, named "linear_relu": the same bits, gradients included,
/// with one tensor less in memory. Sequential calls it for a Dense with such an activation behind it.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias, Epilogue epilogue);

}  // namespace xgrad
