#include "optim/schedule.hpp"

#include <fmt/format.h>

#include "optim/curves.hpp"

namespace xgrad::optim {

Schedule::Schedule(Optimizer& optimizer, Curve curve)
    : optimizer_(optimizer), curve_(std::move(curve)), next_(2 * optimizer.num_groups()) {
  if (curve_.has_momentum() && !optimizer.has_momentum())
    fail<ValueError>("Schedule", fmt::format("the curve changes the momentum, and {} has none", optimizer.name()));
  for (std::size_t g = 0; g < optimizer.num_groups(); ++g) {
    initial_.push_back(optimizer.lr(g));
    if (curve_.has_momentum()) initial_momentum_.push_back(optimizer.momentum(g));
  }
  apply(0);
}

void Schedule::step() {
  apply(steps_ + 1);
  ++steps_;
}

void Schedule::apply(std::int64_t t) {
  const std::size_t n = initial_.size();
  for (std::size_t g = 0; g < n; ++g) {
    next_[g] = curve_(t, initial_[g]);
    check_option("Schedule", fmt::format("lr at step {}", t), next_[g], 0., kLargest);
    if (!curve_.has_momentum()) continue;
    next_[n + g] = curve_.momentum(t, initial_momentum_[g]);
    check_option("Schedule", fmt::format("momentum at step {}", t), next_[n + g], 0., kBelowOne);
  }
  for (std::size_t g = 0; g < n; ++g) {
    optimizer_.set_lr(next_[g], g);
    if (curve_.has_momentum()) optimizer_.set_momentum(next_[n + g], g);
  }
}

State Schedule::state_dict() const {
  State out;
  out.type = "Schedule";
  out.add("steps", steps_);
  out.add("initial_lr", initial_);
  if (curve_.has_momentum()) out.add("initial_momentum", initial_momentum_);
  return out;
}

void Schedule::load_state_dict(const State& state) {
  StateReader in(state, "Schedule");
  const std::int64_t steps = in.count("steps");
  std::vector<double> initial = in.numbers("initial_lr", initial_.size());
  std::vector<double> momentum;
  if (curve_.has_momentum()) momentum = in.numbers("initial_momentum", initial_.size());
  in.finish();
  initial_.swap(initial);
  initial_momentum_.swap(momentum);
  try {
    apply(steps);
  } catch (...) {
    initial_.swap(initial);
    initial_momentum_.swap(momentum);
    throw;
  }
  steps_ = steps;
}

namespace {

LinearLR checked(std::int64_t total, double end_factor) {
  if (total < 1) fail<ValueError>("LinearDecay", fmt::format("total: got {}; expected 1 or more", total));
  check_option("LinearDecay", "end_factor", end_factor, 0., 1.);
  return {.start_factor = 1., .end_factor = end_factor, .total_iters = total};
}

}  // namespace

LinearDecay::LinearDecay(Optimizer& optimizer, std::int64_t total, double end_factor)
    : Schedule(optimizer, checked(total, end_factor)) {}

}  // namespace xgrad::optim
