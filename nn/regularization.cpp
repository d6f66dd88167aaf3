#include "nn/regularization.hpp"

#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <unordered_set>
#include <vector>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/comparison.hpp"
#include "autograd/ops/functions.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/ops/vector_norm.hpp"

namespace xgrad::nn {
namespace {

/// Keras' epsilon, which keeps a division by the norm finite.
constexpr double kEpsilon = 1e-7;

void check_not_negative(const char* op, const char* name, double value) {
  if (!(value >= 0. && std::isfinite(value)))
    fail<ValueError>(op, fmt::format("{}: got {}; expected a finite number, 0 or more", name, value));
}

Tensor number_like(const Tensor& x, double value) { return Tensor(Array::full({}, value, x.dtype())); }

/// Calls f for every rule in the model.
class EachRule final : public Rules {
 public:
  using Function = std::function<void(Tensor&, const Regularizer&, const Constraint&, int)>;
  EachRule(Module& model, Function f) : f_(std::move(f)) {
    for (const NamedModule& entry : model.named_modules())
      if (auto* layer = dynamic_cast<Regularized*>(entry.module)) layer->rules(*this);
  }

 private:
  void on_rule(Tensor& p, const Regularizer& regularizer, const Constraint& constraint, int unit_axis) override {
    f_(p, regularizer, constraint, unit_axis);
  }
  Function f_;
};

}  // namespace

// ---- penalties -------------------------------------------------------------------------------------------------------

Tensor Regularizer::operator()(const Tensor& parameter) const {
  const Tensor w = is_floating(parameter.dtype()) ? parameter : parameter.to(float32);
  if (empty()) return number_like(w, 0);
  Tensor penalty;
  if (l1 != 0.) penalty = mul(sum(abs(w)), l1);
  if (l2 == 0.) return penalty;
  const Tensor squares = mul(sum(square(w)), l2);
  return penalty.defined() ? add(penalty, squares) : squares;
}

std::string Regularizer::repr() const {
  if (l2 == 0.) return fmt::format("l1({})", l1);
  return l1 == 0. ? fmt::format("l2({})", l2) : fmt::format("l1_l2({}, {})", l1, l2);
}

Regularizer l1(double factor) {
  check_not_negative("l1", "factor", factor);
  return {factor, 0.};
}

Regularizer l2(double factor) {
  check_not_negative("l2", "factor", factor);
  return {0., factor};
}

Regularizer l1_l2(double l1, double l2) {
  check_not_negative("l1_l2", "l1", l1);
  check_not_negative("l1_l2", "l2", l2);
  return {l1, l2};
}

Tensor regularization_loss(Module& model) {
  Tensor total;
  std::unordered_set<const xgrad::detail::Impl*> seen;
  EachRule(model, [&](Tensor& p, const Regularizer& regularizer, const Constraint&, int) {
    if (regularizer.empty() || !p.requires_grad()) return;
    if (!seen.insert(xgrad::detail::Access::impl(p.array())).second) return;
    const Tensor penalty = regularizer(p);
    total = total.defined() ? add(total, penalty) : penalty;
  });
  if (total.defined()) return total;
  const std::vector<Tensor> parameters = model.parameters();
  const bool wide = !parameters.empty() && parameters.front().dtype() == float64;
  return Tensor(Array::zeros({}, wide ? float64 : float32));
}

bool has_regularizers(Module& model) {
  bool any = false;
  EachRule(model,
           [&](Tensor&, const Regularizer& regularizer, const Constraint&, int) { any |= !regularizer.empty(); });
  return any;
}

// ---- bounds ----------------------------------------------------------------------------------------------------------

Tensor Constraint::operator()(const Tensor& parameter, int unit_axis) const {
  const NoGradGuard constant;
  Tensor w = parameter.detach();
  if (non_negative) w = where(lt(w, 0), number_like(w, 0), w);
  if (min == 0. && std::isinf(max)) return w;
  std::vector<std::int64_t> incoming;
  for (int i = 0; i < w.dim(); ++i)
    if (w.dim() < 2 || i != unit_axis) incoming.push_back(i);
  const Tensor length = norm(w, 2, incoming, true);
  const Tensor low = number_like(w, min), high = number_like(w, max);
  const Tensor desired = where(lt(length, low), low, where(gt(length, high), high, length));
  const Tensor factor = add(mul(div(desired, add(length, kEpsilon)), rate), 1. - rate);
  return where(eq(desired, length), w, mul(w, factor));
}

std::string Constraint::repr() const {
  if (non_negative && min == 0. && std::isinf(max)) return "non_neg()";
  if (min == 0. && rate == 1.) return fmt::format("max_norm({})", max);
  return min == max && min == 1. && rate == 1. ? "unit_norm()"
                                               : fmt::format("min_max_norm({}, {}, {})", min, max, rate);
}

Constraint max_norm(double max) {
  check_not_negative("max_norm", "max", max);
  return {.max = max};
}

Constraint min_max_norm(double min, double max, double rate) {
  check_not_negative("min_max_norm", "min", min);
  check_not_negative("min_max_norm", "max", max);
  if (min > max) fail<ValueError>("min_max_norm", fmt::format("got min {}, max {}; expected min <= max", min, max));
  if (!(rate >= 0. && rate <= 1.)) fail<ValueError>("min_max_norm", fmt::format("rate: got {}; expected 0 to 1", rate));
  return {.min = min, .max = max, .rate = rate};
}

Constraint unit_norm() { return {.min = 1., .max = 1.}; }
Constraint non_neg() { return {.non_negative = true}; }

bool has_constraints(Module& model) {
  bool any = false;
  EachRule(model, [&](Tensor&, const Regularizer&, const Constraint& constraint, int) { any |= !constraint.empty(); });
  return any;
}

void apply_constraints(Module& model) {
  EachRule(model, [](Tensor& p, const Regularizer&, const Constraint& constraint, int unit_axis) {
    if (!constraint.empty() && p.requires_grad()) p.copy_(constraint(p, unit_axis));
  });
}

}  // namespace xgrad::nn
