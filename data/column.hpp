#pragma once
/// Column: one feature of many examples, numbers or texts.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::data {

/// N values of one kind, as a column of a table has them: a tensor (N), or texts in UTF-8. Tensors and lists of texts
/// become columns by themselves wherever one is asked for. Copies share the numbers.
class Column {
 public:
  /// Numbers (N); a tensor (N, 1) is taken as (N). The history is left behind. Throws ShapeError for other shapes.
  Column(const Tensor& numbers);
  Column(Array numbers) : Column(Tensor(std::move(numbers))) {}
  Column(std::vector<std::string> texts) noexcept : texts_(std::move(texts)) {}

  std::int64_t size() const { return is_text() ? static_cast<std::int64_t>(texts_.size()) : numbers_.numel(); }
  bool is_text() const noexcept { return !numbers_.defined(); }
  /// The numbers, (N). Throws DTypeError for a column of texts.
  const Tensor& numbers() const;
  /// The texts. Throws DTypeError for a column of numbers.
  const std::vector<std::string>& texts() const;

 private:
  Tensor numbers_;  ///< undefined where there are texts
  std::vector<std::string> texts_;
};

/// Several columns of the same length. A matrix (N, F) becomes F of them, a vector (N) one.
class Columns : public std::vector<Column> {
 public:
  /// Throws ShapeError unless `matrix` has one or two axes.
  Columns(const Tensor& matrix);
  Columns(const Array& matrix) : Columns(Tensor(matrix)) {}
  Columns(Column one) : vector{std::move(one)} {}
  Columns(std::vector<std::string> texts) : vector{Column(std::move(texts))} {}
  /// Throws ShapeError unless all are equally long.
  Columns(std::vector<Column> columns);

  /// The number of values in each; 0 where there are no columns.
  std::int64_t rows() const { return empty() ? 0 : front().size(); }
};

}  // namespace xgrad::data
