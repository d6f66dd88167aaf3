#pragma once
/// The line search of LBFGS.

#include <cstdint>
#include <functional>

#include "tensor/array.hpp"

namespace xgrad::optim::internal {

/// A point on the line: the loss, its derivative along the line, its gradient. A loss that is NaN counts as infinite.
struct Point {
  double t = 0., f = 0., slope = 0.;
  Array gradient;
};

/// Finds t that meets the strong Wolfe conditions, or the best that 25 evaluations give. `at_zero`: the start, with a
/// slope below 0; `t`: the first trial; `longest`: the largest element of the direction; `evaluate` gives loss and
/// slope at t. The result is a point that was evaluated, or the start.
Point strong_wolfe(const Point& at_zero, double t, double longest, double tolerance_change,
                   const std::function<Point(double t)>& evaluate);

}  // namespace xgrad::optim::internal
