// A small CNN as a user writes it: what does it take to compile, to keep, to start and to train? The same program for
// libtorch lies beside. With an argument it trains so many steps.

#include <cstdlib>
#include <iostream>
#include <xgrad.hpp>
using namespace xgrad;

struct Net : nn::Module {
  nn::Conv2D conv1{1, 16, 3}, conv2{16, 32, 3};
  nn::Dense hidden{800, 128}, out{128, 10};
  void members(Members& m) override { m("conv1", conv1)("conv2", conv2)("hidden", hidden)("out", out); }
  Tensor forward(const Tensor& x) override {
    const Tensor a = max_pool2d(relu(conv1(x)), 2), b = max_pool2d(relu(conv2(a)), 2);
    return out(relu(hidden(flatten(b, 1))));
  }
};

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 0;
  if (steps == 0) return 0;
  Net net;
  optim::Adam adam(net.parameters(), {.lr = 1e-3});
  const Tensor x = rand({128, 1, 28, 28}), y = randint(0, 10, {128});
  Tensor loss;
  for (int i = 0; i < steps; ++i) {
    adam.zero_grad();
    loss = nn::cross_entropy(net(x), y);
    loss.backward();
    adam.step();
  }
  std::cout << loss.item<float>() << "\n";
}
