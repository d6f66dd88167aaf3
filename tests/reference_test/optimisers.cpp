/// Rows: the trajectories of optim.h5.

#include "tests/reference_test/optimisers.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "optim/optim.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

using Parameters = std::vector<Tensor>;
using Made = std::unique_ptr<optim::Optimizer>;

struct Maker {
  const char* name;
  Made (*make)(C& c, Parameters parameters);
};

// ---- optimisers ------------------------------------------------------------------------------------------------------

template <class O, class Options>
Made made(Parameters p, Options options) {
  return std::make_unique<O>(std::move(p), options);
}

/// Pairs stand alone in optim.h5 (beta1, beta2); a list is understood too.
std::array<double, 2> pair(C& c, const char* list, const char* first, const char* second,
                           std::array<double, 2> otherwise) {
  if (!c.has(list)) return {c.number(first, otherwise[0]), c.number(second, otherwise[1])};
  const std::vector<double> both = c.numbers(list);
  return {both.at(0), both.at(1)};
}
std::array<double, 2> betas(C& c) { return pair(c, "betas", "beta1", "beta2", {0.9, 0.999}); }

Made sgd(C& c, Parameters p) {
  return made<optim::SGD>(std::move(p), optim::SGDOptions{.lr = c.number("lr", 1e-3),
                                                          .momentum = c.number("momentum", 0),
                                                          .dampening = c.number("dampening", 0),
                                                          .weight_decay = c.number("weight_decay", 0),
                                                          .nesterov = c.flag("nesterov"),
                                                          .maximize = c.flag("maximize")});
}

Made adam(C& c, Parameters p) {
  return made<optim::Adam>(std::move(p), optim::AdamOptions{.lr = c.number("lr", 1e-3),
                                                            .betas = betas(c),
                                                            .eps = c.number("eps", 1e-8),
                                                            .weight_decay = c.number("weight_decay", 0),
                                                            .amsgrad = c.flag("amsgrad"),
                                                            .maximize = c.flag("maximize")});
}

Made adamw(C& c, Parameters p) {
  return made<optim::AdamW>(std::move(p), optim::AdamWOptions{.lr = c.number("lr", 1e-3),
                                                              .betas = betas(c),
                                                              .eps = c.number("eps", 1e-8),
                                                              .weight_decay = c.number("weight_decay", 1e-2),
                                                              .amsgrad = c.flag("amsgrad"),
                                                              .maximize = c.flag("maximize")});
}

Made nadam(C& c, Parameters p) {
  return made<optim::NAdam>(std::move(p),
                            optim::NAdamOptions{.lr = c.number("lr", 2e-3),
                                                .betas = betas(c),
                                                .eps = c.number("eps", 1e-8),
                                                .weight_decay = c.number("weight_decay", 0),
                                                .momentum_decay = c.number("momentum_decay", 4e-3),
                                                .maximize = c.flag("maximize"),
                                                .decoupled_weight_decay = c.flag("decoupled_weight_decay")});
}

Made radam(C& c, Parameters p) {
  return made<optim::RAdam>(std::move(p),
                            optim::RAdamOptions{.lr = c.number("lr", 1e-3),
                                                .betas = betas(c),
                                                .eps = c.number("eps", 1e-8),
                                                .weight_decay = c.number("weight_decay", 0),
                                                .maximize = c.flag("maximize"),
                                                .decoupled_weight_decay = c.flag("decoupled_weight_decay")});
}

Made adamax(C& c, Parameters p) {
  return made<optim::Adamax>(std::move(p), optim::AdamaxOptions{.lr = c.number("lr", 2e-3),
                                                                .betas = betas(c),
                                                                .eps = c.number("eps", 1e-8),
                                                                .weight_decay = c.number("weight_decay", 0),
                                                                .maximize = c.flag("maximize")});
}

Made adagrad(C& c, Parameters p) {
  return made<optim::Adagrad>(
      std::move(p), optim::AdagradOptions{.lr = c.number("lr", 1e-2),
                                          .lr_decay = c.number("lr_decay", 0),
                                          .weight_decay = c.number("weight_decay", 0),
                                          .initial_accumulator_value = c.number("initial_accumulator_value", 0),
                                          .eps = c.number("eps", 1e-10),
                                          .maximize = c.flag("maximize")});
}

Made adadelta(C& c, Parameters p) {
  return made<optim::Adadelta>(std::move(p), optim::AdadeltaOptions{.lr = c.number("lr", 1),
                                                                    .rho = c.number("rho", 0.9),
                                                                    .eps = c.number("eps", 1e-6),
                                                                    .weight_decay = c.number("weight_decay", 0),
                                                                    .maximize = c.flag("maximize")});
}

Made rmsprop(C& c, Parameters p) {
  return made<optim::RMSprop>(std::move(p), optim::RMSpropOptions{.lr = c.number("lr", 1e-2),
                                                                  .alpha = c.number("alpha", 0.99),
                                                                  .eps = c.number("eps", 1e-8),
                                                                  .weight_decay = c.number("weight_decay", 0),
                                                                  .momentum = c.number("momentum", 0),
                                                                  .centered = c.flag("centered"),
                                                                  .maximize = c.flag("maximize")});
}

