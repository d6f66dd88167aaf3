#pragma once
// For tests of exact values: what a function gives, and its slope, at single points.

#include <functional>
#include <limits>
#include <vector>

#include "autograd/autograd.hpp"

namespace at {

using xgrad::Tensor;

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline std::vector<double> values(const Tensor& t) {
  const Tensor copy = t.detach().to(xgrad::float64);
  return {copy.values<double>().begin(), copy.values<double>().end()};
}

/// Whether the values are these, exactly; NaN is NaN.
inline bool same(const Tensor& t, const std::vector<double>& want) {
  const std::vector<double> got = values(t);
  if (got.size() != want.size()) return false;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (got[i] != want[i] && !(got[i] != got[i] && want[i] != want[i])) return false;
  return true;
}

/// d sum(f(x)) / dx; with `recorded` by the way that can itself be differentiated.
inline Tensor slope(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, bool recorded = false) {
  Tensor leaf = x.detach().clone().requires_grad_();
  return xgrad::grad(xgrad::sum(f(leaf)), leaf, {.create_graph = recorded}).detach();
}

/// The slope, which must be the same both ways.
inline bool slope_is(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, const std::vector<double>& want) {
  return same(slope(f, x), want) && same(slope(f, x, true), want);
}

}  // namespace at
