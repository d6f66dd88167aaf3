#include "nn/losses/likelihood.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "autograd/ops.hpp"
#include "nn/losses/detail/parts.hpp"

namespace xgrad::nn {
namespace {

using detail::number_like;

/// t log t - t + log(2 pi t) / 2 where t > 1, else 0.
Tensor stirling(const Tensor& t) {
  const Tensor many = gt(t, 1), safe = where(many, t, number_like(t, 1));
  const Tensor l = log(safe);
  const Tensor value = add(sub(mul(safe, l), safe), mul(add(l, std::log(2. * std::numbers::pi)), 0.5));
  return where(many, value, number_like(t, 0));
}

/// Variances of x's rank, so that they broadcast to x.
Tensor fitted(const char* op, const Tensor& x, const Tensor& var) {
  const Shape &s = x.shape(), &v = var.shape();
  if (v == s) return var;
  if (s.rank() > 0) {
    Shape narrow = s;
    narrow[s.rank() - 1] = 1;
    if (v == narrow) return var;
    if (v == s.without(s.rank() - 1)) return unsqueeze(var, -1);
  }
  fail<ShapeError>(op, fmt::format("var: got {} for prediction {}; expected its shape, with or without the last axis",
                                   v.str(), s.str()));
}

/// What the variances lack to eps, as a constant: added, it cuts them off below, and the gradient passes all the same.
Tensor missing(const char* op, const Tensor& var, double eps) {
  const NoGradGuard constant;
  const Tensor v = var.detach();
  if (sum(lt(v, 0)).item<std::int64_t>() > 0)
    fail<ValueError>(op, "var: got negative numbers; expected variances, 0 or more");
  return where(lt(v, eps), sub(eps, v), number_like(v, 0));
}

}  // namespace

Tensor nll_loss(const Tensor& log_probabilities, const Tensor& target, const NLLOptions& o) {
  constexpr const char* kOp = "nll_loss";
  if (!is_floating(log_probabilities.dtype()))
    fail<DTypeError>(
        kOp, fmt::format("log_probabilities: got {}; expected float32 or float64", name_of(log_probabilities.dtype())));
  detail::check_reduction(kOp, o.reduction);
  const int axis = detail::class_axis(kOp, log_probabilities);
  const std::int64_t classes = log_probabilities.shape()[axis];
  detail::check_class_weight(kOp, o.weight, classes, log_probabilities.dtype());
  const detail::Labels at = detail::class_labels(kOp, log_probabilities, target, o.ignore_index);

  const Tensor x = detail::rows_of_classes(log_probabilities), safe = at.safe(), zero = number_like(x, 0);
  Tensor losses = neg(squeeze(gather(x, 1, unsqueeze(safe, 1)), 1));
  Tensor weight(Array::full({x.shape()[0]}, 1, x.dtype()));
  if (o.weight.defined()) {
    weight = gather(o.weight.to(x.dtype()), 0, safe);
    losses = mul(losses, weight);
  }
  if (at.any_ignored) {
    const Tensor kept = at.kept();
    weight = where(kept, weight, zero);
    losses = where(kept, losses, zero);
  }
  if (o.reduction == Reduction::none) return reshape(losses, target.shape());
  return o.reduction == Reduction::sum ? sum(losses) : div(sum(losses), sum(weight));
}

Tensor NLL::operator()(const Tensor& log_probabilities, const Tensor& target, const Tensor& sample_weight) const {
  if (options.reduction != Reduction::mean) return weigh(*this, log_probabilities, target, sample_weight);
  NLLOptions each = options;
  each.reduction = Reduction::none;
  const Tensor losses = weigh(nll_loss(log_probabilities, target, each), sample_weight, Reduction::sum);
  return div(losses, detail::total_weight("nll_loss", log_probabilities, target, options.weight, options.ignore_index));
}

Tensor KLDiv::operator()(const Tensor& log_probabilities, const Tensor& target, const Tensor& sample_weight) const {
  if (options.reduction != Reduction::batchmean) return weigh(*this, log_probabilities, target, sample_weight);
  const Tensor losses = kl_div(log_probabilities, target, {options.log_target, Reduction::none});
  const double samples = losses.dim() == 0 ? 1. : static_cast<double>(losses.shape()[0]);
  return div(weigh(losses, sample_weight, Reduction::sum), samples);
}

Tensor kl_div(const Tensor& log_probabilities, const Tensor& target, KLDivOptions o) {
  constexpr const char* kOp = "kl_div";
  const auto [x, t] = detail::matched(kOp, log_probabilities, target, Reduction::sum);
  const Tensor none = eq(t, o.log_target ? -INFINITY : 0.);
  const Tensor safe = where(none, number_like(t, o.log_target ? 0. : 1.), t);
  const Tensor at = where(none, number_like(x, 0), x);  // an infinite one must not meet the 0
  const Tensor terms = o.log_target ? mul(exp(safe), sub(safe, at)) : mul(safe, sub(log(safe), at));
  const Tensor losses = where(none, number_like(t, 0), terms);
  if (o.reduction != Reduction::batchmean) return detail::reduce(losses, o.reduction);
  return div(sum(losses), x.dim() == 0 ? 1. : static_cast<double>(x.shape()[0]));
}

Tensor poisson_nll_loss(const Tensor& prediction, const Tensor& target, PoissonNLLOptions o) {
  const auto [x, t] = detail::matched("poisson_nll_loss", prediction, target, o.reduction);
  Tensor losses = o.log_input ? sub(exp(x), mul(t, x)) : sub(x, mul(t, log(add(x, o.eps))));
  if (o.full) losses = add(losses, stirling(t));
  return detail::reduce(losses, o.reduction);
}

Tensor gaussian_nll_loss(const Tensor& prediction, const Tensor& target, const Tensor& var, GaussianNLLOptions o) {
  constexpr const char* kOp = "gaussian_nll_loss";
  if (!(o.eps > 0.)) fail<ValueError>(kOp, fmt::format("eps: got {}; expected a positive number", o.eps));
  const auto [x, t] = detail::matched(kOp, prediction, target, o.reduction);
  promote(kOp, x.dtype(), var.dtype());
  const Tensor given = fitted(kOp, x, var).to(x.dtype());
  const Tensor v = add(given, missing(kOp, given, o.eps));
  Tensor losses = mul(add(log(v), div(square(sub(x, t)), v)), 0.5);
  if (o.full) losses = add(losses, 0.5 * std::log(2. * std::numbers::pi));
  return detail::reduce(losses, o.reduction);
}

}  // namespace xgrad::nn
