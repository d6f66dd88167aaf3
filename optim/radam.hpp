#pragma once
/// RAdam.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct RAdamOptions {
  double lr = 1e-3;                            ///< learning rate, 0 or more
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, each 0 ... 1, 1 excluded
  double eps = 1e-8;                           ///< added to the root, 0 or more
  double weight_decay = 0.;                    ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool maximize = false;                       ///< climbs instead of descending
  bool decoupled_weight_decay = false;         ///< p -= lr wd p first, instead

  void fields(Fields& f) {
    f("lr", lr)("betas[0]", betas[0], 0., kBelowOne)("betas[1]", betas[1], 0., kBelowOne)("eps", eps);
    f("weight_decay", weight_decay)("maximize", maximize)("decoupled_weight_decay", decoupled_weight_decay);
  }
};

/// Liu et al. 2020, algorithm 2: Adam without the second moment until enough steps tell its variance. With
/// r_inf = 2 / (1 - b2) - 1 and r_t = r_inf - 2 t b2^t / (1 - b2^t):
/// g += wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) m, and where r_t > 5 that times
/// sqrt((r_t - 4) (r_t - 2) r_inf / ((r_inf - 4) (r_inf - 2) r_t)) sqrt(1 - b2^t) / (sqrt(v) + eps).
/// As PyTorch's RAdam. Keras has none.
class RAdam : public OptimizerWith<RAdamOptions> {
 public:
  explicit RAdam(Parameters parameters, RAdamOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "RAdam"; }
  std::vector<std::string_view> slot_names() const override { return {"exp_avg", "exp_avg_sq"}; }

 protected:
  RAdam() = default;
  unsigned slots(const RAdamOptions&) const override { return 0b11; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const RAdamOptions& options) override;
};

}  // namespace xgrad::optim
