#include "autograd/ops/convolution.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/detail/windows.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/convolution.hpp"

namespace xgrad {
namespace {

using kernels::Convolution;

// The three maps, each with the other two as its derivatives. See tensor/kernels/convolution.hpp.

Tensor convolved(const char* name, const Tensor& x, const Tensor& w, const Tensor& bias, const Convolution& c);
Tensor transposed(const char* name, const Tensor& y, const Tensor& w, const Tensor& bias, const Convolution& c);

Tensor weight_of(const Tensor& x, const Tensor& y, const Convolution& conv) {
  return record(
      "conv_weight", kernels::convolve_weight(x.array(), y.array(), conv),
      [conv](Ctx& c) {
        if (c.needs(0)) c.give(0, transposed("conv_transpose", c.in(1), c.grad(), {}, conv));
        if (c.needs(1)) c.give(1, convolved("conv", c.in(0), c.grad(), {}, conv));
      },
      Save{x}, Save{y});
}

Tensor convolved(const char* name, const Tensor& x, const Tensor& w, const Tensor& bias, const Convolution& conv) {
  const auto vjp = [conv](Ctx& c) {
    if (c.needs(0)) c.give(0, transposed("conv_transpose", c.grad(), c.in(1), {}, conv));
    if (!GradMode::enabled() && c.needs(1) && c.inputs() == 3 && c.needs(2)) {  // both in one pass over the gradient
      Array b;
      c.give(1, kernels::convolve_weight(c.in(0).array(), c.grad().array(), conv, &b));
      return c.give(2, std::move(b));
    }
    if (c.needs(1)) c.give(1, weight_of(c.in(0), c.grad(), conv));
    if (c.inputs() == 3 && c.needs(2)) c.give(2, sum(c.grad(), {0, 2, 3}));
  };
  Array y = kernels::convolve(x.array(), w.array(), bias.array(), conv);
  if (!bias.defined()) return record(name, std::move(y), vjp, Save{x}, Save{w});
  return record(name, std::move(y), vjp, Save{x}, Save{w}, Edge{bias});
}

Tensor transposed(const char* name, const Tensor& y, const Tensor& w, const Tensor& bias, const Convolution& conv) {
  const auto vjp = [conv](Ctx& c) {
    if (c.needs(0)) c.give(0, convolved("conv", c.grad(), c.in(1), {}, conv));
    if (c.needs(1)) c.give(1, weight_of(c.grad(), c.in(0), conv));
    if (c.inputs() == 3 && c.needs(2)) c.give(2, sum(c.grad(), {0, 2, 3}));
  };
  Array x = kernels::convolve_transposed(y.array(), w.array(), bias.array(), conv);
  if (!bias.defined()) return record(name, std::move(x), vjp, Save{y}, Save{w});
  return record(name, std::move(x), vjp, Save{y}, Save{w}, Edge{bias});
}

/// What is checked and computed for one call.
struct Call {
  const char* op;
  int axes;  ///< 1 or 2
  Tensor x, weight, bias;
  bool batched = true;
  bool transpose;

  /// "input [1, 2, 8], weight [4, 3, 3]"
  std::string shapes() const { return fmt::format("input {}, weight {}", x.shape().str(), weight.shape().str()); }

  /// Ranks and dtypes; afterwards operands are of one dtype.
  void check_operands() {
    const char* input = axes == 1 ? "[N, C, L] or [C, L]" : "[N, C, H, W] or [C, H, W]";
    if (x.dim() != axes + 2 && x.dim() != axes + 1)
      fail<ShapeError>(op, fmt::format("input: got {}; expected {}", shapes(), input));
    if (weight.dim() != axes + 2) {
      fail<ShapeError>(op, fmt::format("weight: got {}; expected a weight {}", shapes(),
                                       transpose ? (axes == 1 ? "[C, O / groups, K]" : "[C, O / groups, KH, KW]")
                                                 : (axes == 1 ? "[O, C / groups, K]" : "[O, C / groups, KH, KW]")));
    }
    DType t = promote(op, x.dtype(), weight.dtype());
    if (bias.defined()) t = promote(op, t, bias.dtype());
    if (!is_floating(t))
      fail<DTypeError>(op, fmt::format("got {} and {}; expected a floating operand, convert with .to(float32)",
                                       name_of(x.dtype()), name_of(weight.dtype())));
    x = x.to(t);
    weight = weight.to(t);
    if (bias.defined()) bias = bias.to(t);
    batched = x.dim() == axes + 2;
  }

