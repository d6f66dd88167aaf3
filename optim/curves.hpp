#pragma once
/// The learning-rate schedules of PyTorch, as functions of the number of steps t = 0, 1, ... and of the initial rate
/// lr. Each has its fields and defaults as PyTorch names them; ones without a sensible default must be given. They are
/// given to a Schedule, which checks them (ValueError, naming the field), and can be combined by Chained and
/// Sequential.

#include <cstdint>
#include <vector>

#include "optim/schedule.hpp"

namespace xgrad::optim {

/// lr gamma^floor(t / step_size).
struct StepLR {
  std::int64_t step_size = 0;  ///< 1 or more
  double gamma = 0.1;          ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr gamma^n, n the number of milestones <= t; one that is given twice counts twice.
struct MultiStepLR {
  std::vector<std::int64_t> milestones = {};
  double gamma = 0.1;  ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr gamma^t.
struct ExponentialLR {
  double gamma = -1.;  ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr factor before step total_iters, lr from there: a constant warm-up.
struct ConstantLR {
  double factor = 1. / 3;        ///< 0 ... 1
  std::int64_t total_iters = 5;  ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// From lr start_factor straight to lr end_factor at step total_iters, and constant from there: a linear warm-up.
struct LinearLR {
  double start_factor = 1. / 3, end_factor = 1.;  ///< 0 ... 1
  std::int64_t total_iters = 5;                   ///< 1 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// lr (1 - min(t, total_iters) / total_iters)^power.
struct PolynomialLR {
  std::int64_t total_iters = 5;  ///< 1 or more
  double power = 1.;             ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// eta_min + (lr - eta_min) (1 + cos(pi t / T_max)) / 2; after T_max it rises again (Loshchilov and Hutter 2017,
/// without restarts).
struct CosineAnnealingLR {
  std::int64_t T_max = 0;  ///< 1 or more
  double eta_min = 0.;     ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

/// The same over periods of T_0, T_0 T_mult, T_0 T_mult^2, ... steps, each from lr again (Loshchilov and Hutter 2017).
struct CosineAnnealingWarmRestarts {
  std::int64_t T_0 = 0, T_mult = 1;  ///< 1 or more
  double eta_min = 0.;               ///< 0 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
};

enum class Anneal { cos, linear };

/// Smith and Topin 2019: from max_lr / div_factor up to max_lr at step pct_start total_steps - 1, and down to
/// max_lr / div_factor / final_div_factor at step total_steps - 1; with `three_phase` as far down as it went up first,
/// and then on to the end. The momentum (or the first of `betas`) goes from max_momentum to base_momentum and back. The
/// initial rate of the optimiser does not count. A step after total_steps is a ValueError.
struct OneCycleLR {
  double max_lr = -1.;           ///< 0 or more
  std::int64_t total_steps = 0;  ///< 1 or more
  double pct_start = 0.3;        ///< 0 ... 1
  Anneal anneal_strategy = Anneal::cos;
  bool cycle_momentum = true;
  double base_momentum = 0.85, max_momentum = 0.95;  ///< 0 ... 1, 1 excluded
  double div_factor = 25., final_div_factor = 1e4;   ///< more than 0
  bool three_phase = false;
  void check() const;
  double operator()(std::int64_t t, double lr) const;
  bool has_momentum() const { return cycle_momentum; }
  double momentum(std::int64_t t, double initial) const;

 private:
  double at(std::int64_t t, double first, double top, double last) const;
};

/// One after the other on what the one before gives: the factors of schedules multiply. PyTorch's ChainedScheduler.
struct Chained {
  std::vector<Curve> curves = {};  ///< 1 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
  bool has_momentum() const;
  double momentum(std::int64_t t, double initial) const;
};

/// The first up to step milestones[0], then the second, which counts its steps from there, and so on. PyTorch's
/// SequentialLR.
struct Sequential {
  std::vector<Curve> curves = {};
  std::vector<std::int64_t> milestones = {};  ///< one less than curves, rising, 1 or more
  void check() const;
  double operator()(std::int64_t t, double lr) const;
  bool has_momentum() const;
  double momentum(std::int64_t t, double initial) const;
};

}  // namespace xgrad::optim
