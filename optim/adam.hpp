#pragma once
/// Adam.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct AdamOptions {
  double lr = 1e-3;                            ///< learning rate, 0 or more
  std::array<double, 2> betas = {0.9, 0.999};  ///< decay of the two moments, each 0 ... 1, 1 excluded
  double eps = 1e-8;                           ///< added to the root, 0 or more (Keras: 1e-7, placed differently)
  double weight_decay = 0.;                    ///< wd, 0 or more: the gradient of wd/2 |p|^2 is added
  bool amsgrad = false;                        ///< divide by the largest second moment so far
};

/// Kingma and Ba 2015, algorithm 1; AMSGrad: Reddi et al. 2018. Per element, with t the parameter's own step count:
/// g += wd p;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
/// p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps). As PyTorch's Adam.
class Adam : public OptimizerWith<AdamOptions> {
 public:
  explicit Adam(std::vector<Tensor> parameters, AdamOptions options = {});
  std::vector<std::string_view> slot_names() const override { return {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}; }

 protected:
  void check(const AdamOptions& options) const override;
  int slots(const AdamOptions& options) const override { return options.amsgrad ? 3 : 2; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const AdamOptions& options) override;
};

}  // namespace xgrad::optim
