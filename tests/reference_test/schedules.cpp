/// Rows: the learning-rate schedules of optim.h5.

#include <memory>

#include "optim/optim.hpp"
#include "tests/reference_test/optimisers.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

using optim::Curve;

std::vector<std::int64_t> counts(C& c, const char* name) {
  return c.has(name) ? c.list(name) : std::vector<std::int64_t>{};
}

/// A tensor of the numbers gathered.
Tensor gathered(const std::vector<double>& values) { return Array::copy_of(values); }

/// An optimiser with one parameter, whose learning rate (and momentum) the schedule moves.
struct Moved {
  explicit Moved(C& c)
      : parameter(Tensor(Array::zeros({1}, float64)).requires_grad_()),
        sgd({parameter}, {.lr = c.number("base_lr", 0.1), .momentum = c.number("base_momentum_of_optimizer", 0)}) {}
  Tensor parameter;
  optim::SGD sgd;
};

/// The rate, and the momentum where the case has one, in force during each step.
void follow(Case& c, Report& report, const Curve& curve) {
  Moved m(c);
  optim::Schedule schedule(m.sgd, curve);
  std::vector<double> rates, momenta;
  const std::int64_t steps = c.integer("steps");
  for (std::int64_t k = 0; k < steps; ++k) {
    rates.push_back(m.sgd.lr());
    momenta.push_back(m.sgd.momentum());
    if (k + 1 < steps) schedule.step();
  }
  report.compare("output", gathered(rates), c.read("output"));
  if (c.has_data("momentum")) report.compare("momentum", gathered(momenta), c.read("momentum"));
}

template <class Rule>
void follow_metric(Case& c, Report& report, Moved& m, Rule& rule) {
  const Array metric = c.read("input0");
  const std::int64_t steps = c.integer("steps", metric.numel());
  std::vector<double> rates;
  for (std::int64_t k = 0; k < steps; ++k) {
    rates.push_back(m.sgd.lr());
    if (k + 1 < steps) rule.step(metric.values<double>()[static_cast<std::size_t>(k)]);
  }
  report.compare("output", gathered(rates), c.read("output"));
}

optim::Mode mode(C& c) { return c.text("mode", "min") == "max" ? optim::Mode::max : optim::Mode::min; }

void plateau(Case& c, Report& report) {
  Moved m(c);
  optim::ReduceLROnPlateau rule(
      m.sgd, {.mode = mode(c),
              .factor = c.number("factor", 0.1),
              .patience = c.integer("patience", 10),
              .threshold = c.number("threshold", 1e-4),
              .threshold_mode =
                  c.text("threshold_mode", "rel") == "abs" ? optim::Threshold::absolute : optim::Threshold::relative,
              .cooldown = c.integer("cooldown", 0),
              .min_lr = c.number("min_lr", 0),
              .eps = c.number("eps", 1e-8)});
  follow_metric(c, report, m, rule);
}

void keras_plateau(Case& c, Report& report) {
  Moved m(c);
  optim::keras::ReduceLROnPlateau rule(m.sgd, {.mode = mode(c),
                                               .factor = c.number("factor", 0.1),
                                               .patience = c.integer("patience", 10),
                                               .min_delta = c.number("min_delta", 1e-4),
                                               .cooldown = c.integer("cooldown", 0),
                                               .min_lr = c.number("min_lr", 0)});
  follow_metric(c, report, m, rule);
}

struct Row {
  const char* names;
  Curve (*curve)(C& c);
};

Curve one_cycle(C& c) {
  const auto strategy = c.text("anneal_strategy", "cos") == "linear" ? optim::Anneal::linear : optim::Anneal::cos;
  const std::int64_t total =
      c.has("total_steps") ? c.integer("total_steps") : c.integer("epochs") * c.integer("steps_per_epoch");
  return optim::OneCycleLR{.max_lr = c.number("max_lr"),
                           .total_steps = total,
                           .pct_start = c.number("pct_start", 0.3),
                           .anneal_strategy = strategy,
                           .cycle_momentum = c.flag("cycle_momentum", true),
                           .base_momentum = c.number("base_momentum", 0.85),
                           .max_momentum = c.number("max_momentum", 0.95),
                           .div_factor = c.number("div_factor", 25),
                           .final_div_factor = c.number("final_div_factor", 1e4),
                           .three_phase = c.flag("three_phase")};
}

