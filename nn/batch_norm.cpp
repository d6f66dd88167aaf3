#include "nn/batch_norm.hpp"

#include <fmt/format.h>

#include <typeinfo>

#include "autograd/create.hpp"
#include "autograd/ops/normalization.hpp"
#include "nn/activation.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {

BatchNorm::BatchNorm(InputSize channels, BatchNormOptions options) : options_(options), channels_(channels) {
  if (channels.known()) detail::check_least("BatchNorm", "channels", channels.size(), 1);
  if (!(options.eps >= 0)) fail<ValueError>("BatchNorm", fmt::format("eps: got {}; expected 0 or more", options.eps));
  if (options.momentum && !(*options.momentum >= 0 && *options.momentum <= 1))
    fail<ValueError>("BatchNorm", fmt::format("momentum: got {}; expected 0 to 1", *options.momentum));
  const Shape shape{channels.size()};
  weight = detail::filled_parameter(options.affine && options.scale, shape, 1, options.dtype);
  bias = detail::filled_parameter(options.affine && options.bias, shape, 0, options.dtype);
  running_mean = detail::filled_buffer(options.track_running_stats, shape, 0, options.dtype);
  running_var = detail::filled_buffer(options.track_running_stats, shape, 1, options.dtype);
  if (options.track_running_stats) num_batches_tracked = zeros({}, int64);
}

void BatchNorm::members(Members& m) {
  m("weight", weight)("bias", bias).buffer("running_mean", running_mean).buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked);
}

void BatchNorm::reset_parameters_here() {
  if (uninitialized()) return;
  const auto fill = [](Tensor& t, double value) {
    if (t.defined()) t.copy_(full_like(t, value));
  };
  fill(weight, 1);
  fill(bias, 0);
  fill(running_mean, 0);
  fill(running_var, 1);
  fill(num_batches_tracked, 0);
}

bool BatchNorm::joins(const Module& next) const {
  return typeid(next) == typeid(ReLU) && typeid(*this) == typeid(BatchNorm);
}

Tensor BatchNorm::joined(const Tensor& x, Module&) {
  const Scope scope(*this);
  return normalized(x, true);
}

Tensor BatchNorm::normalized(const Tensor& x, bool relu) {
  const Tensor* const known = by_channel();
  if (known && (x.dim() < 2 || x.shape()[1] != known->numel() || known->numel() == 0)) fit(x);
  const bool by_batch = training() || !running_mean.defined();
  if (by_batch && x.dim() >= 2 && x.numel() > 0 && x.numel() == x.shape()[1]) {
    fail<ValueError>("one element per channel",
                     fmt::format("got {}; expected more than one when training: leave out a last batch of one sample, "
                                 "or call eval() first",
                                 x.shape().str()));
  }
  const bool update = training() && running_mean.defined();
  double momentum = options_.momentum.value_or(0.);
  if (update && !options_.momentum) momentum = 1. / static_cast<double>(num_batches_tracked.item<std::int64_t>() + 1);
  Tensor y = batch_norm(x, running_mean, running_var, weight, bias,
                        {.training = by_batch,
                         .momentum = update ? momentum : 0.,
                         .eps = options_.eps,
                         .biased_running_var = options_.biased_running_var,
                         .relu = relu});
  if (update && x.numel() > 0) ++*num_batches_tracked.mutable_data<std::int64_t>();
  return y;
}

/// Finds a lazy size, or refuses other channels.
void BatchNorm::fit(const Tensor& x) {
  if (x.dim() < 2) {
    fail<ShapeError>("input has no channels",
                     fmt::format("got {}; expected [N, C], [N, C, L] or [N, C, H, W]", x.shape().str()));
  }
  const std::int64_t channels = x.shape()[1];
  if (!uninitialized() || channels == 0) {
    const std::int64_t known = by_channel()->numel();
    fail<ShapeError>(
        fmt::format("input has {} channels", channels),
        fmt::format("got {}; expected [N, {}, ...]{}", x.shape().str(), known > 0 ? std::to_string(known) : "C",
                    channels > 0 ? fmt::format("; for this input use BatchNorm({})", channels) : ""));
  }
  const Shape shape{channels};
  const auto grow = [&](Tensor& t, double value) {
    if (t.defined()) t.set_data(Array::full(shape, value, t.dtype()));
  };
  grow(weight, 1);
  grow(bias, 0);
  grow(running_mean, 0);
  grow(running_var, 1);
}

void BatchNorm::arguments(detail::Arguments& a) {
  BatchNormOptions o = options_;
  const BatchNormOptions d;
  InputSize channels = by_channel() && !uninitialized() ? InputSize(by_channel()->numel()) : channels_;
  a.arg("channels", channels).option("eps", o.eps, d.eps).option("momentum", o.momentum, d.momentum);
  a.option("affine", o.affine, d.affine).option("scale", o.scale, d.scale).option("bias", o.bias, d.bias);
  a.option("track_running_stats", o.track_running_stats, d.track_running_stats);
  a.option("biased_running_var", o.biased_running_var, d.biased_running_var);
  if (a.reading()) *this = BatchNorm(channels, o);
}

}  // namespace xgrad::nn
