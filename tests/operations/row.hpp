#pragma once
/// The enumerating test: one row per operation, and what every row must pass.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

namespace operations {

using oracle::spread;
using xgrad::Tensor;
using In = const std::vector<Tensor>&;  ///< short, for rows: `[](In x) { return x[0] * x[1]; }`

/// An operation as a function of its differentiable inputs (indices, masks and options are written into the lambda).
/// The name starts with that of the function, "gather, smaller index": scripts/operations looks for it.
///
///     Row("div", [](In x) { return x[0] / x[1]; }, {spread({2, 3}), spread({3}, 0.7, 2, 1)})
///         .also({spread({0, 3}), spread({1}, 0.7, 2)})
///         .large({spread({300, 1000}), spread({1000}, 0.7, 2)})
///         .fails<ShapeError>([] { div(ones({2}), ones({3})); }, "div: ")
struct Row {
  Row(std::string name_, oracle::Function f_, std::vector<Tensor> inputs)
      : name(std::move(name_)), f(std::move(f_)), points{std::move(inputs)} {}

  /// Another point with the same checks: broadcast, of size 1, empty, extreme.
  Row also(std::vector<Tensor> inputs) && {
    points.push_back(std::move(inputs));
    return std::move(*this);
  }
  /// Inputs large enough to be computed in parallel (more than 2^18 elements for cheap work): values and gradients must
  /// have the same bits on 1, 2 and 5 threads, in float32 and float64.
  Row large(std::vector<Tensor> inputs) && {
    big.push_back(std::move(inputs));
    return std::move(*this);
  }
  /// `call` must throw an E whose text contains `part`.
  template <class E, class F>
  Row fails(F call, std::string part) && {
    failures.push_back(
        [call, part, row = name] { CHECK_MESSAGE(throws<E>(call, part), row << ": expected: " << part); });
    return std::move(*this);
  }
  /// The relative error allowed between float32 and float64: of values, of gradients.
  Row loose(double values, double gradients) && {
    value_error = values;
    gradient_error = gradients;
    return std::move(*this);
  }
  /// The result is not differentiable (bools, indices): it is only compared between dtypes and threads.
  Row without_gradient() && {
    differentiable = false;
    return std::move(*this);
  }

  std::string name;
  oracle::Function f;
  std::vector<std::vector<Tensor>> points, big;
  std::vector<std::function<void()>> failures;
  double value_error = 2e-5, gradient_error = 2e-4;
  bool differentiable = true;
};

using Rows = std::vector<Row>;

/// First and second derivatives against central differences in float64 (by the oracle all of them, by gradcheck and
/// gradgradcheck a few elements of each input), float32 against float64, the same bits on any
/// number of threads, and the errors.
void check(const Rows& rows);

}  // namespace operations
