#pragma once
/// Learning rates that fall when a metric no longer improves.

#include <cstdint>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

enum class Mode { min, max };  ///< which way the metric improves
enum class Threshold { relative, absolute };

struct PlateauOptions {
  Mode mode = Mode::min;
  double factor = 0.1;                             ///< of the rate, 0 ... 1, 1 excluded
  std::int64_t patience = 10;                      ///< epochs without improvement that are waited for
  double threshold = 1e-4;                         ///< an improvement is larger than this, 0 or more
  Threshold threshold_mode = Threshold::relative;  ///< to the best (times 1 -+ threshold), or plainly
  std::int64_t cooldown = 0;                       ///< epochs after a reduction that do not count
  double min_lr = 0.;                              ///< no rate goes below, 0 or more
  double eps = 1e-8;                               ///< a change smaller than this is not made, 0 or more
};

/// PyTorch's rule: reduces when patience + 1 epochs in a row were no better than the best (the default: the 11th).
/// Every group's rate is multiplied for itself, whatever else has changed it. Call `step(metric)` once an epoch. NaN is
/// no improvement. The optimiser must outlive it.
class ReduceLROnPlateau : public Stateful {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions options = {});
  virtual ~ReduceLROnPlateau() = default;
  ReduceLROnPlateau(const ReduceLROnPlateau&) = delete;
  ReduceLROnPlateau& operator=(const ReduceLROnPlateau&) = delete;

  /// True when a rate was reduced.
  virtual bool step(double metric);
  double best() const noexcept { return best_; }
  std::int64_t bad_epochs() const noexcept { return bad_epochs_; }
  double lr(std::size_t g = 0) const { return optimizer_.lr(g); }

  /// "best", "bad_epochs", "cooldown", "epochs"; the rates are the optimiser's.
  State state_dict() const override;
  void load_state_dict(const State& state) override;

 protected:
  virtual std::string_view name() const { return "ReduceLROnPlateau"; }
  bool improves(double metric) const;
  bool reduce();

  Optimizer& optimizer_;
  PlateauOptions options_;
  double best_;
  std::int64_t bad_epochs_ = 0, cooldown_ = 0, epochs_ = 0;
};

namespace keras {

struct PlateauOptions {
  Mode mode = Mode::min;
  double factor = 0.1;
  std::int64_t patience = 10;
  double min_delta = 1e-4;  ///< an improvement is larger than this
  std::int64_t cooldown = 0;
  double min_lr = 0.;
};

/// Keras' rule: reduces at the `patience`-th epoch in a row that is not better than the best by `min_delta` (the
/// default: the 10th).
class ReduceLROnPlateau : public optim::ReduceLROnPlateau {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions options = {});
  bool step(double metric) override;

 protected:
  std::string_view name() const override { return "keras::ReduceLROnPlateau"; }
};

}  // namespace keras

}  // namespace xgrad::optim
