// What xgrad.cpp is compared with.

#include <torch/torch.h>

#include <cstdlib>
#include <iostream>

struct Net : torch::nn::Module {
  torch::nn::Conv2d conv1{nullptr}, conv2{nullptr};
  torch::nn::Linear hidden{nullptr}, out{nullptr};
  Net() {
    conv1 = register_module("conv1", torch::nn::Conv2d(1, 16, 3));
    conv2 = register_module("conv2", torch::nn::Conv2d(16, 32, 3));
    hidden = register_module("hidden", torch::nn::Linear(800, 128));
    out = register_module("out", torch::nn::Linear(128, 10));
  }
  torch::Tensor forward(const torch::Tensor& x) {
    const auto a = torch::max_pool2d(torch::relu(conv1(x)), 2), b = torch::max_pool2d(torch::relu(conv2(a)), 2);
    return out(torch::relu(hidden(b.flatten(1))));
  }
};

int main(int argc, char** argv) {
  const int steps = argc > 1 ? std::atoi(argv[1]) : 0;
  if (steps == 0) return 0;
  Net net;
  torch::optim::Adam adam(net.parameters(), torch::optim::AdamOptions(1e-3));
  const auto x = torch::rand({128, 1, 28, 28}), y = torch::randint(0, 10, {128});
  torch::Tensor loss;
  for (int i = 0; i < steps; ++i) {
    adam.zero_grad();
    loss = torch::nn::functional::cross_entropy(net.forward(x), y);
    loss.backward();
    adam.step();
  }
  std::cout << loss.item<float>() << "\n";
}
