#pragma once
/// The base of all optimisers: parameter groups, options and state per parameter, stepping, saving.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"
#include "optim/options.hpp"
#include "optim/parameters.hpp"
#include "optim/state.hpp"

namespace xgrad::optim {

/// What an optimiser remembers of one parameter.
struct ParameterState {
  static constexpr int kMaxSlots = 4;
  std::int64_t step = 0;               ///< updates so far; a parameter without gradient is passed over
  double number = 1.;                  ///< where an optimiser needs one beside the slots (see `number_name`)
  bool fresh = false;                  ///< a slot was made for the coming update, and holds its initial value
  std::array<Array, kMaxSlots> slots;  ///< moments and the like, undefined until the first update
};

/// What schedules, checkpoints and training loops need of any optimiser.
class Optimizer : public Stateful {
 public:
  /// Computes the loss, clears the gradients and fills them anew: `[&] { opt.zero_grad(); Tensor l = f(); l.backward();
  /// return l; }`.
  using Closure = std::function<Tensor()>;

  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// "Adam": in errors, and in what is saved.
  virtual std::string_view name() const = 0;

  /// One update of every parameter that has a gradient. All memory is taken first: where that fails (std::bad_alloc),
  /// no parameter has changed, and the step can be taken again.
  virtual void step() = 0;
  /// Calls the closure, takes a step, and returns the loss. LBFGS calls it several times.
  virtual Tensor step(const Closure& closure);
  /// Clears the gradients, so that the next backward makes new ones (PyTorch's set_to_none).
  void zero_grad();

  std::size_t num_groups() const noexcept { return groups_.size(); }
  /// The parameters of group g; IndexError out of range.
  const std::vector<Tensor>& parameters(std::size_t g = 0) const;
  /// Their names; "<group>.<place>" for those without one.
  const std::vector<std::string>& names(std::size_t g = 0) const { return names_[check_group(g)]; }

  /// The learning rate of group g, and setting it (ValueError when negative or NaN).
  virtual double lr(std::size_t g = 0) const = 0;
  virtual void set_lr(double lr, std::size_t g) = 0;
  /// Sets it for all groups.
  void set_lr(double lr);
  /// The momentum of group g: its option `momentum`, or the first of `betas`. ValueError for an optimiser without.
  double momentum(std::size_t g = 0) const;
  void set_momentum(double momentum, std::size_t g);
  bool has_momentum() const noexcept;

  /// The names of the state slots, in order: {"exp_avg", "exp_avg_sq"}.
  virtual std::vector<std::string_view> slot_names() const = 0;
  /// The state of parameter i of group g.
  ParameterState& state(std::size_t g, std::size_t i);

  /// The options of every group ("group.0/lr"; their number, "groups/count"), and of every parameter the number of
  /// updates and the slots ("0.weight/step", "0.weight/exp_avg").
  State state_dict() const override;
  /// Takes over all of it, learning rates included. The groups must be the same, with the same names of parameters.
  void load_state_dict(const State& state) override;

 protected:
  Optimizer() = default;
  /// Checks: leaves that require gradients, none of them twice, names that differ (ValueError).
  void add_parameters(Parameters parameters);
  std::size_t check_group(std::size_t g) const;
  /// Updates every parameter that has a gradient, after having taken all memory.
  void update_all();

  /// Lists the options of group g.
  virtual void visit_options(std::size_t g, Fields& fields) = 0;
  /// Throws ValueError where they do not go together.
  virtual void check_group_options(std::size_t g) const = 0;
  /// One bit for each slot that group g uses.
  virtual unsigned used_slots(std::size_t) const { return 0; }
  /// What a slot holds before the first update.
  virtual double initial_value(std::size_t /*g*/, int /*slot*/) const { return 0.; }
  /// The name under which `ParameterState::number` is saved; none when empty.
  virtual std::string_view number_name() const { return {}; }
  virtual void update_one(std::size_t /*g*/, Tensor& /*p*/, const Array& /*gradient*/, ParameterState& /*s*/) {}
  /// For state beyond that of single parameters: `read` checks everything and returns what puts it in place, which must
  /// not throw.
  virtual void add_to(State&) const {}
  virtual std::function<void()> read_from(StateReader&) { return {}; }

  std::vector<std::vector<Tensor>> groups_;
  std::vector<std::vector<std::string>> names_;
  std::vector<std::vector<ParameterState>> states_;

