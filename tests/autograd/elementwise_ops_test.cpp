// One row per operation of arithmetic and per function of one number; a new one adds its row here.

#include "tests/autograd/at.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using at::kInf;
using at::kNaN;

namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

const Rows& arithmetic() {
  static const Rows all = {
      Row("add", [](In x) { return x[0] + x[1]; }, {spread({2, 3}), spread({3}, -1, 1, 1)})
          .also({spread({}), spread({2, 1}, -1, 1, 1)})
          .also({spread({0, 3}), spread({1, 3}, -1, 1, 1)})
          .large({spread({300, 1000}), spread({1000}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                add(ones({2, 3}), ones({2}));
              },
              "add: ")
          .fails<DTypeError>([] { add(ones({2}), ones({2}, float64)); }, "add: operands of different precision"),
      {"add, scalar operand", [](In x) { return square(x[0]) + x[1]; }, {spread({2, 3}), spread({}, -1, 1, 1)}},
      Row("sub", [](In x) { return x[0] - x[1] * x[1]; }, {spread({2, 1, 3}), spread({4, 1}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                sub(ones({2, 3}), ones({2}));
              },
              "sub: "),
      Row("mul", [](In x) { return x[0] * x[1]; }, {spread({2, 3}), spread({2, 1}, -1, 1, 1)})
          .also({spread({1, 1}), spread({3}, -1, 1, 1)})
          .also({spread({2, 0}), spread({1}, -1, 1, 1)})
          .large({spread({300, 1000}), spread({300, 1}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                mul(ones({2, 3}), ones({2}));
              },
              "mul: "),
      {"mul by itself", [](In x) { return x[0] * x[0] * x[0]; }, {spread({4})}},
      Row("div", [](In x) { return x[0] / x[1]; }, {spread({2, 3}), spread({3}, 0.7, 2, 1)})
          .also({spread({0, 3}), spread({1}, 0.7, 2, 1)})
          .large({spread({300, 1000}), spread({1000}, 0.7, 2, 1)})
          .fails<ShapeError>(
              [] {
                div(ones({2, 3}), ones({2}));
              },
              "div: ")
          .fails<DTypeError>([] { div(ones({2}), ones({2}, float64)); }, "div: "),
      {"with numbers", [](In x) { return (2. - 3 * x[0]) / 4. + 1 / (x[0] - 5.); }, {spread({5})}},
      {"neg", [](In x) { return -square(x[0]); }, {spread({3})}},
      Row("abs", [](In x) { return square(abs(x[0])) * x[0]; }, {spread({2, 3})})
          .also({spread({0, 2})})
          .also({spread({})})
          .large({spread({300'000})}),
      Row("sign", [](In x) { return sign(x[0]); }, {spread({2, 3})}).also({spread({0})}).large({spread({300'000})}),
      Row("reciprocal", [](In x) { return reciprocal(x[0]); }, {spread({5}, 0.5, 2)}).also({spread({0, 2})}),
  };
  return all;
}

const Rows& functions() {
  static const Rows all = {
      Row("exp", [](In x) { return exp(x[0]); }, {spread({5})}).also({spread({0, 2})}).large({spread({70'000})}),
      Row("log", [](In x) { return log(x[0]); }, {spread({5}, 0.5, 3)}).also({spread({}, 2, 3)}),
      Row("log2", [](In x) { return log2(x[0]); }, {spread({5}, 0.5, 3)})
          .also({spread({1, 1}, 2, 3)})
          .also({spread({0, 2})})
          .large({spread({70'000}, 0.5, 3)}),
      Row("log10", [](In x) { return log10(x[0]); }, {spread({5}, 0.5, 3)})
          .also({spread({}, 2, 3)})
          .large({spread({70'000}, 0.5, 3)}),
      Row("log1p", [](In x) { return log1p(x[0]); }, {spread({5}, -0.6, 3)})
          .also({spread({0})})
          .large({spread({70'000}, -0.6, 3)}),
      Row("expm1", [](In x) { return expm1(x[0]); }, {spread({5})}).also({spread({})}).large({spread({70'000})}),
      Row("sqrt", [](In x) { return sqrt(x[0]); }, {spread({5}, 0.5, 3)}).also({spread({0, 1})}),
      Row("rsqrt", [](In x) { return rsqrt(x[0]); }, {spread({5}, 0.5, 3)})
          .also({spread({0, 1})})
          .large({spread({70'000}, 0.5, 3)}),
      Row("square", [](In x) { return square(x[0]); }, {spread({5})}).also({spread({2, 0})}),
      Row("erf", [](In x) { return erf(x[0]); }, {spread({7})})
          .also({spread({3}, 1.2, 3)})
          .also({spread({0, 1})})
          .large({spread({70'000}, -3, 3)}),
      Row("tanh", [](In x) { return tanh(x[0]); }, {spread({5})}).also({spread({})}),
      Row("sigmoid", [](In x) { return sigmoid(x[0]); }, {spread({5})}).also({spread({0})}),
      {"relu", [](In x) { return relu(square(x[0]) - 0.5); }, {spread({7})}},
  };
  return all;
}

const Rows& trigonometry() {
  static const Rows all = {
      Row("sin", [](In x) { return sin(x[0]); }, {spread({5}, -4, 4)}).also({spread({0, 2})}).large({spread({70'000})}),
      Row("cos", [](In x) { return cos(x[0]); }, {spread({5}, -4, 4)}).also({spread({})}).large({spread({70'000})}),
      Row("tan", [](In x) { return tan(x[0]); }, {spread({5}, -1, 1)}).also({spread({0})}).large({spread({70'000})}),
      Row("asin", [](In x) { return asin(x[0]); }, {spread({5}, -0.8, 0.8)}).also({spread({0, 2})}),
      Row("acos", [](In x) { return acos(x[0]); }, {spread({5}, -0.8, 0.8)}).also({spread({1, 1}, 0.1, 0.5)}),
      Row("atan", [](In x) { return atan(x[0]); }, {spread({5}, -3, 3)}).also({spread({})}),
      Row("sinh", [](In x) { return sinh(x[0]); }, {spread({5})}).also({spread({0, 2})}),
      Row("cosh", [](In x) { return cosh(x[0]); }, {spread({5})}).also({spread({})}),
      Row("atan2", [](In x) { return atan2(x[0], x[1]); }, {spread({2, 3}), spread({3}, 0.7, 2, 1)})
          .also({spread({2, 1}, -3, -1), spread({4}, -2, -1, 1)})
          .also({spread({0, 3}), spread({1}, 0.7, 2)})
          .large({spread({90, 100}), spread({100}, 0.7, 2)})
          .fails<ShapeError>([] { atan2(ones({2}), ones({3})); }, "atan2: ")
          .fails<DTypeError>([] { atan2(ones({2}), ones({2}, float64)); }, "atan2: "),
      Row("hypot", [](In x) { return hypot(x[0], x[1]); }, {spread({2, 3}), spread({3}, 0.7, 2, 1)})
          .also({spread({}), spread({2, 0}, 0.7, 2)})
          .fails<ShapeError>([] { hypot(ones({2}), ones({3})); }, "hypot: "),
  };
  return all;
}

std::vector<std::int64_t> integers(const Tensor& t) {
  REQUIRE(t.dtype() == int64);
  return {t.values<std::int64_t>().begin(), t.values<std::int64_t>().end()};
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("arithmetic") { check(arithmetic()); }
TEST_CASE("functions of one number") { check(functions()); }
TEST_CASE("trigonometric and hyperbolic functions") { check(trigonometry()); }

TEST_CASE("integers keep their dtype and wrap around, the lowest one too") {
  const Tensor ends = tensor(std::vector<std::int64_t>{kLowest, kLargest, -7});
  CHECK(integers(abs(ends)) == std::vector<std::int64_t>{kLowest, kLargest, 7});
  CHECK(integers(-ends) == std::vector<std::int64_t>{kLowest, -kLargest, 7});
  CHECK(integers(sign(ends)) == std::vector<std::int64_t>{-1, 1, -1});
  CHECK(integers(ends - kLowest) == std::vector<std::int64_t>{0, -1, -7 - kLowest});
  CHECK(integers(kLowest - ends) == std::vector<std::int64_t>{0, 1, kLowest + 7});
  CHECK(integers(square(ends)) == std::vector<std::int64_t>{0, 1, 49});
  const Tensor bytes = tensor({0, 200}, uint8);
  CHECK(abs(bytes).dtype() == uint8);
  CHECK(at::same(abs(bytes), {0, 200}));
  CHECK(at::same(sign(bytes), {0, 1}));
  CHECK(at::same(bytes - 3, {253, 197}));
  CHECK(abs(tensor({true, false})).dtype() == int64);
  CHECK(reciprocal(tensor({2, 4})).dtype() == float32);
  CHECK(at::same(reciprocal(tensor({2, 4, 0})), {0.5, 0.25, kInf}));
}

TEST_CASE("abs and sign at zero, infinity and NaN") {
  const Tensor x = tensor({-2., 0., 3., -kInf, kNaN}, float64);
  CHECK(at::same(abs(x), {2, 0, 3, kInf, kNaN}));
  CHECK(at::same(sign(x), {-1, 0, 1, -1, kNaN}));
  CHECK(at::slope_is([](const Tensor& v) { return abs(v); }, tensor({-2., 0., -0., 3., kInf}, float64),
                     {-1, 0, 0, 1, 1}));
  CHECK(at::slope_is([](const Tensor& v) { return sign(v); }, tensor({-2., 0., 3.}, float64), {0, 0, 0}));
  // an infinite gradient behind it: what is 0 is 0 by choice, not by a product
  CHECK(at::slope_is([](const Tensor& v) { return sqrt(abs(v)); }, tensor({0., 4.}, float64), {0, 0.25}));
}

TEST_CASE("functions at the ends of their domains are those of IEEE 754 and C") {
  const auto check_at = [](Tensor (*f)(const Tensor&), std::vector<double> x, const std::vector<double>& want) {
    for (const DType t : {float32, float64}) CHECK(at::same(f(tensor(x).to(t)), want));
  };
  check_at(log2, {0, -0., 8, 0.125, -1, kInf, kNaN}, {-kInf, -kInf, 3, -3, kNaN, kInf, kNaN});
  check_at(log10, {0, 1, -1, kInf, kNaN}, {-kInf, 0, kNaN, kInf, kNaN});
  check_at(log1p, {0, -1, -2, kInf, kNaN}, {0, -kInf, kNaN, kInf, kNaN});
  check_at(expm1, {0, -kInf, kInf, kNaN, -1000, 1000}, {0, -1, kInf, kNaN, -1, kInf});
  check_at(rsqrt, {0, 4, kInf, -1, kNaN}, {kInf, 0.5, 0, kNaN, kNaN});
  check_at(sqrt, {0, 4, kInf, -1, kNaN}, {0, 2, kInf, kNaN, kNaN});
  check_at(reciprocal, {0, -0., kInf, kNaN}, {kInf, -kInf, 0, kNaN});
  check_at(erf, {0, kInf, -kInf, kNaN, 30}, {0, 1, -1, kNaN, 1});
  check_at(sin, {0, kInf, kNaN}, {0, kNaN, kNaN});
  check_at(cos, {0, -kInf, kNaN}, {1, kNaN, kNaN});
  check_at(tan, {0, kInf, kNaN}, {0, kNaN, kNaN});
  check_at(asin, {0, 2, -2, kNaN}, {0, kNaN, kNaN, kNaN});
  check_at(acos, {1, 2, -2, kNaN}, {0, kNaN, kNaN, kNaN});
  check_at(atan, {0, kNaN}, {0, kNaN});
  check_at(sinh, {0, kInf, -kInf, kNaN, 1e4}, {0, kInf, -kInf, kNaN, kInf});
  check_at(cosh, {0, kInf, -kInf, kNaN, -1e4}, {1, kInf, kInf, kNaN, kInf});
  check_at(sigmoid, {kInf, -kInf, kNaN, -1000}, {1, 0, kNaN, 0});
}

TEST_CASE("atan2 tells signed zeros and infinities apart, as C does") {
  const double x[] = {0., -0., 1., -1., kInf, -kInf, kNaN};
  for (const DType t : {float32, float64}) {
    for (const double a : x) {
      for (const double b : x) {
        const double got = atan2(tensor({a}, t), tensor({b}, t)).item<double>();
        const double want = t == float32 ? std::atan2(static_cast<float>(a), static_cast<float>(b)) : std::atan2(a, b);
        const bool same = std::isnan(want) ? std::isnan(got) : got == want && std::signbit(got) == std::signbit(want);
        CHECK_MESSAGE(same, "atan2(" << a << ", " << b << ") is " << got << ", not " << want);
      }
    }
  }
}

TEST_CASE("the slopes of atan2 and hypot neither overflow nor vanish") {
  for (const double r : {1e-30, 1., 1e30}) {
    const Tensor x = tensor({3 * r}, float32);
    const auto of_y = [&](const Tensor& y) { return atan2(y, x); };
    const double want = 3 / (25 * r);
    CHECK(at::slope(of_y, tensor({4 * r}, float32)).item<double>() == doctest::Approx(want).epsilon(1e-6));
    CHECK(at::slope([&](const Tensor& y) { return hypot(x, y); }, tensor({4 * r}, float32)).item<double>() ==
          doctest::Approx(0.8).epsilon(1e-6));
  }
}

TEST_CASE("the slopes of functions keep their digits where the usual formula loses them") {
  const auto near = [](const Tensor& got, double want) { return std::abs(got.item<double>() / want - 1) < 1e-6; };
  CHECK(near(at::slope([](const Tensor& x) { return expm1(x); }, tensor({-50.})), 1.9287498479639178e-22));
  CHECK(near(at::slope([](const Tensor& x) { return asin(x); }, tensor({1 - 0x1p-24}, float32)), 2896.309));
  CHECK(near(at::slope([](const Tensor& x) { return log1p(x); }, tensor({1e-10})), 1));
}

TEST_CASE("real functions take integers as float32") {
  for (const auto f : std::initializer_list<Tensor (*)(const Tensor&)>{log2, log10, log1p, expm1, rsqrt, erf, sin, cos,
                                                                       tan, asin, acos, atan, sinh, cosh}) {
    const Tensor y = f(tensor({1, 0}));
    CHECK(y.dtype() == float32);
    CHECK(same_bytes(y.array(), f(tensor({1., 0.})).array()));
  }
  CHECK(atan2(tensor({1, 2}), tensor({2})).dtype() == float32);
  CHECK(atan2(tensor({1, 2}), tensor({2.}, float64)).dtype() == float64);
}

TEST_SUITE_END();
