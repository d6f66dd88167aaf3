// Comparisons, logic and choice: one row each; a new one adds its row here.

#include "tests/autograd/at.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using at::kInf;
using at::kNaN;

namespace {

const Rows& comparisons() {
  static const Rows all = {
      Row("eq", [](In x) { return x[0] == x[1]; }, {spread({2, 3}), spread({3})})
          .also({spread({0, 3}), spread({1})})
          .large({spread({300, 1000}), spread({1000})})
          .without_gradient()
          .fails<ShapeError>([] { eq(ones({2}), ones({3})); }, "eq: ")
          .fails<DTypeError>([] { eq(ones({2}), ones({2}, float64)); }, "eq: "),
      Row("ne", [](In x) { return x[0] != x[1]; }, {spread({2, 3}), spread({3})}).without_gradient(),
      Row("lt", [](In x) { return x[0] < x[1]; }, {spread({2, 3}), spread({3})})
          .without_gradient()
          .fails<ShapeError>([] { lt(ones({2}), ones({3})); }, "lt: "),
      Row("le", [](In x) { return x[0] <= x[1]; }, {spread({2, 3}), spread({3})}).without_gradient(),
      Row("gt", [](In x) { return x[0] > x[1]; }, {spread({2, 3}), spread({3})})
          .without_gradient()
          .fails<ShapeError>([] { gt(ones({2}), ones({3})); }, "gt: "),
      Row("ge", [](In x) { return x[0] >= x[1]; }, {spread({2, 3}), spread({3})})
          .without_gradient()
          .fails<ShapeError>([] { ge(ones({2}), ones({3})); }, "ge: "),
      Row("isnan", [](In x) { return isnan(x[0]); }, {spread({2, 3})}).also({spread({0})}).without_gradient(),
      Row("isinf", [](In x) { return isinf(x[0]); }, {spread({2, 3})}).also({spread({})}).without_gradient(),
      Row("isfinite", [](In x) { return isfinite(x[0]); }, {spread({2, 3})})
          .large({spread({300'000})})
          .without_gradient(),
      Row("logical_and", [](In x) { return logical_and(x[0] > 0, x[1] > 0); }, {spread({2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({2, 0}), spread({1})})
          .large({spread({300, 1000}), spread({1000})})
          .without_gradient()
          .fails<ShapeError>([] { logical_and(ones({2}), ones({3})); }, "logical_and: "),
      Row("logical_or", [](In x) { return logical_or(x[0] > 0, x[1] > 0); }, {spread({2, 1}), spread({3}, -1, 1, 1)})
          .without_gradient()
          .fails<ShapeError>([] { logical_or(ones({2}), ones({3})); }, "logical_or: "),
      Row("logical_xor", [](In x) { return logical_xor(x[0] > 0, x[1] > 0); }, {spread({2, 3}), spread({})})
          .without_gradient()
          .fails<ShapeError>([] { logical_xor(ones({2}), ones({3})); }, "logical_xor: "),
      Row("logical_not", [](In x) { return logical_not(x[0] > 0); }, {spread({2, 3})}).without_gradient(),
  };
  return all;
}

const Rows& choices() {
  static const Rows all = {
      Row("where", [](In x) { return where(x[0] > 0, square(x[0]), x[1] * x[0]); }, {spread({2, 3}), spread({3}, 1, 2)})
          .also({spread({0, 3}), spread({1}, 1, 2)})
          .also({spread({}), spread({2, 1}, 1, 2)})
          .large({spread({300, 1000}), spread({1000}, 1, 2)})
          .fails<DTypeError>([] { where(ones({2}), ones({2}), ones({2})); }, "where: condition: got float32")
          .fails<DTypeError>([] { where(ones({2}) > 0, ones({2}), ones({2}, float64)); }, "where: ")
          .fails<ShapeError>([] { where(ones({2}) > 0, ones({3}), ones({2})); }, "where: "),
      Row("where, operands broadcast to the condition",
          [](In x) {
            return where(tensor({{true, false}, {false, true}}), x[0], x[1]);
          },
          {spread({2}), spread({})})
          .also({spread({1, 1}), spread({2, 1})}),
      Row("where, with numbers",
          [](In x) { return where(x[0] > 0, square(x[0]), 2) * where(x[0] > 0.5, -1., square(x[0])); },
          {spread({2, 3})})
          .large({spread({300'000})}),
      Row("maximum", [](In x) { return square(maximum(x[0], x[1])); }, {spread({2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({3, 1}), spread({1, 4}, -1, 1, 1)})
          .also({spread({0, 3}), spread({1})})
          .also({spread({}), spread({1}, -1, 1, 1)})
          .large({spread({300, 1000}), spread({1000}, -1, 1, 1)})
          .fails<ShapeError>([] { maximum(ones({2}), ones({3})); }, "maximum: ")
          .fails<DTypeError>([] { maximum(ones({2}), ones({2}, float64)); }, "maximum: "),
      Row("minimum", [](In x) { return square(minimum(x[0], x[1])); }, {spread({2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({3, 1}), spread({1, 4}, -1, 1, 1)})
          .also({spread({2, 0}), spread({1})})
          .large({spread({300, 1000}), spread({1000}, -1, 1, 1)})
          .fails<ShapeError>([] { minimum(ones({2}), ones({3})); }, "minimum: "),
      Row("clamp", [](In x) { return square(clamp(x[0], -0.7, 0.8)); }, {spread({2, 3})})
          .also({spread({0, 2})})
          .also({spread({})})
          .large({spread({300'000})})
          .fails<ValueError>([] { clamp(ones({2}), std::nullopt); }, "clamp: got neither min nor max")
          .fails<ValueError>([] { clamp(ones({2}, uint8), 300); }, "clamp: bounds: got [300, 255] for uint8")
          .fails<ValueError>([] { clamp(ones({2}, uint8), {}, -1); }, "clamp: bounds: "),
      {"clamp, from below", [](In x) { return square(clamp(x[0], -0.7)); }, {spread({7})}},
      {"clamp, from above", [](In x) { return square(clamp(x[0], {}, 0.8)); }, {spread({7})}},
      Row("clamp, tensors", [](In x) { return square(clamp(x[0], x[1], x[2])); },
          {spread({3, 4}), spread({4}, -1, -0.3, 1), spread({3, 1}, 0.3, 1, 2)})
          .also({spread({0, 2}), spread({2}), spread({})})
          .large({spread({300, 1000}), spread({1000}, -1, -0.3, 1), spread({300, 1}, 0.3, 1, 2)})
          .fails<ValueError>([] { clamp(ones({2}), Tensor()); }, "clamp: got neither min nor max")
          .fails<ShapeError>([] { clamp(ones({2}), ones({3})); }, "clamp: ")
          .fails<DTypeError>([] { clamp(ones({2}), ones({2}, float64)); }, "clamp: "),
      {"clamp, a tensor from below",
       [](In x) { return square(clamp(x[0], x[1])); },
       {spread({3, 4}), spread({4}, -1, 0.5, 1)}},
      {"clamp, a tensor from above",
       [](In x) { return square(clamp(x[0], {}, x[1])); },
       {spread({3, 4}), spread({4}, -1, 0.5, 1)}},
  };
  return all;
}

const Tensor& awkward() {
  static const Tensor x = tensor({kNaN, kInf, -kInf, 0., -0., 2.}, float64);
  return x;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("comparisons and logic") { check(comparisons()); }
TEST_CASE("choices") { check(choices()); }

TEST_CASE("isnan, isinf and isfinite part the numbers into three; integers are finite") {
  for (const DType t : {float32, float64}) {
    const Tensor x = awkward().to(t);
    CHECK(at::same(isnan(x), {1, 0, 0, 0, 0, 0}));
    CHECK(at::same(isinf(x), {0, 1, 1, 0, 0, 0}));
    CHECK(at::same(isfinite(x), {0, 0, 0, 1, 1, 1}));
    CHECK(isnan(x).dtype() == bool_);
  }
  for (const DType t : {int64, uint8, bool_}) {
    CHECK(at::same(isnan(ones({2}, t)), {0, 0}));
    CHECK(at::same(isinf(ones({2}, t)), {0, 0}));
    CHECK(at::same(isfinite(zeros({2}, t)), {1, 1}));
  }
}

TEST_CASE("logic takes what is not 0 as true, NaN too, in any dtypes") {
  const Tensor x = awkward().to(float32), y = tensor({0, 0, 1, 0, 1, 2});
  CHECK(at::same(logical_not(x), {0, 0, 0, 1, 1, 0}));
  CHECK(at::same(!x, {0, 0, 0, 1, 1, 0}));
  CHECK(at::same(logical_and(x, y), {0, 0, 1, 0, 0, 1}));
  CHECK(at::same(logical_or(x, y), {1, 1, 1, 0, 1, 1}));
  CHECK(at::same(logical_xor(x, y), {1, 1, 0, 0, 1, 0}));
  CHECK(at::same(logical_and(x, awkward()), {1, 1, 1, 0, 0, 1}));
  CHECK(at::same(logical_not(tensor({3, 0}, uint8)), {0, 1}));
}

TEST_CASE("the operators of logic are for bools") {
  const Tensor p = tensor({true, true, false, false}), q = tensor({true, false, true, false});
  CHECK(at::same(p & q, {1, 0, 0, 0}));
  CHECK(at::same(p | q, {1, 1, 1, 0}));
  CHECK(at::same(p ^ q, {0, 1, 1, 0}));
  CHECK(at::same(~p, {0, 0, 1, 1}));
  CHECK(throws<DTypeError>([&] { p& tensor({1, 2, 3, 4}); }, "operator&: got int64; expected bool"));
  CHECK(throws<DTypeError>([&] { ones({4}) | p; }, "operator|: got float32"));
  CHECK(throws<DTypeError>([&] { p ^ ones({4}); }, "operator^: "));
  CHECK(throws<DTypeError>([] { ~tensor({1}); }, "operator~: "));
}

TEST_CASE("comparing with a number does not change the number") {
  const Tensor bytes = tensor({44, 0, 255}, uint8);
  CHECK(at::same(bytes == 300, {0, 0, 0}));
  CHECK(at::same(bytes < 300, {1, 1, 1}));
  CHECK(at::same(bytes > -1, {1, 1, 1}));
  CHECK(at::same(bytes != -1, {1, 1, 1}));
  CHECK(at::same(bytes >= 44, {1, 0, 1}));
  CHECK(at::same(bytes <= 43.5, {0, 1, 0}));
  CHECK(at::same(tensor({true, false}) == 2, {0, 0}));
  CHECK(at::same(tensor({1, 2}) < 1.5, {1, 0}));
}

TEST_CASE("where with numbers adopts the dtype beside them") {
  const Tensor c = tensor({true, false});
  CHECK(where(c, ones({2}, float64), 2).dtype() == float64);
  CHECK(where(c, 0.5, ones({2}, int64)).dtype() == float32);
  CHECK(where(c, 3, tensor({7, 8}, uint8)).dtype() == uint8);
  CHECK(where(c, true, false).dtype() == bool_);
  CHECK(where(c, 1, 2).dtype() == int64);
  CHECK(at::same(where(c, 1, 0.5), {1, 0.5}));
  CHECK(at::same(where(c, 3, tensor({7, 8}, uint8)), {3, 8}));
  CHECK(where(tensor({{true}, {false}}), tensor({1., 2.}), 0).shape() == Shape{2, 2});
  CHECK(where(c, tensor({{{1.}}}), 0).shape() == Shape{1, 1, 2});
  // what was not chosen passes nothing on, not even NaN
  CHECK(at::slope_is([&](const Tensor& x) { return where(x > 0, x, kNaN); }, tensor({2., -1.}, float64), {1, 0}));
}

TEST_CASE("maximum and minimum pass NaN on and share the gradient of a tie") {
  for (const DType t : {float32, float64}) {
    const Tensor x = tensor({kNaN, 1., kNaN, 2., kInf, -kInf}, t), y = tensor({1., kNaN, kNaN, 2., 0., 0.}, t);
    CHECK(at::same(maximum(x, y), {kNaN, kNaN, kNaN, 2, kInf, 0}));
    CHECK(at::same(minimum(x, y), {kNaN, kNaN, kNaN, 2, 0, -kInf}));
    const Tensor a = tensor({1., 2., 3.}, t), b = tensor({1., 3., 2.}, t);
    CHECK(at::slope_is([&](const Tensor& v) { return maximum(v, b); }, a, {0.5, 0, 1}));
    CHECK(at::slope_is([&](const Tensor& v) { return maximum(b, v); }, a, {0.5, 0, 1}));
    CHECK(at::slope_is([&](const Tensor& v) { return minimum(v, b); }, a, {0.5, 1, 0}));
    CHECK(at::slope_is([&](const Tensor& v) { return maximum(v, v); }, a, {1, 1, 1}));
  }
  CHECK(maximum(tensor({true, false}), tensor({false, false})).dtype() == bool_);
  CHECK(at::same(maximum(tensor({true, false}), tensor({false, false})), {1, 0}));
  CHECK(at::same(minimum(tensor({3, -4}), tensor({2.5})), {2.5, -4}));
  CHECK(maximum(tensor({3}, uint8), tensor({-4})).dtype() == int64);
}

TEST_CASE("clamp: its bounds, NaN, crossed bounds and dtypes") {
  for (const DType t : {float32, float64}) {
    const Tensor x = tensor({-1., -0.5, 0., 0.5, 1., kNaN, kInf, -kInf}, t);
    CHECK(at::same(clamp(x, -0.5, 0.5), {-0.5, -0.5, 0, 0.5, 0.5, kNaN, 0.5, -0.5}));
    CHECK(at::slope_is([](const Tensor& v) { return clamp(v, -0.5, 0.5); }, x, {0, 1, 1, 1, 0, 0, 0, 0}));
    CHECK(at::slope_is([](const Tensor& v) { return clamp(v, 0); }, x, {0, 0, 1, 1, 1, 0, 1, 0}));
    CHECK(at::same(clamp(x, 1., -1.), {-1, -1, -1, -1, -1, kNaN, -1, -1}));
    CHECK(at::slope_is([](const Tensor& v) { return clamp(v, 1., -1.); }, x, {0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(at::same(clamp(x, kNaN), std::vector<double>(8, kNaN)));
    CHECK(at::same(x.clamp(0, {}), {0, 0, 0, 0.5, 1, kNaN, kInf, 0}));
    CHECK(clamp(x, -1, 1).dtype() == t);
  }
  const Tensor n = tensor({-5, 0, 5});
  CHECK(at::same(clamp(n, -1, 3), {-1, 0, 3}));
  CHECK(clamp(n, -1, 3).dtype() == int64);
  CHECK(at::same(clamp(n, -0.5), {-0.5, 0, 5}));
  CHECK(clamp(n, -0.5).dtype() == float32);
  const Tensor bytes = tensor({0, 100, 200}, uint8);
  CHECK(at::same(clamp(bytes, -5, 150), {0, 100, 150}));
  CHECK(at::same(clamp(bytes, 50, 1000), {50, 100, 200}));
  CHECK(clamp(bytes, 50, 1000).dtype() == uint8);
  CHECK(clamp(tensor({true}), 0, 1).dtype() == int64);
}

TEST_CASE("clamp by tensors gives a bound the gradient where it is taken") {
  const Tensor x = tensor({-2., -1., 0., 1., 2.}, float64), low = tensor({-1.}, float64), high = tensor({1.}, float64);
  CHECK(at::slope_is([&](const Tensor& v) { return clamp(v, low, high); }, x, {0, 1, 1, 1, 0}));
  CHECK(at::slope_is([&](const Tensor& v) { return clamp(x, v, high); }, low, {1}));
  CHECK(at::slope_is([&](const Tensor& v) { return clamp(x, low, v); }, high, {1}));
  CHECK(at::slope_is([&](const Tensor& v) { return clamp(x, high, v); }, low, {5}));  // crossed: all is max
  CHECK(at::same(clamp(x, tensor({kNaN, 0., 0., 0., 0.}, float64)), {kNaN, 0, 0, 1, 2}));
}

TEST_SUITE_END();
