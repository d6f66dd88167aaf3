#include "autograd/ops/normalization.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/comparison.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/batch_norm.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tensor/kernels/row_norm.hpp"

namespace xgrad {
namespace {

using kernels::BatchNormRule;
using kernels::ChannelView;
using kernels::RowRule;
using kernels::RowView;
using kernels::Statistics;

// ---- checks ----------------------------------------------------------------------------------------------------------

void check_eps(const char* op, double eps) {
  if (!(eps >= 0.)) fail<ValueError>(op, fmt::format("eps: got {}; expected 0 or more", eps));
}

void check_momentum(const char* op, double momentum) {
  if (!(momentum >= 0. && momentum <= 1.))
    fail<ValueError>(op, fmt::format("momentum: got {}; expected 0 to 1", momentum));
}

/// A weight or bias of the given shape in x's dtype; `value` everywhere where it is undefined.
Tensor affine(const char* op, const char* name, const Tensor& given, double value, const Shape& shape,
              const Tensor& x) {
  if (!given.defined()) return Tensor(Array::full(shape, value, x.dtype()));
  if (given.shape() != shape) {
    fail<ShapeError>(
        op, fmt::format("{}: got {} for x {}; expected {}", name, given.shape().str(), x.shape().str(), shape.str()));
  }
  promote(op, x.dtype(), given.dtype());
  return given.to(x.dtype());
}

/// A running statistic, when there is one: [C], of x's dtype, nothing that the tape knows.
void check_running(const char* op, const char* name, const Tensor& given, const Tensor& x) {
  if (!given.defined()) return;
  const Shape expected{x.shape()[1]};
  if (given.shape() != expected) {
    fail<ShapeError>(op, fmt::format("{}: got {} for x {}; expected {}", name, given.shape().str(), x.shape().str(),
                                     expected.str()));
  }
  if (given.dtype() != x.dtype()) {
    fail<DTypeError>(op, fmt::format("{}: got {} for x of {}; expected one dtype", name, name_of(given.dtype()),
                                     name_of(x.dtype())));
  }
  if (given.requires_grad())
    fail<AutogradError>(op, fmt::format("{}: got a tensor that requires a gradient; expected a constant", name));
}

void check_channels(const char* op, const Tensor& x) {
  if (x.dim() < 2) fail<ShapeError>(op, fmt::format("got x {}; expected [N, C, ...]", x.shape().str()));
}

/// The product of sizes first ... rank - 1.
std::int64_t product_from(const Shape& shape, int first) {
  std::int64_t n = 1;
  for (int i = first; i < shape.rank(); ++i) n *= shape[i];
  return n;
}

// ---- gradients, recorded ---------------------------------------------------------------------------------------------

// A view of x has the axes samples, groups, channels and inner (row_norm.hpp); weights have groups and channels.
Shape all_of(RowView v) { return {v.samples, v.groups, v.channels, v.inner}; }
Shape weights_of(RowView v) { return {v.groups, v.channels, 1}; }

/// The gradients of weight and bias, from the normalised x.
void give_affine(Ctx& c, const Tensor& g, const Tensor& normal) {
  if (c.needs(1)) c.give(1, reshape(sum(mul(g, normal), {0, 3}), c.in_shape(1)));
  if (c.needs(2)) c.give(2, reshape(sum(g, {0, 3}), c.in_shape(2)));
}

/// All gradients in recorded operations, through the statistics of x over the axes `over` of the view.
void give_recorded(Ctx& c, RowView view, const Axes& over, RowRule rule, const Tensor& gradient) {
  const Tensor g = reshape(gradient, all_of(view));
  Tensor d = reshape(c.in(0), all_of(view));
  if (rule.centered)
    for (int i = 0; i < 2; ++i) d = sub(d, mean(d, over, true));  // twice: the first mean is rounded
  const Tensor r = div(1., sqrt(add(mean(square(d), over, true), rule.eps)));
  const Tensor normal = mul(d, r);
  if (c.needs(0)) {
    Tensor h = mul(g, reshape(c.in(1), weights_of(view)));
    const Tensor along = mul(normal, mean(mul(h, normal), over, true));
    if (rule.centered) h = sub(h, mean(h, over, true));
    c.give(0, reshape(mul(r, sub(h, along)), c.in_shape(0)));
  }
  give_affine(c, g, normal);
}

/// The same where the statistics (inputs 3 and 4) are constants, one for each channel.
void give_recorded_by_constants(Ctx& c, RowView view, double eps, const Tensor& gradient) {
  const DType t = gradient.dtype();
  const Tensor g = reshape(gradient, all_of(view)), mean = reshape(c.in(3).to(t), weights_of(view));
  const Tensor r = reshape(div(1., sqrt(add(c.in(4), eps))).to(t), weights_of(view));
  if (c.needs(0)) c.give(0, reshape(mul(g, mul(r, reshape(c.in(1), weights_of(view)))), c.in_shape(0)));
  give_affine(c, g, mul(sub(reshape(c.in(0), all_of(view)), mean), r));
}

/// The float64 sums as gradients of inputs 1 and 2.
void give_sums(Ctx& c, const kernels::ChannelSums& sums) {
  const DType t = c.grad().dtype();
  if (c.needs(1)) c.give(1, Tensor(sums.weight.to(t).reshape(c.in_shape(1))));
  if (c.needs(2)) c.give(2, Tensor(sums.bias.to(t).reshape(c.in_shape(2))));
}

// ---- by channel ------------------------------------------------------------------------------------------------------

ChannelView channels_of(const Tensor& x) { return {x.shape()[0], x.shape()[1], product_from(x.shape(), 2)}; }

/// The gradient of what is normalised: that of the result y, where a ReLU let it through. Recorded; y may be
/// recomputed.
Tensor gated(const Tensor& g, const Tensor& y, bool relu) { return relu ? where(le(y, 0), 0, g) : g; }

/// The bias as it is now, which tells where a ReLU let gradients through; anything where there is none.
Tensor shift_of(const Tensor& bias, BatchNormRule rule, const Tensor& other) {
  return rule.relu ? Tensor(bias.array().clone()) : other;
}

Tensor by_batch(const Tensor& x, const Tensor& weight, const Tensor& bias, const Statistics& s, BatchNormRule rule) {
  const ChannelView v = channels_of(x);
  const Tensor mean(s.mean), var(s.var), shift = shift_of(bias, rule, mean);
  return record(
      "batch_norm", kernels::batch_norm(x.array(), v, s, rule, weight.array(), bias.array()),
      [v, rule](Ctx& c) {
        const Array &x_ = c.in(0).array(), &w = c.in(1).array(), b = rule.relu ? c.in(5).array() : Array();
        const Statistics s_{c.in(3).array(), c.in(4).array()};
        if (GradMode::enabled()) {
          const Tensor y = rule.relu ? Tensor(kernels::batch_norm(x_, v, s_, rule, w, b)) : Tensor();
          return give_recorded(c, {v.samples, v.channels, 1, v.inner}, {0, 2, 3}, {.eps = rule.eps, .centered = true},
                               gated(c.grad(), y, rule.relu));
        }
        const Array& g = c.grad().array();
        const kernels::ChannelSums sums = kernels::batch_norm_sums(g, x_, v, s_, rule, w, b);
        if (c.needs(0)) c.give(0, kernels::batch_norm_backward(g, x_, v, s_, rule, w, b, sums));
        give_sums(c, sums);
      },
      Save{x}, Save{weight}, Edge{bias}, Save{mean}, Save{var}, Save{shift});
}

/// By given statistics, which the tape keeps a copy of: they may be updated before the gradient is asked for.
Tensor by_constants(const char* name, const Tensor& x, const Tensor& weight, const Tensor& bias, const Tensor& mean,
                    const Tensor& var, BatchNormRule rule) {
  const ChannelView v = channels_of(x);
  const auto copied = [](const Tensor& t) { return t.dtype() == float64 ? t.array().clone() : t.array().to(float64); };
  const Statistics s{copied(mean), copied(var)};
  const Tensor mean_(s.mean), var_(s.var), shift = shift_of(bias, rule, mean_);
  return record(
      name, kernels::batch_norm(x.array(), v, s, rule, weight.array(), bias.array()),
      [v, rule](Ctx& c) {
        const Array &x_ = c.in(0).array(), &w = c.in(1).array(), b = rule.relu ? c.in(5).array() : Array();
        const Statistics s_{c.in(3).array(), c.in(4).array()};
        if (GradMode::enabled()) {
          const Tensor y = rule.relu ? Tensor(kernels::batch_norm(x_, v, s_, rule, w, b)) : Tensor();
          return give_recorded_by_constants(c, {v.samples, v.channels, 1, v.inner}, rule.eps,
                                            gated(c.grad(), y, rule.relu));
        }
        const Array& g = c.grad().array();
        if (c.needs(0)) c.give(0, kernels::batch_norm_eval_backward(g, x_, v, s_, rule, w, b));
        if (c.needs(1) || c.needs(2)) give_sums(c, kernels::batch_norm_sums(g, x_, v, s_, rule, w, b));
      },
      Save{x}, Save{weight}, Edge{bias}, Save{mean_}, Save{var_}, Save{shift});
}

void update(const Tensor& running, const Array& batch, double momentum, double factor) {
  if (!running.defined()) return;
  Array target = running.array();
  kernels::update_running(target, batch, momentum, factor);
}

/// n / (n - 1): the unbiased variance from the biased one.
double unbiased(std::int64_t n) { return static_cast<double>(n) / static_cast<double>(n - 1); }

// ---- by row ----------------------------------------------------------------------------------------------------------

struct ByRow {
  Tensor y;
  Statistics s;
};

ByRow by_row(const char* name, const Tensor& x, const Tensor& weight, const Tensor& bias, RowView v, RowRule rule) {
  kernels::RowNorm result = kernels::row_norm(x.array(), v, rule, weight.array(), bias.array());
  const Tensor mean(result.s.mean), var(result.s.var);
  Tensor y = record(
      name, std::move(result.y),
      [v, rule](Ctx& c) {
        if (GradMode::enabled()) return give_recorded(c, v, {2, 3}, rule, c.grad());
        const Array &g = c.grad().array(), &x_ = c.in(0).array();
        const Statistics s{c.in(3).array(), c.in(4).array()};
        if (c.needs(0)) c.give(0, kernels::row_norm_backward(g, x_, v, rule, s, c.in(1).array()));
        if (c.needs(1) || c.needs(2)) give_sums(c, kernels::row_norm_sums(g, x_, v, rule, s));
      },
      Save{x}, Save{weight}, Edge{bias}, Save{mean}, Save{var});
  return {std::move(y), std::move(result.s)};
}

/// The last axes as rows; throws unless they are `normalized`.
RowView last_axes(const char* op, const Tensor& x, const Shape& normalized) {
  const int lead = x.dim() - normalized.rank();
  bool fits = normalized.rank() >= 1 && lead >= 0;
  for (int i = 0; fits && i < normalized.rank(); ++i) fits = x.shape()[lead + i] == normalized[i];
  if (!fits) {
    fail<ShapeError>(op, fmt::format("got x {}, normalized_shape {}; expected the sizes of x's last axes, at least one",
                                     x.shape().str(), normalized.str()));
  }
  RowView v;
  for (int i = 0; i < lead; ++i) v.samples *= x.shape()[i];
  v.channels = normalized.numel();
  return v;
}

/// What batch_norm and instance_norm ask of their arguments alike.
void check_statistics(const char* op, const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                      double eps, double momentum) {
  check_channels(op, x);
  check_eps(op, eps);
  check_momentum(op, momentum);
  check_running(op, "running_mean", running_mean, x);
  check_running(op, "running_var", running_var, x);
}

/// Normalised by the running statistics, which must be there; `flag` is what would do without them.
Tensor by_running(const char* op, const char* flag, const Tensor& x, const Tensor& w, const Tensor& b,
                  const Tensor& running_mean, const Tensor& running_var, BatchNormRule rule) {
  if (!running_mean.defined() || !running_var.defined()) {
    fail<ValueError>(op,
                     fmt::format("got no running statistics; expected running_mean and running_var unless {}", flag));
  }
  return by_constants(op, x, w, b, running_mean, running_var, rule);
}

}  // namespace

Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                  const Tensor& bias, const BatchNormOptions& o) {
  constexpr const char* kOp = "batch_norm";
  if (!is_floating(x.dtype())) return batch_norm(x.to(float32), running_mean, running_var, weight, bias, o);
  check_statistics(kOp, x, running_mean, running_var, o.eps, o.momentum);
  const Shape channels{x.shape()[1]};
  const Tensor w = affine(kOp, "weight", weight, 1., channels, x), b = affine(kOp, "bias", bias, 0., channels, x);
  const BatchNormRule rule{o.eps, o.relu};
  if (!o.training) return by_running(kOp, "training", x, w, b, running_mean, running_var, rule);
  const ChannelView v = channels_of(x);
  const std::int64_t count = v.samples * v.inner;
  if (count == 1) {
    fail<ValueError>(
        kOp, fmt::format("got x {}, one element per channel; expected more than one when training", x.shape().str()));
  }
  const Statistics s = kernels::channel_statistics(x.array(), v);
  Tensor y = by_batch(x, w, b, s, rule);
  if (count > 1) {
    update(running_mean, s.mean, o.momentum, 1.);
    update(running_var, s.var, o.momentum, o.biased_running_var ? 1. : unbiased(count));
  }
  return y;
}

Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight, const Tensor& bias,
                  double eps) {
  constexpr const char* kOp = "layer_norm";
  if (!is_floating(x.dtype())) return layer_norm(x.to(float32), normalized_shape, weight, bias, eps);
  check_eps(kOp, eps);
  const RowView v = last_axes(kOp, x, normalized_shape);
  const Tensor w = affine(kOp, "weight", weight, 1., normalized_shape, x);
  const Tensor b = affine(kOp, "bias", bias, 0., normalized_shape, x);
  return by_row(kOp, x, w, b, v, {.eps = eps, .centered = true}).y;
}

