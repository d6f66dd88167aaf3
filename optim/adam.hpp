#pragma once
/// Adam and AdamW.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct AdamOptions {
  double lr = 1e-3;                            ///< learning rate, 0 or more
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, each 0 ... 1, 1 excluded
  double eps = 1e-8;                           ///< added to the root, 0 or more (Keras: 1e-7, placed differently)
  double weight_decay = 0.;                    ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool amsgrad = false;                        ///< divide by the largest second moment so far
  bool maximize = false;                       ///< climbs instead of descending
  bool decoupled_weight_decay = false;         ///< p -= lr wd p first, instead: AdamW
  bool eps_hat = false;                        ///< eps beside the root as it is, before the correction (Keras)
  double lr_decay = 0.;                        ///< lr / (1 + lr_decay (t - 1)) at step t (Keras 2's `decay`), 0 or more

  void fields(Fields& f) {
    f("lr", lr)("betas[0]", betas[0], 0., kBelowOne)("betas[1]", betas[1], 0., kBelowOne)("eps", eps);
    f("weight_decay", weight_decay)("amsgrad", amsgrad)("maximize", maximize);
    f("decoupled_weight_decay", decoupled_weight_decay)("eps_hat", eps_hat)("lr_decay", lr_decay);
  }
};

/// Kingma and Ba 2015, algorithm 1; AMSGrad: Reddi et al. 2018. Per element, with t the parameter's own step count:
/// g += wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps). As PyTorch's Adam.
/// With `eps_hat`, as Keras and the last line of the paper's section 2: p -= a m / (sqrt(v) + eps) with
/// a = lr sqrt(1 - b2^t) / (1 - b1^t), where eps weighs 1 / sqrt(1 - b2^t) times as much: 32 times at first.
class Adam : public OptimizerWith<AdamOptions> {
 public:
  explicit Adam(Parameters parameters, AdamOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "Adam"; }
  std::vector<std::string_view> slot_names() const override { return {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}; }

 protected:
  Adam() = default;
  unsigned slots(const AdamOptions& options) const override { return options.amsgrad ? 0b111 : 0b11; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const AdamOptions& options) override;
};

struct AdamWOptions {
  double lr = 1e-3;                            ///< learning rate, 0 or more
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, each 0 ... 1, 1 excluded
  double eps = 1e-8;                           ///< added to the root, 0 or more
  double weight_decay = 1e-2;                  ///< wd, 0 or more (Keras: 0.004)
  bool amsgrad = false;                        ///< divide by the largest second moment so far
  bool maximize = false;                       ///< climbs instead of descending

  static constexpr std::string_view kName = "AdamW";
  AdamOptions resolved() const {
    return {.lr = lr,
            .betas = betas,
            .eps = eps,
            .weight_decay = weight_decay,
            .amsgrad = amsgrad,
            .maximize = maximize,
            .decoupled_weight_decay = true};
  }
};

/// Loshchilov and Hutter 2019: p *= 1 - lr wd, then Adam's step from the gradient alone. As PyTorch's AdamW.
using AdamW = PresetOf<Adam, AdamWOptions>;

}  // namespace xgrad::optim
