#include "optim/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "autograd/autograd.hpp"
#include "optim/optim.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using optim::Curve;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Tensor parameter() { return ones({1}).requires_grad_(); }

std::vector<double> rates(const Curve& curve, int steps, double lr = 1.) {
  optim::SGD sgd({parameter()}, {.lr = lr});
  optim::Schedule schedule(sgd, curve);
  std::vector<double> all;
  for (int t = 0; t < steps; ++t) {
    all.push_back(sgd.lr());
    schedule.step();
  }
  return all;
}

void check(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    CAPTURE(i);
    CHECK(got[i] == doctest::Approx(expected[i]).epsilon(1e-13));
  }
}

/// Each with fields that differ from the defaults, under its name.
std::vector<std::pair<std::string, Curve>> all_curves() {
  using namespace optim;
  return {{"StepLR", StepLR{.step_size = 3, .gamma = 0.5}},
          {"MultiStepLR", MultiStepLR{.milestones = {2, 5, 5, 11}, .gamma = 0.5}},
          {"ExponentialLR", ExponentialLR{.gamma = 0.9}},
          {"ConstantLR", ConstantLR{.factor = 0.5, .total_iters = 25}},
          {"LinearLR", LinearLR{.start_factor = 0.1, .end_factor = 0.7, .total_iters = 30}},
          {"PolynomialLR", PolynomialLR{.total_iters = 30, .power = 2.}},
          {"CosineAnnealingLR", CosineAnnealingLR{.T_max = 17, .eta_min = 0.01}},
          {"CosineAnnealingWarmRestarts", CosineAnnealingWarmRestarts{.T_0 = 5, .T_mult = 2, .eta_min = 0.01}},
          {"OneCycleLR", OneCycleLR{.max_lr = 0.5, .total_steps = 60, .three_phase = true}},
          {"Chained", Chained{{ConstantLR{}, ExponentialLR{.gamma = 0.9}}}},
          {"Sequential", Sequential{{LinearLR{.total_iters = 5}, CosineAnnealingLR{.T_max = 30}}, {5}}},
          {"keras::ExponentialDecay", keras::ExponentialDecay{.decay_steps = 7, .decay_rate = 0.5}},
          {"keras::InverseTimeDecay", keras::InverseTimeDecay{.decay_steps = 7, .decay_rate = 0.5}},
          {"keras::PolynomialDecay", keras::PolynomialDecay{.decay_steps = 13, .power = 2., .cycle = true}},
          {"keras::CosineDecay", keras::CosineDecay{.decay_steps = 30, .warmup_target = 0.3, .warmup_steps = 6}},
          {"keras::CosineDecayRestarts", keras::CosineDecayRestarts{.first_decay_steps = 6, .m_mul = 0.8}},
          {"keras::PiecewiseConstantDecay",
           keras::PiecewiseConstantDecay{.boundaries = {10, 25}, .values = {0.1, 0.05, 0.01}}},
          {"a lambda", [](std::int64_t t) { return 1. / (1. + 0.1 * static_cast<double>(t)); }}};
}

}  // namespace

TEST_SUITE_BEGIN("optim");

TEST_CASE("20 steps of any schedule, saved, loaded into a fresh one, and 20 more are 40 steps") {
  for (const auto& each : all_curves()) {
    const Curve& curve = each.second;
    CAPTURE(each.first);
    const auto make = [](double lr) {
      auto sgd =
          std::make_unique<optim::SGD>(std::vector<Tensor>{parameter()}, optim::SGDOptions{.lr = lr, .momentum = 0.5});
      sgd->add_group({parameter()}, {.lr = 2 * lr, .momentum = 0.6});
      return sgd;
    };
    const auto whole_sgd = make(0.1), half_sgd = make(0.1), rest_sgd = make(0.77);
    optim::Schedule whole(*whole_sgd, curve), half(*half_sgd, curve);
    for (int t = 0; t < 40; ++t) whole.step();
    for (int t = 0; t < 20; ++t) half.step();
    rest_sgd->load_state_dict(half_sgd->state_dict());
    optim::Schedule rest(*rest_sgd, curve);
    rest.load_state_dict(half.state_dict());
    CHECK(rest.steps() == 20);
    for (const std::size_t g : {0u, 1u}) {
      CHECK(rest_sgd->lr(g) == half_sgd->lr(g));
      CHECK(rest_sgd->momentum(g) == half_sgd->momentum(g));
    }
    for (int t = 0; t < 20; ++t) rest.step();
    for (const std::size_t g : {0u, 1u}) {
      CHECK(rest_sgd->lr(g) == whole_sgd->lr(g));
      CHECK(rest_sgd->momentum(g) == whole_sgd->momentum(g));
    }
    optim::State bad = half.state_dict();
    bad.entries.pop_back();
    CHECK(throws<ValueError>([&] { rest.load_state_dict(bad); }, "Schedule: the state has no entry"));
    bad = half.state_dict();
    bad.entries[0].value = Array::full({}, -3, int64);
    CHECK(throws<ValueError>([&] { rest.load_state_dict(bad); }, "entry \"steps\" of the state is no count"));
    CHECK(rest.steps() == 40);
  }
}

