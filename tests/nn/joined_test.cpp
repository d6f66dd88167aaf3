// Modules that Sequential computes together give what they give one after the other, to the last bit.

#include <doctest/doctest.h>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"

using namespace xgrad;

namespace {

Tensor bumpy(const Shape& shape, DType dtype) {
  Generator generator(5);
  Tensor x = randn(shape, dtype, generator);
  float small[] = {0.f, -0.f, 1.f, -1.f};
  for (std::int64_t i = 0; dtype == float32 && i < x.numel(); i += 3) x.mutable_data<float>()[i] = small[i % 4];
  return x;
}

/// Output, the gradient by x, and the gradient of a sum of squares of that gradient.
struct Seen {
  Tensor y, dx, ddx;
};
Seen seen(const Tensor& given, const std::function<Tensor(const Tensor&)>& f) {
  Seen s;
  Tensor x = given.clone().requires_grad_();
  s.y = f(x);
  const Tensor g = bumpy(s.y.shape(), s.y.dtype());
  s.dx = grad(sum(s.y * g), x);
  Tensor again = given.clone().requires_grad_();
  const Tensor first = grad(sum(square(f(again)) * g), again, {.create_graph = true});
  s.ddx = grad(sum(square(first)), again);
  return s;
}

void check_joined(nn::Sequential& net, const Tensor& x) {
  const Seen together = seen(x, [&](const Tensor& t) { return net(t); });
  const Seen apart = seen(x, [&](const Tensor& t) {
    Tensor y = t;
    for (std::size_t i = 0; i < net.size(); ++i) y = net[i](y);
    return y;
  });
  CHECK(same_bytes(together.y.array(), apart.y.array()));
  CHECK(same_bytes(together.dx.array(), apart.dx.array()));
  CHECK(same_bytes(together.ddx.array(), apart.ddx.array()));
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("ReLU and MaxPool in a Sequential have the bits of one after the other") {
  for (const DType t : {float32, float64})
    for (const nn::MaxPoolOptions& o :
         {nn::MaxPoolOptions{}, {.stride = 1}, {.stride = 3, .dilation = 2}, {.padding = 1}, {.ceil_mode = true}}) {
      nn::Sequential net(nn::ReLU(), nn::MaxPool(2, o));
      check_joined(net, bumpy({3, 2, 9, 37}, t));
    }
}

TEST_CASE("BatchNorm and ReLU in a Sequential have the bits of one after the other") {
  for (const DType t : {float32, float64})
    for (const bool training : {true, false})
      for (const Shape& shape : {Shape{5, 3, 4, 11}, {40, 70}, {6, 3, 33}}) {
        nn::Sequential net(nn::BatchNorm(shape[1], {.track_running_stats = !training, .dtype = t}), nn::ReLU());
        auto& norm = net.at<nn::BatchNorm>(0);
        Generator generator(6);
        norm.weight.copy_(randn(norm.weight.shape(), t, generator));
        norm.bias.copy_(randn(norm.bias.shape(), t, generator));
        net.train(training);
        const Tensor x = bumpy(shape, t);
        check_joined(net, x);
        net.zero_grad();
        sum(square(net(x))).backward();
        const Tensor weight = norm.weight.grad().clone(), bias = norm.bias.grad().clone();
        net.zero_grad();
        sum(square(relu(norm(x)))).backward();
        CHECK(same_bytes(weight.array(), norm.weight.grad().array()));
        CHECK(same_bytes(bias.array(), norm.bias.grad().array()));
      }
}

TEST_CASE("a bias that changes before the gradient is asked for does not change what a joined ReLU let through") {
  nn::Sequential net(nn::BatchNorm(2), nn::ReLU());
  Tensor x = bumpy({8, 2}, float32).requires_grad_();
  const Tensor y = net(x);
  {
    const NoGradGuard off;
    net.at<nn::BatchNorm>(0).bias.copy_(full({2}, -100.));
  }
  y.sum().backward();
  CHECK(net.at<nn::BatchNorm>(0).bias.grad().sum().item<double>() > 0);
}

TEST_CASE("whoever looks between joined modules sees them one by one") {
  nn::Sequential net(nn::BatchNorm(3), nn::ReLU(), nn::MaxPool(2), nn::ReLU(), nn::MaxPool(2));
  const Tensor x = bumpy({2, 3, 8, 8}, float32);
  std::vector<Shape> shapes;
  const auto handle = net[3].register_forward_hook([&](nn::Module&, std::span<const Tensor> in, const Tensor&) {
    shapes.push_back(in[0].shape());
    return Tensor();
  });
  net(x);
  REQUIRE(shapes.size() == 1);
  CHECK(shapes[0] == Shape{2, 3, 4, 4});
  CHECK(nn::summary(net, {3, 8, 8}).rows.size() == 5);
}

TEST_SUITE_END();
