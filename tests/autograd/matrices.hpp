#pragma once
// Matrices to test linear algebra with.

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/operations/oracle.hpp"

namespace matrices {

using namespace xgrad;

inline const double kInf = std::numeric_limits<double>::infinity(), kNaN = std::numeric_limits<double>::quiet_NaN();

inline Tensor T(const Tensor& x) { return transpose(x, -2, -1); }
/// Symmetric, and symmetric positive definite, whatever x.
inline Tensor sym(const Tensor& x) { return x + T(x); }
inline Tensor spd(const Tensor& x) { return matmul(x, T(x)) + eye(x.size(-2), {}, x.dtype()); }
/// Well conditioned, not symmetric.
inline Tensor regular(const Shape& shape, int salt = 0) {
  return oracle::spread(shape, -1, 1, salt) + eye(shape.back(), {}, float64) * 2;
}
inline Tensor matrix(const Nested& values) { return tensor(values, float64); }

/// The largest difference, relative to the largest element.
inline double apart(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape()) return kInf;
  double largest = 1, most = 0;
  for (std::int64_t i = 0; i < a.numel(); ++i) {
    const double x = a.values<double>()[static_cast<std::size_t>(i)],
                 y = b.values<double>()[static_cast<std::size_t>(i)];
    largest = std::max(largest, std::abs(y));
    most = std::isnan(x - y) ? kInf : std::max(most, std::abs(x - y));
  }
  return most / largest;
}

/// The gradient of a scalar function at x.
template <class F>
Tensor gradient(const F& f, const Tensor& x) {
  const Tensor at = x.detach().requires_grad_();
  return grad(f(at), at);
}

inline constexpr double kSmall = 1e-12;

}  // namespace matrices
