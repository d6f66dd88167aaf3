#include "bench/runner.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "bench/counters.hpp"
#include "bench/epochs.hpp"
#include "tensor/kernels/blas_core.hpp"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  std::vector<std::string> names;
  int threads = 1, repeats = 3;
  double seconds = 0.3;
  bool list = false, plain = false;
  std::string mnist;
  int epochs = 10;
  double target = 0.985;
};

struct Result {
  double median_us = 0, mean_us = 0;
  std::int64_t steps = 0;
  double loss = 0;  ///< after 10 steps, without dropout: programs that do the same work agree
  double faults_per_step = 0, allocations_per_step = 0;
};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// One training from the first weights on. Steps are timed in blocks of at least 0.1 ms, whose median an interruption
/// does not change.
Result measure_once(Trainer& trainer, double seconds) {
  constexpr int kComparedSteps = 10;
  constexpr double kBlockSeconds = 1e-4;
  constexpr std::size_t kMaxBlocks = 1 << 13;
  Result r;
  trainer.dropout(false);
  for (int i = 0; i < kComparedSteps; ++i) trainer.step();
  r.loss = trainer.loss();
  trainer.dropout(true);

  std::int64_t warm_up_steps = 0;
  const auto warm_up = Clock::now();
  do {
    trainer.step();
    ++warm_up_steps;
  } while (seconds_since(warm_up) < 0.2 * seconds || warm_up_steps < 3);
  const double step_seconds = seconds_since(warm_up) / static_cast<double>(warm_up_steps);
  const double block_seconds = std::max(kBlockSeconds, 2 * seconds / kMaxBlocks);
  const std::int64_t block = std::max<std::int64_t>(1, std::llround(block_seconds / step_seconds));

  std::vector<double> blocks(kMaxBlocks, 0.);  // written now, so that its pages are not counted later
  std::size_t n = 0;
  const std::int64_t faults = page_faults(), allocated = allocations();
  const auto start = Clock::now();
  double before = 0;
  do {
    for (std::int64_t i = 0; i < block; ++i) trainer.step();
    const double now = seconds_since(start);
    blocks[n++] = (now - before) / static_cast<double>(block) * 1e6;
    before = now;
  } while (before < seconds && n < kMaxBlocks);
  blocks.resize(n);
  r.steps = static_cast<std::int64_t>(n) * block;
  const auto steps = static_cast<double>(r.steps);
  r.allocations_per_step = static_cast<double>(allocations() - allocated) / steps;
  r.faults_per_step = static_cast<double>(page_faults() - faults) / steps;
  r.mean_us = before / steps * 1e6;
  r.median_us = median(std::move(blocks));
  return r;
}

/// Each repeat starts anew: weights that have been trained too long on one batch would end in denormal numbers.
Result measure(const Framework& framework, const Workload& workload, const Options& options) {
  std::vector<double> medians, means;
  Result r;
  for (int i = 0; i < options.repeats; ++i) {
    const auto trainer = framework.make(workload);
    r = measure_once(*trainer, options.seconds);
    medians.push_back(r.median_us);
    means.push_back(r.mean_us);
  }
  r.median_us = median(std::move(medians));
  r.mean_us = median(std::move(means));
  return r;
}

/// "OpenBLAS-0.3.21" from "OpenBLAS 0.3.21 NO_LAPACKE ...".
std::string short_blas_version() {
  std::string line = xgrad::kernels::blas_version();
  const std::size_t name = line.find(' ');
  if (name == std::string::npos) return line;
  return line.substr(0, name) + '-' + line.substr(name + 1, line.find(' ', name + 1) - name - 1);
}

void print(const Framework& framework, const Workload& workload, const Options& options, const Result& r) {
  std::printf("program=%s version=%s workload=%s threads=%d median_us=%.3f mean_us=%.3f steps=%lld loss=%.6g ",
              framework.name.c_str(), framework.version.c_str(), workload.name.c_str(), options.threads, r.median_us,
              r.mean_us, static_cast<long long>(r.steps), r.loss);
  std::printf("peak_rss_kib=%lld faults_per_step=%.3g allocations_per_step=%s blas=%s core=%s\n",
              static_cast<long long>(peak_rss_kib()), r.faults_per_step,
              allocations() < 0 ? "unknown" : std::to_string(std::llround(r.allocations_per_step)).c_str(),
              short_blas_version().c_str(), xgrad::kernels::blas_core().c_str());
  std::fflush(stdout);
}

}  // namespace

int run(const Framework& framework, int argc, char** argv) {
  Options o;
  CLI::App app("Times training steps in " + framework.name + ": prints a line of key=value for each workload.");
  app.option_defaults()->always_capture_default();
  app.add_option("--workload", o.names, "the workloads, by name; all without it");
  app.add_option("--threads", o.threads, "threads to use")->check(CLI::Range(1, 1024));
  app.add_option("--repeats", o.repeats, "trainings of each, of which the median is printed")
      ->check(CLI::Range(1, 1000));
  app.add_option("--seconds", o.seconds, "length of a training")->check(CLI::Range(0., 600.));
  app.add_flag("--list", o.list, "print the names of the workloads and end");
  app.add_option("--mnist", o.mnist, "instead: whole trainings on the MNIST files in this folder, a line an epoch");
  app.add_option("--epochs", o.epochs, "the most epochs, with --mnist")->check(CLI::PositiveNumber);
  app.add_option("--target", o.target, "the test accuracy to stop at, with --mnist");
  if (framework.choose_blas_core)
    app.add_flag("--plain", o.plain, "leave OpenBLAS with the core it has chosen, even if slow");
  CLI11_PARSE(app, argc, argv);
  try {
    if (o.list) {
      for (const Workload& w : workloads()) std::printf("%s\n", w.name.c_str());
      return 0;
    }
    if (o.names.empty())
      for (const Workload& w : workloads()) o.names.push_back(w.name);
    if (framework.choose_blas_core && !o.plain) xgrad::kernels::choose_blas_core();
    framework.set_threads(o.threads);
    for (const std::string& name : o.names) find_workload(name);
    for (const std::string& name : o.names) {
      const Workload& workload = find_workload(name);
      if (!o.mnist.empty()) run_epochs(framework, workload, o.mnist, o.threads, o.epochs, o.target);
      else print(framework, workload, o, measure(framework, workload, o));
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", framework.name.c_str(), e.what());
    return 1;
  }
  return 0;
}

}  // namespace bench
