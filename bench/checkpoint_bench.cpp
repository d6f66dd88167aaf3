// What checkpoints cost beside the bare system calls on as many bytes.
//
//     checkpoint_bench [--megabytes 400] [--parameters 100] [--runs 9] [--folder .]
//
// Prints the medians and ratios of
//   write   train::save against write + fsync of the same bytes into a new file, which is renamed over the old one
//   read    train::load against read of the same bytes into memory just taken from the system
//   hash    the seal alone, which stands inside both
// They take turns within a run, now one and now the other first, so that what else the machine does strikes them all; a
// ratio is the median of the runs' ratios. Files are read from the page cache, the best case for the plain read.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/formats/sealed.hpp"
#include "nn/nn.hpp"
#include "train/checkpoint.hpp"

namespace {

using namespace xgrad;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds(const std::function<void()>& f) {
  const auto begin = Clock::now();
  f();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void require(bool well, const char* what) {
  if (well) return;
  std::perror(what);
  std::exit(1);
}

struct Many : nn::Module {
  std::vector<Tensor> weights;
  Many(std::int64_t count, std::int64_t numel) {
    for (std::int64_t i = 0; i < count; ++i) weights.push_back(randn({numel / 1000, 1000}));
  }
  void members(Members& m) override {
    for (std::size_t i = 0; i < weights.size(); ++i) m("weight" + std::to_string(i), weights[i]);
  }
};

void plain_write(const fs::path& file, Many& model) {
  const fs::path temporary = file.string() + ".new";
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
  require(fd >= 0, "open");
  for (const Tensor& w : model.weights) {
    const char* from = static_cast<const char*>(w.array().raw());
    for (std::size_t left = w.array().nbytes(); left > 0;) {
      const ssize_t put = ::write(fd, from, left);
      require(put > 0, "write");
      from += put;
      left -= static_cast<std::size_t>(put);
    }
  }
  require(::fsync(fd) == 0 && ::close(fd) == 0, "fsync");
  fs::rename(temporary, file);
}

void plain_read(const fs::path& file, std::size_t bytes) {
  const int fd = ::open(file.c_str(), O_RDONLY);
  require(fd >= 0, "open");
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  require(memory != MAP_FAILED, "mmap");
  auto* to = static_cast<char*>(memory);
  for (std::size_t left = bytes; left > 0;) {
    const ssize_t got = ::read(fd, to, left);
    require(got > 0, "read");
    to += got;
    left -= static_cast<std::size_t>(got);
  }
  ::munmap(memory, bytes);
  ::close(fd);
}

struct Times {
  std::vector<double> plain, ours, ratios;
  void add(double p, double o) {
    plain.push_back(p);
    ours.push_back(o);
    ratios.push_back(o / p);
  }
  void print(const char* name, double bytes) const {
    std::printf("%-6s plain %7.1f ms (%5.2f GB/s)   xgrad %7.1f ms (%5.2f GB/s)   ratio %5.2f   best %5.2f\n", name,
                1e3 * median(plain), bytes / median(plain) / 1e9, 1e3 * median(ours), bytes / median(ours) / 1e9,
                median(ratios),
                *std::min_element(ours.begin(), ours.end()) / *std::min_element(plain.begin(), plain.end()));
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::int64_t megabytes = 400, parameters = 100;
  int runs = 9;
  std::string folder = ".";
  CLI::App app("Times checkpoints beside plain writes and reads of the same bytes.");
  app.add_option("--megabytes", megabytes, "of weights")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--parameters", parameters, "that share them")->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--runs", runs, "of which the median is shown")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--folder", folder, "for the files; its disk counts")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const fs::path plain = fs::path(folder) / "checkpoint_bench.raw", ours = fs::path(folder) / "checkpoint_bench.h5";
  Many model(parameters, std::max<std::int64_t>(1000, megabytes * 250'000 / parameters));
  std::size_t bytes = 0;
  for (const Tensor& w : model.weights) bytes += w.array().nbytes();
  Many loaded = nn::clone(model);
  Times write, read, hash;
  for (int i = -1; i < runs; ++i) {  // the first run touches everything once
    double w = 0, s = 0, r = 0, l = 0;
    for (const bool plain_now : {i % 2 == 0, i % 2 != 0}) {
      if (plain_now) w = seconds([&] { plain_write(plain, model); });
      else s = seconds([&] { train::save(ours, model); });
    }
    for (const bool plain_now : {i % 2 == 0, i % 2 != 0}) {
      if (plain_now) r = seconds([&] { plain_read(plain, bytes); });
      else l = seconds([&] { train::load(ours, loaded); });
    }
    const double h = seconds([&] { data::check_seal(ours); });
    if (i < 0) continue;
    write.add(w, s);
    read.add(r, l);
    hash.add(r, h);
  }
  std::printf("%zu parameters, %.1f MB, %d runs\n", model.weights.size(), static_cast<double>(bytes) / 1e6, runs);
  write.print("write", static_cast<double>(bytes));
  read.print("read", static_cast<double>(bytes));
  hash.print("hash", static_cast<double>(bytes));
  fs::remove(plain);
  fs::remove(ours);
}
