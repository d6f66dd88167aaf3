// One row per reducing operation; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

const Tensor kZeros = tensor({{2., 0., 3.}, {0., 5., 0.}, {1., -2., 4.}}, float64);  // none, one and two in a row

Rows sums() {
  return {
      Row("sum", [](In x) { return sum(square(x[0])); }, {spread({2, 3})})
          .also({spread({})})
          .also({spread({0, 2})})
          .large({spread({300, 1000})})
          .fails<IndexError>(
              [] {
                sum(ones({2, 3}), 2);
              },
              "sum: axis out of range: got axis 2")
          .fails<ValueError>(
              [] {
                sum(ones({2, 3}), {1, -1});
              },
              "named twice"),
      {"sum over axes",
       [](In x) {
         return square(sum(x[0], {0, -1}));
       },
       {spread({2, 3, 2})}},
      {"sum, keepdim", [](In x) { return x[0] * sum(x[0], 1, true); }, {spread({2, 3})}},
      Row("mean", [](In x) { return square(mean(x[0], {1})); }, {spread({2, 3, 2})})
          .also({spread({3, 1})})
          .large({spread({300, 1000})})
          .fails<IndexError>(
              [] {
                mean(ones({2, 3}), {0, -3});
              },
              "mean: axis out of range"),
      {"mean of a scalar", [](In x) { return mean(square(x[0])); }, {spread({})}},
      Row("sum_to",
          [](In x) {
            return square(sum_to(x[0], {3, 1}));
          },
          {spread({2, 3, 2})})
          .fails<ShapeError>(
              [] {
                sum_to(ones({2, 3}), {2});
              },
              "sum_to"),
      Row("logsumexp",
          [](In x) {
            return logsumexp(x[0], {0, 1});
          },
          {spread({3, 4})})
          .also({spread({1, 1})})
          .large({spread({300, 1000})})
          .fails<IndexError>([] { logsumexp(ones({2}), 1); }, "logsumexp: axis out of range"),
      {"logsumexp, keepdim", [](In x) { return square(logsumexp(x[0], 1, true)); }, {spread({3, 4})}},
  };
}

