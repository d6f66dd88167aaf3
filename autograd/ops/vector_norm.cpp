#include "autograd/ops/vector_norm.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/reducing.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/statistics.hpp"

namespace xgrad {
namespace {

using detail::kept;

Tensor signed_power(const Tensor& x, double q);

/// |x|^q, and sign(x) |x|^q below, each the other's derivative; 0 at 0, also where the power is not finite there.
Tensor power_of_abs(const Tensor& x, double q) {
  return record(
      "norm_backward", kernels::power_of_abs(x.array(), q),
      [q](Ctx& c) {
        if (q != 0) c.give(0, mul(mul(c.grad(), q), signed_power(c.in(0), q - 1)));
      },
      Save{x});
}

Tensor signed_power(const Tensor& x, double q) {
  return record(
      "norm_backward", kernels::signed_power(x.array(), q),
      [q](Ctx& c) {
        if (q != 0) c.give(0, mul(mul(c.grad(), q), power_of_abs(c.in(0), q - 1)));
      },
      Save{x});
}

/// For p = inf and -inf: to the elements of that magnitude, with their sign.
Tensor extreme_backward(const Tensor& g, const Tensor& x, const Array& y, unsigned axes) {
  const Tensor magnitudes(kernels::power_of_abs(x.array(), 1)), signs(kernels::signed_power(x.array(), 0));
  return mul(detail::shared_among_equals(g, magnitudes, y, axes), signs);
}

}  // namespace

Tensor norm(const Tensor& x, double p, Axes axes, bool keepdim) {
  if (!is_floating(x.dtype())) return norm(x.to(float32), p, axes, keepdim);
  const unsigned mask = axes.mask("norm", x.dim());
  if (std::isnan(p)) fail<ValueError>("norm", fmt::format("p: got {}; expected a number, inf or -inf", p));
  if (p < 0 || std::isinf(p)) detail::check_not_empty("norm", x.shape(), mask);
  return record<true>(
      "norm", kernels::norm(x.array(), p, mask, keepdim),
      [p, mask](Ctx& c) {
        const Tensor& x_ = c.in(0);
        const Shape& shape = x_.shape();
        if (p == 0) return;
        if (std::isinf(p)) return c.give(0, extreme_backward(c.grad(), x_, c.out().array(), mask));
        const Tensor g = kept(c.grad(), shape, mask);
        if (p == 1) return c.give(0, mul(g, signed_power(x_, 0)));
        const Tensor y = c.out();
        // divided by infinity where the norm is 0: no derivative of any order
        const Tensor safe = where(eq(y, 0), Tensor(Array::full({}, INFINITY, y.dtype())), y);
        const Tensor unit = div(x_, kept(safe, shape, mask));
        c.give(0, mul(g, p == 2 ? unit : signed_power(unit, p - 1)));
      },
      Save{x});
}

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, std::int64_t axis, double eps) {
  if (!(eps >= 0)) fail<ValueError>("cosine_similarity", fmt::format("eps: got {}; expected 0 or more", eps));
  DType t = promote("cosine_similarity", x1.dtype(), x2.dtype());
  if (!is_floating(t)) t = float32;
  const Shape shape = broadcast("cosine_similarity", x1.shape(), x2.shape());
  const int a = normalize_axis("cosine_similarity", axis, shape.rank());
  const Tensor smallest(Array::full({}, eps, t));
  const auto unit = [&](const Tensor& x) {
    const Tensor v = expand(x.to(t), shape), length = norm(v, 2, a, true);
    return div(v, where(lt(length, smallest), smallest, length));
  };
  return sum(mul(unit(x1), unit(x2)), a);
}

Tensor Tensor::norm(double p, Axes axes, bool keepdim) const { return xgrad::norm(*this, p, axes, keepdim); }

}  // namespace xgrad
