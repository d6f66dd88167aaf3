#include "autograd/ops/masking.hpp"

#include <fmt/format.h>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/fill_value.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/masking.hpp"

namespace xgrad {
namespace {

void check_mask(const char* op, const Tensor& mask) {
  if (mask.dtype() != bool_)
    fail<DTypeError>(
        op, fmt::format("mask: got {}; expected bool, from a comparison or .to(bool_)", name_of(mask.dtype())));
}

/// The mask broadcasts to x's shape.
Tensor filled(const Tensor& x, const Tensor& mask, Scalar value) {
  return record(
      "masked_fill", kernels::masked_fill(x.array(), mask.array(), value),
      [](Ctx& c) { c.give(0, filled(c.grad(), c.in(1), 0)); }, Edge{x}, Save{mask});
}

Tensor scattered(const Tensor& part, const Tensor& mask);

/// x and the mask have one shape.
Tensor selected(const Tensor& x, const Tensor& mask) {
  return record(
      "masked_select", kernels::masked_select(x.array(), mask.array()),
      [](Ctx& c) { c.give(0, scattered(c.grad(), c.in(1))); }, Edge{x}, Save{mask});
}

Tensor scattered(const Tensor& part, const Tensor& mask) {
  return record(
      "masked_select_backward", kernels::masked_scatter(part.array(), mask.array()),
      [](Ctx& c) { c.give(0, selected(c.grad(), c.in(1))); }, Edge{part}, Save{mask});
}

}  // namespace

Tensor masked_fill(const Tensor& x, const Tensor& mask, Scalar value) {
  check_mask("masked_fill", mask);
  detail::check_fill_value("masked_fill", value, x.dtype());
  return filled(expand(x, broadcast("masked_fill", x.shape(), mask.shape())), mask, value);
}

Tensor masked_fill(const Tensor& x, const Tensor& mask, const Tensor& value) {
  check_mask("masked_fill", mask);
  if (value.dim() != 0)
    fail<ShapeError>("masked_fill",
                     fmt::format("value: got {}; expected a scalar, use where() for more", value.shape().str()));
  if (promote("masked_fill", x.dtype(), value.dtype()) != x.dtype())
    fail<DTypeError>("masked_fill", fmt::format("value: got {} for a tensor of {}; convert one of them with .to()",
                                                name_of(value.dtype()), name_of(x.dtype())));
  return where(mask, value, x);
}

Tensor masked_select(const Tensor& x, const Tensor& mask) {
  check_mask("masked_select", mask);
  const Shape shape = broadcast("masked_select", x.shape(), mask.shape());
  return selected(expand(x, shape), expand(mask, shape));
}

Tensor nonzero(const Tensor& x) { return kernels::nonzero(x.array()); }

}  // namespace xgrad