TEST_CASE("schedules have the values of their closed forms, at the corners too") {
  using namespace optim;
  check(rates(StepLR{.step_size = 2, .gamma = 0.5}, 5), {1, 1, 0.5, 0.5, 0.25});
  check(rates(StepLR{.step_size = 1, .gamma = 0.}, 3), {1, 0, 0});
  check(rates(MultiStepLR{.milestones = {3, 1, 3}, .gamma = 0.5}, 5), {1, 0.5, 0.5, 0.125, 0.125});
  check(rates(MultiStepLR{}, 3), {1, 1, 1});
  check(rates(ExponentialLR{.gamma = 0.5}, 4, 8.), {8, 4, 2, 1});
  check(rates(ConstantLR{.factor = 0.25, .total_iters = 2}, 4), {0.25, 0.25, 1, 1});
  check(rates(ConstantLR{.total_iters = 0}, 2), {1, 1});
  check(rates(LinearLR{.start_factor = 0.5, .end_factor = 1., .total_iters = 2}, 4), {0.5, 0.75, 1, 1});
  check(rates(PolynomialLR{.total_iters = 4, .power = 2.}, 6), {1, 0.5625, 0.25, 0.0625, 0, 0});
  check(rates(CosineAnnealingLR{.T_max = 2, .eta_min = 0.5}, 6), {1, 0.75, 0.5, 0.75, 1, 0.75});
  check(rates(CosineAnnealingWarmRestarts{.T_0 = 1, .T_mult = 2}, 7),
        {1, 1, 0.5, 1, 0.5 + std::sqrt(0.125), 0.5, 0.5 - std::sqrt(0.125)});
  check(rates(keras::ExponentialDecay{.decay_steps = 2, .decay_rate = 0.25}, 4), {1, 0.5, 0.25, 0.125});
  check(rates(keras::ExponentialDecay{.decay_steps = 2, .decay_rate = 0.25, .staircase = true}, 4), {1, 1, 0.25, 0.25});
  check(rates(keras::InverseTimeDecay{.decay_steps = 2, .decay_rate = 1.}, 3), {1, 1 / 1.5, 0.5});
  check(rates(keras::InverseTimeDecay{.decay_steps = 2, .decay_rate = 1., .staircase = true}, 4), {1, 1, 0.5, 0.5});
  check(rates(keras::PolynomialDecay{.decay_steps = 2, .end_learning_rate = 0.}, 4), {1, 0.5, 0, 0});
  check(rates(keras::PolynomialDecay{.decay_steps = 2, .end_learning_rate = 0., .cycle = true}, 6),
        {1, 0.5, 0, 0.25, 0, 1. / 6});
  check(rates(keras::CosineDecay{.decay_steps = 2, .alpha = 0.5}, 4), {1, 0.75, 0.5, 0.5});
  check(rates(keras::CosineDecay{.decay_steps = 2, .warmup_target = 3., .warmup_steps = 2}, 6), {1, 2, 3, 1.5, 0, 0});
  check(rates(keras::CosineDecayRestarts{.first_decay_steps = 1, .m_mul = 0.5, .alpha = 0.}, 4), {1, 0.5, 0.25, 0.25});
  check(rates(keras::CosineDecayRestarts{.first_decay_steps = 2, .t_mul = 1.}, 5), {1, 0.5, 1, 0.5, 1});
  check(rates(keras::PiecewiseConstantDecay{.boundaries = {1, 2}, .values = {0.3, 0.2, 0.1}}, 5),
        {0.3, 0.3, 0.2, 0.1, 0.1});
  check(rates(keras::PiecewiseConstantDecay{.values = {0.3}}, 2), {0.3, 0.3});
}

