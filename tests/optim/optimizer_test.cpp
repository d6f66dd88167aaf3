#include <doctest/doctest.h>

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
  CHECK(throws<ValueError>([&] { optim::SGD({ones({1})}); }, "expected a leaf that requires gradients"));
  CHECK(throws<ValueError>([&] { optim::SGD(std::vector<Tensor>{}); }, "no parameters"));
}

TEST_SUITE_END();
