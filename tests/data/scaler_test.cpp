#include "data/scaler.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::MinMaxScaler;
using data::StandardScaler;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::vector<double> list(const Tensor& t) {
  const Array a = t.array().to(float64);
  return {a.values<double>().begin(), a.values<double>().end()};
}

/// Equal, NaN to NaN.
bool same(const Tensor& got, const std::vector<double>& expected, double tolerance = 0) {
  const std::vector<double> v = list(got);
  bool equal = v.size() == expected.size();
  for (std::size_t i = 0; equal && i < v.size(); ++i)
    equal = std::isnan(v[i]) ? std::isnan(expected[i]) : std::abs(v[i] - expected[i]) <= tolerance;
  if (!equal) MESSAGE("got " << got.str());
  return equal;
}

Tensor wide(const Nested& values) { return tensor(values, float64); }

}  // namespace

TEST_CASE("MinMaxScaler takes each column to [0, 1] and others by the same measure, as scikit-learn's manual shows") {
  MinMaxScaler s;
  CHECK(same(s.fit_transform(wide({{-1, 2}, {-0.5, 6}, {0, 10}, {1, 18}})), {0, 0, 0.25, 0.25, 0.5, 0.5, 1, 1}));
  CHECK(same(s.transform(wide({{2, 2}})), {1.5, 0}));
  CHECK(same(s.data_min(), {-1, 2}));
  CHECK(same(s.data_max(), {1, 18}));
  CHECK(same(s.scale(), {0.5, 1. / 16}));
  CHECK(same(MinMaxScaler().fit(wide({{1, 5}, {3, 5}})).transform(wide({{2, 5}, {4, 7}})), {0.5, 0, 1.5, 2}));
}

TEST_CASE("MinMaxScaler: the smallest value becomes exactly the lower bound, whatever it is") {
  Generator g(2);
  std::vector<double> values;
  for (int i = 0; i < 600; ++i) values.push_back(g.normal() * 1e3 + 17);
  for (const DType dtype : {float32, float64}) {
    const Tensor x = tensor(values, Shape{2, 300}).to(dtype);
    const std::vector<double> y = list(MinMaxScaler().fit_transform(x));
    for (std::size_t k = 0; k < 300; ++k) {
      CHECK(std::min(y[k], y[300 + k]) == 0);
      CHECK(std::max(y[k], y[300 + k]) == doctest::Approx(1).epsilon(dtype == float32 ? 1e-7 : 1e-12));
    }
  }
}

TEST_CASE("MinMaxScaler: another range, clipping, and the way back") {
  const Tensor x = wide({{0, 10}, {4, 30}});
  CHECK(same(MinMaxScaler({.min = -1, .max = 3}).fit_transform(x), {-1, -1, 3, 3}));
  CHECK(same(MinMaxScaler({.clip = true}).fit(x).transform(wide({{-4, 20}, {8, kNaN}})), {0, 0.5, 1, kNaN}));
  MinMaxScaler s({.min = -1, .max = 3});
  CHECK(same(s.inverse_transform(s.fit_transform(x)), list(x), 1e-14));
  CHECK(same(s.transform(s.inverse_transform(x)), list(x), 1e-13));
}

TEST_CASE("StandardScaler divides by the deviation of the population, as scikit-learn's manual shows") {
  StandardScaler s;
  CHECK(same(s.fit_transform(wide({{0, 0}, {0, 0}, {1, 1}, {1, 1}})), {-1, -1, -1, -1, 1, 1, 1, 1}));
  CHECK(same(s.transform(wide({{2, 2}})), {3, 3}));
  CHECK(same(s.mean(), {0.5, 0.5}));
  CHECK(same(s.var(), {0.25, 0.25}));
  CHECK(same(s.scale(), {0.5, 0.5}));
  const Tensor x = wide({{1, -7}, {2, 8}, {6, 1}});
  CHECK(same(s.inverse_transform(s.fit_transform(x)), list(x), 1e-14));
  CHECK(same(StandardScaler({.with_std = false}).fit_transform(x), {-2, -23. / 3, -1, 22. / 3, 3, 1. / 3}, 1e-14));
  StandardScaler unshifted({.with_mean = false});
  const double deviation = std::sqrt((4. + 1 + 9) / 3);
  CHECK(same(unshifted.fit_transform(wide({{1}, {2}, {6}})), {1 / deviation, 2 / deviation, 6 / deviation}, 1e-15));
  CHECK(same(unshifted.inverse_transform(wide({{1}})), {deviation}, 1e-15));
}

