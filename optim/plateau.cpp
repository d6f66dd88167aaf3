#include "optim/plateau.hpp"

#include <algorithm>
#include <limits>

namespace xgrad::optim {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions options)
    : optimizer_(optimizer), options_(options),
      best_(options.mode == Mode::min ? std::numeric_limits<double>::infinity()
                                      : -std::numeric_limits<double>::infinity()) {
  constexpr std::string_view op = "ReduceLROnPlateau";
  check_option(op, "factor", options.factor, 0., kBelowOne);
  check_option(op, "patience", options.patience, 0, kMost);
  check_option(op, "threshold", options.threshold, 0., kLargest);
  check_option(op, "cooldown", options.cooldown, 0, kMost);
  check_option(op, "min_lr", options.min_lr, 0., kLargest);
  check_option(op, "eps", options.eps, 0., kLargest);
}

bool ReduceLROnPlateau::improves(double metric) const {
  const double by = options_.threshold;
  const bool relative = options_.threshold_mode == Threshold::relative;
  if (options_.mode == Mode::min) return metric < (relative ? best_ * (1. - by) : best_ - by);
  return metric > (relative ? best_ * (1. + by) : best_ + by);
}

bool ReduceLROnPlateau::reduce() {
  bool any = false;
  for (std::size_t g = 0; g < optimizer_.num_groups(); ++g) {
    const double before = optimizer_.lr(g), after = std::max(before * options_.factor, options_.min_lr);
    if (!(before - after > options_.eps)) continue;
    optimizer_.set_lr(after, g);
    any = true;
  }
  return any;
}

bool ReduceLROnPlateau::step(double metric) {
  ++epochs_;
  if (improves(metric)) {
    best_ = metric;
    bad_epochs_ = 0;
  } else {
    ++bad_epochs_;
  }
  if (cooldown_ > 0) {
    --cooldown_;
    bad_epochs_ = 0;
  }
  if (bad_epochs_ <= options_.patience) return false;
  cooldown_ = options_.cooldown;
  bad_epochs_ = 0;
  return reduce();
}

State ReduceLROnPlateau::state_dict() const {
  State out;
  out.type = name();
  out.add("best", best_);
  out.add("bad_epochs", bad_epochs_);
  out.add("cooldown", cooldown_);
  out.add("epochs", epochs_);
  return out;
}

void ReduceLROnPlateau::load_state_dict(const State& state) {
  StateReader in(state, name());
  const double best = in.number("best");
  const std::int64_t bad = in.count("bad_epochs"), cooldown = in.count("cooldown"), epochs = in.count("epochs");
  in.finish();
  best_ = best;
  bad_epochs_ = bad;
  cooldown_ = cooldown;
  epochs_ = epochs;
}

namespace keras {

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, PlateauOptions o)
    : optim::ReduceLROnPlateau(optimizer, {.mode = o.mode,
                                           .factor = o.factor,
                                           .patience = o.patience,
                                           .threshold = o.min_delta,
                                           .threshold_mode = Threshold::absolute,
                                           .cooldown = o.cooldown,
                                           .min_lr = o.min_lr,
                                           .eps = 0.}) {}

bool ReduceLROnPlateau::step(double metric) {
  ++epochs_;
  if (cooldown_ > 0) {
    --cooldown_;
    bad_epochs_ = 0;
  }
  if (improves(metric)) {
    best_ = metric;
    bad_epochs_ = 0;
    return false;
  }
  if (cooldown_ > 0 || ++bad_epochs_ < options_.patience) return false;
  const bool reduced = reduce();
  if (!reduced) return false;
  cooldown_ = options_.cooldown;
  bad_epochs_ = 0;
  return true;
}

}  // namespace keras

}  // namespace xgrad::optim
