#pragma once
/// Learning rates that change as training goes on.

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "optim/optimizer.hpp"

namespace xgrad::optim {

/// A learning rate as a function of the number of steps t = 0, 1, ... and of the initial rate: one of the structs of
/// optim/curves.hpp and optim/keras_curves.hpp (`StepLR{.step_size = 30}`), or any lambda: with t and the initial rate
/// it returns the rate, with t alone the factor of the initial rate (PyTorch's LambdaLR).
///
/// A struct of one's own has `operator()(std::int64_t t, double initial) const`, and may have `check() const`, which
/// throws ValueError for wrong fields, and `momentum(std::int64_t t, double initial) const` with `has_momentum()
/// const`.
class Curve {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Curve>) &&
      (std::is_invocable_r_v<double, const F&, std::int64_t, double> ||
       std::is_invocable_r_v<double, const F&, std::int64_t>)Curve(F f) {
    if constexpr (requires { f.check(); }) f.check();
    if constexpr (requires { f.momentum(std::int64_t{}, double{}); })
      if (f.has_momentum()) momentum_ = [f](std::int64_t t, double initial) { return f.momentum(t, initial); };
    if constexpr (std::is_invocable_r_v<double, const F&, std::int64_t, double>) rate_ = std::move(f);
    else rate_ = [f = std::move(f)](std::int64_t t, double initial) { return initial * static_cast<double>(f(t)); };
  }

  double operator()(std::int64_t t, double initial) const { return rate_(t, initial); }
  bool has_momentum() const noexcept { return momentum_ != nullptr; }
  double momentum(std::int64_t t, double initial) const { return momentum_ ? momentum_(t, initial) : initial; }

 private:
  std::function<double(std::int64_t, double)> rate_, momentum_;
};

/// Sets an optimiser's learning rates, and where the curve has one its momentum, as training goes on: each group's
/// follows the curve from the value it had when the schedule was made. Call `step()` after each update, or after each
/// epoch. The optimiser must outlive it.
///
///     optim::Schedule schedule(sgd, optim::Sequential{{optim::LinearLR{.total_iters = 5},
///                                                      optim::CosineAnnealingLR{.T_max = 95}}, {5}});
class Schedule : public Stateful {
 public:
  /// Sets the rates of step 0. ValueError for a curve with wrong fields, or one with momentum for an optimiser without.
  Schedule(Optimizer& optimizer, Curve curve);
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Goes one step on and sets the learning rates. ValueError where the curve ends (OneCycleLR), or gives a rate that
  /// is negative or NaN; then nothing has changed.
  void step();
  /// Steps so far.
  std::int64_t steps() const noexcept { return steps_; }
  /// The rate in force for group g.
  double lr(std::size_t g = 0) const { return optimizer_.lr(g); }

  /// "steps", and the initial rates and momenta; the curve is code. Loading sets the rates.
  State state_dict() const override;
  void load_state_dict(const State& state) override;

 private:
  void apply(std::int64_t t);

  Optimizer& optimizer_;
  Curve curve_;
  std::vector<double> initial_, initial_momentum_;
  std::vector<double> next_;
  std::int64_t steps_ = 0;
};

/// From the initial rate straight down to `end_factor` times it over `total` steps, and constant from there:
/// lr (1 - (1 - end_factor) min(t, total) / total). PyTorch's LinearLR from 1, Keras' PolynomialDecay of power 1.
class LinearDecay : public Schedule {
 public:
  /// ValueError unless total >= 1 and 0 <= end_factor <= 1.
  LinearDecay(Optimizer& optimizer, std::int64_t total, double end_factor = 0.);
};

}  // namespace xgrad::optim
