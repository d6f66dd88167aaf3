#include "optim/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace xgrad::optim {

Schedule::Schedule(Optimizer& optimizer) : optimizer_(optimizer) {
  for (std::size_t g = 0; g < optimizer.num_groups(); ++g) initial_.push_back(optimizer.lr(g));
}

void Schedule::step() {
  ++steps_;
  apply();
}

void Schedule::apply() {
  for (std::size_t g = 0; g < initial_.size(); ++g) optimizer_.set_lr(initial_[g] * factor(steps_), g);
}

LinearDecay::LinearDecay(Optimizer& optimizer, std::int64_t total, double end_factor)
    : Schedule(optimizer), total_(total), end_factor_(end_factor) {
  if (total < 1) fail<ValueError>("LinearDecay", fmt::format("total: got {}; expected 1 or more", total));
  check_option("LinearDecay", "end_factor", end_factor, 0., 1.);
  apply();
}

double LinearDecay::factor(std::int64_t t) const {
  const double done = static_cast<double>(std::min(t, total_)) / static_cast<double>(total_);
  return 1. - (1. - end_factor_) * done;
}

}  // namespace xgrad::optim
