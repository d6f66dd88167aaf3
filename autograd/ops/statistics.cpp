#include "autograd/ops/statistics.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/reducing.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/indexing.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/sort.hpp"
#include "tensor/kernels/statistics.hpp"

namespace xgrad {
namespace {

using detail::kept;

/// x minus its mean over the axes: a projection, its own adjoint.
Tensor deviation(const Tensor& x, unsigned axes) {
  return record(
      "deviation", kernels::deviation(x.array(), axes), [axes](Ctx& c) { c.give(0, deviation(c.grad(), axes)); },
      Edge{x});
}

/// 1 / max(0, n - correction).
double scale_of(const char* op, const Shape& shape, unsigned axes, double correction) {
  if (!std::isfinite(correction))
    fail<ValueError>(op, fmt::format("correction: got {}; expected a finite number", correction));
  return 1 / std::max(0., static_cast<double>(detail::reduced_count(shape, axes)) - correction);
}

}  // namespace

Tensor var(const Tensor& x, Axes axes, double correction, bool keepdim) {
  if (!is_floating(x.dtype())) return var(x.to(float32), axes, correction, keepdim);
  const unsigned mask = axes.mask("var", x.dim());
  const double scale = scale_of("var", x.shape(), mask, correction);
  return record(
      "var", kernels::variance(x.array(), mask, keepdim, correction),
      [mask, scale](Ctx& c) {
        const Tensor g = mul(kept(c.grad(), c.in_shape(0), mask), 2 * scale);
        c.give(0, mul(g, deviation(c.in(0), mask)));
      },
      Save{x});
}

Tensor std(const Tensor& x, Axes axes, double correction, bool keepdim) {
  if (!is_floating(x.dtype())) return xgrad::std(x.to(float32), axes, correction, keepdim);
  const unsigned mask = axes.mask("std", x.dim());
  const double scale = scale_of("std", x.shape(), mask, correction);
  return record<true>(
      "std", kernels::standard_deviation(x.array(), mask, keepdim, correction),
      [mask, scale](Ctx& c) {
        const Shape& shape = c.in_shape(0);
        const Tensor y = c.out();
        // divided by infinity where the deviation is 0: no derivative of any order
        const Tensor safe = where(eq(y, 0), Tensor(Array::full({}, INFINITY, y.dtype())), y);
        const Tensor g = mul(kept(c.grad(), shape, mask), scale);
        c.give(0, mul(g, div(deviation(c.in(0), mask), kept(safe, shape, mask))));
      },
      Save{x});
}

Tensor median(const Tensor& x) {
  const unsigned mask = (1u << x.dim()) - 1u;
  const std::int64_t n = x.numel();
  if (n == 0 && !is_floating(x.dtype())) detail::check_not_empty("median", x.shape(), mask);
  const Array flat = x.array().reshape({n});
  const Array value = n == 0 ? Array::full({1}, std::numeric_limits<double>::quiet_NaN(), x.dtype())
                             : kernels::gather(flat, 0, kernels::median_index(flat, 0));
  return record<true>(
      "median", value.reshape({}),
      [mask](Ctx& c) { c.give(0, detail::shared_among_equals(c.grad(), c.in(0), c.out().array(), mask)); }, Save{x});
}

ValuesAndIndices median(const Tensor& x, std::int64_t axis, bool keepdim) {
  return detail::chosen_along("median", x, axis, keepdim, kernels::median_index);
}

Tensor Tensor::var(Axes axes, double correction, bool keepdim) const {
  return xgrad::var(*this, axes, correction, keepdim);
}
Tensor Tensor::std(Axes axes, double correction, bool keepdim) const {
  return xgrad::std(*this, axes, correction, keepdim);
}

}  // namespace xgrad