Tensor group_norm(const Tensor& x, std::int64_t num_groups, const Tensor& weight, const Tensor& bias, double eps) {
  constexpr const char* kOp = "group_norm";
  if (!is_floating(x.dtype())) return group_norm(x.to(float32), num_groups, weight, bias, eps);
  check_channels(kOp, x);
  check_eps(kOp, eps);
  if (num_groups < 1) fail<ValueError>(kOp, fmt::format("num_groups: got {}; expected at least 1", num_groups));
  const std::int64_t channels = x.shape()[1];
  if (channels % num_groups != 0) {
    fail<ShapeError>(kOp, fmt::format("got x {}, num_groups {}; expected num_groups to divide x.shape[1] = {}",
                                      x.shape().str(), num_groups, channels));
  }
  const RowView v{x.shape()[0], num_groups, channels / num_groups, product_from(x.shape(), 2)};
  if (v.samples * v.size() == 1) {
    fail<ValueError>(kOp, fmt::format("got x {}, one element per group; expected more than one", x.shape().str()));
  }
  const Tensor w = affine(kOp, "weight", weight, 1., {channels}, x), b = affine(kOp, "bias", bias, 0., {channels}, x);
  return by_row(kOp, x, w, b, v, {.eps = eps, .centered = true}).y;
}

Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var, const Tensor& weight,
                     const Tensor& bias, const InstanceNormOptions& o) {
  constexpr const char* kOp = "instance_norm";
  if (!is_floating(x.dtype())) return instance_norm(x.to(float32), running_mean, running_var, weight, bias, o);
  check_statistics(kOp, x, running_mean, running_var, o.eps, o.momentum);
  const Shape channels{x.shape()[1]};
  const Tensor w = affine(kOp, "weight", weight, 1., channels, x), b = affine(kOp, "bias", bias, 0., channels, x);
  if (!o.use_input_stats) return by_running(kOp, "use_input_stats", x, w, b, running_mean, running_var, {o.eps});
  const RowView v{x.shape()[0], x.shape()[1], 1, product_from(x.shape(), 2)};
  if (v.inner == 1) {
    fail<ValueError>(
        kOp, fmt::format("got x {}, one element per channel and sample; expected more than one", x.shape().str()));
  }
  const ByRow result = by_row(kOp, x, w, b, v, {.eps = o.eps, .centered = true});
  if (x.numel() > 0) {
    const auto mean_of = [&](const Array& rows) {
      return kernels::div(kernels::sum(rows.reshape({v.samples, v.groups}), 1u, false), v.samples);
    };
    update(running_mean, mean_of(result.s.mean), o.momentum, 1.);
    update(running_var, mean_of(result.s.var), o.momentum, unbiased(v.inner));
  }
  return result.y;
}

Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight, std::optional<double> eps) {
  constexpr const char* kOp = "rms_norm";
  if (!is_floating(x.dtype())) return rms_norm(x.to(float32), normalized_shape, weight, eps);
  const double own = x.dtype() == float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                          : std::numeric_limits<double>::epsilon();
  check_eps(kOp, eps.value_or(own));
  const RowView v = last_axes(kOp, x, normalized_shape);
  const Tensor w = affine(kOp, "weight", weight, 1., normalized_shape, x);
  const Tensor b = affine(kOp, "bias", {}, 0., normalized_shape, x);
  return by_row(kOp, x, w, b, v, {.eps = eps.value_or(own), .centered = false}).y;
}

