#pragma once
/// Gradients compared with differences.

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "autograd/tensor_function.hpp"

namespace xgrad {

/// right: within the tolerance everywhere. wrong: off by more than the tolerance and than the differences' own error.
/// undecided: off by more than the tolerance, but so is the precision of the differences (single precision, a function
/// that cannot be evaluated nearby).
enum class Verdict { right, wrong, undecided };

struct GradcheckOptions {
  double rtol = 1e-6;  ///< a derivative is right when |analytic - numeric| <= atol + rtol |numeric| + the numeric error
  double atol = 1e-8;  ///< times the largest derivative where that is below 1, and the differences can tell
  std::int64_t max_elements = 0;  ///< of each input, drawn at random where it has more; 0: all
  std::uint64_t seed = 0;         ///< of that draw and of the weights that make one number of the outputs
};

/// One derivative that was looked at.
struct CheckedElement {
  int input = -1;                   ///< -1: none
  std::vector<std::int64_t> index;  ///< in that input
  double analytic = 0., numeric = 0.;
  double error_estimate = 0.;  ///< of `numeric`
};

struct GradcheckReport {
  Verdict verdict = Verdict::right;
  std::int64_t checked = 0;    ///< elements
  std::int64_t failed = 0;     ///< wrong ones
  std::int64_t kinks = 0;      ///< at or next to a kink or tie, and within what the two sides say: not counted as wrong
  std::int64_t imprecise = 0;  ///< where the precision of the differences does not suffice to tell
  CheckedElement worst;        ///< the one farthest off, in units of what is allowed
  CheckedElement first_kink;
  std::vector<std::string> names;  ///< of the inputs; empty: numbered
  std::string note;                ///< what else there is to say: single precision

  explicit operator bool() const noexcept { return verdict == Verdict::right; }
  /// A few lines for reading, that end in "gradcheck: right", "wrong" or "undecided".
  std::string str() const;
};
std::ostream& operator<<(std::ostream& out, const GradcheckReport& report);

/// Compares what autograd says of f at `inputs` with Richardson-extrapolated central differences, element by element of
/// every floating input. The outputs of f are summed with random weights, twice. Use float64: in float32 the report is
/// that precision, not the formula, limits. Kinks (relu at 0, ties of max) are recognised by their two one-sided
/// derivatives, and counted apart. The default generator starts from the same place at each evaluation, so that dropout
/// stays the same. Inputs are not changed, and nothing gathers in their `grad()`. Integer inputs are handed on as they
/// are.
///
///     auto report = gradcheck([](const Tensor& a, const Tensor& b) { return matmul(a, b); }, {a, b});
///     if (!report) std::cout << report;
GradcheckReport gradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs, GradcheckOptions options = {});

/// The same for second derivatives: gradcheck of the function (inputs, v) -> v^T J, with random v.
GradcheckReport gradgradcheck(const TensorFunction& f, const std::vector<Tensor>& inputs,
                              GradcheckOptions options = {});

namespace detail {

/// A gradient to check in general: `values` are varied in place of the inputs (they are changed and put back).
struct GradientProblem {
  std::vector<Tensor> values;
  std::vector<std::string> names;
  /// The outputs at the present values, unrecorded.
  std::function<std::vector<Tensor>()> evaluate;
  /// The gradient of the sum of <output, cotangent> by each value; undefined for none.
  std::function<std::vector<Tensor>(const std::vector<Tensor>& cotangents)> differentiate;
};
GradcheckReport check_gradient(const GradientProblem& problem, const GradcheckOptions& options);
std::vector<std::int64_t> unravel(std::int64_t flat, const Shape& shape);

}  // namespace detail
}  // namespace xgrad
