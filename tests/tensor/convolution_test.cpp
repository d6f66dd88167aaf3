// The fast kernels of convolutions against the plain one in float64, which is checked against the sum written out in
// tests/autograd/convolution_values_test.cpp.

#include <doctest/doctest.h>

#include "tensor/kernels/convolution.hpp"
#include "tensor/kernels/exact.hpp"
#include "tensor/kernels/narrow_convolution.hpp"
#include "tensor/kernels/rounding.hpp"
#include "tensor/kernels/winograd.hpp"
#include "tensor/parallel.hpp"
#include "tests/tensor/arrays.hpp"

using namespace xgrad;
using namespace xgrad::test;
using kernels::Convolution;
using kernels::Window;

namespace {

Window window(std::int64_t in, std::int64_t kernel, std::int64_t before, std::int64_t behind, std::int64_t stride = 1,
              std::int64_t dilation = 1) {
  const std::int64_t room = in + before + behind - dilation * (kernel - 1) - 1;
  return {in, room / stride + 1, kernel, stride, dilation, before};
}

std::string text(const Convolution& c) {
  return c.x_shape().str() + " by " + c.weight_shape().str() + " to " + c.y_shape().str() + ", padding " +
         std::to_string(c.h.before) + ", " + std::to_string(c.w.before);
}

struct Operands {
  Array x, weight, y, bias_y, bias_x;
};

Operands operands(const Convolution& c, Random& random) {
  return {random.array(c.x_shape(), float32), random.array(c.weight_shape(), float32),
          random.array(c.y_shape(), float32), random.array({c.groups * c.out}, float32),
          random.array({c.groups * c.in}, float32)};
}

/// y, x, weight and bias.
std::vector<Array> all_maps(const Convolution& c, const Operands& o) {
  Array bias;
  const Array weight = kernels::convolve_weight(o.x, o.y, c, &bias);
  return {kernels::convolve(o.x, o.weight, o.bias_y, c), kernels::convolve_transposed(o.y, o.weight, o.bias_x, c),
          weight, bias};
}

Operands mapped(const Operands& o, Array (*f)(const Array&)) {
  return {f(o.x), f(o.weight), f(o.y), f(o.bias_y), f(o.bias_x)};
}

/// Of all elements, the largest difference from the sums in float64, over the sum of the absolute values of the terms.
double largest_error(const std::vector<Array>& got, const Convolution& c, const Operands& o) {
  const Operands wide = mapped(o, [](const Array& a) { return a.to(float64); });
  const std::vector<Array> exact = all_maps(c, wide);
  const std::vector<Array> size = all_maps(c, mapped(wide, [](const Array& a) { return kernels::abs(a); }));
  double largest = 0;
  for (std::size_t k = 0; k < got.size(); ++k) {
    const Array narrow = got[k].to(float64);
    const auto a = narrow.values<double>(), b = exact[k].values<double>(), s = size[k].values<double>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double error = std::abs(a[i] - b[i]);
      if (!(error == 0)) largest = std::max(largest, error / s[i]);
      if (std::isnan(error)) return error;
    }
  }
  return largest;
}

constexpr double kPlainError = 2e-6, kWinogradError = 1e-5;

Convolution random_three_by_three(Random& random) {
  const auto side = [&] {
    const std::int64_t before = random.below(3), behind = random.below(3);
    return window(std::max<std::int64_t>(4, 6 - before - behind) + random.below(20), 3, before, behind);
  };
  return {.batch = 1 + random.below(9),
          .groups = 1,
          .in = 16 + random.below(40),
          .out = 16 + random.below(60),
          .h = side(),
          .w = side()};
}

}  // namespace

TEST_SUITE_BEGIN("tensor");

TEST_CASE("Winograd's convolutions are within 1e-5 of the sum of absolute products, in random geometries") {
  Random random(1);
  for (int tried = 0; tried < 60; ++tried) {
    const Convolution c = random_three_by_three(random);
    REQUIRE_MESSAGE(kernels::winograd_fits(c), text(c));
    const Operands o = operands(c, random);
    CHECK_MESSAGE(largest_error(all_maps(c, o), c, o) < kWinogradError, text(c));
  }
}