Made rprop(C& c, Parameters p) {
  return made<optim::Rprop>(
      std::move(p),
      optim::RpropOptions{.lr = c.number("lr", 1e-2),
                          .etas = pair(c, "etas", "etaminus", "etaplus", {0.5, 1.2}),
                          .step_sizes = pair(c, "step_sizes", "step_size_min", "step_size_max", {1e-6, 50.}),
                          .maximize = c.flag("maximize")});
}

// Where the versions of Keras differ, the attributes say which preset is meant: Keras 3, or tf.keras.

Made keras_sgd(C& c, Parameters p) {
  const double lr = c.number("lr", 0.01), momentum = c.number("momentum", 0), decay = c.number("decay", 0);
  const bool nesterov = c.flag("nesterov");
  if (decay != 0)
    return made<optim::tf_keras::SGD>(
        std::move(p),
        optim::tf_keras::SGDOptions{.lr = lr, .momentum = momentum, .nesterov = nesterov, .decay = decay});
  return made<optim::keras::SGD>(
      std::move(p),
      optim::keras::SGDOptions{
          .lr = lr, .momentum = momentum, .nesterov = nesterov, .weight_decay = c.number("weight_decay", 0)});
}

Made keras_adam(C& c, Parameters p) {
  const double lr = c.number("lr", 1e-3), eps = c.number("eps", 1e-7), decay = c.number("decay", 0);
  const bool amsgrad = c.flag("amsgrad");
  if (decay != 0)
    return made<optim::tf_keras::Adam>(
        std::move(p),
        optim::tf_keras::AdamOptions{.lr = lr, .betas = betas(c), .eps = eps, .amsgrad = amsgrad, .decay = decay});
  return made<optim::keras::Adam>(
      std::move(p),
      optim::keras::AdamOptions{
          .lr = lr, .betas = betas(c), .eps = eps, .weight_decay = c.number("weight_decay", 0), .amsgrad = amsgrad});
}

Made keras_adamw(C& c, Parameters p) {
  return made<optim::keras::AdamW>(std::move(p),
                                   optim::keras::AdamWOptions{.lr = c.number("lr", 1e-3),
                                                              .betas = betas(c),
                                                              .eps = c.number("eps", 1e-7),
                                                              .weight_decay = c.number("weight_decay", 0.004),
                                                              .amsgrad = c.flag("amsgrad")});
}

Made keras_adamax(C& c, Parameters p) {
  const double lr = c.number("lr", 1e-3), eps = c.number("eps", 1e-7), decay = c.number("decay", 0);
  if (decay != 0)
    return made<optim::tf_keras::Adamax>(
        std::move(p), optim::tf_keras::AdamaxOptions{.lr = lr, .betas = betas(c), .eps = eps, .decay = decay});
  return made<optim::keras::Adamax>(
      std::move(p), optim::keras::AdamaxOptions{
                        .lr = lr, .betas = betas(c), .eps = eps, .weight_decay = c.number("weight_decay", 0)});
}

Made keras_nadam(C& c, Parameters p) {
  const double lr = c.number("lr", 1e-3), eps = c.number("eps", 1e-7), schedule = c.number("schedule_decay", 1);
  if (schedule != 1)
    return made<optim::tf_keras::Nadam>(
        std::move(p),
        optim::tf_keras::NadamOptions{.lr = lr, .betas = betas(c), .eps = eps, .schedule_decay = schedule});
  return made<optim::keras::Nadam>(
      std::move(p),
      optim::keras::NadamOptions{.lr = lr, .betas = betas(c), .eps = eps, .weight_decay = c.number("weight_decay", 0)});
}

Made keras_adagrad(C& c, Parameters p) {
  const double lr = c.number("lr", 1e-3), first = c.number("initial_accumulator_value", 0.1);
  const double eps = c.number("eps", 1e-7);
  if (!c.flag("eps_inside_sqrt", true))
    return made<optim::tf_keras::Adagrad>(
        std::move(p), optim::tf_keras::AdagradOptions{
                          .lr = lr, .initial_accumulator_value = first, .eps = eps, .decay = c.number("decay", 0)});
  return made<optim::keras::Adagrad>(
      std::move(p),
      optim::keras::AdagradOptions{
          .lr = lr, .initial_accumulator_value = first, .eps = eps, .weight_decay = c.number("weight_decay", 0)});
}

Made keras_adadelta(C& c, Parameters p) {
  const double lr = c.number("lr", 1e-3), rho = c.number("rho", 0.95), eps = c.number("eps", 1e-7);
  const double decay = c.number("decay", 0);
  if (decay != 0)
    return made<optim::tf_keras::Adadelta>(
        std::move(p), optim::tf_keras::AdadeltaOptions{.lr = lr, .rho = rho, .eps = eps, .decay = decay});
  return made<optim::keras::Adadelta>(
      std::move(p),
      optim::keras::AdadeltaOptions{.lr = lr, .rho = rho, .eps = eps, .weight_decay = c.number("weight_decay", 0)});
}

