#include "autograd/ops/diagonal.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/reduction.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/diagonal.hpp"

namespace xgrad {
namespace {

Tensor embedded(const Tensor& part, const Shape& shape, const kernels::Diagonal& which);

Tensor taken(const char* name, const Tensor& x, const kernels::Diagonal& which) {
  return record(
      name, kernels::diagonal(x.array(), which),
      [which](Ctx& c) { c.give(0, embedded(c.grad(), c.in_shape(0), which)); }, Edge{x});
}

/// Zeros of `shape` with `part` on the diagonal.
Tensor embedded(const Tensor& part, const Shape& shape, const kernels::Diagonal& which) {
  return record(
      "diag_embed", kernels::diagonal_scatter(part.array(), shape, which),
      [which](Ctx& c) { c.give(0, taken("diagonal", c.grad(), which)); }, Edge{part});
}

kernels::Diagonal diagonal_of(const char* op, int rank, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  const int row = normalize_axis(op, dim1, rank), column = normalize_axis(op, dim2, rank);
  if (row == column)
    fail<ValueError>(op, fmt::format("got axes {} and {} of {}; expected two different ones", dim1, dim2, rank));
  return {offset, row, column};
}

void check_matrices(const char* op, const Tensor& x) {
  if (x.dim() < 2) fail<ShapeError>(op, fmt::format("got shape {}; expected at least two axes", x.shape().str()));
}

}  // namespace

Tensor diagonal(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  check_matrices("diagonal", x);
  return taken("diagonal", x, diagonal_of("diagonal", x.dim(), offset, dim1, dim2));
}

Tensor diag_embed(const Tensor& x, std::int64_t offset, std::int64_t dim1, std::int64_t dim2) {
  if (x.dim() == 0) fail<ShapeError>("diag_embed", "got a scalar; expected at least one axis");
  const kernels::Diagonal which = diagonal_of("diag_embed", x.dim() + 1, offset, dim1, dim2);
  // More than Array allows as a size is refused there; this much keeps the sum from overflowing.
  constexpr std::int64_t kMost = std::int64_t{1} << 60;
  const std::int64_t side = x.shape().back() + std::abs(std::clamp(offset, -kMost, kMost));
  const Shape shape = x.shape()
                          .without(x.dim() - 1)
                          .with(std::min(which.row, which.column), side)
                          .with(std::max(which.row, which.column), side);
  return embedded(x, shape, which);
}

Tensor diag(const Tensor& x, std::int64_t diagonal) {
  if (x.dim() == 1) return diag_embed(x, diagonal);
  if (x.dim() == 2) return taken("diag", x, {diagonal, 0, 1});
  fail<ShapeError>("diag", fmt::format("got shape {}; expected a vector or a matrix, or use diagonal() or diag_embed()",
                                       x.shape().str()));
}

Tensor trace(const Tensor& x) {
  if (x.dim() != 2) fail<ShapeError>("trace", fmt::format("got shape {}; expected a matrix", x.shape().str()));
  return sum(taken("trace", x, {0, 0, 1}));
}

Tensor tril(const Tensor& x, std::int64_t diagonal) {
  check_matrices("tril", x);
  return record(
      "tril", kernels::tril(x.array(), diagonal), [diagonal](Ctx& c) { c.give(0, tril(c.grad(), diagonal)); }, Edge{x});
}

Tensor triu(const Tensor& x, std::int64_t diagonal) {
  check_matrices("triu", x);
  return record(
      "triu", kernels::triu(x.array(), diagonal), [diagonal](Ctx& c) { c.give(0, triu(c.grad(), diagonal)); }, Edge{x});
}

}  // namespace xgrad
