#pragma once
/// Derivatives by differences that know their own precision.

#include <functional>
#include <span>
#include <vector>

namespace xgrad::detail {

/// What differences say about one derivative.
struct Numeric {
  double value = 0.;           ///< the extrapolated central difference; NaN where the function could not be evaluated
  double error = 0.;           ///< its estimated error: of the extrapolation and of rounding
  bool kink = false;           ///< the derivatives from the two sides differ
  double low = 0., high = 0.;  ///< at a kink: the smaller and the larger of the two

  bool known() const noexcept { return value == value; }
};

/// Several functions of one variable at once: f(dx) writes a value for each into `values`, and returns the largest
/// magnitude of the terms they were summed from; `dx` is the step asked for, and is set to the one taken (rounded to
/// what the variable can hold).
using Samples = std::function<double(double& dx, std::span<double> values)>;

/// The derivatives of `count` functions at x by Ridders' method (C. J. F. Ridders, Accurate computation of F'(x) and
/// F'(x) F''(x), Advances in Engineering Software 4, 1982): central differences with steps halved each time,
/// extrapolated to 0; the best entry of the table is the one with the smallest estimated error. `epsilon` is the
/// machine precision of the function's arithmetic.
std::vector<Numeric> differentiate(const Samples& f, std::size_t count, double x, double epsilon);

}  // namespace xgrad::detail
