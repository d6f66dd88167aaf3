// A module, an operation and a data set of the program's own.
#include "nn/module.hpp"

#include <cmath>
#include <iostream>

struct Line : xgrad::data::Dataset {
  std::int64_t size() const override { return 64; }
  xgrad::data::Batch batch(std::span<const std::int64_t> indices) const override {
    std::vector<double> x;
    for (const std::int64_t i : indices) x.push_back(static_cast<double>(i) / 32. - 1.);
    const xgrad::Tensor t = xgrad::Array::copy_of(x, xgrad::Shape{static_cast<std::int64_t>(x.size()), 1});
    return {t.to(xgrad::float32), square(t).to(xgrad::float32)};
  }
};

int main() {
  using namespace xgrad;
  manual_seed(1);
  nn::Sequential net(nn::Dense(1, 8), Residual(8), nn::Dense(8, 1));
  std::cout << nn::summary(net, {1});
  optim::Adam adam(net.parameters(), {.lr = 0.01});
  const Line line;
  double first = NAN, last = NAN;
  for (int epoch = 0; epoch < 60; ++epoch) {
    for (const auto& [x, y] : data::DataLoader(line, {.batch_size = 16, .shuffle = true})) {
      adam.zero_grad();
      const Tensor loss = nn::mse(net(x), y);
      loss.backward();
      adam.step();
      last = loss.item<double>();
      if (std::isnan(first)) first = last;
    }
  }
  const Tensor x = tensor({2.}).requires_grad_();
  cube(x).backward();
  std::cout << "loss " << first << " at first, " << last << " at last\n";
  return last < 0.1 * first && x.grad().item<double>() == 12. ? 0 : 1;
}
