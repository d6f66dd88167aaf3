#include "nn/layer_norm.hpp"

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops/normalization.hpp"
#include "nn/detail/arguments.hpp"
#include "nn/detail/weights.hpp"

namespace xgrad::nn {
namespace {

void check_shape(const char* name, const NormalizedShape& s) {
  if (s.shape.rank() == 0) fail<ValueError>(name, "shape: got none; expected the sizes of the last axes");
  if (s.known)
    for (const std::int64_t size : s.shape) detail::check_least(name, "shape", size, 1);
}

/// The shape of the parameters; without any, a lazy one is x's own last axis.
Shape normalized(const Tensor& weight, const NormalizedShape& s, const Tensor& x) {
  if (weight.defined()) return weight.shape();
  return s.known || x.dim() == 0 ? s.shape : Shape{x.shape().back()};
}

/// Refuses an input of other sizes; a lazy one is the size of its last axis.
void check_input(const char* name, const Tensor& x, const Shape& expected) {
  const int lead = x.dim() - expected.rank();
  bool fits = lead >= 0;
  for (int i = 0; fits && i < expected.rank(); ++i) fits = x.shape()[lead + i] == expected[i];
  if (fits) return;
  const int axes = std::min(x.dim(), expected.rank());
  const Shape last(std::span(x.shape().end() - axes, static_cast<std::size_t>(axes)));
  fail<ShapeError>(fmt::format("input has the last sizes {}", last.str()),
                   fmt::format("got {}; expected {}{}", x.shape().str(), expected.str(),
                               axes > 0 ? fmt::format("; for this input use {}({})", name,
                                                      axes == 1 ? std::to_string(last[0]) : detail::written(last))
                                        : ""));
}

std::int64_t found_size(const Tensor& x) {
  if (x.dim() == 0 || x.shape().back() == 0)
    fail<ShapeError>("input has no features", fmt::format("got {}", x.shape().str()));
  return x.shape().back();
}

void fill(Tensor& t, double value) {
  if (t.defined()) t.copy_(full_like(t, value));
}
void grow(Tensor& t, std::int64_t size, double value) {
  if (t.defined()) t.set_data(Array::full({size}, value, t.dtype()));
}

/// The shape as it was given, or found.
NormalizedShape shape_of(const Tensor& weight, const NormalizedShape& given) {
  return weight.defined() && weight.numel() > 0 ? NormalizedShape(weight.shape()) : given;
}

}  // namespace

LayerNorm::LayerNorm(const NormalizedShape& shape, LayerNormOptions options) : shape_(shape), options_(options) {
  check_shape("LayerNorm", shape);
  if (!(options.eps >= 0)) fail<ValueError>("LayerNorm", fmt::format("eps: got {}; expected 0 or more", options.eps));
  weight = detail::filled_parameter(options.affine && options.scale, shape.shape, 1, options.dtype);
  bias = detail::filled_parameter(options.affine && options.bias, shape.shape, 0, options.dtype);
}

Tensor LayerNorm::forward(const Tensor& x) {
  if (uninitialized()) {
    const std::int64_t size = found_size(x);
    grow(weight, size, 1);
    grow(bias, size, 0);
  }
  const Shape shape = normalized(shaped(), shape_, x);
  check_input("LayerNorm", x, shape);
  return layer_norm(x, shape, weight, bias, options_.eps);
}

void LayerNorm::reset_parameters_here() {
  fill(weight, 1);
  fill(bias, 0);
}

void LayerNorm::arguments(detail::Arguments& a) {
  LayerNormOptions o = options_;
  const LayerNormOptions d;
  NormalizedShape shape = shape_of(shaped(), shape_);
  a.arg("shape", shape).option("eps", o.eps, d.eps).option("affine", o.affine, d.affine);
  a.option("scale", o.scale, d.scale).option("bias", o.bias, d.bias);
  if (a.reading()) *this = LayerNorm(shape, o);
}

RMSNorm::RMSNorm(const NormalizedShape& shape, RMSNormOptions options) : shape_(shape), options_(options) {
  check_shape("RMSNorm", shape);
  if (options.eps && !(*options.eps >= 0))
    fail<ValueError>("RMSNorm", fmt::format("eps: got {}; expected 0 or more", *options.eps));
  weight = detail::filled_parameter(options.affine, shape.shape, 1, options.dtype);
}

Tensor RMSNorm::forward(const Tensor& x) {
  if (uninitialized()) grow(weight, found_size(x), 1);
  const Shape shape = normalized(weight, shape_, x);
  check_input("RMSNorm", x, shape);
  return rms_norm(x, shape, weight, options_.eps);
}

void RMSNorm::reset_parameters_here() { fill(weight, 1); }

void RMSNorm::arguments(detail::Arguments& a) {
  RMSNormOptions o = options_;
  const RMSNormOptions d;
  NormalizedShape shape = shape_of(weight, shape_);
  a.arg("shape", shape).option("eps", o.eps, d.eps).option("affine", o.affine, d.affine);
  if (a.reading()) *this = RMSNorm(shape, o);
}

}  // namespace xgrad::nn
