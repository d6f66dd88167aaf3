// A small network learns XOR, is saved and loaded, and reports errors that the program can catch.
#include <iostream>
#include <xgrad.hpp>
using namespace xgrad;

int main() {
  manual_seed(3);
  nn::Sequential net(nn::Dense(2, 10), nn::ReLU(), nn::Dense(10, 1));
  const Tensor x = tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  const Tensor y = tensor({{0.}, {1.}, {1.}, {0.}});
  optim::SGD sgd(net.parameters(), {.lr = 0.3, .momentum = 0.9});
  for (int step = 0; step < 300; ++step) {
    sgd.zero_grad();
    nn::binary_cross_entropy_with_logits(net(x), y).backward();
    sgd.step();
  }
  train::save("xor.h5", net);
  nn::Sequential again(nn::Dense(2, 10), nn::ReLU(), nn::Dense(10, 1));
  train::load("xor.h5", again);
  const Tensor right = ((again(x) > 0.) == (y > 0.5)).to(float64).mean();
  std::cout << right.item<double>() << " of XOR is right\n";

  try {
    net(zeros({4, 3}));
  } catch (const ShapeError& error) {
    std::cout << error.what() << "\n";
    return right.item<double>() == 1. ? 0 : 1;
  }
  return 1;
}
