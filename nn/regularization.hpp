#pragma once
/// What keeps the parameters of a layer small: penalties that are added to the loss, and bounds that are restored after
/// every step.
///
///     nn::Dense hidden(784, 128, {.kernel_regularizer = nn::l2(1e-4), .kernel_constraint = nn::max_norm(3)});
///     ...
///     Tensor loss = nn::cross_entropy(net(x), y) + nn::regularization_loss(net);
///     loss.backward();
///     adam.step();
///     nn::apply_constraints(net);
///
/// Both are values inside the layer's options: a copy, a clone or a moved layer has its own. They are no part of the
/// state that is saved.

#include <limits>
#include <string>

#include "nn/module.hpp"

namespace xgrad::nn {

/// l1 sum |w| + l2 sum w^2, over all elements of a parameter: the sum, not the mean, and l2 without the half, as Keras
/// counts them. d/dw = l1 sign(w) + 2 l2 w; so for plain SGD l2(c) is PyTorch's weight_decay = 2 c.
struct Regularizer {
  double l1 = 0., l2 = 0.;

  bool empty() const noexcept { return l1 == 0. && l2 == 0.; }
  /// The penalty of one parameter, a recorded scalar. Integers are taken as float32.
  Tensor operator()(const Tensor& parameter) const;
  /// "l2(0.0001)"
  std::string repr() const;
  friend bool operator==(const Regularizer&, const Regularizer&) = default;
};

/// Factors must be finite and 0 or more: ValueError.
Regularizer l1(double factor = 0.01);
Regularizer l2(double factor = 0.01);
Regularizer l1_l2(double l1 = 0.01, double l2 = 0.01);

/// Bounds for the length of each unit's incoming weights, sqrt(sum w^2) over all axes but the unit's (for weights
/// [out, in, ...] axis 0; a parameter of one axis is one vector), and for their signs.
///
/// A vector longer than `max` or shorter than `min` is scaled by rate desired / (1e-7 + norm) + 1 - rate, `desired`
/// being the bound; others stay as they are, to the bit (Keras scales all of them, by 1 - 1e-7 / norm at least). Keras'
/// Dense keeps its kernel as [in, out], so that its default axis = 0 means the same; for its convolutions, whose kernel
/// is [h, w, in, out], this is axis = [0, 1, 2]. Vectors of zeros stay zeros.
struct Constraint {
  double min = 0., max = std::numeric_limits<double>::infinity();
  double rate = 1.;
  bool non_negative = false;  ///< negative weights become 0 first

  bool empty() const noexcept { return *this == Constraint{}; }
  /// The parameter's values within the bounds; not recorded.
  Tensor operator()(const Tensor& parameter, int unit_axis = 0) const;
  /// "max_norm(2)"
  std::string repr() const;
  friend bool operator==(const Constraint&, const Constraint&) = default;
};

/// Bounds must be finite and 0 or more, min <= max, 0 <= rate <= 1: ValueError.
Constraint max_norm(double max = 2.);
Constraint min_max_norm(double min = 0., double max = 1., double rate = 1.);
Constraint unit_norm();
Constraint non_neg();

/// Handed to `Regularized::rules`, which names to it each parameter with what its options say. An undefined parameter
/// is passed over.
class Rules {
 public:
  virtual ~Rules() = default;
  Rules& operator()(Tensor& parameter, const Regularizer& regularizer, const Constraint& constraint,
                    int unit_axis = 0) {
    if (parameter.defined()) on_rule(parameter, regularizer, constraint, unit_axis);
    return *this;
  }

 protected:
  virtual void on_rule(Tensor& parameter, const Regularizer& regularizer, const Constraint& constraint,
                       int unit_axis) = 0;
};

/// A module whose parameters may have penalties and bounds:
///
///     class Dense : public Module, public Regularized {
///       void rules(Rules& r) override { r(weight, kernel_regularizer_, kernel_constraint_)(bias, ...); }
class Regularized {
 public:
  virtual ~Regularized() = default;
  virtual void rules(Rules& rules) = 0;
};

/// The penalties of all trainable parameters in a model, added up: a recorded scalar of their dtype, 0 where there are
/// none. A parameter that layers share counts once (by the first that has a regulariser for it), a frozen one not at
/// all, as in Keras 3. Belongs to the loss that training and evaluation report.
Tensor regularization_loss(Module& model);
/// Whether any layer has a regulariser / a constraint: else the functions here need not be called.
bool has_regularizers(Module& model);
bool has_constraints(Module& model);
/// Puts every constrained parameter back within its bounds, in place; call it after each step of the optimiser. Frozen
/// parameters stay as they are.
void apply_constraints(Module& model);

}  // namespace xgrad::nn
