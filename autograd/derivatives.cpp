#include "autograd/derivatives.hpp"

#include <fmt/format.h>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"

namespace xgrad {

void detail::fail_arity(const char* what, std::size_t got, std::size_t expected) {
  fail<ValueError>(what, fmt::format("got {} inputs; expected {}", got, expected));
}

namespace {

/// The inputs to evaluate at: leaves of their own, or the inputs themselves where the result is to be recorded.
std::vector<Tensor> evaluated_at(const char* op, const std::vector<Tensor>& inputs, bool create_graph) {
  std::vector<Tensor> at;
  for (const Tensor& x : inputs) {
    if (!is_floating(x.dtype()))
      fail<DTypeError>(op, fmt::format("input {}: got {}; expected float32 or float64", at.size(), name_of(x.dtype())));
    at.push_back(create_graph && x.requires_grad() ? x : x.detach().requires_grad_());
  }
  return at;
}

void check_like(const char* op, const char* what, const Tensor& v, const Tensor& x) {
  if (v.shape() != x.shape())
    fail<ShapeError>(op, fmt::format("{}: got {}; expected {}", what, v.shape().str(), x.shape().str()));
  if (v.dtype() != x.dtype())
    fail<DTypeError>(op, fmt::format("{}: got {}; expected {}", what, name_of(v.dtype()), name_of(x.dtype())));
}

void check_like(const char* op, const char* what, const std::vector<Tensor>& v, const std::vector<Tensor>& x) {
  if (v.size() != x.size()) fail<ValueError>(op, fmt::format("{}: got {}; expected {}", what, v.size(), x.size()));
  for (std::size_t i = 0; i < v.size(); ++i) check_like(op, what, v[i], x[i]);
}

/// The sum over outputs of <output, cotangent>, differentiated; zeros where nothing depends on an input.
std::vector<Tensor> pulled(const std::vector<Tensor>& outputs, const std::vector<Tensor>& cotangents,
                           const std::vector<Tensor>& at, bool create_graph, bool retain_graph = false) {
  std::vector<Tensor> from, with;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad()) continue;
    from.push_back(outputs[i]);
    with.push_back(cotangents[i]);
  }
  std::vector<Tensor> result(at.size());
  if (!from.empty())
    result = grad(from, at, with, {.create_graph = create_graph, .retain_graph = retain_graph, .allow_unused = true});
  for (std::size_t k = 0; k < at.size(); ++k)
    if (!result[k].defined()) result[k] = zeros_like(at[k]);
  return result;
}

std::vector<Tensor> detached(std::vector<Tensor> values, bool create_graph) {
  if (!create_graph)
    for (Tensor& v : values) v = v.detach();
  return values;
}

const Tensor& single(const char* op, const std::vector<Tensor>& outputs) {
  if (outputs.size() != 1)
    fail<ValueError>(op, fmt::format("the function returned {} tensors; expected one", outputs.size()));
  return outputs[0];
}

const Tensor& scalar(const char* op, const std::vector<Tensor>& outputs) {
  const Tensor& y = single(op, outputs);
  if (y.numel() != 1)
    fail<ShapeError>(op, fmt::format("the function returned {}; expected a single element", y.shape().str()));
  return y;
}

/// The derivatives of every element of y by each input.
std::vector<Tensor> rows(const Tensor& y, const std::vector<Tensor>& at, bool create_graph) {
  std::vector<std::vector<Tensor>> found(at.size());
  for (std::int64_t i = 0; i < y.numel(); ++i) {
    Array unit = Array::zeros({y.numel()}, y.dtype());
    y.dtype() == float32 ? (unit.mutable_data<float>()[i] = 1.f) : (unit.mutable_data<double>()[i] = 1.);
    const std::vector<Tensor> g = pulled({y}, {Tensor(unit.reshape(y.shape()))}, at, create_graph, true);
    for (std::size_t k = 0; k < at.size(); ++k) found[k].push_back(g[k]);
  }
  std::vector<Tensor> result;
  for (std::size_t k = 0; k < at.size(); ++k) {
    Shape shape = y.shape();
    for (const std::int64_t n : at[k].shape()) shape.push_back(n);
    result.push_back(found[k].empty() ? zeros(shape, at[k].dtype()) : reshape(stack(found[k], 0), shape));
  }
  return result;
}

}  // namespace

ValuesAndProducts vjp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v,
                      DerivativeOptions options) {
  const GradMode on(true);
  const std::vector<Tensor> at = evaluated_at("vjp", inputs, options.create_graph);
  const std::vector<Tensor> y = f(at);
  std::vector<Tensor> cotangents = v;
  if (v.empty()) cotangents = {ones_like(scalar("vjp", y))};
  check_like("vjp", "v", cotangents, y);
  std::vector<Tensor> products = pulled(y, cotangents, at, options.create_graph);
  return {detached(y, options.create_graph), std::move(products)};
}