TEST_CASE("schedules combine: factors multiply in a chain, and each counts for itself in a sequence") {
  using namespace optim;
  check(rates(Chained{{ConstantLR{.factor = 0.5, .total_iters = 2}, ExponentialLR{.gamma = 0.5}}}, 4),
        {0.5, 0.25, 0.25, 0.125});
  check(rates(Sequential{{LinearLR{.start_factor = 0.5, .total_iters = 2}, ExponentialLR{.gamma = 0.5},
                          [](std::int64_t) { return 0.1; }},
                         {2, 4}},
              6),
        {0.5, 0.75, 1, 0.5, 0.1, 0.1});
  check(rates(Sequential{{ExponentialLR{.gamma = 0.5}}, {}}, 3), {1, 0.5, 0.25});
}

TEST_CASE("a lambda of the step gives the factor, one of step and rate the rate; groups keep their ratio") {
  check(rates([](std::int64_t t) { return std::pow(0.5, t); }, 3, 4.), {4, 2, 1});
  check(rates([](std::int64_t t, double lr) { return lr + static_cast<double>(t); }, 3, 4.), {4, 5, 6});
  optim::SGD sgd({parameter()}, {.lr = 1.});
  sgd.add_group({parameter()}, {.lr = 10.});
  optim::Schedule schedule(sgd, optim::ExponentialLR{.gamma = 0.5});
  schedule.step();
  CHECK(sgd.lr(0) == 0.5);
  CHECK(sgd.lr(1) == 5.);
  CHECK(schedule.lr(1) == 5.);
}

TEST_CASE("one cycle moves momentum, or the first beta, against the rate, and ends") {
  optim::Adam adam({parameter()}, {.lr = 7., .betas = {0.5, 0.9}});
  optim::Schedule schedule(adam, optim::OneCycleLR{.max_lr = 1., .total_steps = 11, .pct_start = 0.5455});
  CHECK(adam.lr() == doctest::Approx(1. / 25));
  CHECK(adam.options().betas[0] == doctest::Approx(0.95));
  for (int t = 0; t < 5; ++t) schedule.step();
  CHECK(adam.lr() == doctest::Approx(1.).epsilon(1e-6));
  CHECK(adam.options().betas[0] == doctest::Approx(0.85).epsilon(1e-6));
  CHECK(adam.options().betas[1] == 0.9);
  for (int t = 0; t < 5; ++t) schedule.step();
  CHECK(adam.lr() == doctest::Approx(1. / 25 / 1e4));
  CHECK(adam.options().betas[0] == doctest::Approx(0.95));
  schedule.step();
  const double lr = adam.lr();
  CHECK(throws<ValueError>([&] { schedule.step(); }, "OneCycleLR: step 12 is after the last of 11"));
  CHECK(adam.lr() == lr);
  CHECK(schedule.steps() == 11);

  optim::Adagrad adagrad({parameter()});
  CHECK(throws<ValueError>([&] { optim::Schedule(adagrad, optim::OneCycleLR{.max_lr = 1., .total_steps = 9}); },
                           "the curve changes the momentum, and Adagrad has none"));
  optim::Schedule(adagrad, optim::OneCycleLR{.max_lr = 1., .total_steps = 9, .cycle_momentum = false});
  CHECK(throws<ValueError>([&] { (void)adagrad.momentum(); }, "Adagrad: has no momentum"));
}

