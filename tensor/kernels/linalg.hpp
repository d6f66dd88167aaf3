#pragma once
/// Factorisations through xtensor-blas (LAPACK), of the matrices along the last two axes; the axes before them are a
/// batch. Arrays are of one floating dtype and their matrices of the shapes said here: the callers check. A matrix that
/// cannot be factored is a ValueError naming `op`, the place of the matrix in its batch, and the reason.

#include <cstdint>
#include <utility>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// [..., n, n] -> [...], by LU: 0 of a singular matrix, NaN where there is a NaN, 1 for n = 0. No overflow on the way
/// to a result that can be represented.
Array det(const Array& a);
/// Sign and log of the magnitude: (0, -inf) of a singular matrix.
std::pair<Array, Array> slogdet(const Array& a);
/// Fails for singular matrices and those that are not finite; so do the following.
Array inverse(const char* op, const Array& a);
/// The X of A X = B, or of A^T X = B: [..., n, n], [..., n, k] of the same batch.
Array solve(const char* op, const Array& a, const Array& b, bool transposed);

/// How the matrix of a triangular system is read; the rest of it is not.
struct Triangle {
  bool upper, transposed, unit;  ///< unit: the diagonal is taken to be ones
};
/// The X of T X = B, or of T^T X = B where `transposed`.
Array solve_triangular(const char* op, const Array& t, const Array& b, Triangle triangle);
/// The lower triangular L with L L^T = A, of which only the lower triangle is read. Fails unless positive definite.
Array cholesky(const Array& a);

/// Eigenvalues, ascending [..., n], and eigenvectors as the columns of [..., n, n], of symmetric matrices, of which
/// only the lower triangle is read. Without `vectors` the second is undefined.
std::pair<Array, Array> eigh(const Array& a, bool vectors);

/// A = U diag(S) Vh, with k = min(m, n): [..., m, k], [..., k] descending, [..., k, n]; or S alone.
struct Svd {
  Array u, s, vh;
};
Svd svd(const char* op, const Array& a, bool vectors);

}  // namespace xgrad::kernels
