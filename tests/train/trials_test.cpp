#include "train/trials.hpp"

#include <cmath>
#include <sstream>

#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_SUITE_BEGIN("train");

TEST_CASE("overfit_one_batch: passes where the batch can be learnt, fails where not, and leaves no trace") {
  manual_seed(0);
  nn::Sequential net(nn::Dense(2, 16), nn::Tanh(), nn::Dense(16, 2));
  optim::Adam adam(net.parameters(), {.lr = 0.05});
  const data::Batch batch{rand({8, 2}), tensor({0, 1, 1, 0, 1, 0, 0, 1})};
  net.eval();
  const Array before = net.parameters()[0].array().clone();
  const auto good = train::overfit_one_batch(net, adam, nn::CrossEntropy{}, batch, {.steps = 3000});
  CHECK(good.passed);
  CHECK(good.losses.back() < 0.01 * good.losses.front());
  CHECK(same_bytes(net.parameters()[0].array(), before));
  CHECK_FALSE(net.training());
  CHECK(adam.state(0, 0).step == 0);
  const auto bad = train::overfit_one_batch(net, adam, nn::CrossEntropy{}, {zeros({8, 2}), batch.y}, {.steps = 50});
  CHECK_FALSE(bad.passed);
  CHECK(bad.losses.size() == 50);
}

TEST_CASE("lr_range_test: finds rates at which a parabola is learnt, and leaves no trace") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.125});
  const data::TensorDataset data(column({1, 1}).array(), column({2, 2}).array());
  // w -= 2 lr (w - 2): falls for lr < 1, fastest at 0.5, grows beyond 1
  const auto test = train::lr_range_test(net, sgd, nn::MSE{}, data, {.lr_min = 1e-4, .lr_max = 100, .steps = 61});
  CHECK(test.rates.front() == doctest::Approx(1e-4));
  CHECK(test.rates.size() < 61);  // diverged
  CHECK(test.suggestion > 1e-3);
  CHECK(test.suggestion < 1);
  CHECK(test.losses.front() == doctest::Approx(4));
  CHECK(test.smoothed.front() == doctest::Approx(4));
  CHECK(net.value() == 0);
  CHECK(sgd.lr() == 0.125);
}

TEST_CASE("explain: ranges, dead units and gradient norms of a batch computed by hand") {
  nn::Sequential net(nn::Dense(1, 2, {.dtype = float64}), nn::ReLU());
  auto& dense = net.at<nn::Dense>(0);
  dense.weight.copy_(tensor({{1.}, {-1.}}, float64));
  dense.bias.copy_(tensor({0., -1.}, float64));
  // x = 1, 2: outputs (1, -2), (2, -3); after ReLU (1, 0), (2, 0); MSE against 0: (1 + 4) / 4
  const data::Batch batch{column({1, 2}), zeros({2, 2}, float64)};
  const auto e = train::explain(net, batch);
  CHECK(e.loss == doctest::Approx(1.25));
  REQUIRE(e.layers.size() == 2);
  CHECK(e.layers[0].min == -3);
  CHECK(e.layers[0].max == 2);
  CHECK(e.layers[0].mean == -0.5);
  CHECK(e.layers[1].name == "1");
  CHECK(e.layers[1].dead == 1);
  CHECK(e.layers[1].units == 2);
  REQUIRE(e.parameters.size() == 2);
  CHECK(e.parameters[0].gradient_norm.value() == doctest::Approx((2 * 1 * 1 + 2 * 2 * 2) / 4.));
  CHECK(e.parameters[1].gradient_norm.value() == doctest::Approx((2 * 1 + 2 * 2) / 4.));
  CHECK(e.parameters[0].weight_norm == doctest::Approx(std::sqrt(2.)));
  CHECK_FALSE(dense.weight.grad().defined());
  std::ostringstream out;
  out << e;
  CHECK(contains(out.str(), "1 dead"));
}

TEST_CASE("explain: says what looks wrong, and asks for a loss where none is meant") {
  nn::Sequential net(nn::Dense(1, 4), nn::Sigmoid());
  for (float& b : std::span(net.at<nn::Dense>(0).bias.mutable_data<float>(), 4)) b = 50;
  const auto e = train::explain(net, nn::MSE{}, {ones({3, 1}), zeros({3, 4})});
  CHECK(e.layers[1].saturated == 1);
  std::string all;
  for (const std::string& remark : e.remarks) all += remark + "\n";
  CHECK(contains(all, "1 Sigmoid(): 100 % of the outputs are saturated"));
  CHECK(contains(all, "0.weight: the gradient vanishes"));
  CHECK(throws<ValueError>([&] { train::explain(net, {ones({3, 1}), zeros({3, 2})}); }, "which loss is meant"));
}
