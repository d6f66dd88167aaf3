#include "optim/optimizer.hpp"

#include <fmt/format.h>

namespace xgrad::optim {

void Optimizer::zero_grad() {
  for (auto& group : groups_)
    for (Tensor& p : group) p.set_grad({});
}

std::size_t Optimizer::check_group(std::size_t g) const {
  if (g >= groups_.size()) fail<IndexError>("Optimizer", fmt::format("got group {} of {}", g, groups_.size()));
  return g;
}

const std::vector<Tensor>& Optimizer::parameters(std::size_t g) const { return groups_[check_group(g)]; }

void Optimizer::set_lr(double lr) {
  for (std::size_t g = 0; g < groups_.size(); ++g) set_lr(lr, g);
}

ParameterState& Optimizer::state(std::size_t g, std::size_t i) {
  check_group(g);
  if (i >= states_[g].size())
    fail<IndexError>("Optimizer", fmt::format("got parameter {} of {}", i, states_[g].size()));
  return states_[g][i];
}

void Optimizer::add_parameters(std::vector<Tensor> parameters) {
  if (parameters.empty()) fail<ValueError>("Optimizer", "got no parameters");
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& p = parameters[i];
    if (!p.is_leaf() || !p.requires_grad()) {
      fail<ValueError>("Optimizer",
                       fmt::format("parameter {}, {}: expected a leaf that requires gradients", i, p.shape().str()));
    }
    const auto same = [&](const Tensor& other) { return other.node() == p.node(); };
    for (std::size_t k = 0; k < i; ++k)
      if (same(parameters[k])) fail<ValueError>("Optimizer", fmt::format("parameters {} and {} are the same", k, i));
    for (const auto& group : groups_)
      for (const Tensor& other : group)
        if (same(other)) fail<ValueError>("Optimizer", fmt::format("parameter {} is in an earlier group too", i));
  }
  groups_.reserve(groups_.size() + 1);
  states_.emplace_back(parameters.size());
  groups_.push_back(std::move(parameters));
}

void Optimizer::prepare(std::size_t g, int slots) {
  if (slots == 0) return;
  for (std::size_t i = 0; i < groups_[g].size(); ++i) {
    const Tensor& p = groups_[g][i];
    for (int slot = 0; slot < slots; ++slot) {
      Array& a = states_[g][i].slots[static_cast<std::size_t>(slot)];
      if (a.defined() && a.dtype() == p.dtype()) continue;
      if (!p.grad().defined()) break;
      if (!a.defined()) a = Array::zeros(p.shape(), p.dtype());
      else a = a.to(p.dtype());  // the model went to another dtype
    }
  }
}

void check_option(std::string_view op, std::string_view option, double value, double low, double high) {
  if (!(value >= low && value <= high))
    fail<ValueError>(op, fmt::format("{}: got {}; expected {} to {}", option, value, low, high));
}

}  // namespace xgrad::optim