TEST_CASE("convolutions of few channels are the plain sums, in random geometries") {
  Random random(5);
  int fit = 0;
  for (int tried = 0; tried < 150; ++tried) {
    const auto side = [&](std::int64_t most, std::int64_t stride) {
      const std::int64_t kernel = 1 + random.below(5), dilation = 1 + random.below(2), before = random.below(3);
      const std::int64_t least = std::max<std::int64_t>(1, dilation * (kernel - 1) + 1 - before);
      return window(least + random.below(most), kernel, before, random.below(3), stride, dilation);
    };
    const Convolution c{.batch = 1 + random.below(20),
                        .groups = 1,
                        .in = 1 + random.below(3),
                        .out = 1 + random.below(30),
                        .h = side(12, 1 + random.below(2)),
                        .w = side(45, 1)};
    fit += kernels::narrow_fits(c);
    const Operands o = operands(c, random);
    CHECK_MESSAGE(largest_error(all_maps(c, o), c, o) < kPlainError, text(c));
  }
  CHECK(fit > 50);
}

TEST_CASE("convolutions are sums of products while ExactSums lives, and in float64 always") {
  Random random(2);
  for (int tried = 0; tried < 10; ++tried) {
    const Convolution c = random_three_by_three(random);
    const Operands o = operands(c, random), wide = mapped(o, [](const Array&a) { return a.to(float64); });
    const std::vector<Array> fast = all_maps(c, o), in_double = all_maps(c, wide);
    CHECK_FALSE(kernels::ExactSums::on());
    {
      const kernels::ExactSums exact;
      const std::vector<Array> plain = all_maps(c, o), plain_in_double = all_maps(c, wide);
      CHECK_MESSAGE(largest_error(plain, c, o) < kPlainError, text(c));
      for (std::size_t k = 0; k < 4; ++k) {
        if (k < 3) CHECK_FALSE(same_bytes(plain[k], fast[k]));
        CHECK(same_bytes(plain_in_double[k], in_double[k]));
      }
    }
    CHECK_FALSE(kernels::ExactSums::on());
  }
}

TEST_CASE("convolutions have the same bits on any number of threads") {
  Random random(3);
  for (const Convolution& c :
       {Convolution{.batch = 40, .in = 17, .out = 33, .h = window(13, 3, 0, 0), .w = window(12, 3, 1, 1)},
        Convolution{.batch = 40, .in = 1, .out = 16, .h = window(28, 3, 0, 0), .w = window(28, 3, 0, 0)},
        Convolution{.batch = 20, .in = 3, .out = 40, .h = window(20, 5, 2, 2), .w = window(20, 5, 2, 2)}}) {
    const Operands o = operands(c, random);
    const int before = num_threads();
    set_num_threads(1);
    const std::vector<Array> alone = all_maps(c, o);
    for (const int threads : {2, 5}) {
      set_num_threads(threads);
      const std::vector<Array> shared = all_maps(c, o);
      for (std::size_t k = 0; k < 4; ++k) CHECK_MESSAGE(same_bytes(alone[k], shared[k]), text(c));
    }
    set_num_threads(before);
  }
}

TEST_CASE("a NaN or an infinity stays in the image it is in") {
  Random random(4);
  const Convolution c{.batch = 3, .in = 20, .out = 18, .h = window(9, 3, 1, 1), .w = window(9, 3, 1, 1)};
  Operands o = operands(c, random);
  o.x.mutable_data<float>()[20 * 81 + 5] = std::numeric_limits<float>::quiet_NaN();
  const Array y = kernels::convolve(o.x, o.weight, {}, c);
  const auto values = y.values<float>();
  for (std::size_t i = 0; i < 18 * 81; ++i) {
    REQUIRE(std::isfinite(values[i]));
    REQUIRE(std::isfinite(values[2 * 18 * 81 + i]));
  }
  CHECK(std::isnan(values[18 * 81 + 5]));
}

TEST_SUITE_END();
