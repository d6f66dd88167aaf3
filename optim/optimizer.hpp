#pragma once
/// The base of all optimisers: parameter groups, state per parameter, stepping.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::optim {

/// What an optimiser remembers of one parameter.
struct ParameterState {
  static constexpr int kMaxSlots = 4;
  std::int64_t step = 0;               ///< updates so far; a parameter without gradient is passed over
  std::array<Array, kMaxSlots> slots;  ///< moments and the like, undefined until the first update
};

/// What schedules, checkpoints and training loops need of any optimiser.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update of every parameter that has a gradient. All memory is taken first: where that fails (std::bad_alloc),
  /// no parameter has changed, and the step can be taken again.
  virtual void step() = 0;
  /// Clears the gradients, so that the next backward makes new ones (PyTorch's set_to_none).
  void zero_grad();

  std::size_t num_groups() const noexcept { return groups_.size(); }
  /// The parameters of group g; IndexError out of range.
  const std::vector<Tensor>& parameters(std::size_t g = 0) const;
  /// The learning rate of group g, and setting it (ValueError when negative or NaN).
  virtual double lr(std::size_t g = 0) const = 0;
  virtual void set_lr(double lr, std::size_t g) = 0;
  /// Sets it for all groups.
  void set_lr(double lr);

  /// The names of the state slots, in order: {"exp_avg", "exp_avg_sq"}.
  virtual std::vector<std::string_view> slot_names() const = 0;
  /// The state of parameter i of group g.
  ParameterState& state(std::size_t g, std::size_t i);

 protected:
  Optimizer() = default;
  /// Checks: leaves that require gradients, none of them twice (ValueError).
  void add_parameters(std::vector<Tensor> parameters);
  std::size_t check_group(std::size_t g) const;
  /// Makes the first `slots` slots of every parameter of group g that has a gradient, where they are missing.
  void prepare(std::size_t g, int slots);

  std::vector<std::vector<Tensor>> groups_;
  std::vector<std::vector<ParameterState>> states_;
};

/// Throws ValueError naming `op` and the option unless low <= value <= high (and not NaN).
void check_option(std::string_view op, std::string_view option, double value, double low, double high);

/// An optimiser with options of type O, which has a field `lr`. A subclass gives `check` (in its constructor, and for
/// every group), `slots` and `update`; everything else is here.
template <class O>
class OptimizerWith : public Optimizer {
 public:
  using Options = O;

  /// A further group with options of its own.
  void add_group(std::vector<Tensor> parameters, const O& options) {
    check(options);
    options_.reserve(options_.size() + 1);
    add_parameters(std::move(parameters));
    options_.push_back(options);
  }
  const O& options(std::size_t g = 0) const { return options_[check_group(g)]; }

  void step() override {
    for (std::size_t g = 0; g < groups_.size(); ++g) prepare(g, slots(options_[g]));
    for (std::size_t g = 0; g < groups_.size(); ++g)
      for (std::size_t i = 0; i < groups_[g].size(); ++i) {
        Tensor& p = groups_[g][i];
        const Tensor gradient = p.grad();
        if (!gradient.defined()) continue;
        ParameterState& s = states_[g][i];
        ++s.step;
        update(p, gradient.array(), s, options_[g]);
      }
  }

  using Optimizer::set_lr;
  double lr(std::size_t g = 0) const override { return options(g).lr; }
  void set_lr(double lr, std::size_t g) override {
    check_option("set_lr", "lr", lr, 0., 1e300);
    options_[check_group(g)].lr = lr;
  }

 protected:
  /// Throws ValueError for options out of range.
  virtual void check(const O& options) const = 0;
  /// How many of the slots are used under these options: the first so many.
  virtual int slots(const O& options) const = 0;
  /// Changes p in place, in one pass over memory, without allocating; s.step counts from 1. The gradient has p's shape
  /// and dtype, and so have the slots in use, which are zeros at first.
  virtual void update(Tensor& p, const Array& gradient, ParameterState& s, const O& options) = 0;

 private:
  std::vector<O> options_;
};

}  // namespace xgrad::optim
