// Upsampling: derivatives, dtypes, threads, errors; values as PyTorch defines them.

#include <limits>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

constexpr auto kLinear = Upsampling::linear;
constexpr auto kBilinear = Upsampling::bilinear;

const Rows& rows() {
  static const Rows all = {
      Row("upsample",
          [](In x) {
            return square(upsample(x[0], {.size = {5, 3}}));
          },
          {spread({2, 1, 3, 4})})
          .also({spread({0, 2, 3, 4})})
          .also({spread({1, 1, 1, 1})})
          .large({spread({16, 32, 40, 40})})
          .fails<ShapeError>(
              [] {
                upsample(ones({3, 4}), {.size = 2});
              },
              "upsample: got [3, 4]")
          .fails<ShapeError>(
              [] {
                upsample(ones({1, 1, 0, 4}), {.size = 2});
              },
              "only the batch may be empty")
          .fails<ShapeError>(
              [] {
                upsample(ones({1, 2, 4}), {.size = 2, .mode = kBilinear});
              },
              "3 axes for linear")
          .fails<ShapeError>(
              [] {
                upsample(ones({1, 2, 4, 4}), {.size = 2, .mode = kLinear});
              },
              "4 for bilinear")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {});
              },
              "got neither of size and scale_factor")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.size = 2, .scale_factor = 2});
              },
              "got both of size")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.size = {2, 3}});
              },
              "expected one number")
          .fails<ShapeError>(
              [] {
                upsample(ones({1, 1, 2, 2}), {.size = 2147483647});
              },
              "upsample: ")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.size = 0});
              },
              "upsample: size: got 0")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.scale_factor = -1});
              },
              "upsample: scale_factor: got -1")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.scale_factor = 0.2});
              },
              "scale_factor: got 0.2")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.scale_factor = 1e300});
              },
              "upsample: scale_factor")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 2, 4}), {.scale_factor = std::nan("")});
              },
              "upsample: scale_factor")
          .fails<ValueError>(
              [] {
                upsample(ones({1, 1, 4}), {.size = 2, .align_corners = true});
              },
              "align_corners"),
      Row("interpolate",
          [](In x) {
            return square(interpolate(x[0], {.scale_factor = {2, 1.5}}));
          },
          {spread({1, 2, 2, 3})}),
      Row("upsample a line", [](In x) { return square(upsample(x[0], {.scale_factor = 2})); }, {spread({2, 2, 3})}),
      Row("upsample, linear", [](In x) { return square(upsample(x[0], {.size = 5, .mode = kLinear})); },
          {spread({2, 2, 3})}),
      Row("upsample, bilinear",
          [](In x) {
            return square(upsample(x[0], {.size = {5, 2}, .mode = kBilinear}));
          },
          {spread({1, 2, 3, 4})})
          .also({spread({0, 2, 3, 4})})
          .also({spread({1, 1, 1, 1})})
          .large({spread({16, 32, 40, 40})}),
      Row("upsample, bilinear with its corners",
          [](In x) {
            return square(upsample(x[0], {.size = {5, 2}, .mode = kBilinear, .align_corners = true}));
          },
          {spread({1, 2, 3, 4})})
          .also({spread({1, 1, 1, 1})}),
  };
  return all;
}

std::vector<double> numbers(const Tensor& t) {
  const Tensor wide = t.to(float64);
  return {wide.values<double>().begin(), wide.values<double>().end()};
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("upsampling operations") { check(rows()); }

TEST_CASE("nearest repeats elements, and keeps the dtype") {
  const Tensor x = tensor({{{1, 2, 3}}});
  const Tensor y = upsample(x, {.size = 7});
  CHECK(y.dtype() == int64);
  CHECK(numbers(y) == std::vector<double>{1, 1, 1, 2, 2, 3, 3});
  CHECK(numbers(upsample(x, {.size = 2})) == std::vector<double>{1, 2});
  CHECK(numbers(upsample(x, {.scale_factor = 1.5})) == std::vector<double>{1, 1, 2, 3});  // floor(i / 1.5) below 4.5
  CHECK(numbers(upsample(tensor({{{{1., 2.}, {3., 4.}}}}), {.scale_factor = 2})) ==
        std::vector<double>{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4});
  CHECK(upsample(ones({1, 1, 2}, bool_), {.size = 3}).dtype() == bool_);
}

TEST_CASE("the linear modes weigh two neighbours, by centres or by corners") {
  const Tensor x = tensor({{{1., 3.}}}, float64);
  CHECK(numbers(upsample(x, {.size = 4, .mode = kLinear})) == std::vector<double>{1, 1.5, 2.5, 3});
  CHECK(numbers(upsample(x, {.size = 5, .mode = kLinear, .align_corners = true})) ==
        std::vector<double>{1, 1.5, 2, 2.5, 3});
  CHECK(numbers(upsample(x, {.size = 1, .mode = kLinear, .align_corners = true})) == std::vector<double>{1});
  CHECK(numbers(upsample(x, {.size = 1, .mode = kLinear})) == std::vector<double>{2});
  const Tensor image = tensor({{{{0., 2.}, {4., 6.}}}}, float64);
  CHECK(numbers(upsample(image, {.size = 3, .mode = kBilinear, .align_corners = true})) ==
        std::vector<double>{0, 1, 2, 2, 3, 4, 4, 5, 6});
  CHECK(upsample(ones({1, 1, 2, 2}, uint8), {.size = 3, .mode = kBilinear}).dtype() == float32);
  // With a factor, the step is its inverse even where the size was rounded down.
  CHECK(numbers(upsample(tensor({{{0., 3., 6.}}}, float64), {.scale_factor = 1.5, .mode = kLinear}))[3] ==
        doctest::Approx(3 * ((3.5 / 1.5) - 0.5)));
}

TEST_CASE("an infinity reaches only what it has a weight in") {
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor x = tensor({{{1., inf, 3.}}}, float64);
  CHECK(numbers(upsample(x, {.size = 3, .mode = kLinear})) == std::vector<double>{1, inf, 3});
  CHECK(numbers(upsample(x, {.size = 5, .mode = kLinear, .align_corners = true})) ==
        std::vector<double>{1, inf, inf, inf, 3});
}

TEST_SUITE_END();
