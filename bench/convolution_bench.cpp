// The convolutions of the workloads, each of its three maps beside sgemm, in one process and in turns.
//
//     convolution_bench [--runs 15]
//
// Prints, per map, the time, GFLOP/s counted in direct multiplications and additions, and the share of what sgemm of
// 512 x 512 x 512 reaches; with the plain sums (im2col and sgemm, as gradient checks have it) beside. Best times of one
// thread, of the processor's and not the clock on the wall, so that other programs count less.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <vector>

#include "tensor/kernels/convolution.hpp"
#include "tensor/kernels/exact.hpp"
#include "tensor/kernels/matmul.hpp"
#include "tensor/parallel.hpp"

namespace {

using namespace xgrad;
using kernels::Convolution;

Array ramp(const Shape& shape) {
  Array a = Array::empty(shape);
  float* const p = a.mutable_data<float>();
  for (std::int64_t i = 0; i < a.numel(); ++i) p[i] = static_cast<float>(i * 7919 % 2001) / 1000.f - 1.f;
  return a;
}

/// The better of `best` and the time of one call, in seconds.
void time_into(double& best, const std::function<void()>& f) {
  const std::clock_t start = std::clock();
  f();
  best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
}

void measure(const char* name, const Convolution& c, int runs) {
  constexpr std::int64_t kSide = 512;
  constexpr double kSgemm = 2. * kSide * kSide * kSide;
  const Array x = ramp(c.x_shape()), weight = ramp(c.weight_shape()), y = ramp(c.y_shape()),
              square = ramp({kSide, kSide});
  const std::function<void()> maps[] = {[&] { kernels::convolve(x, weight, {}, c); },
                                        [&] { kernels::convolve_transposed(y, weight, {}, c); },
                                        [&] { kernels::convolve_weight(x, y, c); }};
  double sgemm = 1e9, fast[3] = {1e9, 1e9, 1e9}, plain[3] = {1e9, 1e9, 1e9};
  for (int run = 0; run < runs; ++run) {
    time_into(sgemm, [&] { kernels::bmm(square, square, false, false); });
    for (std::size_t k = 0; k < 3; ++k) {
      time_into(fast[k], maps[k]);
      const kernels::ExactSums exact;
      time_into(plain[k], maps[k]);
    }
  }
  const double flops = 2. * static_cast<double>(c.batch * c.out * c.taps() * c.positions());
  const double share = 100 * flops / (kSgemm / sgemm);
  std::printf("%s; sgemm %.0f GFLOP/s\n", name, kSgemm / sgemm / 1e9);
  const char* const names[] = {"forward", "by the input", "by the weight"};
  for (std::size_t k = 0; k < 3; ++k)
    std::printf("  %-14s %9.1f us %7.1f GFLOP/s %4.0f %%   plain %9.1f us %4.0f %%\n", names[k], 1e6 * fast[k],
                flops / fast[k] / 1e9, share / fast[k], 1e6 * plain[k], share / plain[k]);
  std::fflush(stdout);
}

Convolution three_by_three(std::int64_t batch, std::int64_t in, std::int64_t out, std::int64_t side,
                           std::int64_t padding) {
  const kernels::Window w{side, side + 2 * padding - 2, 3, 1, 1, padding};
  return {.batch = batch, .groups = 1, .in = in, .out = out, .h = w, .w = w};
}

}  // namespace

int main(int argc, char** argv) {
  int runs = 15;
  CLI::App app("Times the convolutions of the workloads beside sgemm.");
  app.option_defaults()->always_capture_default();
  app.add_option("--runs", runs, "of which the best counts")->check(CLI::Range(1, 100'000));
  CLI11_PARSE(app, argc, argv);
  set_num_threads(1);
  measure("mnist_cnn_b32, 1 to 16", three_by_three(32, 1, 16, 28, 0), runs);
  measure("mnist_cnn_b32, 16 to 32", three_by_three(32, 16, 32, 13, 0), runs);
  measure("vgg_bn_b64, 3 to 64", three_by_three(64, 3, 64, 32, 1), runs);
  measure("vgg_bn_b64, 64 to 64", three_by_three(64, 64, 64, 32, 1), runs);
  measure("vgg_bn_b64, 64 to 128", three_by_three(64, 64, 128, 16, 1), runs);
  measure("vgg_bn_b64, 128 to 128", three_by_three(64, 128, 128, 16, 1), runs);
}
