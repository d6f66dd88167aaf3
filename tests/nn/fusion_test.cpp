// Sequential computes a Dense and the activation behind it as one operation, which nobody may notice.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "autograd/anomaly.hpp"
#include "autograd/autograd.hpp"
#include "nn/nn.hpp"

using namespace xgrad;

namespace {

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && all(a == b).item<bool>();
}

/// A forward of its own under the name of a ReLU.
struct Shifted : nn::ReLU {
  Tensor forward(const Tensor& x) override { return relu(x) + 1; }
};
/// Likewise of a Dense.
struct Doubled : nn::Dense {
  using nn::Dense::Dense;
  Tensor forward(const Tensor& x) override { return nn::Dense::forward(x) * 2; }
};

template <class Activation>
void compare(DType dtype) {
  manual_seed(3);
  nn::Sequential net(nn::Dense(5, 7), Activation(), nn::Dense(7, 4), Activation(), nn::Dense(4, 2));
  net.to(dtype);
  const Tensor x = randn({6, 5}, dtype).requires_grad_();
  const Tensor fused = net(x);
  const auto gradients = grad({square(fused).sum()}, net.parameters());
  Tensor y = x;
  for (std::size_t i = 0; i < net.size(); ++i) y = net[i](y);
  const auto expected = grad({square(y).sum()}, net.parameters());
  CHECK(same_bits(fused, y));
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(same_bits(gradients[i], expected[i]));
}

}  // namespace

TEST_CASE("a fused Dense and activation have the bits of the two, gradients included") {
  for (const DType dtype : {float32, float64}) {
    compare<nn::ReLU>(dtype);
    compare<nn::Sigmoid>(dtype);
    compare<nn::Tanh>(dtype);
  }
}

TEST_CASE("a NaN goes through a fused relu, and its gradient as well") {
  nn::Sequential net(nn::Dense(1, 1), nn::ReLU());
  Tensor x = full({1, 1}, std::numeric_limits<float>::quiet_NaN()).requires_grad_();
  const Tensor y = net(x);
  CHECK(std::isnan(y.item<float>()));
  y.backward();
  CHECK(!std::isnan(x.grad().item<float>()));
  CHECK(same_bits(x.grad(), net.at<nn::Dense>(0).weight));
}

TEST_CASE("one operation stands for Dense and ReLU, and none is hidden from who wants to see both") {
  nn::Sequential net(nn::Dense(3, 2), nn::ReLU());
  const Tensor x = ones({1, 3});
  CHECK(to_text(net(x)).find("linear_relu") != std::string::npos);

  int calls = 0;
  auto handle = net[0].register_forward_hook([&](nn::Module&, auto, const Tensor&) { ++calls; });
  CHECK(to_text(net(x)).find("linear_relu") == std::string::npos);
  CHECK(calls == 1);
  handle.remove();
  const auto second = net[1].register_forward_pre_hook([&](nn::Module&, auto) { ++calls; });
  net(x);
  CHECK(calls == 2);

  const DetectAnomaly watching;
  nn::Sequential other(nn::Dense(3, 2), nn::ReLU());
  CHECK(to_text(other(x)).find("linear_relu") == std::string::npos);
}

TEST_CASE("a subclass with a forward of its own is called, not replaced") {
  const Tensor x = ones({1, 3});
  nn::Sequential shifted(nn::Dense(3, 2), Shifted());
  CHECK(same_bits(shifted(x), relu(shifted[0](x)) + 1));
  nn::Sequential doubled(Doubled(3, 2), nn::ReLU());
  CHECK(same_bits(doubled(x), relu(doubled[0](x))));
}

TEST_CASE("errors of a fused layer name it") {
  nn::Sequential net(nn::Flatten(), nn::Dense(3, 2), nn::ReLU());
  std::string said;
  try {
    net(ones({1, 4}));
  } catch (const ShapeError& e) {
    said = e.what();
  }
  CHECK(said.find("Sequential[1] Dense(3, 2): input has 4 features") != std::string::npos);
}