TEST_CASE("a constant column is not divided by its range or deviation, rounding or not") {
  const Tensor constant = wide({{0.1, 7}, {0.1, 7}, {0.1, 7}, {0.1, 7}, {0.1, 7}, {0.1, 7}, {0.1, 7}});
  CHECK(same(MinMaxScaler({.min = 2, .max = 5}).fit_transform(constant), std::vector<double>(14, 2)));
  StandardScaler s;
  CHECK(same(s.fit_transform(constant), std::vector<double>(14, 0), 1e-15));
  CHECK(same(s.scale(), {1, 1}));
  // The mean of these is not 0.1 but for rounding, and their variance is not 0.
  std::vector<double> many(1000, 0.1);
  CHECK(same(s.fit(tensor(many, Shape{1000, 1})).scale(), {1}));
  CHECK(same(s.fit(wide({{1}})).scale(), {1}));
  // A range of 1e-6 is nothing to float32 near 1, and something to float64.
  const Tensor narrow = wide({{0.0}, {1e-6}});
  CHECK(same(MinMaxScaler().fit(narrow).scale(), {1e6}, 1e-8));
  CHECK(same(MinMaxScaler().fit(narrow.to(float32)).scale(), {1}));
}

TEST_CASE("scalers pass over NaN when they fit, and keep it when they transform") {
  const Tensor x = wide({{1, kNaN}, {kNaN, kNaN}, {3, kNaN}});
  CHECK(same(MinMaxScaler().fit_transform(x), {0, kNaN, kNaN, kNaN, 1, kNaN}));
  StandardScaler s;
  CHECK(same(s.fit_transform(x), {-1, kNaN, kNaN, kNaN, 1, kNaN}));
  CHECK(same(s.mean(), {2, kNaN}));
}

TEST_CASE("scalers keep float32 and float64, take integers as float32, and leave the tape alone") {
  CHECK(MinMaxScaler().fit_transform(tensor({{1., 2.}, {3., 4.}})).dtype() == float32);
  CHECK(MinMaxScaler().fit_transform(wide({{1, 2}, {3, 4}})).dtype() == float64);
  CHECK(StandardScaler().fit_transform(tensor({{1, 2}, {3, 4}}, uint8)).dtype() == float32);
  Tensor x = wide({{1, 2}, {3, 4}}).requires_grad_();
  CHECK_FALSE(StandardScaler().fit_transform(x).requires_grad());
  CHECK(StandardScaler().fit(x).transform(Tensor(Array::empty({0, 2}, float64))).shape() == Shape{0, 2});
}

TEST_CASE("float32 columns far from 0 keep their statistics in float64") {
  const Tensor x = tensor({{16777215.}, {16777216.}, {16777214.}});
  CHECK(same(StandardScaler().fit(x).mean(), {16777215}));
  CHECK(same(StandardScaler().fit(x).var(), {2. / 3}, 1e-15));
}

TEST_CASE("scalers say what is wrong") {
  CHECK(throws<ValueError>([] { MinMaxScaler({.min = 1, .max = 1}); }, "got min 1, max 1; expected min < max"));
  CHECK(throws<ValueError>([] { MinMaxScaler({.min = kNaN}); }, "got min nan"));
  CHECK(throws<ValueError>([] { MinMaxScaler().transform(tensor({{1.}})); }, "expected a call of fit before"));
  CHECK(throws<ValueError>([] { StandardScaler().inverse_transform(tensor({{1.}})); }, "not fitted yet"));
  CHECK(throws<ValueError>([] { StandardScaler().mean(); }, "data::StandardScaler::mean: not fitted yet"));
  CHECK(throws<ShapeError>([] { StandardScaler().fit(tensor({1., 2.})); }, "got shape [2]; expected [N, F]"));
  CHECK(throws<ShapeError>(
      [] {
        StandardScaler().fit(tensor({{1., 2.}})).transform(tensor({{1.}}));
      },
      "got shape [1, 1]; expected [N, 2]"));
  CHECK(throws<ValueError>([] { MinMaxScaler().fit(Array::empty({0, 3})); }, "nothing to fit on: got shape [0, 3]"));
  CHECK(throws<ValueError>(
      [] {
        MinMaxScaler().fit(wide({{1, 2}, {3, -kInf}}));
      },
      "got -inf in row 1, column 1; expected finite numbers or NaN"));
  // A fit that throws leaves the one before it.
  MinMaxScaler s;
  s.fit(wide({{0}, {2}}));
  CHECK_THROWS_AS(s.fit(wide({{kInf}})), ValueError);
  CHECK(same(s.transform(wide({{1}})), {0.5}));
}

TEST_SUITE_END();
