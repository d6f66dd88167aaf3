#pragma once
/// Comparing a result with what a file expects.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::reference {

/// a is accepted for b when |a - b| <= atol + rtol * |b|.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

/// Nothing when `got` agrees with `expected`, else a text that names what was compared (`name`), how many elements are
/// out of tolerance, and the worst one: its index, both values and what was allowed. Shapes must be the same; so must
/// the dtypes, except that a bool result is accepted where 0 and 1 are expected as int64. Integers are compared
/// exactly; NaN equals NaN, infinities equal those of their sign.
std::optional<std::string> mismatch(std::string_view name, const Array& got, const Array& expected,
                                    const Tolerance& tolerance);

/// Thrown where a case needs a part of xgrad that does not exist yet; says which ("layer conv").
struct NotBuilt {
  std::string what;
};

/// What is found wrong with one case. An empty report is a passed case.
class Report {
 public:
  explicit Report(const Tolerance& tolerance) : tolerance_(tolerance) {}

  /// Compares and notes a difference; true when there is none. An undefined `got` is one.
  bool compare(std::string_view name, const Tensor& got, const Array& expected) {
    return compare(name, got, expected, tolerance_);
  }
  bool compare(std::string_view name, const Tensor& got, const Array& expected, const Tolerance& tolerance);
  void note(std::string finding) { findings_.push_back(std::move(finding)); }
  /// Runs `part` of a check; an exception from it (other than NotBuilt) is a finding.
  template <class F>
  void guard(std::string_view part, F&& f) {
    try {
      f();
    } catch (const std::exception& e) {
      note(std::string(part) + " threw: " + e.what());
    }
  }

  const Tolerance& tolerance() const { return tolerance_; }
  const std::vector<std::string>& findings() const { return findings_; }
  bool passed() const { return findings_.empty(); }

 private:
  Tolerance tolerance_;
  std::vector<std::string> findings_;
};

}  // namespace xgrad::reference
