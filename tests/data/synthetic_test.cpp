#include "data/synthetic.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/eckerle4.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::TensorDataset;

namespace {

std::vector<float> inputs(const TensorDataset& d) {
  const Array x = d.inputs();
  return {x.values<float>().begin(), x.values<float>().end()};
}
std::vector<std::int64_t> classes(const TensorDataset& d) {
  const Array y = d.targets();
  return {y.values<std::int64_t>().begin(), y.values<std::int64_t>().end()};
}

double distance(const std::vector<float>& points, std::size_t i, double x, double y) {
  return std::hypot(static_cast<double>(points[2 * i]) - x, static_cast<double>(points[2 * i + 1]) - y);
}

}  // namespace

TEST_CASE("make_xor(4) is the truth table of XOR") {
  const TensorDataset d = data::make_xor(4);
  CHECK(inputs(d) == std::vector<float>{0, 0, 0, 1, 1, 0, 1, 1});
  CHECK(classes(d) == std::vector<std::int64_t>{0, 1, 1, 0});
}

TEST_CASE("make_moons: half circles round (0, 0) and (1, 0.5), from end to end") {
  const TensorDataset d = data::make_moons(7);
  const std::vector<float> x = inputs(d);
  CHECK(classes(d) == std::vector<std::int64_t>{0, 1, 0, 1, 0, 1, 0});
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(distance(x, i, i % 2 == 0 ? 0 : 1, i % 2 == 0 ? 0 : 0.5) == doctest::Approx(1).epsilon(1e-6));
    CHECK((i % 2 == 0 ? x[2 * i + 1] > -1e-6F : x[2 * i + 1] < 0.5F + 1e-6F));
  }
  CHECK(x[0] == 1);    // the upper one from the right
  CHECK(x[12] == -1);  // to the left
  CHECK(x[2] == 0);    // the lower one from the left
  CHECK(x[10] == 2);
}

TEST_CASE("make_circles and make_spirals lie where they should") {
  const std::vector<float> circles = inputs(data::make_circles(20, {.factor = 0.3}));
  std::set<std::pair<float, float>> distinct;
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(distance(circles, i, 0, 0) == doctest::Approx(i % 2 == 0 ? 1 : 0.3).epsilon(1e-6));
    distinct.insert({circles[2 * i], circles[2 * i + 1]});
  }
  CHECK(distinct.size() == 20);
  const TensorDataset spirals = data::make_spirals(31, {.classes = 3, .turns = 0.5});
  const std::vector<float> x = inputs(spirals);
  CHECK(classes(spirals)[5] == 2);
  for (std::size_t i = 0; i < 30; ++i)  // 11, 10 and 10 points of the arms
    CHECK(distance(x, i, 0, 0) == doctest::Approx(static_cast<double>(i / 3) / (i % 3 == 0 ? 10 : 9)).epsilon(1e-6));
  CHECK(x[60] == doctest::Approx(-1));  // half a turn
}

TEST_CASE("make_blobs: clouds with the deviation asked for, round centres that do not depend on n") {
  const std::int64_t n = 3000;
  const TensorDataset d = data::make_blobs(n, {.centers = 2, .features = 3, .deviation = 0.5, .seed = 4});
  const Tensor x = Tensor(d.inputs()).to(float64);
  const Tensor first = x.slice(0, 0, n, 2);
  CHECK(first.std(0).max().item<double>() < 0.53);
  CHECK(first.std(0).min().item<double>() > 0.47);
  const Tensor other =
      Tensor(data::make_blobs(1500, {.centers = 2, .features = 3, .deviation = 0, .seed = 4}).inputs());
  CHECK((first.mean(0) - other[0].to(float64)).abs().max().item<double>() < 0.05);
  CHECK(other.abs().max().item<double>() <= 10);
}

TEST_CASE("make_curve and make_regression follow their formulas") {
  const TensorDataset curve = data::make_curve(5, [](double x) { return x * x; }, {.from = -2, .to = 2});
  CHECK(inputs(curve) == std::vector<float>{-2, -1, 0, 1, 2});
  CHECK(curve.targets().values<float>()[0] == 4);
  const auto [d, w] = data::make_regression(50, {.features = 4, .informative = 2, .bias = 3});
  const Tensor fitted = matmul(Tensor(d.inputs()).to(float64), w.to(float64)) + 3;
  CHECK((fitted - Tensor(d.targets()).to(float64)).abs().max().item<double>() < 1e-4);
  CHECK(w.values<float>()[1] > 0);
  CHECK(w.values<float>()[2] == 0);
}

TEST_CASE("synthetic sets: noise has the deviation asked for, and the seed decides") {
  const std::int64_t n = 4000;
  const Tensor plain = Tensor(data::make_moons(n).inputs()),
               noisy = Tensor(data::make_moons(n, {.noise = 0.2}).inputs());
  CHECK((noisy - plain).std().item<double>() == doctest::Approx(0.2).epsilon(0.03));
  CHECK(same_bytes(noisy.array(), data::make_moons(n, {.noise = 0.2}).inputs()));
  CHECK_FALSE(same_bytes(noisy.array(), data::make_moons(n, {.noise = 0.2, .seed = 1}).inputs()));
  CHECK(data::make_circles(0).size() == 0);
  CHECK(data::make_moons(1).size() == 1);
}

TEST_CASE("synthetic sets say what is wrong") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(throws<ValueError>([] { data::make_xor(-1); }, "data::make_xor: n: got -1; expected at least 0"));
  CHECK(throws<ValueError>([] { data::make_moons(3, {.noise = -1}); }, "noise: got -1; expected a number >= 0"));
  CHECK(throws<ValueError>([&] { data::make_moons(3, {.noise = nan}); }, "noise: got nan"));
  CHECK(throws<ValueError>([] { data::make_circles(3, {.factor = 1}); }, "factor: got 1"));
  CHECK(throws<ValueError>([] { data::make_spirals(3, {.classes = 0}); }, "classes: got 0"));
  CHECK(throws<ValueError>([] { data::make_blobs(3, {.centers = 0}); }, "centers: got 0"));
  CHECK(throws<ValueError>([] { data::make_curve(3, {}); }, "f: got an empty function"));
  CHECK(throws<ValueError>([] { data::make_curve(3, [](double x) { return x; }, {.from = 1}); }, "got from 1, to 1"));
  CHECK(throws<ValueError>([] { data::make_regression(3, {.features = 0}); }, "features: got 0"));
}

TEST_CASE("Eckerle4: NIST's certified parameters leave NIST's certified sum of squares") {
  const data::Eckerle4 set = data::eckerle4();
  CHECK(set.data.size() == 35);
  const auto [b1, b2, b3] = set.parameters;
  double sum = 0;
  for (std::size_t i = 0; i < 35; ++i) {
    const double x = set.data.inputs().values<double>()[i], y = set.data.targets().values<double>()[i];
    const double z = (x - b3) / b2, residual = y - b1 / b2 * std::exp(-0.5 * z * z);
    sum += residual * residual;
  }
  CHECK(sum == doctest::Approx(set.residual_sum_of_squares).epsilon(1e-10));
}

TEST_SUITE_END();
