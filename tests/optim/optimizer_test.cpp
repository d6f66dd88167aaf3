#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/autograd.hpp"
#include "optim/optim.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("optim");

TEST_CASE("SGD on x^2/2 with lr r multiplies x by 1 - r each step") {
  Tensor x = tensor({4., -2.}, float64).requires_grad_();
  optim::SGD sgd({x}, {.lr = 0.25});
  for (int i = 0; i < 10; ++i) {
    sgd.zero_grad();
    (sum(square(x)) / 2).backward();
    sgd.step();
  }
  CHECK(x.data<double>()[0] == doctest::Approx(4 * std::pow(0.75, 10)).epsilon(1e-14));
}

TEST_CASE("SGD with momentum and Nesterov follows its recurrence") {
  for (const bool nesterov : {false, true}) {
    Tensor x = tensor({1.}, float64).requires_grad_();
    optim::SGD sgd({x}, {.lr = 0.1, .momentum = 0.9, .weight_decay = 0.01, .nesterov = nesterov});
    double p = 1, b = 0;
    for (int t = 0; t < 20; ++t) {
      sgd.zero_grad();
      sum(square(x)).backward();
      sgd.step();
      const double g = 2 * p + 0.01 * p;
      b = t == 0 ? g : 0.9 * b + g;
      p -= 0.1 * (nesterov ? g + 0.9 * b : b);
    }
    CHECK(x.item<double>() == doctest::Approx(p).epsilon(1e-13));
  }
}

TEST_CASE("Adam's first step has length lr whatever the gradient's size, and later ones follow its recurrence") {
  Tensor x = tensor({1., 1.}, float64).requires_grad_();
  optim::Adam adam({x}, {.lr = 0.01, .eps = 0.});
  x.set_grad(tensor({1e-3, -1e6}, float64));
  adam.step();
  CHECK(x.data<double>()[0] == doctest::Approx(0.99).epsilon(1e-12));
  CHECK(x.data<double>()[1] == doctest::Approx(1.01).epsilon(1e-12));

  Tensor y = tensor({3.}, float64).requires_grad_();
  optim::Adam other({y}, {.lr = 0.1, .betas = {0.8, 0.95}, .eps = 1e-3});
  double p = 3, m = 0, v = 0;
  for (int t = 1; t <= 30; ++t) {
    other.zero_grad();
    sum(square(y)).backward();
    other.step();
    const double g = 2 * p;
    m = 0.8 * m + 0.2 * g;
    v = 0.95 * v + 0.05 * g * g;
    p -= 0.1 / (1 - std::pow(0.8, t)) * m / (std::sqrt(v) / std::sqrt(1 - std::pow(0.95, t)) + 1e-3);
  }
  CHECK(y.item<double>() == doctest::Approx(p).epsilon(1e-12));
}

TEST_CASE("parameters without a gradient are passed over and their step does not advance") {
  Tensor a = ones({2}).requires_grad_(), b = ones({2}).requires_grad_();
  optim::Adam adam({a, b});
  a.set_grad(ones({2}));
  adam.step();
  CHECK(adam.state(0, 0).step == 1);
  CHECK(adam.state(0, 1).step == 0);
  CHECK(b.values<float>()[0] == 1.f);
}

TEST_CASE("groups have options of their own") {
  Tensor a = ones({1}).requires_grad_(), b = ones({1}).requires_grad_();
  optim::SGD sgd({a}, {.lr = 0.5});
  sgd.add_group({b}, {.lr = 0.125});
  a.set_grad(ones({1}));
  b.set_grad(ones({1}));
  sgd.step();
  CHECK(a.item<double>() == 0.5);
  CHECK(b.item<double>() == 0.875);
  sgd.set_lr(0.25, 1);
  CHECK(sgd.lr(0) == 0.5);
  CHECK(sgd.lr(1) == 0.25);
  sgd.set_lr(1.);
  CHECK(sgd.lr(0) == 1.);
  CHECK(throws<IndexError>([&] { (void)sgd.lr(2); }, "got group 2 of 2"));
}

