#include "data/column.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstring>

#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

/// Column `k` of a matrix.
Array column_of(const Array& matrix, std::int64_t k) {
  const std::int64_t rows = matrix.size(0), width = matrix.size(1);
  const std::size_t bytes = size_of(matrix.dtype());
  Array out = Array::empty({rows}, matrix.dtype());
  const auto* in = static_cast<const std::byte*>(matrix.raw()) + static_cast<std::size_t>(k) * bytes;
  auto* to = static_cast<std::byte*>(out.mutable_raw());
  for (std::int64_t i = 0; i < rows; ++i, in += static_cast<std::size_t>(width) * bytes, to += bytes)
    std::memcpy(to, in, bytes);
  return out;
}

}  // namespace

Column::Column(const Tensor& numbers) {
  const Shape& shape = numbers.shape();
  if (shape.rank() != 1 && !(shape.rank() == 2 && shape[1] == 1)) {
    fail<ShapeError>("data::Column", fmt::format("not one column: got shape {}; expected [N] or [N, 1]", shape.str()));
  }
  numbers_ = Tensor(numbers.array().reshape({shape[0]}));
}

const Tensor& Column::numbers() const {
  if (is_text()) fail<DTypeError>("data::Column::numbers", "the column holds texts: got texts; expected numbers");
  return numbers_;
}

const std::vector<std::string>& Column::texts() const {
  if (!is_text()) {
    fail<DTypeError>("data::Column::texts",
                     fmt::format("the column holds numbers: got {}; expected texts", name_of(numbers_.dtype())));
  }
  return texts_;
}

Columns::Columns(const Tensor& matrix) {
  if (matrix.dim() == 1) {
    emplace_back(matrix);
    return;
  }
  if (matrix.dim() != 2) {
    fail<ShapeError>("data::Columns", fmt::format("not columns: got shape {}; expected [N, F], or [N] for one column",
                                                  matrix.shape().str()));
  }
  const Array values = matrix.array();
  for (std::int64_t k = 0; k < values.size(1); ++k) emplace_back(column_of(values, k));
}

Columns::Columns(std::vector<Column> columns) : vector(std::move(columns)) {
  for (const Column& c : *this) {
    if (c.size() != rows()) {
      fail<ShapeError>("data::Columns", fmt::format("columns differ in length: got {} and {} values; expected as many "
                                                    "in each",
                                                    rows(), c.size()));
    }
  }
}

}  // namespace xgrad::data
