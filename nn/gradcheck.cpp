#include "nn/gradcheck.hpp"

#include "autograd/ops.hpp"

namespace xgrad::nn::detail {

GradcheckReport check_model(Module& model, const std::function<std::unique_ptr<Module>()>& copy,
                            const std::function<Tensor(const Tensor&, const Tensor&)>& loss, const Tensor& x,
                            const Tensor& y, const GradcheckOptions& options) {
  model.to(float64).requires_grad_();
  const auto wide = [](const Tensor& t) { return is_floating(t.dtype()) ? t.detach().to(float64) : t; };
  const Tensor input = wide(x), target = wide(y);
  xgrad::detail::GradientProblem problem;
  for (const NamedTensor& parameter : model.named_parameters()) {
    problem.names.push_back(parameter.name);
    problem.values.push_back(parameter.tensor);
  }
  if (problem.values.empty()) fail<ValueError>("gradcheck", model.repr() + " has no parameters");
  // A copy each time, so that a module that counts its calls or draws from a generator of its own starts anew.
  problem.evaluate = [&] { return std::vector{loss((*copy())(input), target)}; };
  problem.differentiate = [&](const std::vector<Tensor>& cotangents) {
    const GradMode on(true);
    const Tensor value = loss((*copy())(input), target);
    std::vector<Tensor> none(problem.values.size());
    if (!value.requires_grad() || !cotangents[0].defined()) return none;
    return grad(std::vector{value}, problem.values, {cotangents[0]}, {.allow_unused = true});
  };
  return xgrad::detail::check_gradient(problem, options);
}

}  // namespace xgrad::nn::detail
