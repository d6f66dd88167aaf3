#include "nn/group_norm.hpp"

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops/normalization.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {
namespace {

void check_eps(const char* name, double eps) {
  if (!(eps >= 0)) fail<ValueError>(name, fmt::format("eps: got {}; expected 0 or more", eps));
}

/// `call` is the constructor call that fits.
void check_channels(const Tensor& x, std::int64_t expected, std::string (*call)(const Module&, std::int64_t),
                    const Module& module) {
  if (x.dim() >= 2 && x.shape()[1] == expected) return;
  if (x.dim() < 2)
    fail<ShapeError>("input has no channels", fmt::format("got {}; expected [N, C, ...]", x.shape().str()));
  fail<ShapeError>(fmt::format("input has {} channels", x.shape()[1]),
                   fmt::format("got {}; expected [N, {}, ...]; for this input use {}", x.shape().str(), expected,
                               call(module, x.shape()[1])));
}

std::int64_t found_channels(const Tensor& x, std::int64_t groups) {
  if (x.dim() < 2)
    fail<ShapeError>("input has no channels", fmt::format("got {}; expected [N, C, ...]", x.shape().str()));
  const std::int64_t channels = x.shape()[1];
  if (channels == 0 || channels % groups != 0) {
    fail<ShapeError>(fmt::format("input has {} channels", channels),
                     fmt::format("got {}; expected a multiple of {} groups", x.shape().str(), groups));
  }
  return channels;
}

void fill(Tensor& t, double value) {
  if (t.defined()) t.copy_(full_like(t, value));
}
void grow(Tensor& t, std::int64_t size, double value) {
  if (t.defined()) t.set_data(Array::full({size}, value, t.dtype()));
}

}  // namespace

GroupNorm::GroupNorm(std::int64_t groups, InputSize channels, GroupNormOptions options)
    : groups_(groups), channels_(channels), options_(options) {
  detail::check_least("GroupNorm", "groups", groups, 1);
  if (channels.known()) detail::check_least("GroupNorm", "channels", channels.size(), 1);
  if (channels.size() % groups != 0) {
    fail<ValueError>("GroupNorm",
                     fmt::format("groups: got {} for {} channels; expected a divisor", groups, channels.size()));
  }
  check_eps("GroupNorm", options.eps);
  weight = detail::filled_parameter(options.affine, {channels.size()}, 1, options.dtype);
  bias = detail::filled_parameter(options.affine, {channels.size()}, 0, options.dtype);
}

Tensor GroupNorm::forward(const Tensor& x) {
  if (uninitialized()) {
    const std::int64_t channels = found_channels(x, groups_);
    grow(weight, channels, 1);
    grow(bias, channels, 0);
  }
  if (const std::int64_t expected = weight.defined() ? weight.numel() : channels_.size(); expected > 0) {
    check_channels(
        x, expected,
        [](const Module& m, std::int64_t n) {
          return fmt::format("GroupNorm({}, {})", static_cast<const GroupNorm&>(m).groups_, n);
        },
        *this);
  }
  return group_norm(x, groups_, weight, bias, options_.eps);
}

void GroupNorm::reset_parameters_here() {
  fill(weight, 1);
  fill(bias, 0);
}

void GroupNorm::arguments(detail::Arguments& a) {
  GroupNormOptions o = options_;
  const GroupNormOptions d;
  std::int64_t groups = groups_;
  InputSize channels = weight.defined() && !uninitialized() ? InputSize(weight.numel()) : channels_;
  a.arg("groups", groups).arg("channels", channels).option("eps", o.eps, d.eps).option("affine", o.affine, d.affine);
  if (a.reading()) *this = GroupNorm(groups, channels, o);
}

InstanceNorm::InstanceNorm(InputSize channels, InstanceNormOptions options) : channels_(channels), options_(options) {
  if (channels.known()) detail::check_least("InstanceNorm", "channels", channels.size(), 1);
  check_eps("InstanceNorm", options.eps);
  if (!(options.momentum >= 0 && options.momentum <= 1))
    fail<ValueError>("InstanceNorm", fmt::format("momentum: got {}; expected 0 to 1", options.momentum));
  const Shape shape{channels.size()};
  weight = detail::filled_parameter(options.affine, shape, 1, options.dtype);
  bias = detail::filled_parameter(options.affine, shape, 0, options.dtype);
  running_mean = detail::filled_buffer(options.track_running_stats, shape, 0, options.dtype);
  running_var = detail::filled_buffer(options.track_running_stats, shape, 1, options.dtype);
  if (options.track_running_stats) num_batches_tracked = zeros({}, int64);
}

void InstanceNorm::members(Members& m) {
  m("weight", weight)("bias", bias).buffer("running_mean", running_mean).buffer("running_var", running_var);
  m.buffer("num_batches_tracked", num_batches_tracked);
}

Tensor InstanceNorm::forward(const Tensor& x) {
  if (uninitialized()) {
    const std::int64_t channels = found_channels(x, 1);
    grow(weight, channels, 1);
    grow(bias, channels, 0);
    grow(running_mean, channels, 0);
    grow(running_var, channels, 1);
  }
  if (const std::int64_t expected = by_channel() ? by_channel()->numel() : channels_.size(); expected > 0) {
    check_channels(
        x, expected, [](const Module&, std::int64_t n) { return fmt::format("InstanceNorm({})", n); }, *this);
  }
  const bool own = training() || !running_mean.defined();
  Tensor y = instance_norm(x, running_mean, running_var, weight, bias,
                           {.use_input_stats = own, .momentum = options_.momentum, .eps = options_.eps});
  // PyTorch has the buffer too, and leaves it at 0.
  return y;
}

void InstanceNorm::reset_parameters_here() {
  fill(weight, 1);
  fill(bias, 0);
  fill(running_mean, 0);
  fill(running_var, 1);
  fill(num_batches_tracked, 0);
}

void InstanceNorm::arguments(detail::Arguments& a) {
  InstanceNormOptions o = options_;
  const InstanceNormOptions d;
  InputSize channels = by_channel() && !uninitialized() ? InputSize(by_channel()->numel()) : channels_;
  a.arg("channels", channels).option("eps", o.eps, d.eps).option("momentum", o.momentum, d.momentum);
  a.option("affine", o.affine, d.affine).option("track_running_stats", o.track_running_stats, d.track_running_stats);
  if (a.reading()) *this = InstanceNorm(channels, o);
}

}  // namespace xgrad::nn
