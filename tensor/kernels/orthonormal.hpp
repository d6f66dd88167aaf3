#pragma once
/// Orthonormal vectors.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The Q of A = Q R with R's diagonal positive, for A [m, n] of a floating dtype, m >= n: orthonormal columns [m, n],
/// the only ones that span what A's first columns do, in their order and on their side. Computed in float64. Limits as
/// in linalg.hpp.
Array orthonormal_columns(const char* op, const Array& a);

}  // namespace xgrad::kernels
