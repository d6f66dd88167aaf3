#pragma once
// For the tests of operations: what a tensor holds, compared in one line.

#include <limits>

#include "autograd/autograd.hpp"
#include "tests/tensor/arrays.hpp"

namespace values {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// "" when `got` holds these numbers in row-major order, within `relative` of each (NaN and infinities as they are),
/// else what differs first.
inline std::string unlike(const xgrad::Tensor& got, const std::vector<double>& want, double relative = 0) {
  if (!got.defined()) return "undefined";
  if (got.numel() != static_cast<std::int64_t>(want.size())) return "shape " + got.shape().str();
  return xgrad::test::difference(got.array(), got.shape(), want, relative);
}

/// The gradient of the sum of f(x), or its derivative by x again, `order` times in all, each time of the sum.
template <class F>
xgrad::Tensor derivative(const F& f, const xgrad::Tensor& x, int order = 1) {
  const xgrad::Tensor leaf = x.detach().clone().requires_grad_();
  xgrad::Tensor y = f(leaf);
  for (int i = 1; i <= order; ++i)
    y = xgrad::grad(std::vector{xgrad::sum(y)}, std::vector{leaf}, {}, {.create_graph = i < order})[0];
  return y;
}

}  // namespace values
