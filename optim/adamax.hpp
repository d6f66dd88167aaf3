#pragma once
/// Adamax.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct AdamaxOptions {
  double lr = 2e-3;                            ///< learning rate, 0 or more (Keras: 1e-3)
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the mean and of the maximum, each 0 ... 1, 1 excluded
  double eps = 1e-8;                    ///< keeps the maximum above 0, 0 or more (Keras: 1e-7, placed differently)
  double weight_decay = 0.;             ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool maximize = false;                ///< climbs instead of descending
  bool decoupled_weight_decay = false;  ///< p -= lr wd p first, instead (Keras 3)
  bool eps_beside_maximum = false;      ///< eps is added to the maximum, not inside it (Keras)
  double lr_decay = 0.;                 ///< lr / (1 + lr_decay (t - 1)) at step t (Keras 2's `decay`), 0 or more

  void fields(Fields& f) {
    f("lr", lr)("betas[0]", betas[0], 0., kBelowOne)("betas[1]", betas[1], 0., kBelowOne)("eps", eps);
    f("weight_decay", weight_decay)("maximize", maximize)("decoupled_weight_decay", decoupled_weight_decay);
    f("eps_beside_maximum", eps_beside_maximum)("lr_decay", lr_decay);
  }
};

/// Kingma and Ba 2015, algorithm 2: g += wd p;  m = b1 m + (1 - b1) g;  u = max(b2 u, |g| + eps);
/// p -= lr / (1 - b1^t) m / u. As PyTorch's Adamax. Keras: u = max(b2 u, |g|), and u + eps below.
class Adamax : public OptimizerWith<AdamaxOptions> {
 public:
  explicit Adamax(Parameters parameters, AdamaxOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "Adamax"; }
  std::vector<std::string_view> slot_names() const override { return {"exp_avg", "exp_inf"}; }

 protected:
  Adamax() = default;
  unsigned slots(const AdamaxOptions&) const override { return 0b11; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const AdamaxOptions& options) override;
};

}  // namespace xgrad::optim
