#include "nn/mlp.hpp"

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "tests/throws.hpp"

using namespace xgrad;

TEST_SUITE_BEGIN("nn");

TEST_CASE("mlp: the layers that one would write down, with the same initial values") {
  manual_seed(3);
  nn::Sequential made = nn::mlp({5, 4, 3, 2}, nn::Sigmoid(), {.weight_init = nn::init::glorot_uniform});
  manual_seed(3);
  const nn::DenseOptions glorot{.weight_init = nn::init::glorot_uniform};
  nn::Sequential written;  // layer by layer: the arguments of a call are evaluated in any order
  written.add(nn::Dense(5, 4, glorot)).add(nn::Sigmoid());
  written.add(nn::Dense(4, 3, glorot)).add(nn::Sigmoid());
  written.add(nn::Dense(3, 2, glorot));
  CHECK(made.str() == written.str());
  const Tensor x = randn({7, 5});
  CHECK(same_bytes(made(x).array(), written(x).array()));
  CHECK(nn::mlp({5, 2}, nn::ReLU()).size() == 1);
}

TEST_CASE("mlp: an activation may be a function, or made from the number of units") {
  nn::Sequential net = nn::mlp({2, 3, 1}, [](const Tensor& z) { return exp(-0.5 * square(z)); });
  const Tensor x = randn({4, 2});
  const Tensor hidden = exp(-0.5 * square(net[0](x)));
  CHECK(same_bytes(net(x).array(), net[2](hidden).array()));

  std::vector<std::int64_t> widths;
  nn::Sequential blocks = nn::mlp({2, 6, 4, 1}, [&](std::int64_t width) {
    widths.push_back(width);
    return nn::Sequential(nn::Tanh(), nn::BatchNorm(width));
  });
  CHECK(widths == std::vector<std::int64_t>{6, 4});
  CHECK(blocks(x).shape() == Shape{4, 1});
  CHECK(blocks.named_parameters()[2].name == "1.1.weight");
}

TEST_CASE("mlp: an activation with a parameter has one of its own in each place") {
  nn::Sequential net = nn::mlp({2, 3, 3, 1}, nn::PReLU());
  CHECK(net.num_parameters() == 9 + 12 + 4 + 2);
  nn::init::constant(net.at<nn::PReLU>(1).weight, 0.5);
  CHECK(net.at<nn::PReLU>(3).weight.item<double>() == 0.25);
}

TEST_CASE("mlp: too few sizes, and sizes below 1") {
  CHECK(throws<ValueError>([] { nn::mlp({784}, nn::ReLU()); }, "mlp: got 1 sizes; expected those of the inputs"));
  CHECK(throws<ValueError>([] { nn::mlp({3, 0, 1}, nn::ReLU()); }, "Dense"));
}

TEST_SUITE_END();
