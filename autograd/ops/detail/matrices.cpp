#include "autograd/ops/detail/matrices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "autograd/ops/shape.hpp"

namespace xgrad::detail {

DType real_dtype(const char* op, const Tensor& a, const Tensor& b) {
  const DType t = promote(op, a.dtype(), b.dtype());
  return is_floating(t) ? t : float32;
}

Tensor matrices(const char* op, const Tensor& a) {
  if (a.dim() < 2) fail<ShapeError>(op, fmt::format("got shape {}; expected at least two axes", a.shape().str()));
  return is_floating(a.dtype()) ? a : a.to(float32);
}

void check_square(const char* op, const Tensor& a) {
  if (a.dim() < 2 || a.size(-2) != a.size(-1))
    fail<ShapeError>(op, fmt::format("got shape {}; expected square matrices", a.shape().str()));
}

Tensor square_matrices(const char* op, const Tensor& a) {
  check_square(op, a);
  return matrices(op, a);
}

double singular_below(const char* op, const Tensor& a, std::optional<double> rtol) {
  if (rtol && !(*rtol >= 0)) fail<ValueError>(op, fmt::format("rtol: got {}; expected 0 or more", *rtol));
  const double epsilon =
      a.dtype() == float32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
  return rtol.value_or(static_cast<double>(std::max(a.size(-2), a.size(-1))) * epsilon);
}

Tensor as_matrices(const Tensor& numbers) { return unsqueeze(unsqueeze(numbers, -1), -1); }

Shape batch_of(const Tensor& a) { return a.shape().without(a.dim() - 1).without(a.dim() - 2); }

Shape with_batch(const Shape& batch, const Shape& matrices) {
  Shape shape = batch;
  shape.push_back(matrices[matrices.rank() - 2]);
  shape.push_back(matrices.back());
  return shape;
}

}  // namespace xgrad::detail