TEST_CASE("weights whose gradient stays zero do not keep denormal moments") {
  Tensor x = ones({64}).requires_grad_();
  optim::Adam adam({x});
  x.set_grad(ones({64}));
  adam.step();
  x.set_grad(zeros({64}));
  for (int i = 0; i < 3000; ++i) adam.step();
  for (const float m : adam.state(0, 0).slots[0].values<float>()) CHECK((m == 0.f || std::fpclassify(m) == FP_NORMAL));
}

TEST_CASE("a parameter that changes its dtype keeps its state") {
  Tensor x = ones({2}).requires_grad_();
  optim::SGD sgd({x}, {.lr = 0.1, .momentum = 0.5});
  x.set_grad(ones({2}));
  sgd.step();
  x.set_data(x.array().to(float64));
  x.set_grad(ones({2}, float64));
  sgd.step();
  CHECK(x.data<double>()[0] == doctest::Approx(1 - 0.1 - 0.15).epsilon(1e-6));
}

TEST_CASE("LinearDecay goes straight from the initial rate to the end and stays there") {
  Tensor x = ones({1}).requires_grad_(), y = ones({1}).requires_grad_();
  optim::SGD sgd({x}, {.lr = 1.});
  sgd.add_group({y}, {.lr = 2.});
  optim::LinearDecay decay(sgd, 4);
  const double expected[] = {1., 0.75, 0.5, 0.25, 0., 0.};
  for (const double lr : expected) {
    CHECK(sgd.lr(0) == lr);
    CHECK(sgd.lr(1) == 2 * lr);
    decay.step();
  }
  CHECK(decay.steps() == 6);
  CHECK(throws<ValueError>([&] { optim::LinearDecay(sgd, 0); }, "total: got 0"));
  CHECK(throws<ValueError>([&] { optim::LinearDecay(sgd, 3, -1.); }, "end_factor"));
}

TEST_CASE("names fit patterns with * and ?") {
  using optim::matches;
  CHECK(matches("features.0.bias", "*.bias"));
  CHECK(matches("features.0.bias", "features.?.*"));
  CHECK(matches("bias", "bias"));
  CHECK(matches("", "*"));
  CHECK(matches("", ""));
  CHECK(matches("a.b.bias.b", "*.b*.b"));
  CHECK(matches("abcabcd", "*abcd"));
  CHECK_FALSE(matches("features.10.bias", "features.?.bias"));
  CHECK_FALSE(matches("features.0.bias2", "*.bias"));
  CHECK_FALSE(matches("bias", ""));
  CHECK_FALSE(matches("bias", "*.bias"));
}

TEST_CASE("groups are chosen by name patterns, the first that fits, and the rest is group 0") {
  struct Named {
    std::string name;
    Tensor tensor;
  };
  std::vector<Named> net;
  for (const char* name : {"0.weight", "0.bias", "2.weight", "2.bias"})
    net.push_back({name, ones({1}, float64).requires_grad_()});
  optim::SGD sgd(net, {.lr = 1.}, {{"*.bias", {.lr = 0.25}}, {"2.*", {.lr = 0.5}}});
  REQUIRE(sgd.num_groups() == 3);
  CHECK(sgd.names(0) == std::vector<std::string>{"0.weight"});
  CHECK(sgd.names(1) == std::vector<std::string>{"0.bias", "2.bias"});
  CHECK(sgd.names(2) == std::vector<std::string>{"2.weight"});
  for (Named& p : net) p.tensor.set_grad(ones({1}, float64));
  sgd.step();
  CHECK(net[0].tensor.item<double>() == 0.);
  CHECK(net[1].tensor.item<double>() == 0.75);
  CHECK(net[2].tensor.item<double>() == 0.5);
  CHECK(net[3].tensor.item<double>() == 0.75);
  const optim::State state = sgd.state_dict();
  const auto has = [&](const std::string& name) {
    return std::any_of(state.entries.begin(), state.entries.end(), [&](const auto& e) { return e.name == name; });
  };
  CHECK(has("2.bias/step"));
  CHECK(has("group.2/lr"));

  optim::SGD biases(net, {.lr = 1.}, {{"*", {.lr = 0.25}}});
  CHECK(biases.parameters(0).empty());
  biases.step();
  CHECK(throws<ValueError>(
      [&] {
        optim::SGD(net, {}, {{"*.bais", {.lr = 0.}}});
      },
      "SGD: the pattern \"*.bais\" fits no parameter that is left"));
  CHECK(throws<ValueError>([&] { optim::SGD(net, {}, {{"*.bias", {.lr = -1.}}}); }, "SGD: lr: got -1"));
  optim::keras::Adam adam(net, {}, {{"*.bias", {.lr = 0.25}}});
  CHECK(adam.lr(1) == 0.25);
  CHECK(adam.options(1).eps_hat);
  net[1].name = net[0].name;
  CHECK(throws<ValueError>([&] { optim::SGD{net}; }, "two parameters are named \"0.weight\""));
}

