#pragma once
/// Stochastic gradient descent.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct SGDOptions {
  double lr = 0.01;          ///< learning rate, 0 or more
  double momentum = 0.;      ///< mu, 0 or more
  double dampening = 0.;     ///< tau, 0 ... 1; not applied at a parameter's first step
  double weight_decay = 0.;  ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool nesterov = false;     ///< needs momentum > 0 and dampening 0
};

/// g += wd p;  b = g at first, then mu b + (1 - tau) g;  p -= lr b, or with Nesterov lr (g + mu b).
/// Without momentum p -= lr g. As PyTorch's SGD (Sutskever et al., 2013, with lr outside the velocity; Keras keeps lr
/// inside, which differs once lr changes).
class SGD : public OptimizerWith<SGDOptions> {
 public:
  explicit SGD(std::vector<Tensor> parameters, SGDOptions options = {});
  std::vector<std::string_view> slot_names() const override { return {"momentum_buffer"}; }

 protected:
  void check(const SGDOptions& options) const override;
  int slots(const SGDOptions& options) const override { return options.momentum == 0. ? 0 : 1; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const SGDOptions& options) override;
};

}  // namespace xgrad::optim
