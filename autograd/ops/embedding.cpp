#include "autograd/ops/embedding.hpp"

#include <fmt/format.h>

#include "autograd/ops/indexing.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/embedding.hpp"

namespace xgrad {
namespace {

/// Which row gets no gradient: -1 for none.
struct Padding {
  std::int64_t row;
};

Tensor added_by_row(const Tensor& g, const Tensor& indices, std::int64_t rows, Padding padding);

/// The rows at `indices`; zeros for row `zeroed`, which is what the derivative of the gradient sees.
Tensor rows_at(const Tensor& weight, const Tensor& indices, Padding padding, std::int64_t zeroed) {
  return record(
      "embedding", kernels::embedding(weight.array(), indices.array(), zeroed),
      [padding](Ctx& c) { c.give(0, added_by_row(c.grad(), c.in(1), c.in_shape(0)[0], padding)); }, Edge{weight},
      Save{indices});
}

Tensor added_by_row(const Tensor& g, const Tensor& indices, std::int64_t rows, Padding padding) {
  return record(
      "embedding_backward", kernels::embedding_backward(g.array(), indices.array(), rows, padding.row),
      [padding](Ctx& c) { c.give(0, rows_at(c.grad(), c.in(1), padding, padding.row)); }, Edge{g}, Save{indices});
}

}  // namespace

Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx) {
  if (weight.dim() != 2)
    fail<ShapeError>("embedding", fmt::format("weight: got {}; expected [rows, dim]", weight.shape().str()));
  const std::int64_t rows = weight.shape()[0], padding = padding_idx.value_or(-1);
  if (padding_idx && (padding < -rows || padding >= rows))
    fail<ValueError>("embedding", fmt::format("padding_idx: got {}; expected {} to {}", padding, -rows, rows - 1));
  const Tensor at(as_indices("embedding", indices.array()));
  check_indices("embedding", at.array(), rows, "index");
  const Padding skip{padding_idx && padding < 0 ? padding + rows : padding};
  return rows_at(weight, at, skip, -1);
}

}  // namespace xgrad
