// What a step of each optimiser costs on many weights, beside a plain triad a[i] = b[i] + s c[i] over as many bytes.
//
//     optim_bench [--weights 10000000] [--runs 15] [--threads 2]
//
// Prints a line per optimiser: the bytes that a step must move (each array it reads or writes counts once for that),
// the median time, GB/s, and the ratio to the triad's. Both take turns within a run, so that what else the machine does
// strikes both; the ratio is the median over the runs. All in float32.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "bench/triad.hpp"
#include "optim/optim.hpp"

namespace {

using namespace xgrad;
using namespace bench;

struct Case {
  std::string name;
  std::int64_t arrays;  ///< read or written in a step
  std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)> make;
};

template <class O, class Options>
Case of(const char* name, std::int64_t arrays, Options options) {
  return {name, arrays, [options](std::vector<Tensor> p) { return std::make_unique<O>(std::move(p), options); }};
}

/// Parameter and gradient read, parameter written: 3; each slot read and written: 2 more.
std::vector<Case> cases() {
  using namespace optim;
  return {of<SGD>("SGD", 3, SGDOptions{}),
          of<SGD>("SGD, momentum", 5, SGDOptions{.momentum = 0.9}),
          of<SGD>("SGD, Nesterov, decay", 5, SGDOptions{.momentum = 0.9, .weight_decay = 1e-4, .nesterov = true}),
          of<Adam>("Adam", 7, AdamOptions{}),
          of<Adam>("Adam, amsgrad", 9, AdamOptions{.amsgrad = true}),
          of<AdamW>("AdamW", 7, AdamWOptions{}),
          of<NAdam>("NAdam", 7, NAdamOptions{}),
          of<RAdam>("RAdam", 7, RAdamOptions{}),
          of<Adamax>("Adamax", 7, AdamaxOptions{}),
          of<Adagrad>("Adagrad", 5, AdagradOptions{}),
          of<Adadelta>("Adadelta", 7, AdadeltaOptions{}),
          of<RMSprop>("RMSprop", 5, RMSpropOptions{}),
          of<RMSprop>("RMSprop, centred, momentum", 9, RMSpropOptions{.momentum = 0.9, .centered = true}),
          of<Rprop>("Rprop", 7, RpropOptions{})};
}

void report(const char* name, std::int64_t bytes, const std::vector<double>& times, const std::vector<double>& triads,
            double triad_bytes) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < times.size(); ++i)
    ratios.push_back(static_cast<double>(bytes) / times[i] / (triad_bytes / triads[i]));
  std::printf("%-28s %6.0f MB %9.2f ms %7.1f GB/s   ratio %5.2f\n", name, static_cast<double>(bytes) / 1e6,
              1e3 * median(times), static_cast<double>(bytes) / median(times) / 1e9, median(ratios));
  std::fflush(stdout);
}

void measure(const char* name, std::int64_t bytes, int runs, const std::function<void()>& step) {
  constexpr std::int64_t kMost = 360'000'000;  // beyond that a triad is as fast as any larger one
  const std::int64_t triad_bytes = std::min(bytes, kMost) / 12 * 12;
  Triad triad(triad_bytes);
  std::vector<double> times, triads;
  for (int i = -2; i < runs; ++i) {
    const double t = seconds(step), reference = seconds([&] { triad(); });
    if (i < 0) continue;  // makes the slots, touches the memory
    times.push_back(t);
    triads.push_back(reference);
  }
  report(name, bytes, times, triads, static_cast<double>(triad_bytes));
}

/// A step of one iteration with k remembered changes. The closure shrinks the gradient, so that the loss looks curved.
/// Vectors read or written: closure 2, gathering 2, largest 1; a new change 5 and its length 1; the direction 3, and
/// twice 4 for each change, one less where a product is with what is at hand; largest 1; parameters kept 2, moved 3.
void measure_lbfgs(std::int64_t n, int runs) {
  constexpr std::int64_t kChanges = 5;
  Tensor p = zeros({n}).requires_grad_();
  p.set_grad(full({n}, 1e-3));
  optim::LBFGS lbfgs(
      {p}, {.max_iter = 1, .max_eval = 10, .tolerance_grad = 0., .tolerance_change = 0., .history_size = kChanges});
  const auto closure = [&] {
    optim::scale_grad({p}, 0.99);
    return ones({1});
  };
  for (std::int64_t i = 0; i <= kChanges; ++i) lbfgs.step(closure);
  const std::int64_t vectors = 20 + 8 * kChanges - 1;
  measure("LBFGS, 5 changes", vectors * n * 4, runs, [&] { lbfgs.step(closure); });
}

}  // namespace

int main(int argc, char** argv) {
  std::int64_t weights = 10'000'000;
  int runs = 15, threads = 0;
  CLI::App app("Times a step of each optimiser beside a triad over as many bytes.");
  app.option_defaults()->always_capture_default();
  app.add_option("--weights", weights, "elements of the one parameter")->check(CLI::Range(1, 1'000'000'000));
  app.add_option("--runs", runs, "of which the median is taken")->check(CLI::Range(1, 100'000));
  app.add_option("--threads", threads, "0: one for each core")->check(CLI::Range(0, 1024));
  CLI11_PARSE(app, argc, argv);
  if (threads > 0) set_num_threads(threads);
  for (const Case& c : cases()) {
    Tensor p = ones({weights}).requires_grad_();
    p.set_grad(full({weights}, 1e-3));
    const auto optimiser = c.make({p});
    measure(c.name.c_str(), weights * 4 * c.arrays, runs, [&] { optimiser->step(); });
  }
  measure_lbfgs(weights, runs);
}
