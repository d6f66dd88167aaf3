// Does the loader make training wait? The MNIST CNN of step_bench, batches of 128, on one thread of kernels:
//
//     loader_bench [--images 12800] [--runs 5]
//
// memory      every step on one batch that lies in memory
// loader      batches from uint8 images, decoded and shuffled by the loader's thread meanwhile
// augmented   shifted, turned and zoomed as well
//
// Prints seconds for an epoch, medians of runs taken in turns, and the ratio to `memory`: 1 is no waiting at all. It
// takes two cores, one of which is the loader's.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

#include "bench/network.hpp"

namespace {

using namespace xgrad;
constexpr std::int64_t kBatch = 128;

class Training {
 public:
  void step(const Tensor& x, const Tensor& y) {
    adam_.zero_grad();
    nn::cross_entropy(net_(x), y).backward();
    adam_.step();
  }

 private:
  nn::Sequential net_ = bench::network(bench::find_workload("mnist_cnn_adam_b128"));
  optim::Adam adam_{net_.parameters(), {.lr = 1e-3}};
};

double seconds(const std::function<void()>& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  return v[v.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Whether the loader makes training wait");
  std::int64_t images = 12'800;
  int runs = 5;
  app.add_option("--images", images, "in an epoch")->check(CLI::Range(kBatch, std::int64_t{10'000'000}));
  app.add_option("--runs", runs)->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  set_num_threads(1);

  const auto digits = data::synthetic_digits(images / kBatch * kBatch, 10);
  const auto moved = data::augment(digits.train, {.rotate = 10, .shift = 2, .zoom = 0.1});
  std::vector<std::int64_t> first(kBatch);
  for (std::int64_t i = 0; i < kBatch; ++i) first[static_cast<std::size_t>(i)] = i;
  const data::Batch batch = digits.train.batch(first);

  Training training;
  const auto through = [&](data::DataLoader& loader) {
    for (const auto& [x, y] : loader) training.step(x, y);
  };
  data::DataLoader plain(digits.train, {.batch_size = kBatch, .shuffle = true, .seed = 1});
  data::DataLoader augmented(moved, {.batch_size = kBatch, .shuffle = true, .seed = 1});
  const std::pair<const char*, std::function<void()>> kinds[] = {{"memory",
                                                                  [&] {
                                                                    for (std::int64_t i = 0; i < plain.size(); ++i)
                                                                      training.step(batch.x, batch.y);
                                                                  }},
                                                                 {"loader", [&] { through(plain); }},
                                                                 {"augmented", [&] { through(augmented); }}};
  std::vector<double> times[3];
  for (int run = -1; run < runs; ++run)
    for (int k = 0; k < 3; ++k) {
      const double t = seconds(kinds[k].second);
      if (run >= 0) times[k].push_back(t);
    }
  for (int k = 0; k < 3; ++k)
    std::printf("%-10s %8.3f s   ratio %.3f\n", kinds[k].first, median(times[k]), median(times[k]) / median(times[0]));
}
