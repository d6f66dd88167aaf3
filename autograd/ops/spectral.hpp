#pragma once
/// Eigenvalues of symmetric matrices, and singular values; of the matrices along the last two axes, the axes before
/// them are a batch. Integers are taken as float32. A matrix that is not finite is a ValueError that says which of the
/// batch.
///
/// Where eigenvalues (singular values) are repeated, the gradient of what depends on these values alone is right; that
/// of the vectors does not exist, and is infinite or NaN, as in PyTorch. The same goes for second derivatives.

#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

/// A = V diag(w) V^T for a symmetric A [..., n, n]: eigenvalues w [..., n], ascending, and orthonormal eigenvectors,
/// the columns of V [..., n, n], with the signs that LAPACK gives them. Only the triangle named by `uplo`, 'L' or 'U',
/// is read. The gradient is that of a symmetric A, symmetric itself (Giles 2008, section 3.1): dA = V (diag(dw) + K)
/// V^T, where K_ij = (M_ij - M_ji) / (2 (w_j - w_i)) and M = V^T dV.
struct Eigh {
  Tensor eigenvalues, eigenvectors;
};
Eigh eigh(const Tensor& a, char uplo = 'L');
/// The eigenvalues alone.
Tensor eigvalsh(const Tensor& a, char uplo = 'L');

/// A = U diag(S) Vh for A [..., m, n], with k = min(m, n): U [..., m, k] and Vh [..., k, n], whose columns and rows are
/// orthonormal, with the signs that LAPACK gives them, and the singular values S [..., k], descending.
/// (torch.linalg.svd with full_matrices = false; torch.svd returns V, which is Vh transposed.) The derivative is that
/// of Townsend 2016, "Differentiating the singular value decomposition"; where a singular value is 0 that of U and Vh
/// may be infinite.
struct Svd {
  Tensor U, S, Vh;
};
Svd svd(const Tensor& a);
/// The singular values alone. Where one is 0 the gradient is one of many.
Tensor svdvals(const Tensor& a);

/// Norms of the matrices along the last two axes, which go away, or stay with size 1 with `keepdim`: [..., m, n] ->
/// [...]. "fro": the root of the sum of squares, without overflow, with the gradient 0 for a matrix of zeros; "nuc":
/// the sum of the singular values. 2, -2: the largest, smallest singular value; 1, -1: of the sums of magnitudes down
/// the columns; inf, -inf: of those along the rows. Ties share the gradient. ValueError for other orders, ShapeError
/// where there is nothing to choose from.
Tensor matrix_norm(const Tensor& a, const char* order = "fro", bool keepdim = false);
Tensor matrix_norm(const Tensor& a, double order, bool keepdim = false);

/// The number of singular values above `rtol` times the largest (int64); rtol is max(m, n) times the dtype's epsilon
/// unless given.
Tensor matrix_rank(const Tensor& a, std::optional<double> rtol = {});

}  // namespace xgrad