constexpr Row kRows[] = {
    {"lr_step lr_step_lr",
     [](C& c) -> Curve {
       return optim::StepLR{c.integer("step_size"), c.number("gamma", 0.1)};
     }},
    {"lr_multistep lr_multi_step",
     [](C& c) -> Curve {
       return optim::MultiStepLR{counts(c, "milestones"), c.number("gamma", 0.1)};
     }},
    {"lr_exponential", [](C& c) -> Curve { return optim::ExponentialLR{c.number("gamma")}; }},
    {"lr_cosine lr_cosine_annealing",
     [](C& c) -> Curve {
       return optim::CosineAnnealingLR{c.integer("T_max"), c.number("eta_min", 0)};
     }},
    {"lr_cosine_warm_restarts lr_cosine_annealing_warm_restarts",
     [](C& c) -> Curve {
       return optim::CosineAnnealingWarmRestarts{c.integer("T_0"), c.integer("T_mult", 1), c.number("eta_min", 0)};
     }},
    {"lr_linear_warmup lr_linear",
     [](C& c) -> Curve {
       return optim::LinearLR{c.number("start_factor", 1. / 3), c.number("end_factor", 1), c.integer("total_iters", 5)};
     }},
    {"lr_constant_warmup lr_constant",
     [](C& c) -> Curve {
       return optim::ConstantLR{c.number("factor", 1. / 3), c.integer("total_iters", 5)};
     }},
    {"lr_polynomial",
     [](C& c) -> Curve {
       return optim::PolynomialLR{c.integer("total_iters", 5), c.number("power", 1)};
     }},
    {"lr_one_cycle lr_onecycle", one_cycle},
    {"lr_keras_inverse_time_decay",
     [](C& c) -> Curve {
       return optim::keras::InverseTimeDecay{c.integer("decay_steps"), c.number("decay_rate"), c.flag("staircase")};
     }},
    {"lr_keras_exponential_decay",
     [](C& c) -> Curve {
       return optim::keras::ExponentialDecay{c.integer("decay_steps"), c.number("decay_rate"), c.flag("staircase")};
     }},
    {"lr_keras_polynomial_decay",
     [](C& c) -> Curve {
       return optim::keras::PolynomialDecay{c.integer("decay_steps"), c.number("end_learning_rate", 1e-4),
                                            c.number("power", 1), c.flag("cycle")};
     }},
    {"lr_keras_cosine_decay",
     [](C& c) -> Curve {
       return optim::keras::CosineDecay{c.integer("decay_steps"), c.number("alpha", 0), c.number("warmup_target", 0),
                                        c.has("warmup_target") ? c.integer("warmup_steps", 0) : 0};
     }},
    {"lr_keras_cosine_decay_restarts",
     [](C& c) -> Curve {
       return optim::keras::CosineDecayRestarts{c.integer("first_decay_steps"), c.number("t_mul", 2),
                                                c.number("m_mul", 1), c.number("alpha", 0)};
     }},
    {"lr_keras_piecewise_constant lr_keras_piecewise_constant_decay",
     [](C& c) -> Curve {
       return optim::keras::PiecewiseConstantDecay{c.list("boundaries"), c.numbers("values")};
     }},
};

}  // namespace

void add_schedules(Table& table) {
  for (const Row& row : kRows)
    table.others({{row.names, [curve = row.curve](Case& c, Report& report) { follow(c, report, curve(c)); }}});
  table.others({{"lr_reduce_on_plateau lr_plateau", plateau}, {"lr_keras_reduce_on_plateau", keras_plateau}});
}

}  // namespace xgrad::reference
