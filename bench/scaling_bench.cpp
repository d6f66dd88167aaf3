// How the cost of a training step grows: with the batch, the width and the depth of a perceptron with ReLU, trained by
// SGD on one thread.
//
//     scaling_bench [--quick] > scaling.csv
//
// Prints CSV: axis,size,step_us,sample_us,multiply_add_ps. Linear growth is a constant last column: picoseconds for
// each multiplication and addition of the products, forward and backward.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tensor/parallel.hpp"

namespace {

using namespace xgrad;
using Clock = std::chrono::steady_clock;

struct Size {
  std::int64_t batch, width, depth;
};

/// Median seconds of a step.
double step_seconds(const Size& s, double budget) {
  manual_seed(1);
  nn::Sequential net;
  // By the usual weights a signal would shrink to denormal numbers within 100 layers, which are slow for any processor.
  for (std::int64_t i = 0; i < s.depth; ++i)
    net.add(nn::Dense(s.width, s.width, {.weight_init = nn::init::he_normal})).add(nn::ReLU());
  optim::SGD sgd(net.parameters(), {.lr = 1e-6});
  const Tensor x = rand({s.batch, s.width}), y = rand({s.batch, s.width});
  std::vector<double> times;
  const auto begin = Clock::now();
  while (times.size() < 5 || std::chrono::duration<double>(Clock::now() - begin).count() < budget) {
    const auto start = Clock::now();
    sgd.zero_grad();
    nn::mse(net(x), y).backward();
    sgd.step();
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

void print(const char* axis, std::int64_t size, const Size& s, double budget) {
  const double t = step_seconds(s, budget);
  // forward, weights' gradient, inputs' gradient: that of the first layer is not needed
  const double products = 3 * static_cast<double>(s.depth) - 1;
  const double work = static_cast<double>(s.batch * s.width * s.width) * products;
  std::printf("%s,%lld,%.3f,%.4f,%.2f\n", axis, static_cast<long long>(size), 1e6 * t,
              1e6 * t / static_cast<double>(s.batch), 1e12 * t / work);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("How the cost of a training step grows with batch, width and depth");
  bool quick = false;
  app.add_flag("--quick", quick, "a few small sizes, to see that it runs");
  CLI11_PARSE(app, argc, argv);
  set_num_threads(1);
  const double budget = quick ? 0.01 : 0.3;
  std::puts("axis,size,step_us,sample_us,multiply_add_ps");
  for (std::int64_t n = 1; n <= (quick ? 4 : 4096); n *= 2) print("batch", n, {n, 128, 2}, budget);
  for (std::int64_t n = 16; n <= (quick ? 64 : 4096); n *= 2) print("width", n, {32, n, 2}, budget);
  for (const std::int64_t n : {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000})
    if (!quick || n <= 10) print("depth", n, {32, 64, n}, budget);
}
