// gradcheck of whole models: every parameter by name, in float64, the model left as it was.

#include "nn/gradcheck.hpp"

#include <doctest/doctest.h>

#include "autograd/autograd.hpp"
#include "nn/activation.hpp"
#include "nn/dense.hpp"
#include "nn/losses.hpp"
#include "nn/sequential.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

struct Loss {
  Tensor operator()(const Tensor& a, const Tensor& y) const { return nn::cross_entropy(a, y); }
};

/// Batch norm in training, with running statistics, and dropout behind it.
struct Noisy : nn::Module {
  nn::Dense in{5, 6}, out{6, 3};
  Tensor gamma = ones({6}).requires_grad_(), beta = zeros({6}).requires_grad_();
  Tensor mean = zeros({6}), var = ones({6});
  Generator own{5};
  void members(Members& m) override {
    m("in", in)("gamma", gamma)("beta", beta)("out", out).buffer("mean", mean).buffer("var", var);
  }
  Tensor forward(const Tensor& x) override {
    const Tensor h = batch_norm(tanh(in(x)), mean, var, gamma, beta, {.training = training()});
    const Tensor kept = bernoulli(0.7, h.shape(), h.dtype()) * bernoulli(0.8, h.shape(), h.dtype(), own);
    return out(training() ? h * kept : h);
  }
};

/// y = x w^2, with the gradient of w off by 1 %.
struct Wrong : nn::Module {
  nn::Dense first{2, 2};
  Tensor w = tensor({1., 2.}).requires_grad_();
  void members(Members& m) override { m("first", first)("w", w); }
  Tensor forward(const Tensor& x) override {
    const Tensor square = record(
        "planted", (w.detach() * w.detach()).array().clone(), [](Ctx& c) { c.give(0, c.grad() * c.in(0) * 2.02); },
        Save{w});
    return first(x) * square;
  }
};

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("gradcheck walks every parameter of a model, and large ones by a sample") {
  nn::Sequential net(nn::Dense(20, 7), nn::Sigmoid(), nn::Dense(7, 3));
  const Tensor x = spread({4, 20}).to(float32), y = tensor({0, 2, 1, 1});
  const auto report = gradcheck(net, Loss{}, std::pair(x, y));
  CHECK_MESSAGE(report, report.str());
  CHECK(report.checked == 16 + 7 + 16 + 3);
  CHECK(report.names == std::vector<std::string>{"0.weight", "0.bias", "2.weight", "2.bias"});
  CHECK(gradcheck(net, Loss{}, x, y, {.max_elements = 0}).checked == 20 * 7 + 7 + 7 * 3 + 3);
  const auto regression = nn::gradcheck(net, nn::HalfSSE{}, x, spread({4, 3}).to(float32));
  CHECK_MESSAGE(regression, regression.str());
}

TEST_CASE("gradcheck leaves the model as it was: values, gradients, statistics, dtype, mode and generators") {
  Noisy net;
  net.requires_grad_();
  net.in.weight.requires_grad_(false);
  const auto before = [&] {
    std::vector<Tensor> all;
    for (const auto& [name, t] : net.state_dict()) all.push_back(t.detach().clone());
    return all;
  };
  const std::vector<Tensor> old = before();
  const std::uint64_t drawn = default_generator().counter();
  for (const bool training : {true, false}) {
    net.train(training);
    const auto report = gradcheck(net, Loss{}, spread({8, 5}).to(float32), tensor({0, 2, 1, 1, 0, 0, 2, 1}));
    CHECK_MESSAGE(report, report.str());
    CHECK(net.training() == training);
  }
  const std::vector<Tensor> now = before();
  for (std::size_t i = 0; i < old.size(); ++i) CHECK(same_bytes(old[i].array(), now[i].array()));
  CHECK(net.gamma.dtype() == float32);
  CHECK_FALSE(net.gamma.grad().defined());
  CHECK_FALSE(net.in.weight.requires_grad());
  CHECK(default_generator().counter() == drawn);
  CHECK(net.own.counter() == 0);
}

TEST_CASE("gradcheck names the parameter whose gradient is wrong, and only that one fails") {
  Wrong net;
  const auto report = gradcheck(net, nn::MSE{}, spread({3, 2}).to(float32), spread({3, 2}, -1, 1, 3).to(float32));
  CHECK(report.verdict == Verdict::wrong);
  CHECK(report.failed == 2);
  CHECK(report.str().find("worst: w [") != std::string::npos);
}

TEST_CASE("gradcheck of a model without parameters, or of one that fails, says so") {
  nn::Sequential nothing{nn::ReLU()};
  CHECK(throws<ValueError>([&] { gradcheck(nothing, nn::MSE{}, ones({2}), ones({2})); }, "has no parameters"));
  nn::Sequential net(nn::Dense(3, 2));
  CHECK(throws<ShapeError>([&] { gradcheck(net, nn::MSE{}, ones({2, 4}), ones({2, 2})); }, "Dense(3, 2)"));
  // A parameter that nothing depends on has gradient 0, and that is right.
  struct Idle : nn::Module {
    Tensor used = ones({2}).requires_grad_(), idle = ones({3}).requires_grad_();
    void members(Members& m) override { m("used", used)("idle", idle); }
    Tensor forward(const Tensor& x) override { return x * used; }
  } idle;
  const auto report = gradcheck(idle, nn::MSE{}, spread({4, 2}).to(float32), spread({4, 2}, -1, 1, 1).to(float32));
  CHECK_MESSAGE(report, report.str());
  CHECK(report.checked == 5);
}

TEST_SUITE_END();