ValueAndProduct vjp(const TensorFunction& f, const Tensor& x, const Tensor& v, DerivativeOptions options) {
  ValuesAndProducts r = vjp(f, std::vector{x}, v.defined() ? std::vector{v} : std::vector<Tensor>{}, options);
  return {single("vjp", r.values), r.products[0]};
}

ValuesAndProducts jvp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v,
                      DerivativeOptions options) {
  check_like("jvp", "v", v, inputs);
  const GradMode on(true);
  const std::vector<Tensor> at = evaluated_at("jvp", inputs, options.create_graph);
  const std::vector<Tensor> y = f(at);
  std::vector<Tensor> u;  // where the first pass starts; its values do not matter
  for (const Tensor& out : y) u.push_back(zeros_like(out).requires_grad_());
  const std::vector<Tensor> linear = pulled(y, u, at, true);
  std::vector<Tensor> products = pulled(linear, v, u, options.create_graph);
  return {detached(y, options.create_graph), std::move(products)};
}

ValueAndProduct jvp(const TensorFunction& f, const Tensor& x, const Tensor& v, DerivativeOptions options) {
  ValuesAndProducts r = jvp(f, std::vector{x}, std::vector{v}, options);
  return {single("jvp", r.values), r.products[0]};
}

std::vector<Tensor> jacobian(const TensorFunction& f, const std::vector<Tensor>& inputs, DerivativeOptions options) {
  const GradMode on(true);
  const std::vector<Tensor> at = evaluated_at("jacobian", inputs, options.create_graph);
  const std::vector<Tensor> y = f(at);
  return rows(single("jacobian", y), at, options.create_graph);
}

Tensor jacobian(const TensorFunction& f, const Tensor& x, DerivativeOptions options) {
  return jacobian(f, std::vector{x}, options)[0];
}

std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, const std::vector<Tensor>& inputs,
                                         DerivativeOptions options) {
  const GradMode on(true);
  const std::vector<Tensor> at = evaluated_at("hessian", inputs, options.create_graph);
  const std::vector<Tensor> y = f(at);
  const std::vector<Tensor> first = pulled({scalar("hessian", y)}, {ones_like(y[0])}, at, true);
  std::vector<std::vector<Tensor>> result;
  for (const Tensor& g : first) result.push_back(rows(g, at, options.create_graph));
  return result;
}

Tensor hessian(const TensorFunction& f, const Tensor& x, DerivativeOptions options) {
  return hessian(f, std::vector{x}, options)[0][0];
}

ValuesAndProducts hvp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v,
                      DerivativeOptions options) {
  check_like("hvp", "v", v, inputs);
  const GradMode on(true);
  const std::vector<Tensor> at = evaluated_at("hvp", inputs, options.create_graph);
  const std::vector<Tensor> y = f(at);
  const std::vector<Tensor> first = pulled({scalar("hvp", y)}, {ones_like(y[0])}, at, true);
  std::vector<Tensor> products = pulled(first, v, at, options.create_graph);
  return {detached(y, options.create_graph), std::move(products)};
}

ValueAndProduct hvp(const TensorFunction& f, const Tensor& x, const Tensor& v, DerivativeOptions options) {
  ValuesAndProducts r = hvp(f, std::vector{x}, std::vector{v}, options);
  return {r.values[0], r.products[0]};
}

std::vector<Tensor> per_sample_grad(const std::function<Tensor(const Tensor&, const Tensor&)>& loss,
                                    const std::vector<Tensor>& parameters, const Tensor& x, const Tensor& y) {
  if (x.dim() == 0 || y.dim() == 0 || x.shape()[0] != y.shape()[0]) {
    fail<ShapeError>("per_sample_grad", fmt::format("got x {}, y {}; expected as many samples along axis 0",
                                                    x.shape().str(), y.shape().str()));
  }
  const GradMode on(true);
  std::vector<std::vector<Tensor>> found(parameters.size());
  for (std::int64_t i = 0; i < x.shape()[0]; ++i) {
    const Tensor one = loss(slice(x, 0, i, i + 1), slice(y, 0, i, i + 1));
    if (one.numel() != 1)
      fail<ShapeError>("per_sample_grad", fmt::format("loss: got {}; expected a single element", one.shape().str()));
    const std::vector<Tensor> g = pulled({one}, {ones_like(one)}, parameters, false);
    for (std::size_t k = 0; k < g.size(); ++k) found[k].push_back(g[k]);
  }
  std::vector<Tensor> result;
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    Shape shape = {x.shape()[0]};
    for (const std::int64_t n : parameters[k].shape()) shape.push_back(n);
    result.push_back(found[k].empty() ? zeros(shape, parameters[k].dtype()) : stack(found[k], 0));
  }
  return result;
}

}  // namespace xgrad