TEST_CASE("the presets have the defaults of Keras 3 and of tf.keras 2") {
  const auto p = [] { return std::vector<Tensor>{ones({1}).requires_grad_()}; };
  namespace k = optim::keras;
  namespace tf = optim::tf_keras;
  const optim::SGDOptions sgd = k::SGD(p()).options();
  CHECK((sgd.lr == 0.01 && sgd.momentum == 0. && !sgd.nesterov && sgd.velocity_includes_lr));
  CHECK_FALSE(k::SGD(p(), {.nesterov = true}).options().nesterov);
  const optim::AdamOptions adam = k::Adam(p()).options();
  CHECK((adam.lr == 1e-3 && adam.betas[0] == 0.9 && adam.betas[1] == 0.999 && adam.eps == 1e-7 && adam.eps_hat));
  const optim::AdamOptions adamw = k::AdamW(p()).options();
  CHECK((adamw.weight_decay == 0.004 && adamw.decoupled_weight_decay && adamw.eps_hat));
  const optim::NAdamOptions nadam = k::Nadam(p()).options(), nadam_2 = tf::Nadam(p()).options();
  CHECK((nadam.lr == 1e-3 && nadam.eps == 1e-7 && nadam.momentum_decay == 1.));
  CHECK((nadam_2.lr == 1e-3 && nadam_2.eps == 1e-7 && nadam_2.momentum_decay == 0.004));
  const optim::AdamaxOptions adamax = k::Adamax(p()).options();
  CHECK((adamax.lr == 1e-3 && adamax.eps == 1e-7 && adamax.eps_beside_maximum));
  const optim::AdagradOptions adagrad = k::Adagrad(p()).options(), adagrad_2 = tf::Adagrad(p()).options();
  CHECK((adagrad.lr == 1e-3 && adagrad.initial_accumulator_value == 0.1 && adagrad.eps == 1e-7));
  CHECK((adagrad.eps_inside_sqrt && !adagrad_2.eps_inside_sqrt && adagrad_2.initial_accumulator_value == 0.1));
  const optim::AdadeltaOptions adadelta = k::Adadelta(p()).options();
  CHECK((adadelta.lr == 1e-3 && adadelta.rho == 0.95 && adadelta.eps == 1e-7));
  const optim::RMSpropOptions rmsprop = k::RMSprop(p()).options();
  CHECK((rmsprop.lr == 1e-3 && rmsprop.alpha == 0.9 && rmsprop.eps == 1e-7 && rmsprop.eps_inside_sqrt));
  CHECK_FALSE(tf::RMSprop(p()).options().eps_inside_sqrt);
  CHECK(tf::RMSprop(p(), {.momentum = 0.9}).options().eps_inside_sqrt);
  CHECK(tf::SGD(p(), {.decay = 0.5}).options().lr_decay == 0.5);
  CHECK(throws<ValueError>([&] { k::Adam(p(), {.lr = -1.}); }, "keras::Adam: lr: got -1"));
}

TEST_CASE("NAdam takes the documented path, where PyTorch 1.13 took another") {
  Tensor x = tensor({1.}, float64).requires_grad_();
  optim::NAdam nadam({x}, {.lr = 2e-3});
  for (int i = 0; i < 5; ++i) {
    nadam.step([&] {
      nadam.zero_grad();
      Tensor loss = sum(square(x));
      loss.backward();
      return loss;
    });
  }
  CHECK(x.item<double>() == doctest::Approx(0.9919112491390).epsilon(1e-12));
}

