#pragma once
/// Derivations made on paper, compared with autograd and with differences.

#include <iosfwd>
#include <string>
#include <vector>

#include "autograd/check/gradcheck.hpp"

namespace xgrad {

struct DerivationOptions {
  double rtol = 0.;                     ///< 0: 1e-8 in float64, 1e-4 in float32
  int max_rows = 12;                    ///< of the table; the elements farthest off where there are more
  std::int64_t max_elements = 256;      ///< of each input that differences look at, beside the table's rows; 0: all
  std::vector<std::string> names = {};  ///< of the inputs; without: "a", or "input 0", "input 1", ...
};

/// One derivative as derived, as autograd has it, and as differences say.
struct DerivationRow {
  int input = 0;
  std::vector<std::int64_t> index;
  double derived = 0., autograd = 0., numeric = 0.;  ///< numeric is NaN where differences did not look
  bool kink = false;  ///< the one-sided derivatives differ here: any value between them is right
  bool wrong = false;
};

struct DerivationReport {
  Verdict verdict = Verdict::right;
  /// What is wrong, in words: "derived = 2.000 x autograd", "the sign", "a missing sum over axis 0 ...".
  std::string fault;
  std::int64_t elements = 0, wrong = 0, kinks = 0;
  double largest_absolute = 0., largest_relative = 0.;  ///< |derived - autograd|, and that over |autograd|
  std::string where;                                    ///< of the largest: "a [3, 1]"
  std::vector<std::string> names;
  std::vector<DerivationRow> rows;  ///< of the table

  explicit operator bool() const noexcept { return verdict == Verdict::right; }
  /// A table, the largest error, and as the last line "verdict: right" or "verdict: wrong (<fault>)" (or "undecided").
  std::string str() const;
  /// The same for a report in Markdown.
  std::string markdown() const;
  /// What stands below the table.
  std::string summary() const;
  /// The last line alone: "verdict: right".
  std::string verdict_line() const;
};
std::ostream& operator<<(std::ostream& out, const DerivationReport& report);

/// Compares `derived`, the gradient of f by its inputs as somebody worked it out, with autograd's and with differences.
///
///     Tensor t = randint(0, 10, {5});
///     auto report = check_derivation(
///         [&](const Tensor& a) { return nn::cross_entropy(a, t, {.reduction = nn::Reduction::sum}); },
///         [&](const Tensor& a) { return softmax(a, 1) - one_hot(t, 10); },
///         randn({5, 10}, float64));
///
/// f returns a single element, or several, which are summed. `derived` gets the same inputs and returns one gradient
/// for each (a tensor, a pair, or a vector), of the input's shape. Use float64.
///
/// The verdict is wrong when a derivative is off by more than the tolerance. The fault then names what is recognisable:
/// a constant factor (one that varies is called so), the sign, a missing or superfluous 1/N with N a size of the
/// inputs or of what f computes, a transposition, a sum missing over an axis that was broadcast, the gradient of
/// another input, a constant or a multiple of the input added, or only some elements. A factor is called constant only
/// where it is the same at a second point nearby too. At kinks every value between the two one-sided derivatives is
/// right. Undecided: autograd and differences contradict each other, a derivative is NaN, or f is not the same each
/// time.
///
/// Every element is compared with autograd's; differences, which cost some twenty evaluations of f each, look at
/// `max_elements` of each input.
DerivationReport check_derivation(const TensorFunction& f, const TensorFunction& derived,
                                  const std::vector<Tensor>& inputs, const DerivationOptions& options = {});
inline DerivationReport check_derivation(const TensorFunction& f, const TensorFunction& derived, const Tensor& input,
                                         const DerivationOptions& options = {}) {
  return check_derivation(f, derived, std::vector{input}, options);
}

}  // namespace xgrad
