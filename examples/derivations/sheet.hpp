#pragma once
// How the derivations are written down, and checked.

#include <iosfwd>
#include <string>
#include <vector>
#include <xgrad.hpp>

/// A derivation as it stands on paper.
struct Derivation {
  std::string formula;             ///< in words and letters, for the reader
  xgrad::TensorFunction function;  ///< what is differentiated
  xgrad::TensorFunction derived;   ///< the gradient by each input, worked out by hand
  std::vector<xgrad::Tensor> at;   ///< the numbers to check it at
  std::vector<std::string> names;  ///< of the inputs
  std::string fault = {};          ///< of a derivation that is wrong on purpose: a part of what the checker must say
};

/// Where derivations are printed and their verdicts gathered.
class Sheet {
 public:
  Sheet(std::ostream& out, bool markdown) : out_(out), markdown_(markdown) {}
  void heading(const std::string& title);
  void text(const std::string& line);
  /// Prints the formula, the table and the verdict.
  void check(const Derivation& derivation);
  /// Prints a fact, and whether it holds.
  void fact(const std::string& what, bool holds);
  /// Derivations whose verdict was not the expected one, and facts that do not hold.
  int surprises() const noexcept { return surprises_; }
  bool markdown() const noexcept { return markdown_; }

 private:
  std::ostream& out_;
  bool markdown_;
  int surprises_ = 0;
};

/// Numbers in float64.
inline xgrad::Tensor numbers(const xgrad::Nested& values) { return xgrad::tensor(values, xgrad::float64); }
/// The derivative of the sigmoid where its value is s.
inline xgrad::Tensor slope(const xgrad::Tensor& s) { return s * (1. - s); }

void softmax_and_cross_entropy(Sheet& sheet);
void output_pairs(Sheet& sheet);
void backpropagation(Sheet& sheet);
void one_update(Sheet& sheet);
void bias_inputs(Sheet& sheet);
void vanishing_gradient(Sheet& sheet);
void slope_too_many(Sheet& sheet);
void more(Sheet& sheet);