TEST_CASE("a momentum that is turned on later begins with the gradient, undampened") {
  Tensor x = tensor({0.}, float64).requires_grad_();
  optim::SGD sgd({x}, {.lr = 1., .dampening = 0.5});
  x.set_grad(ones({1}, float64));
  sgd.step();
  sgd.set_momentum(0.5, 0);
  CHECK(sgd.momentum() == 0.5);
  sgd.step();
  CHECK(x.item<double>() == -2.);
  sgd.step();
  CHECK(x.item<double>() == -3.);
  CHECK(throws<ValueError>([&] { sgd.set_momentum(-1., 0); }, "set_momentum: momentum: got -1"));
  CHECK(throws<IndexError>([&] { (void)sgd.momentum(1); }, "got group 1 of 1"));
}

TEST_CASE("centred RMSprop meets a constant gradient without NaN") {
  for (const double g : {0.1, 1e-3, 7.}) {
    Tensor x = tensor({1.}).requires_grad_();
    optim::RMSprop rmsprop({x}, {.lr = 1e-12, .alpha = 0.5, .centered = true});
    x.set_grad(full({1}, g));
    for (int i = 0; i < 200; ++i) rmsprop.step();
    CHECK(std::isfinite(x.item<double>()));
  }
}

TEST_CASE("Rprop goes by signs even where the product of two gradients is too small for a number") {
  Tensor x = tensor({1., 1.}).requires_grad_();
  optim::Rprop rprop({x}, {.lr = 0.1});
  x.set_grad(tensor({1e-30, -1e-30}));
  rprop.step();
  rprop.step();
  CHECK(x.values<float>()[0] == doctest::Approx(1 - 0.1 - 0.12));
  x.set_grad(tensor({-1e-30, -1e-30}));
  rprop.step();
  CHECK(x.values<float>()[0] == doctest::Approx(0.78));
  CHECK(rprop.state(0, 0).slots[1].values<float>()[0] == doctest::Approx(0.06));
}

TEST_CASE("bad options and parameters are refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Tensor x = ones({1}).requires_grad_();
  CHECK(throws<ValueError>([&] { optim::SGD({x}, {.lr = -0.1}); }, "SGD: lr: got -0.1; expected 0"));
  CHECK(throws<ValueError>([&] { optim::SGD({x}, {.lr = nan}); }, "lr: got nan"));
  CHECK(throws<ValueError>([&] { optim::Adam({x}, {.lr = nan}); }, "Adam: lr: got nan"));
  CHECK(throws<ValueError>([&] { optim::Adam({x}, {.betas = {1., 0.9}}); }, "betas[0]: got 1"));
  CHECK(throws<ValueError>([&] { optim::Adam({x}, {.eps = -1.}); }, "eps"));
  CHECK(throws<ValueError>([&] { optim::SGD({x}, {.nesterov = true}); }, "nesterov"));
  CHECK(throws<ValueError>([&] { optim::SGD({x}, {.momentum = -1.}); }, "momentum"));
  optim::SGD sgd({x});
  CHECK(throws<ValueError>([&] { sgd.set_lr(-1.); }, "lr: got -1"));
  CHECK(throws<ValueError>([&] { sgd.set_lr(nan, 0); }, "lr: got nan"));
  CHECK(throws<ValueError>([&] { optim::SGD({x, x}); }, "parameters 0 and 1 are the same"));
  CHECK(throws<ValueError>([&] { sgd.add_group({x}, {}); }, "earlier group"));
  CHECK(throws<ValueError>([&] { optim::Rprop({x}, {.step_sizes = {2., 1.}}); }, "step_sizes: expected the least one"));
  CHECK(throws<ValueError>([&] { optim::SGD({ones({1})}); }, "expected a leaf that requires gradients"));
  CHECK(throws<ValueError>([&] { optim::SGD(std::vector<Tensor>{}); }, "no parameters"));
}

TEST_SUITE_END();
