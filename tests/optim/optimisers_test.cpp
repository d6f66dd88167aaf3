/// The enumerating test: every optimiser against its formula, interrupted and resumed, in groups, with wrong
/// hyper-parameters, without gradients, without memory, on any number of threads.

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <thread>

#include "tensor/detail/pool.hpp"
#include "tensor/parallel.hpp"
#include "tests/optim/formulas.hpp"
#include "tests/optim/rows.hpp"
#include "tests/throws.hpp"

namespace optimisers {

namespace {

template <class O>
struct Tag {};

template <class O, class P>
Row preset(P options) {
  const auto resolved = options.resolved();
  const std::string name(P::kName);
  if constexpr (std::is_same_v<decltype(resolved), const optim::SGDOptions>)
    return row<O>(name, options, sgd(resolved));
  else if constexpr (std::is_same_v<decltype(resolved), const optim::AdamOptions>)
    return row<O>(name, options, adam(resolved));
  else if constexpr (std::is_same_v<decltype(resolved), const optim::NAdamOptions>)
    return row<O>(name, options, nadam(resolved));
  else if constexpr (std::is_same_v<decltype(resolved), const optim::AdamaxOptions>)
    return row<O>(name, options, adamax(resolved));
  else if constexpr (std::is_same_v<decltype(resolved), const optim::AdagradOptions>)
    return row<O>(name, options, adagrad(resolved));
  else if constexpr (std::is_same_v<decltype(resolved), const optim::AdadeltaOptions>)
    return row<O>(name, options, adadelta(resolved));
  else return row<O>(name, options, rmsprop(resolved));
}

void add_plain(std::vector<Row>& all) {
  const auto add = [&]<class O>(Tag<O>, const char* name, auto formula, std::vector<typename O::Options> variants) {
    for (std::size_t i = 0; i < variants.size(); ++i)
      all.push_back(row<O>(std::string(name) + " " + std::to_string(i), variants[i], formula(variants[i])));
  };
  add(Tag<optim::SGD>{}, "SGD", sgd,
      {{.lr = 0.1},
       {.lr = 0.1, .weight_decay = 0.2, .maximize = true, .decoupled_weight_decay = true, .lr_decay = 0.1},
       {.lr = 0.1, .momentum = 0.9, .dampening = 0.3, .weight_decay = 0.1, .maximize = true},
       {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.1, .nesterov = true, .decoupled_weight_decay = true},
       {.lr = 0.1, .momentum = 0.9, .nesterov = true, .velocity_includes_lr = true, .lr_decay = 0.1},
       {.lr = 0.1, .momentum = 0.9, .velocity_includes_lr = true, .lr_decay = 0.1}});
  add(Tag<optim::Adam>{}, "Adam", adam,
      {{.lr = 0.05},
       {.lr = 0.05, .betas = {0.8, 0.9}, .eps = 0.01, .weight_decay = 0.1, .amsgrad = true, .maximize = true},
       {.lr = 0.05, .eps = 0.01, .weight_decay = 0.1, .decoupled_weight_decay = true, .eps_hat = true, .lr_decay = 0.1},
       {.lr = 0.05, .betas = {0., 0.}, .amsgrad = true}});
  add(Tag<optim::NAdam>{}, "NAdam", nadam,
      {{.lr = 0.05},
       {.lr = 0.05, .eps = 0.01, .weight_decay = 0.1, .momentum_decay = 1., .maximize = true},
       {.lr = 0.05, .weight_decay = 0.1, .momentum_decay = 0., .decoupled_weight_decay = true}});
  add(Tag<optim::RAdam>{}, "RAdam", radam,
      {{.lr = 0.05},
       {.lr = 0.05, .betas = {0.8, 0.95}, .weight_decay = 0.1, .maximize = true},
       {.lr = 0.05, .betas = {0.8, 0.9}, .eps = 0.1, .weight_decay = 0.1, .decoupled_weight_decay = true}});
  add(Tag<optim::Adamax>{}, "Adamax", adamax,
      {{.lr = 0.05},
       {.lr = 0.05, .eps = 0.1, .weight_decay = 0.1, .maximize = true, .lr_decay = 0.1},
       {.lr = 0.05, .eps = 0.1, .weight_decay = 0.1, .decoupled_weight_decay = true, .eps_beside_maximum = true}});
  add(Tag<optim::Adagrad>{}, "Adagrad", adagrad,
      {{.lr = 0.1},
       {.lr = 0.1, .lr_decay = 0.1, .weight_decay = 0.1, .initial_accumulator_value = 0.2, .eps = 0.1},
       {.lr = 0.1,
        .weight_decay = 0.1,
        .eps = 0.1,
        .maximize = true,
        .decoupled_weight_decay = true,
        .eps_inside_sqrt = true}});
  add(Tag<optim::Adadelta>{}, "Adadelta", adadelta,
      {{.lr = 1.},
       {.lr = 0.5, .rho = 0.8, .eps = 1e-3, .weight_decay = 0.1, .maximize = true},
       {.lr = 0.5, .eps = 1e-3, .weight_decay = 0.1, .decoupled_weight_decay = true, .lr_decay = 0.1}});
  add(Tag<optim::RMSprop>{}, "RMSprop", rmsprop,
      {{.lr = 0.02},
       {.lr = 0.02, .alpha = 0.9, .weight_decay = 0.1, .centered = true, .maximize = true},
       {.lr = 0.02,
        .eps = 0.1,
        .momentum = 0.8,
        .eps_inside_sqrt = true,
        .velocity_includes_lr = true,
        .lr_decay = 0.1},
       {.lr = 0.02, .weight_decay = 0.1, .momentum = 0.5, .centered = true, .decoupled_weight_decay = true}});
  add(Tag<optim::Rprop>{}, "Rprop", rprop,
      {{.lr = 0.05}, {.lr = 0.1, .etas = {0.4, 1.3}, .step_sizes = {1e-3, 0.3}, .maximize = true}});
  all.push_back(
      row<optim::AdamW>("AdamW", optim::AdamWOptions{.lr = 0.05, .weight_decay = 0.1, .amsgrad = true},
                        adam({.lr = 0.05, .weight_decay = 0.1, .amsgrad = true, .decoupled_weight_decay = true})));
}

void add_keras(std::vector<Row>& all) {
  namespace k = optim::keras;
  namespace tf = optim::tf_keras;
  all.push_back(preset<k::SGD>(k::SGDOptions{.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}));
  all.push_back(preset<k::Adam>(k::AdamOptions{.lr = 0.05, .amsgrad = true}));
  all.push_back(preset<k::AdamW>(k::AdamWOptions{.lr = 0.05}));
  all.push_back(preset<k::Nadam>(k::NadamOptions{.lr = 0.05}));
  all.push_back(preset<k::Adamax>(k::AdamaxOptions{.lr = 0.05}));
  all.push_back(preset<k::Adagrad>(k::AdagradOptions{.lr = 0.05}));
  all.push_back(preset<k::Adadelta>(k::AdadeltaOptions{.lr = 1.}));
  all.push_back(preset<k::RMSprop>(k::RMSpropOptions{.lr = 0.02, .momentum = 0.9, .centered = true}));
  all.push_back(preset<tf::SGD>(tf::SGDOptions{.lr = 0.05, .momentum = 0.9, .decay = 0.01}));
  all.push_back(preset<tf::Adam>(tf::AdamOptions{.lr = 0.05, .decay = 0.01}));
  all.push_back(preset<tf::Nadam>(tf::NadamOptions{.lr = 0.05}));
  all.push_back(preset<tf::Adamax>(tf::AdamaxOptions{.lr = 0.05, .decay = 0.01}));
  all.push_back(preset<tf::Adagrad>(tf::AdagradOptions{.lr = 0.05, .decay = 0.01}));
  all.push_back(preset<tf::Adadelta>(tf::AdadeltaOptions{.lr = 1., .decay = 0.01}));
  all.push_back(preset<tf::RMSprop>(tf::RMSpropOptions{.lr = 0.02, .decay = 0.01}));
}

const std::vector<Row>& rows() {
  static const std::vector<Row> all = [] {
    std::vector<Row> list;
    add_plain(list);
    add_keras(list);
    for (const auto search : {optim::LineSearch::none, optim::LineSearch::strong_wolfe})
      list.push_back(row<optim::LBFGS>(search == optim::LineSearch::none ? "LBFGS" : "LBFGS, strong Wolfe",
                                       optim::LBFGSOptions{.lr = search == optim::LineSearch::none ? 0.02 : 1.,
                                                           .max_iter = 2,
                                                           .tolerance_grad = 0.,
                                                           .tolerance_change = 0.,
                                                           .history_size = 3,
                                                           .line_search = search},
                                       nullptr));
    return list;
  }();
  return all;
}

// ---- gradients -------------------------------------------------------------------------------------------------------

Tensor parameter(std::vector<double> values, DType dtype = float64) {
  return Tensor(Array::copy_of(values).to(dtype)).requires_grad_();
}

/// Made up: changes its sign, pauses, and is 0 all along for every seventh element.
double gradient(std::int64_t element, int step) {
  if (element % 7 == 6 || (element % 3 == 1 && step % 5 == 2)) return 0.;
  return std::sin(1.3 * static_cast<double>(element) + 0.7 * step) + 0.3 * std::cos(0.9 * step * step);
}

void set_gradient(Tensor& p, int step) {
  std::vector<double> g(static_cast<std::size_t>(p.numel()));
  for (std::size_t i = 0; i < g.size(); ++i) g[i] = gradient(static_cast<std::int64_t>(i), step);
  p.set_grad(Tensor(Array::copy_of(g).to(p.dtype())));
}

/// A valley with bounded slopes, for those that climb, and a coupling of neighbours.
optim::Optimizer::Closure valley(optim::Optimizer& optimiser, const Tensor& p) {
  return [&optimiser, p] {
    optimiser.zero_grad();
    Tensor loss = sum(square(tanh(p) - 0.3)) + 0.1 * sum(square(tanh(p.slice(0, 1, {}) - 2 * p.slice(0, 0, -1))));
    loss.backward();
    return loss;
  };
}

const std::vector<double> kStart{1.5, -0.7, 0.2, -2., 0.9, 1.1, -0.4};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();

}  // namespace

TEST_SUITE_BEGIN("optim");

TEST_CASE("every elementwise optimiser follows its formula; a parameter without a gradient waits, step count and all") {
  for (const Row& row : rows()) {
    if (!row.formula) continue;
    CAPTURE(row.name);
    for (const DType dtype : {float64, float32}) {
      const double tolerance = dtype == float64 ? 1e-12 : 2e-5;
      Tensor a = parameter(kStart, dtype), waits = parameter(kStart, dtype), never = parameter(kStart, dtype);
      const Made optimiser = row.make({a, waits, never});
      std::vector<std::unique_ptr<Formula>> formulas;
      for (std::size_t i = 0; i < 2 * kStart.size(); ++i) formulas.push_back(row.formula());
      std::vector<double> expected(kStart);
      expected.insert(expected.end(), kStart.begin(), kStart.end());
      for (int step = 0; step < 30; ++step) {
        const bool wait = step < 2 || step % 4 == 1;
        set_gradient(a, step);
        if (wait) waits.set_grad({});
        else set_gradient(waits, step);
        optimiser->step();
        for (std::size_t i = 0; i < expected.size(); ++i) {
          const std::size_t element = i % kStart.size();
          if (i >= kStart.size() && wait) continue;
          expected[i] = (*formulas[i])(expected[i], gradient(static_cast<std::int64_t>(element), step));
        }
        for (std::size_t i = 0; i < expected.size(); ++i) {
          const Array values = (i < kStart.size() ? a : waits).array().to(float64);
          const double got = values.values<double>()[i % kStart.size()];
          CHECK_MESSAGE(std::abs(got - expected[i]) <= tolerance * (1 + std::abs(expected[i])),
                        row.name << ", element " << i << " after step " << step << ": got " << got << ", expected "
                                 << expected[i]);
        }
      }
      CHECK(optimiser->state(0, 0).step == 30);
      CHECK(optimiser->state(0, 1).step == 21);
      CHECK(optimiser->state(0, 2).step == 0);
      CHECK(same_bytes(never.array(), parameter(kStart, dtype).array()));
    }
  }
}

TEST_CASE("20 steps, saved, loaded into a fresh optimiser, and 20 more are 40 steps, bit for bit; 6 and 6 are 12") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    for (const auto& [dtype, half_way] :
         std::vector<std::pair<DType, int>>{{float64, 20}, {float32, 20}, {float64, 6}, {float32, 6}}) {
      const auto run = [&](optim::Optimizer& o, optim::Schedule& schedule, const Tensor& p, int steps) {
        const auto closure = valley(o, p);
        for (int i = 0; i < steps; ++i) {
          o.step(closure);
          schedule.step();
        }
      };
      Tensor through = parameter(kStart, dtype), first = parameter(kStart, dtype);
      const Made whole = row.make({through}), half = row.make({first});
      optim::Schedule whole_schedule(*whole, optim::StepLR{.step_size = 4, .gamma = 0.8});
      optim::Schedule half_schedule(*half, optim::StepLR{.step_size = 4, .gamma = 0.8});
      run(*whole, whole_schedule, through, 2 * half_way);
      run(*half, half_schedule, first, half_way);
      const double half_lr = half->lr();
      const optim::State saved = half->state_dict(), saved_schedule = half_schedule.state_dict();

      Tensor second = Tensor(first.array().clone()).requires_grad_();
      run(*half, half_schedule, first, 3);  // what was saved is a copy
      const Made rest = row.make({second});
      rest->load_state_dict(saved);
      optim::Schedule rest_schedule(*rest, optim::StepLR{.step_size = 4, .gamma = 0.8});
      rest_schedule.load_state_dict(saved_schedule);
      CHECK(rest->lr() == half_lr);
      run(*rest, rest_schedule, second, half_way);
      CHECK(same_bytes(through.array(), second.array()));
      if (half_way == 6) CHECK_FALSE(same_bytes(through.array(), first.array()));  // LBFGS is at the bottom soon
    }
  }
}