  /// Groups, channels and the bias; `out_channels` are those of the result.
  void check_channels(std::int64_t groups, std::int64_t out_channels) {
    if (groups < 1) fail<ValueError>(op, fmt::format("groups: got {}; expected at least 1", groups));
    const Shape& w = weight.shape();
    const std::int64_t channels = x.shape()[batched ? 1 : 0], leading = w[0];
    if (leading == 0 || leading % groups != 0) {
      fail<ShapeError>(op, fmt::format("groups: got {}, groups {}; expected weight.shape[0] to be a multiple of groups",
                                       shapes(), groups));
    }
    if (transpose ? channels != leading : channels != w[1] * groups) {
      fail<ShapeError>(op, fmt::format("channels: got {}, groups {}; expected {} input channels", shapes(), groups,
                                       transpose ? leading : w[1] * groups));
    }
    if (bias.defined() && bias.shape() != Shape{out_channels}) {
      fail<ShapeError>(
          op, fmt::format("bias: got {} for weight {}; expected [{}]", bias.shape().str(), w.str(), out_channels));
    }
    for (int i = 2; i < w.rank(); ++i)
      if (w[i] == 0) fail<ShapeError>(op, fmt::format("got an empty kernel: {}; expected at least 1 x 1", shapes()));
    for (int i = batched ? 2 : 1; i < x.dim(); ++i)
      if (x.shape()[i] == 0)
        fail<ShapeError>(op,
                         fmt::format("got an empty image: {}; only the batch and the channels may be empty", shapes()));
  }