namespace {

/// (sum |x|^p)^(1/p) along an axis, which stays; 0 with derivative 0 where all are 0.
Tensor length_along(const Tensor& x, double p, int axis) {
  const auto number = [&x](double v) { return Tensor(Array::full({}, v, x.dtype())); };
  const Tensor size = mul(x, sub(gt(x, 0).to(x.dtype()), lt(x, 0).to(x.dtype())));
  if (p == 1.) return sum(size, axis, true);
  if (std::isinf(p)) return amax(size, axis, true);
  const Tensor zero = eq(size, 0), safe = where(zero, number(1), size);
  const Tensor powers = p == 2. ? square(x) : where(zero, number(0), exp(mul(log(safe), p)));
  const Tensor total = sum(powers, axis, true), none = eq(total, 0), some = where(none, number(1), total);
  return where(none, number(0), p == 2. ? sqrt(some) : exp(div(log(some), p)));
}

}  // namespace

Tensor normalize(const Tensor& x, double p, std::int64_t axis, double eps) {
  if (!is_floating(x.dtype())) return normalize(x.to(float32), p, axis, eps);
  if (!(p > 0.)) fail<ValueError>("normalize", fmt::format("p: got {}; expected a positive number", p));
  check_eps("normalize", eps);
  const int a = normalize_axis("normalize", axis, x.dim());
  if (x.dim() == 0) return reshape(normalize(reshape(x, {1}), p, 0, eps), {});
  if (x.numel() == 0) return x;
  const Tensor length = length_along(x, p, a), least(Array::full({}, eps, x.dtype()));
  return div(x, where(lt(length, least), least, length));
}

}  // namespace xgrad