TEST_CASE("a state that does not fit is refused, and nothing has changed") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    Tensor p = parameter(kStart), q = parameter(kStart), other = parameter({1., 2.});
    const Made from = row.make({p}), to = row.make({q}), small = row.make({other});
    const auto closure = valley(*from, p), same = valley(*to, q);
    for (int i = 0; i < 3; ++i) from->step(closure), to->step(same);
    from->step(closure);
    const auto refused = [&](optim::State state, const std::string& text) {
      CHECK(throws<ValueError>([&] { to->load_state_dict(state); }, text));
    };
    const optim::State good = from->state_dict();
    for (std::size_t i = 0; i < good.entries.size(); ++i) {
      optim::State bad = good;
      if (bad.entries[i].name.rfind("group.", 0) != 0) {  // options may be missing: they may have come later
        bad.entries.erase(bad.entries.begin() + static_cast<std::ptrdiff_t>(i));
        if (good.entries[i].name.ends_with("/step")) refused(bad, "the state has no entry");
      }
      bad = good;
      bad.entries[i].value = Array::zeros({3, 3}, good.entries[i].value.dtype());
      refused(bad, "entry \"");
      bad.entries[i].value = Array::zeros({}, uint8);
      refused(bad, "entry \"");
    }
    optim::State bad = good;
    bad.entries.push_back({"0.0/no_such_slot", Array::zeros({}, float64)});
    refused(bad, "no_such_slot\" that fits nothing here");
    bad.entries.back().name = good.entries[0].name;
    refused(bad, "two entries");
    bad = good;
    bad.type = "Other";
    refused(bad, "cannot load a state of type \"Other\"");
    if (from->state(0, 0).slots[0].defined() || !row.formula)
      CHECK(throws<ValueError>([&] { small->load_state_dict(good); }, "has shape [7]; expected [2]"));
    if (row.fields.numbers.empty()) continue;
    bad = good;
    for (auto& entry : bad.entries)
      if (entry.name == "group.0/lr") entry.value = Array::full({}, kNan, float64);
    refused(bad, "group.0/lr: got nan");

    to->step(same);  // as if nothing had happened
    CHECK(same_bytes(p.array(), q.array()));
    CHECK(to->lr() == from->lr());
  }
}

