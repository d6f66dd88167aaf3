#pragma once
/// Matrix products, through BLAS. Operands are of one floating dtype; integers adopt it (two integer operands are a
/// DTypeError: convert one).

#include "autograd/tensor.hpp"

namespace xgrad {

/// The matrix product, by the ranks of the operands as in PyTorch and NumPy:
/// [n] x [n] -> []; [m, n] x [n] -> [m]; [n] x [n, p] -> [p]; [m, n] x [n, p] -> [m, p]; with more axes those before
/// the last two broadcast. Inner sizes that differ are a ShapeError, as is a scalar operand.
/// dA = G B^T, dB = A^T G.
Tensor matmul(const Tensor& a, const Tensor& b);

/// The product with either operand's last two axes swapped, without a copy; both of rank 2 or more.
Tensor bmm(const Tensor& a, const Tensor& b, bool transpose_a, bool transpose_b);

/// x W^T + b for x [..., in], weight [out, in], bias [out] or undefined: what a dense layer computes.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {});

}  // namespace xgrad
