#include "optim/optimizer.hpp"

#include <fmt/format.h>

#include <optional>
#include <unordered_set>

#include "optim/internal/gradient.hpp"
#include "tensor/kernels/denormals.hpp"

namespace xgrad::optim {

namespace {

/// One field of a group's options by name, to read or to change.
class OneField final : public Fields {
 public:
  explicit OneField(std::string_view wanted, const double* change = nullptr) : wanted_(wanted), change_(change) {}
  bool found = false;
  double value = 0.;

 protected:
  void number(std::string_view name, double& field, double low, double high) override {
    if (name != wanted_) return;
    found = true;
    if (change_) {
      check_option("set_" + std::string(name), name, *change_, low, high);
      field = *change_;
    }
    value = field;
  }
  void count(std::string_view, std::int64_t&, std::int64_t, std::int64_t) override {}
  void flag(std::string_view, bool&) override {}

 private:
  std::string_view wanted_;
  const double* change_;
};

constexpr std::string_view kMomenta[] = {"momentum", "betas[0]"};

}  // namespace

Tensor Optimizer::step(const Closure& closure) {
  Tensor loss;
  {
    const GradMode on(true);
    loss = closure();
  }
  step();
  return loss;
}

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

double Optimizer::momentum(std::size_t g) const {
  check_group(g);
  for (const std::string_view name : kMomenta) {
    OneField field(name);
    const_cast<Optimizer*>(this)->visit_options(g, field);  // only looks
    if (field.found) return field.value;
  }
  fail<ValueError>(name(), "has no momentum");
}

bool Optimizer::has_momentum() const noexcept {
  OneField field(kMomenta[0]), beta(kMomenta[1]);
  if (groups_.empty()) return false;
  const_cast<Optimizer*>(this)->visit_options(0, field);
  const_cast<Optimizer*>(this)->visit_options(0, beta);
  return field.found || beta.found;
}

void Optimizer::set_momentum(double momentum, std::size_t g) {
  check_group(g);
  for (const std::string_view name : kMomenta) {
    OneField field(name, &momentum);
    visit_options(g, field);
    if (field.found) return;
  }
  fail<ValueError>(name(), "has no momentum");
}

ParameterState& Optimizer::state(std::size_t g, std::size_t i) {
  check_group(g);
  if (i >= states_[g].size())
    fail<IndexError>("Optimizer", fmt::format("got parameter {} of {}", i, states_[g].size()));
  return states_[g][i];
}

void Optimizer::add_parameters(Parameters parameters) {
  std::unordered_set<const detail::Node*> known;
  std::unordered_set<std::string> taken;
  for (std::size_t g = 0; g < groups_.size(); ++g)
    for (std::size_t i = 0; i < groups_[g].size(); ++i) {
      known.insert(groups_[g][i].node());
      taken.insert(names_[g][i]);
    }
  const std::size_t before = known.size();
  std::vector<Tensor> tensors = parameters.tensors();
  std::vector<std::string> names = parameters.names();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& p = tensors[i];
    if (!p.is_leaf() || !p.requires_grad()) {
      fail<ValueError>("Optimizer",
                       fmt::format("parameter {}, {}: expected a leaf that requires gradients", i, p.shape().str()));
    }
    if (!known.insert(p.node()).second) {
      for (std::size_t k = 0; k < i; ++k)
        if (tensors[k].node() == p.node())
          fail<ValueError>("Optimizer", fmt::format("parameters {} and {} are the same", k, i));
      fail<ValueError>("Optimizer", fmt::format("parameter {} is in an earlier group too ({} are)", i, before));
    }
    if (names[i].empty()) names[i] = fmt::format("{}.{}", groups_.size(), i);
    if (!taken.insert(names[i]).second)
      fail<ValueError>("Optimizer", fmt::format("two parameters are named \"{}\"", names[i]));
  }
  groups_.reserve(groups_.size() + 1);
  names_.reserve(names_.size() + 1);
  states_.emplace_back(tensors.size());
  groups_.push_back(std::move(tensors));
  names_.push_back(std::move(names));
}

// ---- stepping --------------------------------------------------------------------------------------------------------

void Optimizer::make_slot(std::size_t g, const Tensor& p, ParameterState& s, int slot) const {
  Array& a = s.slots[static_cast<std::size_t>(slot)];
  if (!a.defined()) {
    const double value = initial_value(g, slot);
    Array made = value == 0. ? Array::zeros(p.shape(), p.dtype()) : Array::full(p.shape(), value, p.dtype());
    a = std::move(made);
    s.fresh = true;
  } else if (a.numel() != p.numel()) {
    fail<ShapeError>(name(), fmt::format("a parameter has changed its shape: got {}, its state is {}", p.shape().str(),
                                         a.shape().str()));
  } else {
    a = a.to(p.dtype());  // the model went to another dtype
  }
}

void Optimizer::prepare(std::size_t g) {
  const unsigned used = used_slots(g);
  if (used == 0) return;
  for (std::size_t i = 0; i < groups_[g].size(); ++i) {
    const Tensor& p = groups_[g][i];
    if (!internal::gradient_of(p)) continue;
    ParameterState& s = states_[g][i];
    for (int slot = 0; used >> slot; ++slot) {
      if (!(used >> slot & 1u)) continue;
      const Array& a = s.slots[static_cast<std::size_t>(slot)];
      if (!a.defined() || a.dtype() != p.dtype() || a.numel() != p.numel()) make_slot(g, p, s, slot);
    }
  }
}

void Optimizer::update_all() {
  for (std::size_t g = 0; g < groups_.size(); ++g) prepare(g);
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    // Moments of weights whose gradient stays 0 decay into denormals, which are many times slower.
    std::optional<kernels::FlushDenormals> flush;
    if (used_slots(g) != 0) flush.emplace();
    for (std::size_t i = 0; i < groups_[g].size(); ++i) {
      Tensor& p = groups_[g][i];
      const Tensor* gradient = internal::gradient_of(p);
      if (!gradient) continue;
      ParameterState& s = states_[g][i];
      ++s.step;
      update_one(g, p, gradient->array(), s);
      s.fresh = false;
    }
  }
}

}  // namespace xgrad::optim