TEST_CASE("groups have options of their own, and loading keeps them apart") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if (row.name.rfind("LBFGS", 0) == 0) continue;  // has one group
    Tensor moves = parameter(kStart), still = parameter(kStart);
    const Made optimiser = row.make({moves});
    row.add_group_with_lr_0(*optimiser, {still});
    REQUIRE(optimiser->num_groups() == 2);
    CHECK(optimiser->lr(1) == 0.);
    for (int step = 0; step < 3; ++step) {
      set_gradient(moves, step);
      set_gradient(still, step);
      optimiser->step();
    }
    CHECK_FALSE(same_bytes(moves.array(), parameter(kStart).array()));
    if (row.name.rfind("Rprop", 0) != 0)  // lr is only its first step's length
      CHECK(same_bytes(still.array(), parameter(kStart).array()));
    const Made one_group = row.make({parameter(kStart)});
    CHECK(throws<ValueError>([&] { one_group->load_state_dict(optimiser->state_dict()); }, "2 groups; expected 1"));
  }
}

TEST_CASE("every hyper-parameter that is out of its bounds, infinite or not a number is refused, and named") {
  const auto p = [] { return std::vector<Tensor>{parameter({1.})}; };
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if (row.fields.numbers.empty()) {  // a preset: the optimiser below has the fields
      CHECK(throws<ValueError>([&] { row.make(p())->set_lr(kNan); }, "lr: got nan"));
      continue;
    }
    for (const auto& field : row.fields.numbers) {
      CAPTURE(field.name);
      CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, kNan); }, ": " + field.name + ": got nan"));
      CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, -0.5); }, ": " + field.name + ": got -0.5"));
      CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, kInf); }, ": " + field.name + ": got inf"));
      if (field.high == 1.)
        CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, 1.5); }, field.name + ": got 1.5"));
      if (field.high < 1.)
        CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, 1.); }, field.name + ": got 1;"));
    }
    for (const auto& field : row.fields.counts)
      CHECK(throws<ValueError>([&] { row.make_with(p(), field.name, -1.); }, field.name + ": got -1"));
  }
}

