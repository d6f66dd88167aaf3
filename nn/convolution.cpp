#include "nn/convolution.hpp"

#include <fmt/format.h>

#include "autograd/ops/convolution.hpp"
#include "nn/detail/arguments.hpp"

namespace xgrad::nn {
namespace {

void check_each(const char* name, const char* what, Size2d value, std::int64_t least) {
  detail::check_least(name, what, value.h, least);
  detail::check_least(name, what, value.w, least);
}

/// What `conv` and `conv_transpose` would say at the first call.
void check_padding(const char* name, const Padding& padding) {
  if (padding.mode == Padding::numbers) check_each(name, "padding", padding.size, 0);
}

void check_output_padding(const char* name, std::int64_t value, std::int64_t stride, std::int64_t dilation) {
  if (value >= 0 && value < std::max(stride, dilation)) return;
  fail<ValueError>(name, fmt::format("output_padding: got {} with stride {}, dilation {}; expected 0 or more, and less "
                                     "than the stride or the dilation",
                                     value, stride, dilation));
}

/// Axes 0 and 1, then the kernel's.
Shape weight_shape(bool transposed, std::int64_t in, std::int64_t out, std::int64_t groups, const Shape& kernel) {
  Shape shape = transposed ? Shape{in, out / groups} : Shape{out, in / groups};
  for (const std::int64_t size : kernel) shape.push_back(size);
  return shape;
}

}  // namespace

// ---- what they share -------------------------------------------------------------------------------------------------

template <class Options>
Convolution::Setup Convolution::setup(InputSize in, std::int64_t out, const Shape& kernel, Options& o) {
  return {in,
          out,
          kernel,
          o.groups,
          o.bias,
          std::move(o.weight_init),
          std::move(o.bias_init),
          o.dtype,
          o.stride,
          o.dilation,
          o.kernel_regularizer,
          o.bias_regularizer,
          o.kernel_constraint,
          o.bias_constraint};
}

Convolution::Convolution(const char* name, bool transposed, Setup s)
    : start_(std::move(s.weight_init), std::move(s.bias_init)), groups_(s.groups), in_axis_(transposed ? 0 : 1),
      stride_(s.stride), dilation_(s.dilation), kernel_regularizer_(s.kernel_regularizer),
      bias_regularizer_(s.bias_regularizer), kernel_constraint_(s.kernel_constraint),
      bias_constraint_(s.bias_constraint) {
  if (s.in.known()) detail::check_least(name, "input channels", s.in.size(), 1);
  detail::check_least(name, "output channels", s.out, 1);
  for (const std::int64_t size : s.kernel) detail::check_least(name, "kernel", size, 1);
  detail::check_least(name, "groups", s.groups, 1);
  if (s.in.size() % s.groups != 0 || s.out % s.groups != 0) {
    fail<ValueError>(
        name, fmt::format("groups: got {} with {} input and {} output channels; expected a divisor of both", s.groups,
                          detail::written(s.in), s.out));
  }
  start_.make(weight, bias, weight_shape(transposed, s.in.size(), s.out, s.groups, s.kernel), s.out, s.bias, s.dtype);
}

void Convolution::reset_parameters_here() {
  if (!uninitialized()) start_.draw(weight, bias);
}

Cost Convolution::cost(std::span<const Shape> inputs, const Shape& output) const {
  const bool transposed = in_axis_ == 0;
  Cost cost{.multiply_adds = (transposed ? inputs[0] : output).numel() * weight.shape()[1]};
  for (int axis = 2; axis < weight.dim(); ++axis) {
    const std::int64_t k = weight.shape()[axis], s = axis == 2 ? stride_.h : stride_.w;
    const std::int64_t d = axis == 2 ? dilation_.h : dilation_.w;
    cost.multiply_adds *= k;
    if (transposed) cost.windows.push_back({(k + s - 1) / s, 1. / static_cast<double>(s), d});
    else cost.windows.push_back({k, static_cast<double>(s), d});
  }
  return cost;
}

void Convolution::rules(Rules& r) {
  r(weight, kernel_regularizer_, kernel_constraint_, in_axis_ == 0 ? 1 : 0)(bias, bias_regularizer_, bias_constraint_);
}

/// What the options of all convolutions have in common: the end of each list.
template <class Options>
void Convolution::list_shared(detail::Arguments& a, Options& o) const {
  o.bias = bias.defined();
  o.kernel_regularizer = kernel_regularizer_;
  o.bias_regularizer = bias_regularizer_;
  o.kernel_constraint = kernel_constraint_;
  o.bias_constraint = bias_constraint_;
  a.option("bias", o.bias, true);
  a.rules(o.kernel_regularizer, o.bias_regularizer, o.kernel_constraint, o.bias_constraint);
}

void Convolution::fit(const Tensor& x) {
  const Shape& w = weight.shape();
  const int axes = w.rank() - 2;
  const std::string sizes = axes == 1 ? "L" : "H, W", expected = uninitialized() ? "C" : std::to_string(in_channels());
  if (x.dim() != axes + 1 && x.dim() != axes + 2) {
    fail<ShapeError>(axes == 1 ? "input is not a batch of signals" : "input is not a batch of images",
                     fmt::format("got {}; expected [N, {}, {}]", x.shape().str(), expected, sizes));
  }
  const int axis = x.dim() - axes - 1;
  const std::int64_t channels = x.shape()[axis];
  if (uninitialized()) {
    if (channels == 0 || channels % groups_ != 0) {
      fail<ShapeError>(fmt::format("input has {} channels", channels),
                       fmt::format("got {}; expected a multiple of groups = {}", x.shape().str(), groups_));
    }
    Shape shape = w;
    shape[in_axis_] = in_axis_ == 0 ? channels : channels / groups_;
    return start_.fit(weight, bias, shape);
  }
  std::string remedy;
  if (x.dim() == axes + 1 && in_channels() == 1) {
    remedy = "; for samples without a channel axis use unsqueeze(x, 1)";
  } else if (x.shape().back() == in_channels()) {
    remedy = fmt::format("; with the channels last, use permute(x, {})", axes == 1 ? "{0, 2, 1}" : "{0, 3, 1, 2}");
  } else if (channels > 0 && groups_ == 1) {
    remedy = fmt::format("; for this input use {}({}, {}, ...)", type_name(), channels, out_channels());
  }
  fail<ShapeError>(
      fmt::format("input has {} channels", channels),
      fmt::format("got {}; expected [{}{}, {}]{}", x.shape().str(), axis == 1 ? "N, " : "", expected, sizes, remedy));
}

// ---- Conv1D, Conv2D --------------------------------------------------------------------------------------------------

Conv1D::Conv1D(InputSize in, std::int64_t out, std::int64_t kernel, Conv1DOptions o)
    : Convolution("Conv1D", false, setup(in, out, {kernel}, o)), stride_(o.stride), padding_(o.padding),
      dilation_(o.dilation), groups_(o.groups) {
  detail::check_least("Conv1D", "stride", stride_, 1);
  detail::check_least("Conv1D", "dilation", dilation_, 1);
  check_padding("Conv1D", padding_);
  if (padding_.size.h != padding_.size.w)
    fail<ValueError>("Conv1D", fmt::format("padding: got {}; expected one number", padding_.size.str()));
}

Tensor Conv1D::forward(const Tensor& x) {
  check(x);
  return conv1d(x, weight, bias, {.stride = stride_, .padding = padding_, .dilation = dilation_, .groups = groups_});
}

void Conv1D::arguments(detail::Arguments& a) {
  Conv1DOptions o{.stride = stride_, .padding = padding_, .dilation = dilation_, .groups = groups_};
  const Conv1DOptions d;
  InputSize in = in_size();
  std::int64_t out = out_channels();
  std::int64_t kernel = weight.shape()[2];
  a.arg("in", in)
      .arg("out", out)
      .arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("dilation", o.dilation, d.dilation)
      .option("groups", o.groups, d.groups);
  list_shared(a, o);
  if (a.reading()) *this = Conv1D(in, out, kernel, std::move(o));
}

Conv2D::Conv2D(InputSize in, std::int64_t out, Size2d kernel, Conv2DOptions o)
    : Conv2D("Conv2D", in, out, kernel, std::move(o)) {}
Conv2D::Conv2D(const char* name, InputSize in, std::int64_t out, Size2d kernel, Conv2DOptions o)
    : Convolution(name, false, setup(in, out, {kernel.h, kernel.w}, o)), stride_(o.stride), padding_(o.padding),
      dilation_(o.dilation), groups_(o.groups) {
  check_each(name, "stride", stride_, 1);
  check_each(name, "dilation", dilation_, 1);
  check_padding(name, padding_);
}

Tensor Conv2D::forward(const Tensor& x) {
  check(x);
  return conv2d(x, weight, bias, {.stride = stride_, .padding = padding_, .dilation = dilation_, .groups = groups_});
}

void Conv2D::arguments(detail::Arguments& a) {
  Conv2DOptions o{.stride = stride_, .padding = padding_, .dilation = dilation_, .groups = groups_};
  const Conv2DOptions d;
  InputSize in = in_size();
  std::int64_t out = out_channels();
  Size2d kernel(weight.shape()[2], weight.shape()[3]);
  a.arg("in", in)
      .arg("out", out)
      .arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("dilation", o.dilation, d.dilation)
      .option("groups", o.groups, d.groups);
  list_shared(a, o);
  if (a.reading()) *this = Conv2D(in, out, kernel, std::move(o));
}

// ---- DepthwiseConv2D -------------------------------------------------------------------------------------------------

namespace {

/// channels * multiplier, checked.
std::int64_t depthwise_outputs(std::int64_t channels, std::int64_t multiplier) {
  detail::check_least("DepthwiseConv2D", "channels", channels, 1);
  detail::check_least("DepthwiseConv2D", "depth_multiplier", multiplier, 1);
  std::int64_t out = 0;
  if (__builtin_mul_overflow(channels, multiplier, &out))
    fail<ValueError>("DepthwiseConv2D", fmt::format("got {} channels, {} times each: too many", channels, multiplier));
  return out;
}

Conv2DOptions depthwise_options(std::int64_t channels, DepthwiseConv2DOptions o) {
  return {.stride = o.stride,
          .padding = o.padding,
          .dilation = o.dilation,
          .groups = channels,
          .bias = o.bias,
          .weight_init = std::move(o.weight_init),
          .bias_init = std::move(o.bias_init),
          .dtype = o.dtype,
          .kernel_regularizer = o.kernel_regularizer,
          .bias_regularizer = o.bias_regularizer,
          .kernel_constraint = o.kernel_constraint,
          .bias_constraint = o.bias_constraint};
}

}  // namespace

DepthwiseConv2D::DepthwiseConv2D(std::int64_t channels, Size2d kernel, DepthwiseConv2DOptions o)
    : Conv2D("DepthwiseConv2D", channels, depthwise_outputs(channels, o.depth_multiplier), kernel,
             depthwise_options(channels, o)) {}

void DepthwiseConv2D::arguments(detail::Arguments& a) {
  std::int64_t channels = groups_;
  DepthwiseConv2DOptions o{
      .stride = stride_, .padding = padding_, .dilation = dilation_, .depth_multiplier = out_channels() / groups_};
  const DepthwiseConv2DOptions d;
  Size2d kernel(weight.shape()[2], weight.shape()[3]);
  a.arg("channels", channels)
      .arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("dilation", o.dilation, d.dilation)
      .option("depth_multiplier", o.depth_multiplier, d.depth_multiplier);
  list_shared(a, o);
  if (a.reading()) *this = DepthwiseConv2D(channels, kernel, std::move(o));
}

// ---- ConvTranspose1D, ConvTranspose2D --------------------------------------------------------------------------------

ConvTranspose1D::ConvTranspose1D(InputSize in, std::int64_t out, std::int64_t kernel, ConvTranspose1DOptions o)
    : Convolution("ConvTranspose1D", true, setup(in, out, {kernel}, o)), stride_(o.stride), padding_(o.padding),
      output_padding_(o.output_padding), groups_(o.groups), dilation_(o.dilation) {
  detail::check_least("ConvTranspose1D", "stride", stride_, 1);
  detail::check_least("ConvTranspose1D", "dilation", dilation_, 1);
  detail::check_least("ConvTranspose1D", "padding", padding_, 0);
  check_output_padding("ConvTranspose1D", output_padding_, stride_, dilation_);
}

Tensor ConvTranspose1D::forward(const Tensor& x) {
  check(x);
  return conv_transpose1d(x, weight, bias,
                          {.stride = stride_,
                           .padding = padding_,
                           .output_padding = output_padding_,
                           .groups = groups_,
                           .dilation = dilation_});
}

void ConvTranspose1D::arguments(detail::Arguments& a) {
  ConvTranspose1DOptions o{.stride = stride_,
                           .padding = padding_,
                           .output_padding = output_padding_,
                           .groups = groups_,
                           .dilation = dilation_};
  const ConvTranspose1DOptions d;
  InputSize in = in_size();
  std::int64_t out = out_channels();
  std::int64_t kernel = weight.shape()[2];
  a.arg("in", in)
      .arg("out", out)
      .arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("output_padding", o.output_padding, d.output_padding)
      .option("groups", o.groups, d.groups)
      .option("dilation", o.dilation, d.dilation);
  list_shared(a, o);
  if (a.reading()) *this = ConvTranspose1D(in, out, kernel, std::move(o));
}

ConvTranspose2D::ConvTranspose2D(InputSize in, std::int64_t out, Size2d kernel, ConvTranspose2DOptions o)
    : Convolution("ConvTranspose2D", true, setup(in, out, {kernel.h, kernel.w}, o)), stride_(o.stride),
      padding_(o.padding), output_padding_(o.output_padding), groups_(o.groups), dilation_(o.dilation) {
  check_each("ConvTranspose2D", "stride", stride_, 1);
  check_each("ConvTranspose2D", "dilation", dilation_, 1);
  check_each("ConvTranspose2D", "padding", padding_, 0);
  check_output_padding("ConvTranspose2D", output_padding_.h, stride_.h, dilation_.h);
  check_output_padding("ConvTranspose2D", output_padding_.w, stride_.w, dilation_.w);
}

Tensor ConvTranspose2D::forward(const Tensor& x) {
  check(x);
  return conv_transpose2d(x, weight, bias,
                          {.stride = stride_,
                           .padding = padding_,
                           .output_padding = output_padding_,
                           .groups = groups_,
                           .dilation = dilation_});
}

void ConvTranspose2D::arguments(detail::Arguments& a) {
  ConvTranspose2DOptions o{.stride = stride_,
                           .padding = padding_,
                           .output_padding = output_padding_,
                           .groups = groups_,
                           .dilation = dilation_};
  const ConvTranspose2DOptions d;
  InputSize in = in_size();
  std::int64_t out = out_channels();
  Size2d kernel(weight.shape()[2], weight.shape()[3]);
  a.arg("in", in)
      .arg("out", out)
      .arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("output_padding", o.output_padding, d.output_padding)
      .option("groups", o.groups, d.groups)
      .option("dilation", o.dilation, d.dilation);
  list_shared(a, o);
  if (a.reading()) *this = ConvTranspose2D(in, out, kernel, std::move(o));
}

}  // namespace xgrad::nn
