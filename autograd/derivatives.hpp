#pragma once
/// Products with Jacobians, and Jacobians and Hessians whole. Named as in torch.autograd.functional.
///
/// The function is evaluated on inputs of their own (detached), so nothing gathers in anybody's `grad()`; with
/// `create_graph` it is evaluated on the inputs themselves, and the results can be differentiated further. Inputs must
/// be float32 or float64 (DTypeError). What does not depend on an input has derivative 0 there.

#include <vector>

#include "autograd/tensor_function.hpp"

namespace xgrad {

struct DerivativeOptions {
  bool create_graph = false;  ///< the result is itself recorded
};

/// The function's value and the product with its Jacobian: `auto [y, g] = vjp(f, x, v);`
struct ValueAndProduct {
  Tensor value, product;
};
struct ValuesAndProducts {
  std::vector<Tensor> values, products;
};

/// v^T J, of x's shape: v has the shape of f(x); it may be left out where that is a single element. One reverse pass.
ValueAndProduct vjp(const TensorFunction& f, const Tensor& x, const Tensor& v = {}, DerivativeOptions options = {});
ValuesAndProducts vjp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v = {},
                      DerivativeOptions options = {});

/// J v, of the shape of f(x): v has x's shape. By two reverse passes, the second through the first (the "double
/// backward trick": v^T J is linear in v, and its derivative by v is J).
ValueAndProduct jvp(const TensorFunction& f, const Tensor& x, const Tensor& v, DerivativeOptions options = {});
ValuesAndProducts jvp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v,
                      DerivativeOptions options = {});

/// J_ij = d f(x)_i / d x_j, of shape [shape of f(x)..., shape of x...]. One reverse pass per element of f(x).
Tensor jacobian(const TensorFunction& f, const Tensor& x, DerivativeOptions options = {});
/// One for each input; f returns one tensor.
std::vector<Tensor> jacobian(const TensorFunction& f, const std::vector<Tensor>& inputs,
                             DerivativeOptions options = {});

/// H_ij = d^2 f(x) / d x_i d x_j, of shape [shape of x..., shape of x...]; f returns a single element (ShapeError).
Tensor hessian(const TensorFunction& f, const Tensor& x, DerivativeOptions options = {});
/// result[i][j]: by inputs i and j.
std::vector<std::vector<Tensor>> hessian(const TensorFunction& f, const std::vector<Tensor>& inputs,
                                         DerivativeOptions options = {});

/// f(x) and H v, without forming H.
ValueAndProduct hvp(const TensorFunction& f, const Tensor& x, const Tensor& v, DerivativeOptions options = {});
ValuesAndProducts hvp(const TensorFunction& f, const std::vector<Tensor>& inputs, const std::vector<Tensor>& v,
                      DerivativeOptions options = {});

/// The gradient of every sample's own loss by each parameter: result[k] has shape [N, shape of parameters[k]...].
/// `loss(x_i, y_i)` gets samples i ... i+1 of x and y, axis 0 kept at size 1, and returns a single element. The mean of
/// result[k] over axis 0 is the gradient of the mean loss. One forward and one reverse pass per sample.
std::vector<Tensor> per_sample_grad(const std::function<Tensor(const Tensor&, const Tensor&)>& loss,
                                    const std::vector<Tensor>& parameters, const Tensor& x, const Tensor& y);

}  // namespace xgrad
