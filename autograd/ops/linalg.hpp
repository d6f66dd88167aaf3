#pragma once
/// Linear algebra by LU and Cholesky factors, of the matrices along the last two axes; the axes before them are a
/// batch. Integers are taken as float32. A matrix that is not square is a ShapeError, as is one of 2^31 elements and
/// more, or of more than 16384 rows and columns; one that is singular, not positive definite where it must be, or not
/// finite, is a ValueError that says which of the batch. All derivatives can be differentiated again.

#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

/// The determinant: [..., n, n] -> [...]; 1 for n = 0, NaN for a matrix with a NaN. d det(A) / dA are the cofactors,
/// det(A) A^-T, computed from the singular values so that the first and second derivatives are right for singular
/// matrices too; the third and higher ones need an inverse (ValueError).
Tensor det(const Tensor& a);

/// The sign of the determinant and the log of its magnitude, which does not overflow; (0, -inf) for a singular matrix.
/// d log|det A| / dA = A^-T, where a singular matrix is a ValueError. The sign has no gradient.
struct SlogDet {
  Tensor sign, logabsdet;
};
SlogDet slogdet(const Tensor& a);
/// log det(A): NaN for a negative determinant, -inf for 0. d = A^-T.
Tensor logdet(const Tensor& a);

/// A^-1. dA = -Y^T G Y^T with Y = A^-1.
Tensor inverse(const Tensor& a);
inline Tensor inv(const Tensor& a) { return inverse(a); }

/// The X of A X = B for A [..., n, n] and B [..., n, k], batches broadcast; or for vectors b [n] or, where A's shape
/// but its last size is b's, a batch of them [..., n] (as torch.linalg.solve has it). dB = A^-T G, dA = -dB X^T.
Tensor solve(const Tensor& a, const Tensor& b);

/// The same for a triangular A, of which only that triangle is read, or with `unitriangular` only what is off the
/// diagonal, taken to be ones. B has two axes or more. An exact 0 on the diagonal is a ValueError (PyTorch gives
/// infinities). The gradient has the same triangle. `upper` has no default, in PyTorch neither.
Tensor solve_triangular(const Tensor& a, const Tensor& b, bool upper, bool unitriangular = false);

/// The lower triangular L with L L^T = A, or, `upper`, the upper U with U^T U = A, for a symmetric, positive definite
/// A; only the triangle of that name is read. The gradient is that of a symmetric A: symmetric (as in PyTorch).
Tensor cholesky(const Tensor& a, bool upper = false);

/// A A ... A, n times; for n = 0 the identity, for n < 0 powers of the inverse. By repeated squaring.
Tensor matrix_power(const Tensor& a, std::int64_t n);

/// The pseudoinverse (Moore, Penrose) of [..., m, n]: [..., n, m], from the singular values above `rtol` times the
/// largest, the others taken as 0; rtol is max(m, n) times the dtype's epsilon unless given. The derivative is that at
/// constant rank (Golub and Pereyra 1973, eq. 4.12).
Tensor pinverse(const Tensor& a, std::optional<double> rtol = {});
inline Tensor pinv(const Tensor& a, std::optional<double> rtol = {}) { return pinverse(a, rtol); }

/// The X of least norm among those with the least |A X - B|: pinverse(A) B, for A [..., m, n] and B [..., m, k] or a
/// vector [m]. (torch.linalg.lstsq also returns residuals, rank and singular values.)
Tensor lstsq(const Tensor& a, const Tensor& b, std::optional<double> rtol = {});

}  // namespace xgrad
