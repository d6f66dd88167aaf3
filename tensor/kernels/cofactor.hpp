#pragma once
/// Derivatives of the determinant that stay right where the matrix is singular.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The cofactors of square matrices [..., n, n], d det(A) / dA: det(A) A^-T where A has an inverse. Computed from the
/// singular values, of all but one of which the products are, without a division. NaN for a matrix that is not finite.
Array cofactors(const Array& a);

/// The gradient of sum(G * cofactors(A)) with respect to A, likewise: (<G, C> C - C G^T C) / det(A) where A has an
/// inverse.
Array cofactors_backward(const Array& a, const Array& g);

}  // namespace xgrad::kernels
