#include "bench/epochs.hpp"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>

namespace bench {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kPixels = 28 * 28;

/// The bytes behind a header of so many bytes.
std::vector<unsigned char> unpacked(const fs::path& file, std::size_t header) {
  const gzFile in = gzopen(file.c_str(), "rb");
  if (!in) throw std::runtime_error("cannot open " + file.string());
  std::vector<unsigned char> all(std::size_t{64} << 20);
  const int n = gzread(in, all.data(), static_cast<unsigned>(all.size()));
  gzclose(in);
  if (n < static_cast<int>(header)) throw std::runtime_error("cannot read " + file.string());
  all.resize(static_cast<std::size_t>(n));
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(header));
  return all;
}

struct Images {
  std::vector<unsigned char> pixels, labels;
  Images(const fs::path& folder, const std::string& name)
      : pixels(unpacked(folder / (name + "-images-idx3-ubyte.gz"), 16)),
        labels(unpacked(folder / (name + "-labels-idx1-ubyte.gz"), 8)) {
    if (pixels.size() != labels.size() * kPixels) throw std::runtime_error(name + ": counts differ");
  }
};

void gather(const Images& images, const std::uint32_t* which, std::size_t n, Batch& batch) {
  batch.x.resize(n * kPixels);
  batch.labels.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    const unsigned char* const from = images.pixels.data() + which[i] * kPixels;
    std::transform(from, from + kPixels, batch.x.data() + i * kPixels,
                   [](unsigned char v) { return static_cast<float>(v) * (1.f / 255); });
    batch.labels[i] = images.labels[which[i]];
  }
}

double accuracy(Trainer& trainer, const Images& test) {
  std::vector<std::uint32_t> order(test.labels.size());
  std::iota(order.begin(), order.end(), 0u);
  Batch batch;
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < order.size(); i += 500) {
    gather(test, order.data() + i, std::min<std::size_t>(500, order.size() - i), batch);
    trainer.feed(batch);
    correct += trainer.correct();
  }
  return static_cast<double>(correct) / static_cast<double>(order.size());
}

}  // namespace

void run_epochs(const Framework& framework, const Workload& workload, const fs::path& folder, int threads, int epochs,
                double target) {
  if (workload.loss != Loss::cross_entropy || workload.input != std::vector<std::int64_t>{1, 28, 28})
    throw std::invalid_argument("workload " + workload.name + " is not one for MNIST");
  const Images train(folder, "train"), test(folder, "t10k");
  const auto trainer = framework.make(workload);
  std::vector<std::uint32_t> order(train.labels.size());
  std::iota(order.begin(), order.end(), 0u);
  std::mt19937 engine(7);
  const auto size = static_cast<std::size_t>(workload.batch);
  Batch batch;
  double total = 0;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[engine() % (i + 1)]);
    for (std::size_t i = 0; i < order.size(); i += size) {
      gather(train, order.data() + i, std::min(size, order.size() - i), batch);
      trainer->feed(batch);
      trainer->step();
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    total += seconds;
    const double right = accuracy(*trainer, test);
    std::printf("program=%s workload=%s threads=%d epoch=%d seconds=%.3f total=%.3f accuracy=%.4f\n",
                framework.name.c_str(), workload.name.c_str(), threads, epoch, seconds, total, right);
    std::fflush(stdout);
    if (right >= target) return;
  }
}

}  // namespace bench
