/// Rows: the trajectories of optim.h5.

#include "tests/reference_test/optimisers.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "optim/adam.hpp"
#include "optim/sgd.hpp"
#include "tests/reference_test/table.hpp"

namespace xgrad::reference {

namespace {

using Parameters = std::vector<Tensor>;
using Made = std::unique_ptr<optim::Optimizer>;

struct Maker {
  const char* name;
  Made (*make)(C& c, Parameters parameters);
};

/// beta1 and beta2 stand alone in optim.h5; a pair is understood too.
std::array<double, 2> betas(C& c) {
  if (!c.has("betas")) return {c.number("beta1", 0.9), c.number("beta2", 0.999)};
  const std::vector<double> pair = c.numbers("betas");
  return {pair.at(0), pair.at(1)};
}

void without(C& c, const char* flag) {
  if (c.flag(flag)) throw NotBuilt{std::string("option ") + flag};
}

Made sgd(C& c, Parameters p) {
  without(c, "maximize");
  return std::make_unique<optim::SGD>(std::move(p), optim::SGDOptions{.lr = c.number("lr", 1e-3),
                                                                      .momentum = c.number("momentum", 0),
                                                                      .dampening = c.number("dampening", 0),
                                                                      .weight_decay = c.number("weight_decay", 0),
                                                                      .nesterov = c.flag("nesterov")});
}

Made adam(C& c, Parameters p) {
  without(c, "maximize");
  return std::make_unique<optim::Adam>(std::move(p), optim::AdamOptions{.lr = c.number("lr", 1e-3),
                                                                        .betas = betas(c),
                                                                        .eps = c.number("eps", 1e-8),
                                                                        .weight_decay = c.number("weight_decay", 0),
                                                                        .amsgrad = c.flag("amsgrad")});
}

constexpr Maker kMakers[] = {
    {"torch_sgd", sgd},
    {"torch_adam", adam},
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
}

}  // namespace xgrad::reference
