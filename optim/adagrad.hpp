#pragma once
/// Adagrad.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct AdagradOptions {
  double lr = 1e-2;                       ///< learning rate, 0 or more (Keras: 1e-3)
  double lr_decay = 0.;                   ///< lr / (1 + lr_decay (t - 1)) at step t, 0 or more
  double weight_decay = 0.;               ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  double initial_accumulator_value = 0.;  ///< of the sum, 0 or more (Keras: 0.1)
  double eps = 1e-10;                     ///< added to the root, 0 or more (Keras: 1e-7, inside the root)
  bool maximize = false;                  ///< climbs instead of descending
  bool decoupled_weight_decay = false;    ///< p -= lr wd p first, instead (Keras 3)
  bool eps_inside_sqrt = false;           ///< sqrt(s + eps) instead of sqrt(s) + eps (Keras 3)

  void fields(Fields& f) {
    f("lr", lr)("lr_decay", lr_decay)("weight_decay", weight_decay);
    f("initial_accumulator_value", initial_accumulator_value)("eps", eps)("maximize", maximize);
    f("decoupled_weight_decay", decoupled_weight_decay)("eps_inside_sqrt", eps_inside_sqrt);
  }
};

/// Duchi, Hazan and Singer 2011: g += wd p;  s += g^2;  p -= lr g / (sqrt(s) + eps). As PyTorch's Adagrad.
class Adagrad : public OptimizerWith<AdagradOptions> {
 public:
  explicit Adagrad(Parameters parameters, AdagradOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "Adagrad"; }
  std::vector<std::string_view> slot_names() const override { return {"sum"}; }

 protected:
  Adagrad() = default;
  unsigned slots(const AdagradOptions&) const override { return 0b1; }
  double initial(int, const AdagradOptions& options) const override { return options.initial_accumulator_value; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const AdagradOptions& options) override;
};

}  // namespace xgrad::optim