Rows products() {
  return {
      Row("prod", [](In x) { return prod(x[0]); }, {spread({2, 3})})
          .also({kZeros})
          .also({spread({})})
          .also({tensor({0.}, float64)})
          .also({tensor({3., 0.}, float64)})
          .also({tensor({0., 3., 0.}, float64)})
          .large({spread({300'000}, 0.9999, 1.0001)})
          .fails<IndexError>([] { prod(ones({2}), 1); }, "prod: axis out of range: got axis 1")
          .fails<ValueError>(
              [] {
                prod(ones({2, 2}), {0, 0});
              },
              "prod: axis 0 is named twice"),
      Row("prod along an axis", [](In x) { return prod(x[0], 1); }, {spread({2, 3, 2})})
          .also({kZeros})
          .also({spread({2, 1})})
          .also({spread({2, 0, 3})})
          .also({spread({0, 3})})
          .large({spread({40, 20, 500})}),
      Row("prod over the first axis, keepdim", [](In x) { return x[0] * prod(x[0], 0, true); }, {spread({3, 2})})
          .also({kZeros})
          .large({spread({6, 60'000})}),
      Row("prod over axes with one between",
          [](In x) {
            return square(prod(x[0], {0, 2}));
          },
          {spread({2, 3, 2})})
          .also({reshape(kZeros, {3, 1, 3})})
          .also({tensor({{{0., 1.}, {2., 0.}}, {{3., 0.}, {5., 6.}}}, float64)})
          .large({spread({20, 30, 500}, 0.99, 1.01)}),
  };
}

Rows extrema() {
  return {
      Row("amax", [](In x) { return square(amax(x[0], 1)); }, {spread({3, 4})})
          .also({spread({2, 1, 2})})
          .also({spread({0, 3})})
          .large({spread({300, 1000})})
          .large({spread({300'000, 2})})
          .fails<ShapeError>(
              [] {
                amax(ones({2, 0}), 1);
              },
              "amax: got shape [2, 0]; expected at least one element")
          .fails<IndexError>([] { amax(ones({2}), 1); }, "amax: axis out of range"),
      {"amax of all", [](In x) { return square(amax(x[0])); }, {spread({3, 4})}},
      Row("amin",
          [](In x) {
            return square(amin(x[0], {0, 2}, true));
          },
          {spread({2, 3, 2})})
          .large({spread({20, 30, 500})})
          .fails<ShapeError>([] { amin(ones({0})); }, "amin: got shape [0]"),
      Row("max of all", [](In x) { return square(max(x[0])); }, {spread({3, 4})})
          .also({spread({})})
          .large({spread({300'000})})
          .fails<ShapeError>([] { max(ones({0})); }, "max: got shape [0]; expected at least one element along axis 0"),
      Row("min of all", [](In x) { return square(min(x[0])); }, {spread({3, 4})})
          .fails<ShapeError>(
              [] {
                min(ones({2, 0}));
              },
              "min: got shape [2, 0]"),
      Row("max along an axis", [](In x) { return square(max(x[0], 0).values); }, {spread({3, 4})})
          .also({spread({1, 2})})
          .also({spread({})})
          .large({spread({300, 1000})})
          .fails<ShapeError>(
              [] {
                max(ones({2, 0}), 1);
              },
              "max: got shape [2, 0]")
          .fails<IndexError>([] { max(ones({2}), -2); }, "max: axis out of range"),
      {"min along an axis", [](In x) { return square(min(x[0], -1, true).values); }, {spread({3, 4})}},
      Row("argmax", [](In x) { return argmax(x[0]); }, {spread({3, 4})})
          .without_gradient()
          .fails<ShapeError>([] { argmax(ones({0})); }, "argmax: got shape [0]"),
      Row("argmax along an axis", [](In x) { return argmax(x[0], 1, true); }, {spread({3, 4})})
          .without_gradient()
          .also({spread({0, 3})})
          .large({spread({300, 1000})})
          .large({spread({3, 300, 1000})})
          .fails<ShapeError>(
              [] {
                argmax(ones({0, 2}), 0);
              },
              "argmax: got shape [0, 2]")
          .fails<IndexError>([] { argmax(ones({2}), 1); }, "argmax: axis out of range"),
      Row("argmin", [](In x) { return argmin(x[0]); }, {spread({3, 4})})
          .without_gradient()
          .fails<ShapeError>(
              [] {
                argmin(ones({2, 0}), 1);
              },
              "argmin: got shape [2, 0]"),
      Row("argmin along an axis", [](In x) { return argmin(x[0], 0); }, {spread({3, 4})}).without_gradient(),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("reducing operations: sums") { check(sums()); }
TEST_CASE("reducing operations: products") { check(products()); }
TEST_CASE("reducing operations: extrema") { check(extrema()); }

TEST_CASE("prod: the derivative by one factor is the product of the others, whatever is 0") {
  const auto all = [](const Tensor& x) { return prod(x); };
  CHECK(unlike(derivative(all, tensor({2., 3., 4.}, float64)), {12, 8, 6}) == "");
  CHECK(unlike(derivative(all, tensor({2., 0., 4.}, float64)), {0, 8, 0}) == "");
  CHECK(unlike(derivative(all, tensor({0., 0., 4.}, float64)), {0, 0, 0}) == "");
  CHECK(unlike(derivative(all, tensor({0.}, float64)), {1}) == "");
}

TEST_CASE("prod: derivatives of every order are right at several zeros") {
  const auto all = [](const Tensor& x) { return prod(x); };
  // second: the sum over k != i of the products of all but i and k
  CHECK(unlike(derivative(all, tensor({2., 3., 4.}, float64), 2), {7, 6, 5}) == "");
  CHECK(unlike(derivative(all, tensor({0., 0., 4.}, float64), 2), {4, 4, 0}) == "");
  CHECK(unlike(derivative(all, tensor({0., 0., 0., 4.}, float64), 2), {0, 0, 0, 0}) == "");
  // third: twice the sum over pairs among the others of the product of all but the three
  CHECK(unlike(derivative(all, tensor({0., 0., 4., 0.}, float64), 3), {8, 8, 0, 8}) == "");
  CHECK(unlike(derivative(all, tensor({2., 3., 4., 5.}, float64), 3), {24, 22, 20, 18}) == "");
  CHECK(unlike(derivative(all, tensor({2., 3., 4., 5.}, float64), 4), {6, 6, 6, 6}) == "");
}

TEST_CASE("prod keeps whole numbers, is 1 of nothing, and multiplies float32 in float64") {
  CHECK(prod(tensor({2, 3, 7})).dtype() == int64);
  CHECK(prod(tensor({2, 3, 7})).item<std::int64_t>() == 42);
  CHECK(prod(tensor({200, 2}, uint8)).item<std::int64_t>() == 400);
  CHECK(prod(tensor({true, false})).item<std::int64_t>() == 0);
  CHECK(prod(tensor({std::int64_t{1} << 62, std::int64_t{4}})).item<std::int64_t>() == 0);  // wraps around
  CHECK(prod(zeros({0})).item<double>() == 1);
  CHECK(unlike(prod(zeros({2, 0}), 1), {1, 1}) == "");
  CHECK(prod(zeros({0, 2}), 1).shape() == Shape{0});
  CHECK(prod(tensor({1e30, 1e30, 1e-30, 1e-30})).item<double>() == doctest::Approx(1).epsilon(1e-6));
  CHECK(prod(tensor({kInf, 0.})).item<double>() != prod(tensor({kInf, 0.})).item<double>());
  CHECK(unlike(derivative([](const Tensor& x) { return prod(x); }, tensor({kInf, 0.}, float64)), {0, kInf}) == "");
}

TEST_CASE("amax, amin, max and min of all: ties share the gradient, a NaN takes all of it") {
  const Tensor ties = tensor({{2., 1., 2.}, {3., 3., 3.}}, float64), nan = tensor({1., kNaN, 5., kNaN}, float64);
  CHECK(unlike(derivative([](const Tensor& x) { return amax(x, 1); }, ties), {.5, 0, .5, 1. / 3, 1. / 3, 1. / 3}) ==
        "");
  CHECK(unlike(derivative([](const Tensor& x) { return amin(x, 1); }, ties), {0, 1, 0, 1. / 3, 1. / 3, 1. / 3}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return max(x); }, ties), {0, 0, 0, 1. / 3, 1. / 3, 1. / 3}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return min(x); }, ties), {0, 1, 0, 0, 0, 0}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return max(x); }, nan), {0, .5, 0, .5}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return min(x); }, nan), {0, .5, 0, .5}) == "");
  // an infinite gradient stays where it belongs
  CHECK(unlike(derivative([](const Tensor& x) { return max(x) * kInf; }, tensor({1., 2.}, float64)), {0, kInf}) == "");
}

TEST_CASE("max and min along an axis: the first of equal ones takes all; the first NaN wins") {
  const Tensor x = tensor({{1., 3., 3.}, {2., kNaN, kNaN}}, float64);
  CHECK(unlike(max(x, 1).indices, {1, 1}) == "");
  CHECK(unlike(min(x, 1).indices, {0, 1}) == "");
  CHECK(unlike(max(x, 1).values, {3, kNaN}) == "");
  CHECK(unlike(derivative([](const Tensor& a) { return max(a, 1).values; }, x), {0, 1, 0, 0, 1, 0}) == "");
  CHECK(unlike(max(tensor({{true, false}, {false, false}}), 1).values, {1, 0}) == "");
  CHECK(max(tensor({3, 250}, uint8), 0).values.dtype() == uint8);
  CHECK(max(tensor({-3, -7}), 0).values.item<int>() == -3);
  CHECK(max(zeros({0, 3}), 1).values.shape() == Shape{0});
  CHECK(max(zeros({0, 3}), 1, true).indices.shape() == Shape{0, 1});
  CHECK(argmin(tensor({-kInf, -kInf, 1.})).item<int>() == 0);
  CHECK(argmax(tensor({{0, 7}, {7, 1}})).item<int>() == 1);
}

TEST_CASE("logsumexp: rows of -inf, of nothing, and beyond exp's range") {
  CHECK(unlike(logsumexp(tensor({{-kInf, -kInf}, {-kInf, 2.}, {kInf, 1.}, {kNaN, 1.}}, float64), 1),
               {-kInf, 2, kInf, kNaN}) == "");
  CHECK(unlike(logsumexp(zeros({2, 0}), 1), {-kInf, -kInf}) == "");
  CHECK(unlike(logsumexp(tensor({1e300, 1e300}, float64)), {1e300}) == "");
  CHECK(unlike(logsumexp(tensor({0, 0})), {std::log(2.)}, 1e-7) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return logsumexp(x); }, tensor({-kInf, 2.}, float64)), {0, 1}) == "");
}

TEST_SUITE_END();
