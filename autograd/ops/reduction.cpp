#include "autograd/ops/reduction.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/recurrence.hpp"
#include "autograd/ops/detail/reducing.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/functions.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/statistics.hpp"

namespace xgrad {
namespace {

using detail::kept;

using Kernel = Array (*)(const Array&, unsigned, bool);

Tensor extremum(const char* name, Kernel kernel, const Tensor& x, Axes axes, bool keepdim) {
  const unsigned mask = axes.mask(name, x.dim());
  detail::check_not_empty(name, x.shape(), mask);
  return record<true>(
      name, kernel(x.array(), mask, keepdim),
      [mask](Ctx& c) { c.give(0, detail::shared_among_equals(c.grad(), c.in(0), c.out().array(), mask)); }, Save{x});
}

using IndexKernel = Array (*)(const Array&, int, bool);

Tensor index_of(const char* name, IndexKernel kernel, const Tensor& x, std::int64_t axis, bool keepdim) {
  const int a = normalize_axis(name, axis, x.dim());
  if (x.dim() > 0) detail::check_not_empty(name, x.shape(), 1u << a);
  return kernel(x.array(), a, keepdim);
}

}  // namespace

Tensor sum(const Tensor& x, Axes axes, bool keepdim) {
  const unsigned mask = axes.mask("sum", x.dim());
  return record(
      "sum", kernels::sum(x.array(), mask, keepdim),
      [mask](Ctx& c) {
        const Shape& shape = c.in_shape(0);
        c.give(0, expand(kept(c.grad(), shape, mask), shape));
      },
      Edge{x});
}

Tensor mean(const Tensor& x, Axes axes, bool keepdim) {
  if (!is_floating(x.dtype())) return mean(x.to(float32), axes, keepdim);
  const unsigned mask = axes.mask("mean", x.dim());
  return record(
      "mean", kernels::mean(x.array(), mask, keepdim),
      [mask](Ctx& c) {
        const Tensor& g = c.grad();
        const Shape& shape = c.in_shape(0);
        const double n = static_cast<double>(shape.numel()) / static_cast<double>(g.numel());
        if (g.dim() == 0 && !GradMode::enabled()) c.give(0, Array::full(shape, g.item<double>() / n, g.dtype()));
        else c.give(0, expand(kept(div(g, n), shape, mask), shape));
      },
      Edge{x});
}

Tensor sum_to(const Tensor& x, const Shape& shape) {
  if (broadcast("sum_to", x.shape(), shape) != x.shape())
    fail<ShapeError>("sum_to", fmt::format("got shape {} to sum down from {}; expected one that broadcasts to it",
                                           shape.str(), x.shape().str()));
  return record(
      "sum_to", kernels::sum_to(x.array(), shape), [](Ctx& c) { c.give(0, expand(c.grad(), c.in_shape(0))); }, Edge{x});
}

Tensor prod(const Tensor& x, Axes axes, bool keepdim) {
  const unsigned mask = axes.mask("prod", x.dim());
  return record(
      "prod", kernels::prod(x.array(), mask, keepdim),
      [mask](Ctx& c) { c.give(0, mul(kept(c.grad(), c.in_shape(0), mask), detail::product_of_others(c.in(0), mask))); },
      Save{x});
}

Tensor amax(const Tensor& x, Axes axes, bool keepdim) { return extremum("amax", kernels::amax, x, axes, keepdim); }
Tensor amin(const Tensor& x, Axes axes, bool keepdim) { return extremum("amin", kernels::amin, x, axes, keepdim); }
Tensor max(const Tensor& x) { return extremum("max", kernels::amax, x, {}, false); }
Tensor min(const Tensor& x) { return extremum("min", kernels::amin, x, {}, false); }

ValuesAndIndices max(const Tensor& x, std::int64_t axis, bool keepdim) {
  return detail::chosen_along("max", x, axis, keepdim,
                              [](const Array& a, int i) { return kernels::argmax(a, i, true); });
}
ValuesAndIndices min(const Tensor& x, std::int64_t axis, bool keepdim) {
  return detail::chosen_along("min", x, axis, keepdim,
                              [](const Array& a, int i) { return kernels::argmin(a, i, true); });
}

Tensor argmax(const Tensor& x) { return index_of("argmax", kernels::argmax, reshape(x.detach(), {-1}), 0, false); }
Tensor argmin(const Tensor& x) { return index_of("argmin", kernels::argmin, reshape(x.detach(), {-1}), 0, false); }
Tensor argmax(const Tensor& x, std::int64_t axis, bool keepdim) {
  return index_of("argmax", kernels::argmax, x, axis, keepdim);
}
Tensor argmin(const Tensor& x, std::int64_t axis, bool keepdim) {
  return index_of("argmin", kernels::argmin, x, axis, keepdim);
}

namespace {
/// The largest element with infinities replaced by 0, so that subtracting it never makes NaN.
Array finite_top(const Array& x, unsigned mask) {
  if (x.numel() == 0) return Array::zeros(reduced(x.shape(), mask, true), x.dtype());
  const Array top = kernels::amax(x, mask, true);
  const Array zero = Array::zeros({}, top.dtype());
  const Array infinite = kernels::equal(kernels::sub(top, top), zero);  // inf - inf and NaN - NaN are NaN
  return kernels::where(infinite, top, zero);
}
}  // namespace

Tensor logsumexp(const Tensor& x, Axes axes, bool keepdim) {
  if (!is_floating(x.dtype())) return logsumexp(x.to(float32), axes, keepdim);
  const unsigned mask = axes.mask("logsumexp", x.dim());
  const Array top = finite_top(x.array(), mask);
  const Array total = kernels::sum(kernels::exp(kernels::sub(x.array(), top)), mask, true);
  const Array y = kernels::add(kernels::log(total), top);
  return record<true>(
      "logsumexp", y.reshape(reduced(x.shape(), mask, keepdim)),
      [mask](Ctx& c) {
        const Tensor& x_ = c.in(0);
        const Tensor y_ = kept(c.out(), x_.shape(), mask);
        const Tensor safe = where(eq(y_, -INFINITY), Tensor(Array::zeros({}, y_.dtype())), y_);
        c.give(0, mul(kept(c.grad(), x_.shape(), mask), exp(sub(x_, safe))));
      },
      Save{x});
}

Tensor Tensor::sum(Axes axes, bool keepdim) const { return xgrad::sum(*this, axes, keepdim); }
Tensor Tensor::mean(Axes axes, bool keepdim) const { return xgrad::mean(*this, axes, keepdim); }
Tensor Tensor::prod(Axes axes, bool keepdim) const { return xgrad::prod(*this, axes, keepdim); }
Tensor Tensor::max() const { return xgrad::max(*this); }
Tensor Tensor::min() const { return xgrad::min(*this); }
Tensor Tensor::argmax() const { return xgrad::argmax(*this); }
Tensor Tensor::argmax(std::int64_t axis, bool keepdim) const { return xgrad::argmax(*this, axis, keepdim); }

}  // namespace xgrad
