#pragma once
/// L-BFGS.

#include "optim/optimizer.hpp"

namespace xgrad::optim {

enum class LineSearch { none, strong_wolfe };

struct LBFGSOptions {
  double lr = 1.;              ///< length of a step (of the first trial, with a line search), 0 or more
  std::int64_t max_iter = 20;  ///< iterations in one `step`, 1 or more
  std::int64_t max_eval = 0;   ///< calls of the closure in one `step` after which no iteration begins; 0: 5/4 max_iter
  double tolerance_grad = 1e-7;               ///< ends where no element of the gradient is larger, 0 or more
  double tolerance_change = 1e-9;             ///< ends where loss, or every parameter, changes by no more, 0 or more
  std::int64_t history_size = 100;            ///< pairs of vectors remembered, 1 or more
  LineSearch line_search = LineSearch::none;  ///< PyTorch's line_search_fn

  void fields(Fields& f) {
    f("lr", lr)("max_iter", max_iter, 1)("max_eval", max_eval, 0)("tolerance_grad", tolerance_grad);
    f("tolerance_change", tolerance_change)("history_size", history_size, 1);
    bool wolfe = line_search == LineSearch::strong_wolfe;
    f("strong_wolfe", wolfe);
    line_search = wolfe ? LineSearch::strong_wolfe : LineSearch::none;
  }
};

/// Limited-memory BFGS (Nocedal 1980; Nocedal and Wright 2006, algorithms 7.4 and 7.5), for a loss of all data, not of
/// batches: each step takes up to `max_iter` iterations p += t d, d = -H g, with H from the last `history_size` changes
/// of p and g, and calls the closure again and again:
///
///     optim::LBFGS lbfgs(net.parameters(), {.line_search = optim::LineSearch::strong_wolfe});
///     Tensor loss = lbfgs.step([&] { lbfgs.zero_grad(); Tensor l = f(); l.backward(); return l; });
///
/// `strong_wolfe` searches for t with cubic interpolation until f(t) <= f(0) + 1e-4 t f'(0) and |f'(t)| <= 0.9 |f'(0)|,
/// 25 evaluations at most; a loss that is not finite counts as too large. Without, t = lr (at first
/// min(1, 1 / |g|_1) lr). Iterations as PyTorch's LBFGS; its search keeps its own tolerance of 1e-9, ours takes
/// `tolerance_change`. All parameters are of one group and one dtype; those without gradient stay. Memory:
/// 2 history_size + 4 times the parameters. Where the closure throws, or memory ends, the parameters are those of the
/// last whole iteration.
class LBFGS : public OptimizerOf<LBFGSOptions> {
 public:
  explicit LBFGS(Parameters parameters, LBFGSOptions options = {});
  std::string_view name() const override { return "LBFGS"; }
  std::vector<std::string_view> slot_names() const override { return {}; }

  /// Returns the loss before the step. Where that or its gradient is not finite, nothing changes.
  Tensor step(const Closure& closure) override;
  /// ValueError: it needs the closure.
  void step() override;
  void add_group(Parameters parameters, const LBFGSOptions& options) = delete;

  /// Calls of the closure, and iterations, so far.
  std::int64_t func_evals() const noexcept { return memory_.func_evals; }
  std::int64_t n_iter() const noexcept { return memory_.n_iter; }

 protected:
  void add_to(State& out) const override;
  std::function<void()> read_from(StateReader& in) override;

 private:
  /// One change of the parameters, s, and of the gradient, y.
  struct Change {
    Array s, y;
    double rho = 0.;  ///< 1 / (y . s)
  };
  struct Memory {
    std::int64_t func_evals = 0, n_iter = 0;
    double t = 0., h_diag = 1.;
    Array d, previous_gradient;
    std::vector<Change> changes;  ///< the oldest first
  };
  template <class T>
  class Run;
  std::int64_t total() const;

  Memory memory_;
};

}  // namespace xgrad::optim
