#pragma once
/// NAdam.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct NAdamOptions {
  double lr = 2e-3;                            ///< learning rate, 0 or more
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, each 0 ... 1, 1 excluded
  double eps = 1e-8;                           ///< added to the corrected root, 0 or more (Keras: 1e-7)
  double weight_decay = 0.;                    ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  double momentum_decay = 4e-3;                ///< psi, 0 or more (Keras 3: 1; Keras 2: `schedule_decay`, 0.004)
  bool maximize = false;                       ///< climbs instead of descending
  bool decoupled_weight_decay = false;         ///< p -= lr wd p first, instead (Keras 3)

  void fields(Fields& f) {
    f("lr", lr)("betas[0]", betas[0], 0., kBelowOne)("betas[1]", betas[1], 0., kBelowOne)("eps", eps);
    f("weight_decay", weight_decay)("momentum_decay", momentum_decay)("maximize", maximize);
    f("decoupled_weight_decay", decoupled_weight_decay);
  }
};

/// Dozat 2016, Adam with Nesterov's momentum. With mu_t = b1 (1 - 0.96^(t psi) / 2) and P_t = mu_1 ... mu_t:
/// g += wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr ((1 - mu_t) / (1 - P_t) g + mu_(t+1) / (1 - P_t mu_(t+1)) m) / (sqrt(v / (1 - b2^t)) + eps).
/// As PyTorch documents its NAdam, and computes it from 2.0 on; 1.13 has mu_t twice in P_(t+1).
class NAdam : public OptimizerWith<NAdamOptions> {
 public:
  explicit NAdam(Parameters parameters, NAdamOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "NAdam"; }
  std::vector<std::string_view> slot_names() const override { return {"exp_avg", "exp_avg_sq"}; }

 protected:
  NAdam() = default;
  unsigned slots(const NAdamOptions&) const override { return 0b11; }
  std::string_view number_name() const override { return "mu_product"; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const NAdamOptions& options) override;
};

}  // namespace xgrad::optim