TEST_CASE("a gradient that is NaN shows in its own element and nowhere else") {
  for (const Row& row : rows()) {
    if (!row.formula) continue;
    CAPTURE(row.name);
    Tensor p = parameter(kStart), clean = parameter(kStart);
    const Made optimiser = row.make({p}), beside = row.make({clean});
    for (int step = 0; step < 3; ++step) {
      set_gradient(p, step);
      set_gradient(clean, step);
      if (step == 1) p.grad().mutable_data<double>()[2] = kNan;
      optimiser->step();
      beside->step();
    }
    for (std::size_t i = 0; i < kStart.size(); ++i) {
      if (i == 2) CHECK(std::isnan(p.values<double>()[i]));
      else CHECK(p.values<double>()[i] == clean.values<double>()[i]);
    }
  }
}

TEST_CASE("huge and tiny gradients give finite weights, and moments that decay leave no denormals") {
  for (const Row& row : rows()) {
    if (!row.formula) continue;
    CAPTURE(row.name);
    Tensor p = parameter({1., 1., 1.}, float32);
    const Made optimiser = row.make({p});
    p.set_grad(Tensor(Array::copy_of(std::vector<float>{1e15f, 1e-30f, 0.f})));
    optimiser->step();
    p.set_grad(Tensor(Array::zeros({3}, float32)));
    for (int i = 0; i < 3000; ++i) optimiser->step();
    for (const float v : p.values<float>()) CHECK(std::isfinite(v));
    for (const Array& slot : optimiser->state(0, 0).slots) {
      if (!slot.defined()) continue;
      for (const float v : slot.values<float>()) CHECK((v == 0.f || std::fpclassify(v) == FP_NORMAL));
    }
  }
}

