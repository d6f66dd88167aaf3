// The program of the design: a network of one's own with a convolution, trained batch by batch, saved.
#include <iostream>
#include <xgrad.hpp>
using namespace xgrad;

struct Net : nn::Module {
  nn::Conv2D conv{1, 16, 3};
  nn::MaxPool pool{2};
  nn::Dense out{16 * 13 * 13, 10};
  void members(Members& m) override { m("conv", conv)("pool", pool)("out", out); }
  Tensor forward(const Tensor& x) override { return out(flatten(pool(relu(conv(x))), 1)); }
};

int main() {
  auto digits = data::synthetic_digits(3000, 500);  // or data::mnist("path")
  Net net;
  std::cout << nn::summary(net, {1, 28, 28});
  optim::Adam adam(net.parameters(), {.lr = 1e-3});
  for (const auto& [x, y] : data::DataLoader(digits.train, {.batch_size = 32, .shuffle = true})) {
    adam.zero_grad();
    Tensor loss = nn::cross_entropy(net(x), y);
    loss.backward();
    adam.step();
  }
  train::save("digits.h5", net);

  // Not part of the program: it has learnt something, and what it saved can be loaded.
  Net again;
  train::load("digits.h5", again);
  const auto [x, y] = digits.test.all();
  const double accuracy = (argmax(again(x), 1) == y).sum().item<double>() / 500;
  std::cout << "test accuracy " << accuracy << '\n';
  return accuracy > 0.6 ? 0 : 1;
}