 private:
  void prepare(std::size_t g);
  void make_slot(std::size_t g, const Tensor& p, ParameterState& s, int slot) const;
  ParameterState read_parameter(StateReader& in, std::size_t g, std::size_t i) const;
  void read_options(StateReader& in);
};

/// An optimiser whose groups have options of type O: a struct with a field `lr` and a function `fields` (see Fields).
template <class O>
class OptimizerOf : public Optimizer {
 public:
  using Options = O;
  using Groups = std::vector<GroupOptions<O>>;

  /// A further group with options of its own.
  void add_group(Parameters parameters, const O& options) {
    check_all(options);
    if (parameters.empty()) fail<ValueError>(name(), "got no parameters");
    add_checked(std::move(parameters), options);
  }
  const O& options(std::size_t g = 0) const { return options_[check_group(g)]; }

  using Optimizer::set_lr;
  double lr(std::size_t g = 0) const override { return options(g).lr; }
  void set_lr(double lr, std::size_t g) override {
    check_option("set_lr", "lr", lr, 0., kLargest);
    options_[check_group(g)].lr = lr;
  }

 protected:
  /// For constructors: group 0 with `options`, and for each of `groups` a further one with the parameters whose names
  /// fit its pattern (the first that fits counts). Group 0 may be left without any. ValueError for a pattern that fits
  /// none.
  void add_groups(Parameters parameters, const O& options, const Groups& groups = {}) {
    if (groups.empty()) return add_group(std::move(parameters), options);
    check_all(options);
    std::vector<Parameters> chosen;
    for (const auto& group : groups) {
      check_all(group.options);
      chosen.push_back(parameters.matching(group.pattern));
      parameters = parameters.not_matching(group.pattern);
      if (chosen.back().empty())
        fail<ValueError>(name(), "the pattern \"" + group.pattern + "\" fits no parameter that is left");
    }
    add_checked(std::move(parameters), options);
    for (std::size_t g = 0; g < groups.size(); ++g) add_checked(std::move(chosen[g]), groups[g].options);
  }

  /// Throws ValueError for options that do not go together; each alone is within its bounds already.
  virtual void check(const O&) const {}

  void visit_options(std::size_t g, Fields& fields) override { options_[g].fields(fields); }
  void check_group_options(std::size_t g) const override { check(options_[g]); }

 private:
  void check_all(O options) const {
    CheckFields within(name());
    options.fields(within);
    check(options);
  }
  void add_checked(Parameters parameters, const O& options) {
    options_.reserve(options_.size() + 1);
    add_parameters(std::move(parameters));
    options_.push_back(options);
  }

  std::vector<O> options_;
};

/// An optimiser that updates one parameter after the other, each element for itself. A subclass gives its name, its
/// options, the slots they need and `update`; everything else is here.
template <class O>
class OptimizerWith : public OptimizerOf<O> {
 public:
  using Optimizer::step;
  void step() override { this->update_all(); }

 protected:
  /// One bit for each slot that is used under these options: 0b11 for the first two.
  virtual unsigned slots(const O& options) const = 0;
  /// What a slot holds before the first update.
  virtual double initial(int /*slot*/, const O&) const { return 0.; }
  /// Changes p in place, in one pass over memory, without allocating; s.step counts from 1. The gradient has p's shape
  /// and dtype, and so have the slots in use.
  virtual void update(Tensor& p, const Array& gradient, ParameterState& s, const O& options) = 0;

  unsigned used_slots(std::size_t g) const final { return slots(this->options(g)); }
  double initial_value(std::size_t g, int slot) const final { return initial(slot, this->options(g)); }
  void update_one(std::size_t g, Tensor& p, const Array& gradient, ParameterState& s) final {
    update(p, gradient, s, this->options(g));
  }
};

/// An optimiser under other defaults and another name: P is a struct of options with `kName` and `resolved()`, which
/// gives them as Base's.
template <class Base, class P>
class PresetOf : public Base {
 public:
  using Preset = P;
  using PresetGroups = std::vector<GroupOptions<P>>;

  explicit PresetOf(Parameters parameters, P options = {}, const PresetGroups& groups = {}) : Base() {
    typename Base::Groups resolved;
    for (const auto& group : groups) resolved.push_back({group.pattern, group.options.resolved()});
    this->add_groups(std::move(parameters), options.resolved(), resolved);
  }
  std::string_view name() const override { return P::kName; }
  void add_group(Parameters parameters, const P& options) {
    Base::add_group(std::move(parameters), options.resolved());
  }
};

}  // namespace xgrad::optim
