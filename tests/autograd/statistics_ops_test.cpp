// One row per operation of autograd/ops/statistics.hpp; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

Rows moments() {
  return {
      Row("var", [](In x) { return var(x[0]); }, {spread({2, 3})})
          .also({spread({7})})
          .large({spread({300'000})})
          .fails<IndexError>(
              [] {
                var(ones({2, 3}), 2);
              },
              "var: axis out of range: got axis 2")
          .fails<ValueError>(
              [] {
                var(ones({2, 3}), {0, -2});
              },
              "var: axis -2 is named twice")
          .fails<ValueError>([] { var(ones({2}), 0, kNaN); }, "var: correction: got nan; expected a finite number"),
      Row("var along an axis", [](In x) { return square(var(x[0], 1, 0)); }, {spread({2, 3, 2})})
          .also({spread({2, 1, 2})})
          .also({spread({0, 3})})
          .large({spread({300, 1000})})
          .large({spread({20, 30, 500})}),
      Row("var over axes with one between, keepdim",
          [](In x) {
            return x[0] * var(x[0], {0, -1}, 1, true);
          },
          {spread({2, 3, 2})})
          .large({spread({20, 30, 500})}),
      Row("var over the first axis, correction 2.5", [](In x) { return var(x[0], 0, 2.5); }, {spread({4, 3})})
          .large({spread({3000, 100})}),
      Row("std", [](In x) { return xgrad::std(x[0]); }, {spread({2, 3})})
          .large({spread({300'000})})
          .fails<IndexError>(
              [] {
                xgrad::std(ones({2, 3}), -3);
              },
              "std: axis out of range: got axis -3")
          .fails<ValueError>([] { xgrad::std(ones({2}), 0, kInf); }, "std: correction: got inf"),
      Row("std along an axis", [](In x) { return square(xgrad::std(x[0], -1, 0)); }, {spread({2, 3, 4})})
          .also({spread({0, 3})})
          .large({spread({300, 1000})}),
      Row("std over axes with one between, keepdim",
          [](In x) {
            return x[0] / xgrad::std(x[0], {0, 2}, 1, true);
          },
          {spread({2, 3, 2})})
          .large({spread({20, 30, 500})}),
  };
}

Rows medians() {
  return {
      Row("median", [](In x) { return square(median(x[0])); }, {spread({3, 3})})
          .also({spread({2, 2})})
          .also({spread({})})
          .also({spread({1})}),
      Row("median along an axis", [](In x) { return square(median(x[0], 1).values); }, {spread({2, 5, 2})})
          .also({spread({2, 1})})
          .also({spread({0, 3})})
          .large({spread({300, 1000})})
          .fails<ShapeError>(
              [] {
                median(ones({2, 0}), 1);
              },
              "median: got shape [2, 0]; expected at least one element")
          .fails<IndexError>([] { median(ones({2}), 1); }, "median: axis out of range"),
      Row("median, keepdim", [](In x) { return x[0] * median(x[0], 0, true).values; }, {spread({4, 3})}),
  };
}

Tensor deviation_of(const Tensor& x) { return xgrad::std(x, -1); }

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("statistics: moments") { check(moments()); }
TEST_CASE("statistics: medians") { check(medians()); }

TEST_CASE("var and std are the textbook's, by either correction") {
  const Tensor x = tensor({{1., 2., 3., 4.}, {2., 2., 2., 2.}}, float64);
  CHECK(unlike(var(x, 1), {5. / 3, 0}, 1e-15) == "");
  CHECK(unlike(var(x, 1, 0), {1.25, 0}) == "");
  CHECK(unlike(var(x, 1, false), {1.25, 0}) == "");  // PyTorch's `unbiased`
  CHECK(unlike(x.std(1, 0), {std::sqrt(1.25), 0}, 1e-15) == "");
  CHECK(var(x, {0, 1}, 1, true).shape() == Shape{1, 1});
  CHECK(var(tensor({1, 2, 3, 4})).dtype() == float32);
  CHECK(unlike(var(tensor({1, 2, 3, 4})), {5. / 3}, 1e-7) == "");
  CHECK(unlike(var(tensor({true, false}), 0, 0), {0.25}) == "");
}

TEST_CASE("var and std of too few elements are NaN, as is a variance with NaN or infinity in it") {
  CHECK(unlike(var(tensor({3.})), {kNaN}) == "");
  CHECK(unlike(var(tensor(3.)), {kNaN}) == "");
  CHECK(unlike(var(tensor({3.}), 0, 0), {0}) == "");
  CHECK(unlike(xgrad::std(zeros({0})), {kNaN}) == "");
  CHECK(unlike(var(zeros({2, 0}), 1, 0), {kNaN, kNaN}) == "");
  CHECK(var(zeros({0, 2}), 1).shape() == Shape{0});
  CHECK(unlike(var(tensor({1., 3.}), 0, 5), {kInf}) == "");  // over max(0, n - correction), as in PyTorch
  CHECK(unlike(var(tensor({{1., kNaN, 2.}, {kInf, 1., 2.}, {1., 2., -kInf}}, float64), 1), {kNaN, kNaN, kNaN}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return var(x); }, tensor({3.})), {kNaN}) == "");
}

TEST_CASE("var of numbers far from 0 has all its digits") {
  // mean 1e6, deviation 1e-3: what float32 keeps of them, a few multiples of 1/16, has this variance exactly
  const Tensor exact = 1e6 + 1e-3 * randn({10'000}, float64), rounded = exact.to(float32);
  const Tensor reference = rounded.to(float64) - 1e6;
  const double mean_of = mean(reference).item<double>();
  const double want = (sum(square(reference - mean_of)) / 9999.).item<double>();
  CHECK(var(rounded).item<double>() == doctest::Approx(want).epsilon(1e-7));
  CHECK(xgrad::std(rounded).item<double>() == doctest::Approx(std::sqrt(want)).epsilon(1e-7));
  // in float64 the deviation itself is there
  CHECK(xgrad::std(exact).item<double>() == doctest::Approx(1e-3).epsilon(0.05));
  CHECK(unlike(var(tensor({1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}, float64)), {30}) == "");
  CHECK(unlike(var(tensor({1e16, 1e16 + 2}, float64)), {2}) == "");  // whose mean no double holds
  const Tensor steps = 16777216. + arange(0, 64, 2).to(float32);
  CHECK(unlike(var(steps), {4. * 32 * 33 / 12}) == "");
  CHECK(unlike(var(reshape(steps, {32, 1}) + zeros({3}), 0), {352, 352, 352}) == "");
}

TEST_CASE("var of equal elements is exactly 0, however large, small or many") {
  for (const DType t : {float32, float64})
    for (const double v : {0.1, 1e30, 1e-30, -3.3e7, 1. / 3})
      for (const std::int64_t n : {2, 3, 63, 1000, 300'000}) {
        const Tensor x = full({n, 2}, v, t);
        CHECK(unlike(var(x, 0), {0, 0}) == "");
        CHECK(unlike(xgrad::std(reshape(x, {2, n}), 1), {0, 0}) == "");
        CHECK(unlike(var(x), {0}) == "");
      }
}

TEST_CASE("std of float32 neither overflows nor underflows unless it must") {
  CHECK(unlike(xgrad::std(tensor({1e30, -1e30}), 0, 0), {1e30}, 1e-6) == "");
  CHECK(unlike(xgrad::std(tensor({1e-30, -1e-30}), 0, 0), {1e-30}, 1e-6) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return xgrad::std(x, 0, 0); }, tensor({1e-30, -1e-30})), {.5, -.5},
               1e-6) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return xgrad::std(x, 0, 0); }, tensor({1e30, -1e30})), {.5, -.5},
               1e-6) == "");
}

TEST_CASE("std has derivative 0, of every order, where the deviation is 0") {
  const Tensor x = tensor({{2., 2., 2.}, {1., 2., 3.}}, float64);
  CHECK(unlike(derivative(deviation_of, x), {0, 0, 0, -.5, 0, .5}, 1e-15) == "");
  CHECK(unlike(derivative(deviation_of, x[0], 2), {0, 0, 0}) == "");
  CHECK(unlike(derivative(deviation_of, x[0], 3), {0, 0, 0}) == "");
}

TEST_CASE("the gradient of var keeps its digits far from 0 in float32") {
  const Tensor x = 16777216. + arange(0, 8, 2).to(float32);  // the mean, 3 above, is not a float32
  CHECK(unlike(derivative([](const Tensor& a) { return var(a, 0, 0); }, x), {-1.5, -.5, .5, 1.5}) == "");
}

TEST_CASE("median is the lower of the two middle ones, with its index") {
  const auto [values, indices] = median(tensor({{3., 1., 2., 4.}, {5., 5., 1., 5.}}), 1);
  CHECK(unlike(values, {2, 5}) == "");
  CHECK(unlike(indices, {2, 0}) == "");
  CHECK(median(tensor({4, 1, 3, 2})).item<int>() == 2);
  CHECK(median(tensor({4, 1, 3, 2})).dtype() == int64);
  CHECK(median(tensor({{3.}}), 0, true).values.shape() == Shape{1, 1});
  CHECK(unlike(median(tensor(3.), 0).indices, {0}) == "");
  CHECK(median(tensor({true, false, true})).item<bool>());
}

TEST_CASE("median is NaN where there is one, and of nothing") {
  const auto [values, indices] = median(tensor({{1., kNaN, 2., kNaN}, {3., 2., 1., kInf}}), 1);
  CHECK(unlike(values, {kNaN, 2}) == "");
  CHECK(unlike(indices, {1, 1}) == "");
  CHECK(unlike(median(tensor({1., kNaN})), {kNaN}) == "");
  CHECK(unlike(median(zeros({0, 3})), {kNaN}) == "");
  CHECK(derivative([](const Tensor& x) { return median(x); }, zeros({0, 3})).shape() == Shape{0, 3});
  CHECK(throws<ShapeError>([] { median(zeros({0}, int64)); }, "median: got shape [0]"));
}

TEST_CASE("median of all shares its gradient among equal elements; along an axis the index takes it") {
  const Tensor x = tensor({1., 2., 2., 2., 9.}, float64);
  CHECK(unlike(derivative([](const Tensor& a) { return median(a); }, x), {0, 1. / 3, 1. / 3, 1. / 3, 0}) == "");
  CHECK(unlike(derivative([](const Tensor& a) { return median(a, 0).values; }, x), {0, 0, 1, 0, 0}) == "");
}

TEST_SUITE_END();
