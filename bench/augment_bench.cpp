// How many images of 28 x 28 pixels are augmented in a second, in batches of 128 from uint8 in memory.
//
//     augment_bench [--images 60000] [--runs 5] [--threads 1]
//
// Prints the best of the runs for each kind of augmentation; "none" is the data set itself.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "data/augment.hpp"
#include "data/loader.hpp"
#include "tensor/parallel.hpp"

namespace {

using namespace xgrad;

double seconds(const data::Dataset& set) {
  std::vector<std::int64_t> indices(128);
  const auto begin = std::chrono::steady_clock::now();
  for (std::int64_t at = 0; at + 128 <= set.size(); at += 128) {
    for (std::int64_t i = 0; i < 128; ++i) indices[static_cast<std::size_t>(i)] = at + i;
    set.batch(indices);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void measure(const char* name, const data::Dataset& set, int runs) {
  double best = seconds(set);
  for (int i = 1; i < runs; ++i) best = std::min(best, seconds(set));
  std::printf("%-24s %10.0f images/s\n", name, static_cast<double>(set.size() / 128 * 128) / best);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t images = 60'000;
  int runs = 5, threads = 1;
  CLI::App app("Counts images of 28 x 28 augmented in a second.");
  app.add_option("--images", images, "in the set")->check(CLI::Range(128, 10'000'000))->capture_default_str();
  app.add_option("--runs", runs, "of which the best is shown")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--threads", threads, "that share a batch")->check(CLI::Range(1, 256))->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  set_num_threads(threads);

  const data::TensorDataset set(Array::full({images, 1, 28, 28}, std::int64_t{100}, uint8),
                                Array::zeros({images}, int64), {.scale = 1.0 / 255});
  std::printf("%lld images, %d thread(s)\n", static_cast<long long>(images), threads);
  measure("none", set, runs);
  measure("shift", data::augment(set, {.shift = 2}), runs);
  measure("shift, rotate, zoom", data::augment(set, {.rotate = 10, .shift = 2, .zoom = 0.1}), runs);
  measure("noise", data::augment(set, {.noise = 0.1}), runs);
  measure("elastic", data::augment(set, {.elastic = 34, .elastic_sigma = 4}), runs);
}
