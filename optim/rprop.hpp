#pragma once
/// Rprop.

#include <array>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

struct RpropOptions {
  double lr = 1e-2;                                ///< first length of every step, 0 or more
  std::array<double, 2> etas = {0.5, 1.2};         ///< what a step is multiplied with: below 1, above 1
  std::array<double, 2> step_sizes = {1e-6, 50.};  ///< the least and the greatest step
  bool maximize = false;                           ///< climbs instead of descending

  void fields(Fields& f) {
    f("lr", lr)("etas[0]", etas[0], kAboveZero, kBelowOne)("etas[1]", etas[1], 1. + 0x1p-52, kLargest);
    f("step_sizes[0]", step_sizes[0])("step_sizes[1]", step_sizes[1])("maximize", maximize);
  }
};

/// Riedmiller and Braun 1993 (Rprop-, without weight backtracking). With c = sign(g g_before) per element: the step e,
/// lr at first, is multiplied with etas[1] where c > 0 and etas[0] where c < 0, and kept within `step_sizes`; where
/// c < 0, g counts as 0; p -= sign(g) e. As PyTorch's Rprop. For the gradient of all data only: it goes by signs.
class Rprop : public OptimizerWith<RpropOptions> {
 public:
  explicit Rprop(Parameters parameters, RpropOptions options = {}, const Groups& groups = {});
  std::string_view name() const override { return "Rprop"; }
  std::vector<std::string_view> slot_names() const override { return {"prev", "step_size"}; }

 protected:
  Rprop() = default;
  void check(const RpropOptions& options) const override;
  unsigned slots(const RpropOptions&) const override { return 0b11; }
  double initial(int slot, const RpropOptions& options) const override { return slot == 1 ? options.lr : 0.; }
  void update(Tensor& p, const Array& gradient, ParameterState& s, const RpropOptions& options) override;
};

}  // namespace xgrad::optim
