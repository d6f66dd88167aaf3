#pragma once
/// Adadelta.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct AdadeltaOptions {
  double lr = 1.;                       ///< factor of the step, 0 or more (Keras 3 and tf.keras: 0.001)
  double rho = 0.9;                     ///< decay of both means, 0 ... 1 (Keras and the paper: 0.95)
  double eps = 1e-6;                    ///< inside both roots, 0 or more (Keras: 1e-7)
  double weight_decay = 0.;             ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool maximize = false;                ///< climbs instead of descending
  bool decoupled_weight_decay = false;  ///< p -= lr wd p first, instead (Keras 3)
  double lr_decay = 0.;                 ///< lr / (1 + lr_decay (t - 1)) at step t (Keras 2's `decay`), 0 or more

  void fields(Fields& f) {
    f("lr", lr)("rho", rho, 0., 1.)("eps", eps)("weight_decay", weight_decay)("maximize", maximize);
    f("decoupled_weight_decay", decoupled_weight_decay)("lr_decay", lr_decay);
  }
};

/// Zeiler 2012, algorithm 1: g += wd p;  s = rho s + (1 - rho) g^2;  d = sqrt(a + eps) / sqrt(s + eps) g;
/// a = rho a + (1 - rho) d^2;  p -= lr d. The paper has no lr. As PyTorch's Adadelta; Keras has other defaults only.
class Adadelta : public OptimizerWith<AdadeltaOptions> {
 public:
  explicit Adadelta(Parameters parameters, AdadeltaOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "Adadelta"; }
  std::vector<std::string_view> slot_names() const override { return {"square_avg", "acc_delta"}; }

 protected:
  Adadelta() = default;
  unsigned slots(const AdadeltaOptions&) const override { return 0b11; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const AdadeltaOptions& options) override;
};

}  // namespace xgrad::optim