  /// Gives everything a batch and two axes.
  void widen() {
    if (!batched) x = unsqueeze(x, 0);
    if (axes == 2) return;
    x = unsqueeze(x, 2);
    weight = unsqueeze(weight, 2);
  }
  Tensor narrow(const Tensor& y) const {
    const Tensor result = axes == 1 ? squeeze(y, 2) : y;
    return batched ? result : squeeze(result, 0);
  }
};

/// The window along an axis counted from the end: 1 for w, 2 for h.
kernels::Window window_of(const Call& call, int axis, std::int64_t stride, std::int64_t padding, Padding::Mode mode,
                          std::int64_t dilation) {
  kernels::Window w;
  w.in = call.x.size(-axis);
  w.kernel = call.weight.size(-axis);
  w.stride = windows::checked(call.op, "stride", stride, 1);
  w.dilation = windows::checked(call.op, "dilation", dilation, 1);
  const std::int64_t reach = windows::product(call.op, w.kernel - 1, w.dilation) + 1;
  if (mode == Padding::same) {
    w.out = (w.in - 1) / w.stride + 1;
    w.before = std::max<std::int64_t>(0, (w.out - 1) * w.stride + reach - w.in) / 2;
    return w;
  }
  w.before = mode == Padding::valid ? 0 : windows::checked(call.op, "padding", padding, 0);
  const std::int64_t padded = w.in + 2 * w.before;
  if (reach > padded) {
    fail<ShapeError>(call.op,
                     fmt::format("the kernel is larger than the padded input: got {}, padding {}, dilation {}; "
                                 "expected dilation * (kernel - 1) + 1 <= {}",
                                 call.shapes(), w.before, dilation, padded));
  }
  w.out = (padded - reach) / w.stride + 1;
  return w;
}

Tensor convolve(Call call, Size2d stride, const Padding& padding, Size2d dilation, std::int64_t groups) {
  call.check_operands();
  call.check_channels(groups, call.weight.shape()[0]);
  Convolution c{.batch = call.batched ? call.x.shape()[0] : 1,
                .groups = groups,
                .in = call.weight.shape()[1],
                .out = call.weight.shape()[0] / groups,
                .h = {},
                .w = window_of(call, 1, stride.w, padding.size.w, padding.mode, dilation.w)};
  if (call.axes == 2) c.h = window_of(call, 2, stride.h, padding.size.h, padding.mode, dilation.h);
  checked_numel(call.op, c.y_shape(), size_of(call.x.dtype()));
  call.widen();
  return call.narrow(convolved(call.op, call.x, call.weight, call.bias, c));
}

/// The same of the convolution that is transposed: its input is the result.
kernels::Window transposed_window(const Call& call, int axis, std::int64_t stride, std::int64_t padding,
                                  std::int64_t output_padding, std::int64_t dilation) {
  kernels::Window w;
  w.out = call.x.size(-axis);
  w.kernel = call.weight.size(-axis);
  w.stride = windows::checked(call.op, "stride", stride, 1);
  w.dilation = windows::checked(call.op, "dilation", dilation, 1);
  w.before = windows::checked(call.op, "padding", padding, 0);
  if (output_padding < 0 || output_padding >= std::max(stride, dilation)) {
    fail<ValueError>(call.op, fmt::format("output_padding: got {} with stride {}, dilation {}; expected 0 or more, and "
                                          "less than the stride or the dilation",
                                          output_padding, stride, dilation));
  }
  w.in = windows::product(call.op, w.out - 1, stride) + windows::product(call.op, w.kernel - 1, dilation) +
         output_padding + 1 - 2 * padding;
  if (w.in < 1) {
    fail<ShapeError>(call.op, fmt::format("nothing is left of the output: got {}, padding {}, which gives a size of {}",
                                          call.shapes(), padding, w.in));
  }
  return w;
}

Tensor convolve_transposed(Call call, const ConvTranspose2dOptions& o) {
  call.check_operands();
  if (o.groups >= 1) windows::product(call.op, call.weight.shape()[1], o.groups);
  call.check_channels(o.groups, call.weight.shape()[1] * o.groups);
  Convolution c{.batch = call.batched ? call.x.shape()[0] : 1,
                .groups = o.groups,
                .in = call.weight.shape()[1],
                .out = call.weight.shape()[0] / o.groups,
                .h = {},
                .w = transposed_window(call, 1, o.stride.w, o.padding.w, o.output_padding.w, o.dilation.w)};
  if (call.axes == 2) c.h = transposed_window(call, 2, o.stride.h, o.padding.h, o.output_padding.h, o.dilation.h);
  checked_numel(call.op, c.x_shape(), size_of(call.x.dtype()));
  call.widen();
  return call.narrow(transposed(call.op, call.x, call.weight, call.bias, c));
}

}  // namespace

Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv1dOptions& o) {
  if (o.padding.size.h != o.padding.size.w)
    fail<ValueError>("conv1d", fmt::format("padding: got {}; expected one number", o.padding.size.str()));
  return convolve({.op = "conv1d", .axes = 1, .x = x, .weight = weight, .bias = bias, .transpose = false}, o.stride,
                  o.padding, o.dilation, o.groups);
}

Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const Conv2dOptions& o) {
  return convolve({.op = "conv2d", .axes = 2, .x = x, .weight = weight, .bias = bias, .transpose = false}, o.stride,
                  o.padding, o.dilation, o.groups);
}

Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvTranspose1dOptions& o) {
  return convolve_transposed(
      {.op = "conv_transpose1d", .axes = 1, .x = x, .weight = weight, .bias = bias, .transpose = true},
      {.stride = o.stride,
       .padding = o.padding,
       .output_padding = o.output_padding,
       .groups = o.groups,
       .dilation = o.dilation});
}

Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias, const ConvTranspose2dOptions& o) {
  return convolve_transposed(
      {.op = "conv_transpose2d", .axes = 2, .x = x, .weight = weight, .bias = bias, .transpose = true}, o);
}

}  // namespace xgrad