Made keras_rmsprop(C& c, Parameters p) {
  const optim::keras::RMSpropOptions o{.lr = c.number("lr", 1e-3),
                                       .rho = c.number("rho", 0.9),
                                       .momentum = c.number("momentum", 0),
                                       .eps = c.number("eps", 1e-7),
                                       .centered = c.flag("centered"),
                                       .weight_decay = c.number("weight_decay", 0)};
  const bool inside = c.flag("eps_inside_sqrt", true);
  const double decay = c.number("decay", 0);
  if (inside && decay == 0) return made<optim::keras::RMSprop>(std::move(p), o);
  if (inside == (o.momentum > 0))
    return made<optim::tf_keras::RMSprop>(
        std::move(p),
        optim::tf_keras::RMSpropOptions{
            .lr = o.lr, .rho = o.rho, .momentum = o.momentum, .eps = o.eps, .centered = o.centered, .decay = decay});
  optim::RMSpropOptions of_no_version = o.resolved();
  of_no_version.eps_inside_sqrt = inside;
  of_no_version.lr_decay = decay;
  return made<optim::RMSprop>(std::move(p), of_no_version);
}

constexpr Maker kMakers[] = {
    {"torch_sgd", sgd},
    {"torch_adam", adam},
    {"torch_adamw", adamw},
    {"torch_nadam", nadam},
    {"torch_radam", radam},
    {"torch_adamax", adamax},
    {"torch_adagrad", adagrad},
    {"torch_adadelta", adadelta},
    {"torch_rmsprop", rmsprop},
    {"torch_rprop", rprop},
    {"keras_sgd", keras_sgd},
    {"keras_adam", keras_adam},
    {"keras_adamw", keras_adamw},
    {"keras_adamax", keras_adamax},
    {"keras_nadam", keras_nadam},
    {"keras_adagrad", keras_adagrad},
    {"keras_adadelta", keras_adadelta},
    {"keras_rmsprop", keras_rmsprop},
};

/// Entry `step` along the first axis, without that axis and without a history.
Tensor entry(const Tensor& of, std::int64_t step) { return of[step].detach(); }

/// Hands the recorded gradients in, step by step, and compares the parameters after each. The first step that is off is
/// the one worth reading about.
void trajectory(Case& c, Report& report) {
  std::vector<Tensor> parameters, gradients, expected;
  for (int i = 0; i < c.integer("n_params"); ++i) {
    const std::string p = "p" + std::to_string(i);
    parameters.emplace_back(c.read(p + "_init").clone());
    parameters.back().requires_grad_();
    gradients.emplace_back(c.read("grads_" + p));
    expected.emplace_back(c.read("traj_" + p));
  }
  const Made optimiser = make_optimiser(c.op(), c, parameters);
  for (std::int64_t step = 0; step < c.integer("steps") && report.passed(); ++step) {
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].set_grad(entry(gradients[i], step).clone());
    optimiser->step();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      report.compare("p" + std::to_string(i) + " after step " + std::to_string(step + 1), parameters[i],
                     entry(expected[i], step).array());
  }
}

// ---- clipping --------------------------------------------------------------------------------------------------------

void clip(Case& c, Report& report) {
  Parameters parameters;
  for (std::int64_t i = 0; i < c.integer("n_inputs"); ++i) {
    const Array gradient = c.read("input" + std::to_string(i));
    parameters.push_back(Tensor(Array::zeros(gradient.shape(), gradient.dtype())).requires_grad_());
    parameters.back().set_grad(gradient.clone());
  }
  if (c.op() == "clip_grad_value") {
    optim::clip_grad_value(parameters, c.number("clip_value"));
  } else {
    const double norm = optim::clip_grad_norm(parameters, c.number("max_norm"), c.number("norm_type", 2));
    if (c.has_data("total_norm")) {
      const Array expected = c.read("total_norm");
      report.compare("total_norm", Tensor(Array::full(expected.shape(), norm, expected.dtype())), expected);
    }
  }
  for (std::size_t i = 0; i < parameters.size(); ++i)
    report.compare("output" + std::to_string(i), parameters[i].grad(), c.read("output" + std::to_string(i)));
}

}  // namespace

std::unique_ptr<optim::Optimizer> make_optimiser(const std::string& name, const Case& c,
                                                 std::vector<Tensor> parameters) {
  const auto* maker =
      std::find_if(std::begin(kMakers), std::end(kMakers), [&](const Maker& m) { return name == m.name; });
  if (maker == std::end(kMakers)) throw NotBuilt{"optimiser " + name};
  return maker->make(c, std::move(parameters));
}

void add_optimisers(Table& table) {
  for (const Maker& maker : kMakers) table.others({{maker.name, trajectory}});
  table.others({{"clip_grad_norm clip_grad_norm_", clip}, {"clip_grad_value clip_grad_value_", clip}});
  add_schedules(table);
}

}  // namespace xgrad::reference