TEST_CASE("parameters without elements, and scalars, are stepped like others") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    Tensor none = Tensor(Array::zeros({0, 3}, float64)).requires_grad_();
    Tensor scalar = Tensor(Array::full({}, 2., float64)).requires_grad_();
    const Made optimiser = row.make({none, scalar});
    optimiser->step([&] {
      optimiser->zero_grad();
      Tensor loss = square(scalar) + sum(none);
      loss.backward();
      return loss;
    });
    CHECK(scalar.item<double>() != 2.);
    CHECK(std::isfinite(scalar.item<double>()));
  }
}

TEST_CASE("large parameters give the same bits on 1, 2 and 5 threads") {
  constexpr std::int64_t kLarge = 70001;  // three pieces
  std::vector<double> values(kLarge), slopes(kLarge);
  for (std::size_t i = 0; i < kLarge; ++i) {
    values[i] = std::cos(static_cast<double>(i));
    slopes[i] = gradient(static_cast<std::int64_t>(i), 1);
  }
  const int before = num_threads();
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    for (const DType dtype : {float32, float64}) {
      const Tensor g = Array::copy_of(slopes).to(dtype);
      std::vector<Array> results;
      for (const int threads : {1, 2, 5}) {
        set_num_threads(threads);
        Tensor p = parameter(values, dtype);
        const Made optimiser = row.make({p});
        const auto closure = valley(*optimiser, p);
        for (int step = 0; step < 3; ++step) {
          p.set_grad(g);
          if (row.formula) optimiser->step();
          else optimiser->step(closure);
        }
        results.push_back(p.array());
      }
      CHECK(same_bytes(results[0], results[1]));
      CHECK(same_bytes(results[0], results[2]));
    }
  }
  set_num_threads(before);
}

