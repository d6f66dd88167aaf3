#pragma once
/// Learning-rate schedules.

#include <cstdint>
#include <vector>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

/// Changes an optimiser's learning rates as training goes on: each group's is the one it had when the schedule was
/// made, times a factor of the number of steps. Call `step()` after each update (or epoch). The optimiser must outlive
/// it.
class Schedule {
 public:
  virtual ~Schedule() = default;
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Goes one step on and sets the learning rates.
  void step();
  /// Steps so far.
  std::int64_t steps() const noexcept { return steps_; }
  /// The rate in force for group g.
  double lr(std::size_t g = 0) const { return optimizer_.lr(g); }

 protected:
  explicit Schedule(Optimizer& optimizer);
  /// What the initial rate is multiplied with during step t, t = 0, 1, ...
  virtual double factor(std::int64_t t) const = 0;
  /// To be called at the end of a subclass's constructor: sets the rates of step 0.
  void apply();

 private:
  Optimizer& optimizer_;
  std::vector<double> initial_;
  std::int64_t steps_ = 0;
};

/// From the initial rate straight down to `end_factor` times it over `total` steps, and constant from there:
/// lr (1 - (1 - end_factor) min(t, total) / total). PyTorch's LinearLR from 1, Keras' PolynomialDecay of power 1.
class LinearDecay : public Schedule {
 public:
  /// ValueError unless total >= 1 and 0 <= end_factor <= 1.
  LinearDecay(Optimizer& optimizer, std::int64_t total, double end_factor = 0.);

 protected:
  double factor(std::int64_t t) const override;

 private:
  std::int64_t total_;
  double end_factor_;
};

}  // namespace xgrad::optim
