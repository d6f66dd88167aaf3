#include "nn/pooling.hpp"

#include <fmt/format.h>

#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {
namespace {

using detail::check_least;

void check_window(const char* name, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation) {
  const auto check = [name](std::int64_t k, std::int64_t s, std::int64_t p, std::int64_t d) {
    check_least(name, "kernel", k, 1);
    check_least(name, "stride", s, 1);
    check_least(name, "padding", p, 0);
    check_least(name, "dilation", d, 1);
    if (p > k / 2) {
      fail<ValueError>(name, fmt::format("padding: got {} for a kernel of {}; expected at most half the kernel", p, k));
    }
  };
  check(kernel.h, stride.h, padding.h, dilation.h);
  check(kernel.w, stride.w, padding.w, dilation.w);
}

/// Axes 2 and up; throws unless there are some and none is empty.
std::vector<std::int64_t> places(const Tensor& x) {
  std::vector<std::int64_t> axes;
  bool fits = x.dim() > 2;
  for (int i = 2; i < x.dim(); ++i) {
    axes.push_back(i);
    fits = fits && x.shape()[i] > 0;
  }
  if (!fits) {
    fail<ShapeError>("input has nothing to pool",
                     fmt::format("got {}; expected [N, C, L] or [N, C, H, W]", x.shape().str()));
  }
  return axes;
}

/// Windows that move alike over height and width; of signals there is the height alone.
Cost windows(Size2d kernel, Size2d stride, Size2d dilation, int axes) {
  Cost cost{.windows = {{kernel.h, static_cast<double>(stride.h), dilation.h}}};
  if (axes > 1) cost.windows.push_back({kernel.w, static_cast<double>(stride.w), dilation.w});
  return cost;
}

/// Windows that cut the input into as many parts as there are outputs: all of it for one.
Cost parts_of(const Shape& input, const Shape& output) {
  Cost cost;
  for (int axis = 2; axis < input.rank(); ++axis) {
    const std::int64_t in = input[axis], out = axis < output.rank() ? std::max<std::int64_t>(1, output[axis]) : 1;
    cost.windows.push_back({(in + out - 1) / out, static_cast<double>(in) / static_cast<double>(out), 1});
  }
  return cost;
}

}  // namespace

Cost MaxPool::cost(std::span<const Shape>, const Shape&) const {
  return windows(kernel_, options_.stride.given() ? options_.stride : kernel_, options_.dilation, 2);
}
Cost MaxPool1D::cost(std::span<const Shape>, const Shape&) const {
  return windows(kernel_, options_.stride.value_or(kernel_), options_.dilation, 1);
}
Cost AvgPool::cost(std::span<const Shape>, const Shape&) const {
  return windows(kernel_, options_.stride.given() ? options_.stride : kernel_, 1, 2);
}
Cost AvgPool1D::cost(std::span<const Shape>, const Shape&) const {
  return windows(kernel_, options_.stride.value_or(kernel_), 1, 1);
}
Cost AdaptiveAvgPool::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }
Cost AdaptiveMaxPool::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }
Cost AdaptiveAvgPool1D::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }
Cost AdaptiveMaxPool1D::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }
Cost GlobalAvgPool::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }
Cost GlobalMaxPool::cost(std::span<const Shape> x, const Shape& y) const { return parts_of(x[0], y); }

MaxPool::MaxPool(Size2d kernel, const MaxPoolOptions& o) : kernel_(kernel), options_(o) {
  check_window("MaxPool", kernel, o.stride.given() ? o.stride : kernel, o.padding, o.dilation);
}
void MaxPool::arguments(detail::Arguments& a) {
  Size2d kernel = kernel_;
  MaxPoolOptions o = options_;
  const MaxPoolOptions d;
  a.arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("dilation", o.dilation, d.dilation)
      .option("ceil_mode", o.ceil_mode, d.ceil_mode);
  if (a.reading()) *this = MaxPool(kernel, o);
}

