#pragma once
/// The distinct values of a column, sorted, and the number of each.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "data/column.hpp"

namespace xgrad::data::detail {

/// Texts are sorted by their bytes (which for UTF-8 is the order of the code points, as in Python), numbers by value;
/// NaN is one category, the last one.
class Categories {
 public:
  Categories() = default;
  explicit Categories(const Column& column);

  std::int64_t size() const;
  bool is_text() const { return std::holds_alternative<std::vector<std::string>>(values_); }
  /// The categories in order, in the dtype of the column they came from.
  Column values() const;
  /// The number of each value of a column, or -1 for a value that is none of the categories. Integers and real numbers
  /// are compared as numbers; numbers with texts are a DTypeError that names `op`.
  std::vector<std::int64_t> codes(std::string_view op, const Column& column) const;
  /// The categories with these numbers, which must be in range.
  Column take(std::span<const std::int64_t> codes) const;

 private:
  DType dtype_ = int64;
  std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>> values_;
};

/// Entry i of a column, for a message: 'red', 7, 2.5.
std::string shown(const Column& column, std::int64_t i);

}  // namespace xgrad::data::detail
