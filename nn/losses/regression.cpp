#include "nn/losses/regression.hpp"

#include <fmt/format.h>

#include "autograd/ops.hpp"
#include "autograd/record.hpp"
#include "nn/losses/detail/parts.hpp"
#include "tensor/kernels/losses.hpp"

namespace xgrad::nn {
namespace {

/// The gradient of a function of x - y goes to x as it is and to y with the other sign.
void give_difference(Ctx& c, const Tensor& d) {
  if (c.needs(1)) c.give(1, neg(d));
  c.give(0, d);
}

Tensor squared_errors(const Tensor& x, const Tensor& y, Reduction r) {
  return record(
      "mse", detail::reduced(kernels::squared_error(x.array(), y.array()), r),
      [r](Ctx& c) {
        const Tensor &x_ = c.in(0), &y_ = c.in(1);
        if (GradMode::enabled()) {
          give_difference(c, mul(detail::spread(c.grad(), x_.shape(), r), mul(sub(x_, y_), 2)));
        } else {
          const Array g = detail::shared(c.grad().array(), x_.numel(), r);
          give_difference(c, kernels::squared_error_backward(g, x_.array(), y_.array()));
        }
      },
      Save{x}, Save{y});
}

/// The slope at d = x - y, recorded: where the line begins it is constant.
Tensor huber_slope(const Tensor& d, kernels::Huber h) {
  const Tensor inside = lt(detail::magnitude(d.detach()), h.beta);
  const Tensor sides = sub(gt(d, 0).to(d.dtype()), lt(d, 0).to(d.dtype()));
  return where(inside, mul(d, h.inner), mul(sides, h.outer));
}

Tensor huber_errors(const char* name, const Tensor& x, const Tensor& y, kernels::Huber h, Reduction r) {
  return record(
      name, detail::reduced(kernels::huber(x.array(), y.array(), h), r),
      [h, r](Ctx& c) {
        const Tensor &x_ = c.in(0), &y_ = c.in(1);
        if (GradMode::enabled()) {
          give_difference(c, mul(detail::spread(c.grad(), x_.shape(), r), huber_slope(sub(x_, y_), h)));
        } else {
          const Array g = detail::shared(c.grad().array(), x_.numel(), r);
          give_difference(c, kernels::huber_backward(g, x_.array(), y_.array(), h));
        }
      },
      Save{x}, Save{y});
}

}  // namespace

Tensor mse(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("mse", prediction, target, options.reduction);
  return squared_errors(x, y, options.reduction);
}

Tensor sse(const Tensor& prediction, const Tensor& target) {
  const auto [x, y] = detail::matched("sse", prediction, target, Reduction::sum);
  return squared_errors(x, y, Reduction::sum);
}

Tensor half_sse(const Tensor& prediction, const Tensor& target) {
  const auto [x, y] = detail::matched("half_sse", prediction, target, Reduction::sum);
  return mul(squared_errors(x, y, Reduction::sum), 0.5);
}

Tensor l1_loss(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("l1_loss", prediction, target, options.reduction);
  return huber_errors("l1_loss", x, y, {.beta = 0, .inner = 0, .outer = 1}, options.reduction);
}

Tensor smooth_l1_loss(const Tensor& prediction, const Tensor& target, SmoothL1Options o) {
  constexpr const char* kOp = "smooth_l1_loss";
  if (!(o.beta >= 0.)) fail<ValueError>(kOp, fmt::format("beta: got {}; expected 0 or more", o.beta));
  const auto [x, y] = detail::matched(kOp, prediction, target, o.reduction);
  const double inner = o.beta > 0. ? 1. / o.beta : 0.;
  return huber_errors(kOp, x, y, {.beta = o.beta, .inner = inner, .outer = 1}, o.reduction);
}

Tensor huber_loss(const Tensor& prediction, const Tensor& target, HuberOptions o) {
  constexpr const char* kOp = "huber_loss";
  if (!(o.delta > 0.)) fail<ValueError>(kOp, fmt::format("delta: got {}; expected a positive number", o.delta));
  const auto [x, y] = detail::matched(kOp, prediction, target, o.reduction);
  return huber_errors(kOp, x, y, {.beta = o.delta, .inner = 1, .outer = o.delta}, o.reduction);
}

Tensor log_cosh(const Tensor& prediction, const Tensor& target, LossOptions options) {
  const auto [x, y] = detail::matched("log_cosh", prediction, target, options.reduction);
  const Tensor losses = record(
      "log_cosh", kernels::log_cosh(x.array(), y.array()),
      [](Ctx& c) { give_difference(c, mul(c.grad(), tanh(sub(c.in(0), c.in(1))))); }, Save{x}, Save{y});
  return detail::reduce(losses, options.reduction);
}

}  // namespace xgrad::nn