MaxPool1D::MaxPool1D(std::int64_t kernel, const MaxPool1dOptions& o) : kernel_(kernel), options_(o) {
  check_window("MaxPool1D", kernel, o.stride.value_or(kernel), o.padding, o.dilation);
}
void MaxPool1D::arguments(detail::Arguments& a) {
  std::int64_t kernel = kernel_;
  MaxPool1dOptions o = options_;
  const MaxPool1dOptions d;
  a.arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("dilation", o.dilation, d.dilation)
      .option("ceil_mode", o.ceil_mode, d.ceil_mode);
  if (a.reading()) *this = MaxPool1D(kernel, o);
}

AvgPool::AvgPool(Size2d kernel, const AvgPoolOptions& o) : kernel_(kernel), options_(o) {
  check_window("AvgPool", kernel, o.stride.given() ? o.stride : kernel, o.padding, 1);
  if (o.divisor_override == 0) fail<ValueError>("AvgPool", "divisor_override: got 0; expected another number");
}
void AvgPool::arguments(detail::Arguments& a) {
  Size2d kernel = kernel_;
  AvgPoolOptions o = options_;
  const AvgPoolOptions d;
  a.arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("ceil_mode", o.ceil_mode, d.ceil_mode)
      .option("count_include_pad", o.count_include_pad, d.count_include_pad)
      .option("divisor_override", o.divisor_override, d.divisor_override);
  if (a.reading()) *this = AvgPool(kernel, o);
}

AvgPool1D::AvgPool1D(std::int64_t kernel, const AvgPool1dOptions& o) : kernel_(kernel), options_(o) {
  check_window("AvgPool1D", kernel, o.stride.value_or(kernel), o.padding, 1);
}
void AvgPool1D::arguments(detail::Arguments& a) {
  std::int64_t kernel = kernel_;
  AvgPool1dOptions o = options_;
  const AvgPool1dOptions d;
  a.arg("kernel", kernel)
      .option("stride", o.stride, d.stride)
      .option("padding", o.padding, d.padding)
      .option("ceil_mode", o.ceil_mode, d.ceil_mode)
      .option("count_include_pad", o.count_include_pad, d.count_include_pad);
  if (a.reading()) *this = AvgPool1D(kernel, o);
}

AdaptiveAvgPool::AdaptiveAvgPool(Size2d size) : size_(size) {
  check_least("AdaptiveAvgPool", "output_size", std::min(size.h, size.w), 1);
}
AdaptiveMaxPool::AdaptiveMaxPool(Size2d size) : size_(size) {
  check_least("AdaptiveMaxPool", "output_size", std::min(size.h, size.w), 1);
}
AdaptiveAvgPool1D::AdaptiveAvgPool1D(std::int64_t size) : size_(size) {
  check_least("AdaptiveAvgPool1D", "output_size", size, 1);
}
AdaptiveMaxPool1D::AdaptiveMaxPool1D(std::int64_t size) : size_(size) {
  check_least("AdaptiveMaxPool1D", "output_size", size, 1);
}
void AdaptiveAvgPool::arguments(detail::Arguments& a) {
  a.arg("output_size", size_);
  if (a.reading()) *this = AdaptiveAvgPool(size_);
}
void AdaptiveMaxPool::arguments(detail::Arguments& a) {
  a.arg("output_size", size_);
  if (a.reading()) *this = AdaptiveMaxPool(size_);
}
void AdaptiveAvgPool1D::arguments(detail::Arguments& a) {
  a.arg("output_size", size_);
  if (a.reading()) *this = AdaptiveAvgPool1D(size_);
}
void AdaptiveMaxPool1D::arguments(detail::Arguments& a) {
  a.arg("output_size", size_);
  if (a.reading()) *this = AdaptiveMaxPool1D(size_);
}

Tensor GlobalAvgPool::forward(const Tensor& x) { return mean(x, places(x), options_.keepdim); }
Tensor GlobalMaxPool::forward(const Tensor& x) { return amax(x, places(x), options_.keepdim); }
void GlobalAvgPool::arguments(detail::Arguments& a) { a.option("keepdim", options_.keepdim, false); }
void GlobalMaxPool::arguments(detail::Arguments& a) { a.option("keepdim", options_.keepdim, false); }

}  // namespace xgrad::nn
