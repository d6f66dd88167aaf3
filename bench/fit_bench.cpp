// What train::fit costs over the loop written by hand, for the workloads of bench/workloads.cpp.
//
//     fit_bench --workload xor_mlp_b10 --threads 1
//
// Both train the same network on the same data set of so many batches, in turns; the medians of the epochs are
// compared.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <exception>
#include <memory>
#include <vector>
#include <xgrad.hpp>

#include "bench/network.hpp"
#include "bench/workloads.hpp"

namespace {

using namespace xgrad;
using Clock = std::chrono::steady_clock;

train::Loss loss_of(const bench::Workload& workload) {
  switch (workload.loss) {
    case bench::Loss::bce_with_logits: return nn::BinaryCrossEntropyWithLogits{};
    case bench::Loss::mse: return nn::MSE{};
    case bench::Loss::cross_entropy: break;
  }
  return nn::CrossEntropy{};
}

Tensor plain_loss(const bench::Workload& workload, const Tensor& out, const Tensor& y) {
  switch (workload.loss) {
    case bench::Loss::bce_with_logits: return nn::binary_cross_entropy_with_logits(out, y);
    case bench::Loss::mse: return nn::mse(out, y);
    case bench::Loss::cross_entropy: break;
  }
  return nn::cross_entropy(out, y);
}

/// The batch of the workload, over and over.
data::TensorDataset examples(const bench::Workload& workload, std::int64_t batches) {
  const bench::Batch batch = bench::make_batch(workload);
  const Tensor x = tensor(batch.x, workload.input_shape());
  const Shape target = workload.target_shape();
  const Tensor y = batch.labels.empty() ? tensor(batch.y, target) : tensor(batch.labels, target);
  const auto n = static_cast<std::size_t>(batches);
  return {concat(std::vector<Tensor>(n, x), 0).array(), concat(std::vector<Tensor>(n, y), 0).array()};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
  return values[values.size() / 2];
}

/// Of processor time, so that other programs count less: what fit does more, it does on a processor.
template <class F>
double seconds_of(F f) {
  const std::clock_t start = std::clock();
  f();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

void measure(const bench::Workload& workload, std::int64_t batches, double seconds) {
  const data::TensorDataset data = examples(workload, batches);
  nn::Sequential by_hand = bench::network(workload), net = bench::network(workload);
  optim::SGD hand(by_hand.parameters(), {.lr = 1e-6}), sgd(net.parameters(), {.lr = 1e-6});
  data::DataLoader loader(data, {.batch_size = workload.batch, .shuffle = true});
  const train::Loss loss = loss_of(workload);
  std::vector<double> plain, fitted;
  double sum = 0;
  const auto start = Clock::now();
  do {
    plain.push_back(seconds_of([&] {
      for (const auto& [x, y] : loader) {
        hand.zero_grad();
        const Tensor value = plain_loss(workload, by_hand(x), y);
        value.backward();
        hand.step();
        sum += value.item<double>();
      }
    }));
    fitted.push_back(seconds_of(
        [&] { sum += train::fit(net, sgd, loss, data, {.epochs = 1, .batch_size = workload.batch})["loss"][0]; }));
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  const double steps = static_cast<double>(batches) * 1e-6;
  const double a = median(plain) / steps, b = median(fitted) / steps;
  std::printf("workload=%s hand_us=%.3f fit_us=%.3f extra_us=%.3f extra_percent=%.2f epochs=%zu loss_sum=%.4g\n",
              workload.name.c_str(), a, b, b - a, 100 * (b / a - 1), plain.size(), sum);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> names{"xor_mlp_b10", "mnist_mlp512_b128"};
  int threads = 1;
  double seconds = 1;
  std::int64_t batches = 0;
  CLI::App app("Times train::fit and the loop written by hand: a line of key=value for each workload.");
  app.option_defaults()->always_capture_default();
  app.add_option("--workload", names, "the workloads, by name");
  app.add_option("--threads", threads, "threads to use")->check(CLI::Range(1, 1024));
  app.add_option("--seconds", seconds, "length of a measurement")->check(CLI::Range(0., 600.));
  app.add_option("--batches", batches, "in an epoch; 0: 1000, or 20 of more than 50 samples")
      ->check(CLI::Range(0, 100000));
  CLI11_PARSE(app, argc, argv);
  try {
    set_num_threads(threads);
    for (const std::string& name : names) {
      const bench::Workload& workload = bench::find_workload(name);
      measure(workload, batches > 0 ? batches : workload.batch > 50 ? 20 : 1000, seconds);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "fit_bench: %s\n", e.what());
    return 1;
  }
}
