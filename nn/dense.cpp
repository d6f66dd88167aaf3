#include "nn/dense.hpp"

#include <fmt/format.h>

#include <typeinfo>

#include "autograd/ops/product.hpp"
#include "nn/activation.hpp"
#include "nn/detail/arguments.hpp"

namespace xgrad::nn {

Dense::Dense(InputSize in, std::int64_t out, DenseOptions options)
    : start_(std::move(options.weight_init), std::move(options.bias_init)),
      kernel_regularizer_(options.kernel_regularizer), bias_regularizer_(options.bias_regularizer),
      kernel_constraint_(options.kernel_constraint), bias_constraint_(options.bias_constraint) {
  if (out < 1 || (in.known() && in.size() < 1))
    fail<ValueError>("Dense", fmt::format("got sizes {} and {}; expected 1 or more", detail::written(in), out));
  start_.make(weight, bias, {out, in.size()}, out, options.bias, options.dtype);
}

void Dense::reset_parameters_here() {
  if (!uninitialized()) start_.draw(weight, bias);
}

Tensor Dense::forward(const Tensor& x) {
  const std::int64_t in = weight.shape()[1];  // 0: not known yet
  if (x.dim() == 0 || x.shape().back() != in || in == 0) fit(x);
  return linear(x, weight, bias);
}

namespace {
Epilogue epilogue_of(const Module& m) {
  const std::type_info& type = typeid(m);
  return type == typeid(ReLU)      ? Epilogue::relu
         : type == typeid(Sigmoid) ? Epilogue::sigmoid
         : type == typeid(Tanh)    ? Epilogue::tanh
                                   : Epilogue::none;
}
}  // namespace

bool Dense::joins(const Module& next) const {
  return epilogue_of(next) != Epilogue::none &&
         typeid(*this) == typeid(Dense);  // subclasses have a forward of their own
}

Tensor Dense::joined(const Tensor& x, Module& next) {
  const std::int64_t in = weight.shape()[1];
  if (x.dim() == 0 || x.shape().back() != in || in == 0) return next((*this)(x));
  const Scope scope(*this);
  return linear(x, weight, bias, epilogue_of(next));
}

/// Finds a lazy size, or says which one would have fitted.
void Dense::fit(const Tensor& x) {
  const std::int64_t in = weight.shape()[1], out = weight.shape()[0];
  if (x.dim() == 0) fail<ShapeError>("input is a single number", fmt::format("got []; expected [..., {}]", in));
  const std::int64_t features = x.shape().back();
  if (uninitialized()) {
    if (features == 0) fail<ShapeError>("input has no features", fmt::format("got {}", x.shape().str()));
    return start_.fit(weight, bias, {out, features});
  }
  std::int64_t of_sample = 1;
  for (int i = 1; i < x.dim(); ++i) of_sample *= x.shape()[i];
  const Shape before = detail::before_flatten(x);
  const std::string after =
      before.rank() > 1 ? fmt::format("after Flatten of {}", before.without(0).str()) : "for this input";
  const std::string remedy = x.dim() > 2 && of_sample == in ? "put a Flatten() in front"
                             : features == 0                ? "there is nothing to learn from"
                                                            : fmt::format("{} use Dense({}, {})", after, features, out);
  fail<ShapeError>(fmt::format("input has {} features", features),
                   fmt::format("got {}; expected [..., {}]; {}", x.shape().str(), in, remedy));
}

void Dense::arguments(detail::Arguments& a) {
  InputSize in = uninitialized() ? InputSize(lazy) : InputSize(weight.shape()[1]);
  std::int64_t out = weight.shape()[0];
  DenseOptions o{.bias = bias.defined(),
                 .kernel_regularizer = kernel_regularizer_,
                 .bias_regularizer = bias_regularizer_,
                 .kernel_constraint = kernel_constraint_,
                 .bias_constraint = bias_constraint_};
  a.arg("in", in).arg("out", out).option("bias", o.bias, true);
  a.rules(o.kernel_regularizer, o.bias_regularizer, o.kernel_constraint, o.bias_constraint);
  if (a.reading()) *this = Dense(in, out, std::move(o));
}

Cost Dense::cost(std::span<const Shape>, const Shape& output) const {
  return {.multiply_adds = output.numel() * weight.shape()[1]};
}

void Dense::rules(Rules& r) {
  r(weight, kernel_regularizer_, kernel_constraint_)(bias, bias_regularizer_, bias_constraint_);
}

}  // namespace xgrad::nn
