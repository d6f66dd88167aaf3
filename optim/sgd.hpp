#pragma once
/// Stochastic gradient descent.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct SGDOptions {
  double lr = 0.01;                     ///< learning rate, 0 or more
  double momentum = 0.;                 ///< mu, 0 or more
  double dampening = 0.;                ///< tau, 0 ... 1; not applied at a parameter's first step
  double weight_decay = 0.;             ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool nesterov = false;                ///< needs momentum > 0 and dampening 0
  bool maximize = false;                ///< climbs instead of descending
  bool decoupled_weight_decay = false;  ///< p -= lr wd p first, instead (Keras 3)
  bool velocity_includes_lr = false;    ///< the velocity holds lr (Keras); differs once lr changes
  double lr_decay = 0.;                 ///< lr / (1 + lr_decay (t - 1)) at step t (Keras 2's `decay`), 0 or more

  void fields(Fields& f) {
    f("lr", lr)("momentum", momentum)("dampening", dampening, 0., 1.)("weight_decay", weight_decay);
    f("nesterov", nesterov)("maximize", maximize)("decoupled_weight_decay", decoupled_weight_decay);
    f("velocity_includes_lr", velocity_includes_lr)("lr_decay", lr_decay);
  }
};

/// g += wd p;  b = g at first, then mu b + (1 - tau) g;  p -= lr b, or with Nesterov lr (g + mu b).
/// Without momentum p -= lr g. As PyTorch's SGD (Sutskever et al., 2013, with lr outside the velocity). Keras keeps lr
/// inside (`velocity_includes_lr`): b = mu b + lr g;  p -= b, or with Nesterov mu b + lr g.
class SGD : public OptimizerWith<SGDOptions> {
 public:
  explicit SGD(Parameters parameters, SGDOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "SGD"; }
  std::vector<std::string_view> slot_names() const override { return {"momentum_buffer"}; }

 protected:
  SGD() = default;
  void check(const SGDOptions& options) const override;
  unsigned slots(const SGDOptions& options) const override { return options.momentum == 0. ? 0b0 : 0b1; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const SGDOptions& options) override;
};

}  // namespace xgrad::optim
