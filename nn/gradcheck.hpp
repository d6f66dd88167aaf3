#pragma once
/// The gradients of a model's parameters, compared with differences.

#include <functional>
#include <memory>
#include <utility>

#include "autograd/check/gradcheck.hpp"
#include "nn/module.hpp"

namespace xgrad::nn {

/// Compares the gradient of loss(model(x), y) by every parameter of the model with differences; `batch` is anything
/// that `const auto& [x, y] = batch;` takes apart: a batch of a loader, a pair.
///
///     auto report = gradcheck(net, nn::CrossEntropy{}, batch);
///     if (!report) std::cout << report;       // "worst: out.weight [3, 1]: autograd ..., differences ..."
///
/// Works on a clone in float64, in the model's own mode, so the model stays as it was: values, gradients, running
/// statistics, dtype, generator. Floating x and y are taken as float64 too. Frozen parameters are checked like others.
/// Random numbers are the same in each evaluation, so that dropout in training can be checked. Of parameters with more
/// than `max_elements` elements as many are drawn; 0 takes all. What the model keeps outside its members (tensors that
/// a lambda captured) is not cloned, and must be float64 itself.
///
/// A ValueError for a model without parameters; whatever model and loss throw.
inline constexpr GradcheckOptions kModelGradcheck = {.max_elements = 16};

template <class M, class Loss>
requires(std::is_base_of_v<Module, M>&& std::is_invocable_r_v<Tensor, const Loss&, const Tensor&, const Tensor&>)
    GradcheckReport gradcheck(const M& model, const Loss& loss, const Tensor& x, const Tensor& y,
                              GradcheckOptions options = kModelGradcheck);

namespace detail {
/// `copy` makes a model that shares the parameters and buffers of `model`, but whose other members are fresh copies.
GradcheckReport check_model(Module& model, const std::function<std::unique_ptr<Module>()>& copy,
                            const std::function<Tensor(const Tensor&, const Tensor&)>& loss, const Tensor& x,
                            const Tensor& y, const GradcheckOptions& options);
}  // namespace detail

template <class M, class Loss>
requires(std::is_base_of_v<Module, M>&& std::is_invocable_r_v<Tensor, const Loss&, const Tensor&, const Tensor&>)
    GradcheckReport
    gradcheck(const M& model, const Loss& loss, const Tensor& x, const Tensor& y, GradcheckOptions options) {
  M own = clone(model);
  return detail::check_model(
      own, [&own] { return std::make_unique<M>(own); },
      [&loss](const Tensor& prediction, const Tensor& target) { return loss(prediction, target); }, x, y, options);
}

template <class M, class Loss, class Batch>
requires(std::is_base_of_v<Module, M>&& std::is_invocable_r_v<Tensor, const Loss&, const Tensor&, const Tensor&>)
    GradcheckReport
    gradcheck(const M& model, const Loss& loss, const Batch& batch, GradcheckOptions options = kModelGradcheck) {
  const auto& [x, y] = batch;
  return gradcheck(model, loss, x, y, options);
}

}  // namespace xgrad::nn

namespace xgrad {
using nn::gradcheck;
}  // namespace xgrad