TEST_CASE("wrong fields of schedules are refused and named; a wrong rate changes nothing") {
  using namespace optim;
  optim::SGD sgd({parameter()}, {.lr = 1., .momentum = 0.9});
  const auto refused = [&](auto make, const char* text) {
    CHECK(throws<ValueError>([&] { optim::Schedule(sgd, make()); }, text));
  };
  refused([] { return StepLR{}; }, "StepLR: step_size: got 0; expected 1 or more");
  refused([] { return StepLR{.step_size = 1, .gamma = kNan}; }, "StepLR: gamma: got nan");
  refused([] { return MultiStepLR{.gamma = -1.}; }, "MultiStepLR: gamma");
  refused([] { return ExponentialLR{}; }, "ExponentialLR: gamma: got -1");
  refused([] { return ConstantLR{.factor = 1.5}; }, "ConstantLR: factor");
  refused([] { return ConstantLR{.total_iters = -1}; }, "ConstantLR: total_iters");
  refused([] { return LinearLR{.start_factor = kNan}; }, "LinearLR: start_factor");
  refused([] { return LinearLR{.end_factor = 2.}; }, "LinearLR: end_factor");
  refused([] { return LinearLR{.total_iters = 0}; }, "LinearLR: total_iters");
  refused([] { return PolynomialLR{.total_iters = 0}; }, "PolynomialLR: total_iters");
  refused([] { return PolynomialLR{.power = kNan}; }, "PolynomialLR: power");
  refused([] { return CosineAnnealingLR{}; }, "CosineAnnealingLR: T_max");
  refused([] { return CosineAnnealingLR{.T_max = 1, .eta_min = -1.}; }, "CosineAnnealingLR: eta_min");
  refused([] { return CosineAnnealingWarmRestarts{}; }, "T_0");
  refused([] { return CosineAnnealingWarmRestarts{.T_0 = 1, .T_mult = 0}; }, "T_mult");
  refused([] { return OneCycleLR{.total_steps = 9}; }, "OneCycleLR: max_lr");
  refused([] { return OneCycleLR{.max_lr = 1.}; }, "OneCycleLR: total_steps");
  refused([] { return OneCycleLR{.max_lr = 1., .total_steps = 9, .pct_start = 1.1}; }, "pct_start");
  refused([] { return OneCycleLR{.max_lr = 1., .total_steps = 9, .max_momentum = 1.}; }, "max_momentum");
  refused([] { return OneCycleLR{.max_lr = 1., .total_steps = 9, .div_factor = 0.}; }, "div_factor");
  refused([] { return Chained{}; }, "Chained: got no curves");
  refused([] { return Chained{{StepLR{}}}; }, "StepLR: step_size");
  refused([] { return Sequential{{ConstantLR{}, ConstantLR{}}, {}}; }, "2 curves and 0 milestones");
  refused([] { return Sequential{{ConstantLR{}, ConstantLR{}}, {0}}; }, "milestones: got 0");
  refused([] { return keras::ExponentialDecay{.decay_rate = 1.}; }, "decay_steps");
  refused([] { return keras::ExponentialDecay{.decay_steps = 1}; }, "decay_rate");
  refused([] { return keras::InverseTimeDecay{.decay_steps = 1, .decay_rate = kNan}; }, "decay_rate");
  refused([] { return keras::PolynomialDecay{}; }, "decay_steps");
  refused([] { return keras::CosineDecay{.decay_steps = 1, .alpha = 2.}; }, "alpha");
  refused([] { return keras::CosineDecay{.decay_steps = 1, .warmup_steps = -1}; }, "warmup_steps");
  refused([] { return keras::CosineDecayRestarts{.first_decay_steps = 1, .t_mul = 0.5}; }, "t_mul");
  refused([] { return keras::PiecewiseConstantDecay{}; }, "0 boundaries and 0 values");
  refused([] { return keras::PiecewiseConstantDecay{{3, 3}, {1, 2, 3}}; }, "boundaries: got 3 after 3");
  refused([] { return [](std::int64_t) { return -1.; }; }, "Schedule: lr at step 0: got -1");
  CHECK(sgd.lr() == 1.);

  sgd.add_group({parameter()}, {.lr = 2.});
  optim::Schedule falls(sgd, [](std::int64_t t, double lr) { return lr == 2. && t == 1 ? kNan : lr / 2; });
  CHECK(throws<ValueError>([&] { falls.step(); }, "lr at step 1: got nan"));
  CHECK(falls.steps() == 0);
  CHECK(sgd.lr(0) == 0.5);
}

TEST_CASE("a plateau lowers the rate at the 11th bad epoch by PyTorch's rule and at the 10th by Keras'") {
  for (const bool keras : {false, true}) {
    optim::SGD sgd({parameter()}, {.lr = 1.});
    std::unique_ptr<optim::ReduceLROnPlateau> rule;
    if (keras) rule = std::make_unique<optim::keras::ReduceLROnPlateau>(sgd);
    else rule = std::make_unique<optim::ReduceLROnPlateau>(sgd);
    CHECK_FALSE(rule->step(5.));
    for (int bad = 1; bad < (keras ? 10 : 11); ++bad) CHECK_FALSE(rule->step(5.));
    CHECK(sgd.lr() == 1.);
    CHECK(rule->step(kNan));
    CHECK(sgd.lr() == doctest::Approx(0.1));
    CHECK(rule->best() == 5.);
  }
}