TEST_CASE("a step without memory changes nothing, and one with its slots made asks for none") {
  static int left;
  for (const Row& row : rows()) {
    if (!row.formula) continue;
    CAPTURE(row.name);
    // A thread of its own has no blocks in store: each is asked of the pool, which can be made to refuse.
    std::thread([&row] {
      Tensor p = parameter(kStart), q = parameter(kStart), fine = parameter(kStart);
      const Made optimiser = row.make({p, q}), beside = row.make({fine});
      for (Tensor* t : {&p, &q, &fine}) set_gradient(*t, 0);
      int failures = 0;
      for (int allowed = 0;; ++allowed) {
        left = allowed;
        detail::pool_fault = [] {
          if (left-- == 0) throw std::bad_alloc();
        };
        bool failed = false;
        try {
          optimiser->step();
        } catch (const std::bad_alloc&) {
          failed = true;
        }
        detail::pool_fault = nullptr;
        if (!failed) break;
        ++failures;
        CHECK(same_bytes(p.array(), parameter(kStart).array()));
        CHECK(same_bytes(q.array(), parameter(kStart).array()));
        CHECK(optimiser->state(0, 0).step == 0);
      }
      if (optimiser->state(0, 0).slots[0].defined()) CHECK(failures > 0);
      beside->step();
      CHECK(same_bytes(p.array(), fine.array()));
      left = 0;
      detail::pool_fault = [] { throw std::bad_alloc(); };
      CHECK_NOTHROW(optimiser->step());
      detail::pool_fault = nullptr;
    }).join();
  }
}

TEST_CASE("a model that goes to another dtype keeps its state, one that changes its shape is refused") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    Tensor p = parameter(kStart, float32), q = parameter(kStart);
    const Made optimiser = row.make({p}), exact = row.make({q});
    const auto closure = valley(*optimiser, p), same = valley(*exact, q);
    for (int i = 0; i < 6; ++i) {
      optimiser->step(closure);
      exact->step(same);
      if (i == 2) p.set_data(p.array().to(float64));
    }
    for (std::size_t i = 0; i < kStart.size(); ++i)
      CHECK(p.values<double>()[i] == doctest::Approx(q.values<double>()[i]).epsilon(1e-3));
    if (!optimiser->state(0, 0).slots[0].defined()) continue;
    p.set_data(Array::zeros({2}, float64));
    set_gradient(p, 0);
    CHECK(throws<ShapeError>([&] { optimiser->step(); }, "a parameter has changed its shape: got [2]"));
  }
}

TEST_SUITE_END();

}  // namespace optimisers
