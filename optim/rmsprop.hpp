#pragma once
/// RMSprop.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct RMSpropOptions {
  double lr = 1e-2;                     ///< learning rate, 0 or more (Keras: 1e-3)
  double alpha = 0.99;                  ///< decay of the mean square, 0 ... 1 (Keras: `rho`, 0.9)
  double eps = 1e-8;                    ///< added to the root, 0 or more (Keras: 1e-7, inside the root)
  double weight_decay = 0.;             ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  double momentum = 0.;                 ///< mu, 0 or more
  bool centered = false;                ///< divide by the deviation: the mean gradient's square is subtracted
  bool maximize = false;                ///< climbs instead of descending
  bool decoupled_weight_decay = false;  ///< p -= lr wd p first, instead (Keras 3)
  bool eps_inside_sqrt = false;         ///< sqrt(q + eps) instead of sqrt(q) + eps (Keras 3)
  bool velocity_includes_lr = false;    ///< the velocity holds lr (Keras); differs once lr changes
  double lr_decay = 0.;                 ///< lr / (1 + lr_decay (t - 1)) at step t (Keras 2's `decay`), 0 or more

  void fields(Fields& f) {
    f("lr", lr)("alpha", alpha, 0., 1.)("eps", eps)("weight_decay", weight_decay)("momentum", momentum);
    f("centered", centered)("maximize", maximize)("decoupled_weight_decay", decoupled_weight_decay);
    f("eps_inside_sqrt", eps_inside_sqrt)("velocity_includes_lr", velocity_includes_lr)("lr_decay", lr_decay);
  }
};

/// Tieleman and Hinton 2012 (centred: Graves 2013): g += wd p;  s = alpha s + (1 - alpha) g^2;  q = s, or centred
/// h = alpha h + (1 - alpha) g and q = s - h^2;  d = g / (sqrt(q) + eps);  p -= lr d, or with momentum
/// b = mu b + d and p -= lr b. As PyTorch's RMSprop; q that rounding made negative counts as 0, where PyTorch gives
/// NaN. Keras: sqrt(q + eps), and b = mu b + lr d with p -= b.
class RMSprop : public OptimizerWith<RMSpropOptions> {
 public:
  explicit RMSprop(Parameters parameters, RMSpropOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "RMSprop"; }
  std::vector<std::string_view> slot_names() const override { return {"square_avg", "momentum_buffer", "grad_avg"}; }

 protected:
  RMSprop() = default;
  unsigned slots(const RMSpropOptions& o) const override {
    return 0b1u | (o.momentum > 0. ? 0b10u : 0u) | (o.centered ? 0b100u : 0u);
  }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const RMSpropOptions& options) override;
};

}  // namespace xgrad::optim