TEST_CASE("a plateau: threshold, mode, cooldown, the lowest rate") {
  using optim::Mode;
  using optim::Threshold;
  const auto reductions = [](optim::PlateauOptions o, const std::vector<double>& metrics) {
    optim::SGD sgd({parameter()}, {.lr = 1.});
    optim::ReduceLROnPlateau rule(sgd, o);
    std::string out;
    for (const double m : metrics) out += rule.step(m) ? 'x' : '.';
    return out;
  };
  CHECK(reductions({.factor = 0.5, .patience = 0, .threshold = 0.1}, {10, 9.1, 8.9, 8.9}) == ".x.x");
  CHECK(reductions({.factor = 0.5, .patience = 0, .threshold = 1., .threshold_mode = Threshold::absolute},
                   {10, 9.1, 8.9}) == ".x.");
  CHECK(reductions({.mode = Mode::max, .factor = 0.5, .patience = 0, .threshold = 0.1}, {10, 10.9, 11.1, 12}) ==
        ".x.x");
  CHECK(reductions(
            {.mode = Mode::max, .factor = 0.5, .patience = 0, .threshold = 1., .threshold_mode = Threshold::absolute},
            {10, 10.9, 11.1}) == ".x.");
  CHECK(reductions({.factor = 0.5, .patience = 1, .cooldown = 2}, {1, 1, 1, 1, 1, 1, 1, 1}) == "..x...x.");
  CHECK(reductions({.factor = 0.5, .patience = 0, .min_lr = 0.25}, {1, 1, 1, 1, 1}) == ".xx..");
  CHECK(reductions({.factor = 0.5, .patience = 0, .eps = 0.3}, {1, 1, 1, 1}) == ".x..");

  const auto keras = [](optim::keras::PlateauOptions o, int steps) {
    optim::SGD sgd({parameter()}, {.lr = 1.});
    optim::keras::ReduceLROnPlateau rule(sgd, o);
    std::string out;
    for (int i = 0; i < steps; ++i) out += rule.step(1.) ? 'x' : '.';
    return out;
  };
  CHECK(keras({.patience = 2}, 7) == "..x.x.x");
  CHECK(keras({.patience = 2, .cooldown = 2}, 8) == "..x..x..");
  CHECK(keras({.factor = 0.5, .patience = 1, .min_lr = 0.25}, 6) == ".xx...");
  optim::SGD sgd({parameter()});
  CHECK(throws<ValueError>([&] { optim::ReduceLROnPlateau(sgd, {.factor = 1.}); }, "factor: got 1"));
  CHECK(throws<ValueError>([&] { optim::ReduceLROnPlateau(sgd, {.threshold = kNan}); }, "threshold: got nan"));
  CHECK(throws<ValueError>([&] { optim::ReduceLROnPlateau(sgd, {.patience = -1}); }, "patience: got -1"));
}

TEST_CASE("a plateau that is saved and loaded goes on") {
  for (const bool keras : {false, true}) {
    const auto make = [keras](optim::SGD& sgd) -> std::unique_ptr<optim::ReduceLROnPlateau> {
      if (keras)
        return std::make_unique<optim::keras::ReduceLROnPlateau>(
            sgd, optim::keras::PlateauOptions{.factor = 0.9, .patience = 3, .cooldown = 2});
      return std::make_unique<optim::ReduceLROnPlateau>(
          sgd, optim::PlateauOptions{.factor = 0.9, .patience = 3, .cooldown = 2});
    };
    const auto metric = [](int t) { return t < 5 ? 10. - t : 5.5 + t % 3; };
    optim::SGD whole_sgd({parameter()}), half_sgd({parameter()}), rest_sgd({parameter()});
    const auto whole = make(whole_sgd), half = make(half_sgd), rest = make(rest_sgd);
    for (int t = 0; t < 40; ++t) whole->step(metric(t));
    for (int t = 0; t < 20; ++t) half->step(metric(t));
    rest_sgd.load_state_dict(half_sgd.state_dict());
    rest->load_state_dict(half->state_dict());
    CHECK(rest->best() == half->best());
    CHECK(rest->bad_epochs() == half->bad_epochs());
    for (int t = 20; t < 40; ++t) rest->step(metric(t));
    CHECK(rest_sgd.lr() == whole_sgd.lr());
    CHECK(rest_sgd.lr() < half_sgd.lr());
    optim::State other = half->state_dict();
    other.type = "StepLR";
    CHECK(throws<ValueError>([&] { rest->load_state_dict(other); }, "cannot load a state of type \"StepLR\""));
  }
}

TEST_SUITE_END();
