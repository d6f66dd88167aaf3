// Operations that memory bounds, beside a plain triad a[i] = b[i] + s c[i] over as many bytes.
//
//     kernel_bench [--runs 9] [--threads 1] [--elements N ...] [--only NAME]
//
// By default with inputs of 64 Ki, 2 Mi and 32 Mi float32: in the second-level cache, in the third, in memory. Prints a
// line per operation and size: the bytes that must move (each array read or written counts once; what is read twice by
// need, as the input of a softmax, counts once as well), the median time, GB/s, and the ratio to the triad's. Both take
// turns within a run; the ratio is the median over the runs.

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <string>

#include "autograd/autograd.hpp"
#include "bench/triad.hpp"

namespace {

using namespace xgrad;
using namespace bench;

struct Case {
  std::string name;
  double arrays;  ///< of the input's size, read or written
  std::function<Tensor(const Tensor& x)> run;
};

/// x has the shape [N, 16, 16, 16] for as many N as the size gives.
std::vector<Case> cases() {
  const Tensor row = rand({16}), channel = rand({16, 1, 1});
  const auto norm = [](const Tensor& x, bool training) {
    Tensor mean = zeros({16}), variance = ones({16});
    return batch_norm(x, mean, variance, {}, {}, {.training = training});
  };
  return {{"relu", 2, [](const Tensor& x) { return relu(x); }},
          {"x + x", 2, [](const Tensor& x) { return x + x; }},
          {"x * 2", 2, [](const Tensor& x) { return x * 2; }},
          {"x + row", 2, [=](const Tensor& x) { return x + row; }},
          {"x * channel", 2, [=](const Tensor& x) { return x * channel; }},
          {"exp", 2, [](const Tensor& x) { return exp(x); }},
          {"tanh", 2, [](const Tensor& x) { return tanh(x); }},
          {"sigmoid", 2, [](const Tensor& x) { return sigmoid(x); }},
          {"sum", 1, [](const Tensor& x) { return sum(x); }},
          {"sum over rows", 1, [](const Tensor& x) { return sum(x, 0); }},
          {"sum over columns", 1, [](const Tensor& x) { return sum(x, -1); }},
          {"mean per channel", 1,
           [](const Tensor& x) {
             return mean(x, {0, 2, 3});
           }},
          {"amax", 1, [](const Tensor& x) { return amax(x); }},
          {"softmax of 16", 2, [](const Tensor& x) { return softmax(x, -1); }},
          {"softmax of 4096", 2,
           [](const Tensor& x) {
             return softmax(reshape(x, {-1, 4096}), -1);
           }},
          {"batch norm, training", 3, [=](const Tensor& x) { return norm(x, true); }},
          {"batch norm, evaluation", 2, [=](const Tensor& x) { return norm(x, false); }},
          {"max pool 2", 1.25, [](const Tensor& x) { return max_pool2d(x, 2); }},
          {"average pool 2", 1.25, [](const Tensor& x) { return avg_pool2d(x, 2); }},
          {"transpose of planes", 2, [](const Tensor& x) { return transpose(x, 2, 3); }}};
}

void measure(const Case& c, std::int64_t elements, int runs) {
  const GradMode no_grad(false);
  const Tensor x = randn({elements / 4096, 16, 16, 16});
  const double bytes = c.arrays * 4 * static_cast<double>(elements);
  Triad triad(static_cast<std::int64_t>(bytes));
  // Short calls are repeated, so that the clock's own time does not count.
  const int repeats = static_cast<int>(std::max(1., 2e6 / bytes));
  std::vector<double> times, ratios;
  for (int i = -1; i < runs; ++i) {
    const double t = seconds([&] {
      for (int k = 0; k < repeats; ++k) c.run(x);
    });
    const double reference = seconds([&] {
      for (int k = 0; k < repeats; ++k) triad();
    });
    if (i < 0) continue;
    times.push_back(t / repeats);
    ratios.push_back(reference / t);
  }
  std::printf("%-24s %9lld %10.1f us %7.1f GB/s   ratio %5.2f\n", c.name.c_str(), static_cast<long long>(elements),
              1e6 * median(times), bytes / median(times) / 1e9, median(ratios));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Operations that memory bounds, beside a triad over as many bytes");
  int runs = 9, threads = 1;
  std::vector<std::int64_t> sizes{65536, 2097152, 33554432};
  std::string only;
  app.add_option("--runs", runs, "how often each is measured")->check(CLI::PositiveNumber);
  app.add_option("--threads", threads)->check(CLI::PositiveNumber);
  app.add_option("--elements", sizes, "sizes of the input, multiples of 4096");
  app.add_option("--only", only, "the operations whose name holds this");
  CLI11_PARSE(app, argc, argv);
  set_num_threads(threads);
  for (const Case& c : cases())
    if (c.name.find(only) != std::string::npos)
      for (const std::int64_t n : sizes) measure(c, std::max<std::int64_t>(1, n / 4096) * 4096, runs);
}
