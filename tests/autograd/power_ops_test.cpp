// Powers, rounding and remainders: one row each; a new one adds its row here.

#include <limits>

#include "tests/autograd/at.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using at::kInf;
using at::kNaN;

namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();

const Rows& powers() {
  static const Rows all = {
      Row("pow", [](In x) { return pow(x[0], x[1]); }, {spread({2, 3}, 0.3, 2), spread({3}, -2, 2, 1)})
          .also({spread({3, 1}, 0.3, 2), spread({4}, 0.5, 3, 1)})
          .also({spread({}, 1, 2), spread({2, 1}, 1, 2, 1)})
          .also({spread({0, 3}), spread({1})})
          .large({spread({90, 100}, 0.3, 2), spread({100}, -2, 2, 1)})
          .fails<ShapeError>([] { pow(ones({2}), ones({3})); }, "pow: ")
          .fails<DTypeError>([] { pow(ones({2}), ones({2}, float64)); }, "pow: ")
          .fails<ValueError>(
              [] {
                pow(tensor({2}), tensor({3, -1}));
              },
              "pow: integer to a negative power: got exponent -1"),
      Row("pow, integers of a real base",
          [](In x) {
            return pow(x[0], tensor({0, 1, 2, 3, -1, -2}));
          },
          {spread({6})}),
      Row("pow, scalar", [](In x) { return pow(x[0], 2.7) + pow(x[0], -1.3); }, {spread({5}, 0.4, 2)})
          .also({spread({0, 2})})
          .also({spread({}, 1, 2)})
          .large({spread({9000}, 0.4, 2)})
          .fails<ValueError>([] { pow(tensor({2}), -1); }, "pow: integer to a negative power"),
      {"pow, easy exponents",
       [](In x) {
         const Tensor& v = x[0];
         return pow(v, 2) + pow(v, 3) * pow(v, 1) + pow(v, 0) + pow(v, -1) - pow(v, -2) + pow(v, 0.5) + pow(v, -0.5);
       },
       {spread({5}, 0.5, 2)}},
      {"pow, whole exponents of negative numbers", [](In x) { return pow(x[0], 3) + pow(x[0], 4); }, {spread({6})}},
      Row("pow, of a number", [](In x) { return pow(2.5, x[0]) - pow(0.3, x[0]); }, {spread({2, 3})})
          .also({spread({0})})
          .large({spread({9000})})
          .fails<ValueError>([] { pow(2, tensor({-1})); }, "pow: integer to a negative power"),
  };
  return all;
}

const Rows& roundings() {
  static const Rows all = {
      Row("floor", [](In x) { return floor(x[0]); }, {spread({7}, -3, 3)})
          .also({spread({0})})
          .large({spread({300'000})}),
      Row("ceil", [](In x) { return ceil(x[0]); }, {spread({7}, -3, 3)}).also({spread({})}),
      Row("round", [](In x) { return round(x[0]); }, {spread({7}, -3, 3)}).also({spread({0, 2})}),
      Row("trunc", [](In x) { return trunc(x[0]); }, {spread({7}, -3, 3)}).also({spread({1, 1})}),
      Row("remainder", [](In x) { return remainder(x[0], x[1]); }, {spread({2, 3}, -5, 5), spread({3}, 0.6, 1.4, 1)})
          .also({spread({2, 1}, -5, 5), spread({3}, -1.4, -0.6, 1)})
          .also({spread({0, 3}), spread({1})})
          .large({spread({90, 100}, -5, 5), spread({100}, 0.6, 1.4, 1)})
          .fails<ShapeError>([] { remainder(ones({2}), ones({3})); }, "remainder: ")
          .fails<DTypeError>([] { remainder(ones({2}), ones({2}, float64)); }, "remainder: ")
          .fails<ValueError>(
              [] {
                remainder(tensor({1, 2}), tensor({3, 0}));
              },
              "remainder: division by zero")
          .fails<ValueError>(
              [] {
                tensor({1, 2}, uint8) % 0;
              },
              "remainder: division by zero")
          .fails<ValueError>(
              [] {
                5 % tensor({1, 0});
              },
              "remainder: division by zero"),
      {"remainder, of numbers", [](In x) { return x[0] % 0.7 + 3. % (x[0] + 3); }, {spread({5})}},
  };
  return all;
}

std::vector<std::int64_t> integers(const Tensor& t) {
  REQUIRE(t.dtype() == int64);
  return {t.values<std::int64_t>().begin(), t.values<std::int64_t>().end()};
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("powers") { check(powers()); }
TEST_CASE("rounding and remainders") { check(roundings()); }

TEST_CASE("pow of zeros, infinities and negative numbers is C's") {
  const std::vector<double> bases = {0., -0., 1., -1., 2., -2.5, kInf, -kInf, kNaN};
  for (const DType t : {float32, float64}) {
    for (const double y : {0., -0., 1., -1., 2., 3., -2., 0.25, -3., 2.5, kInf, -kInf, kNaN}) {
      std::vector<double> want;
      for (const double x : bases)
        want.push_back(t == float32 ? std::pow(static_cast<float>(x), static_cast<float>(y)) : std::pow(x, y));
      CAPTURE(y);
      CHECK(at::same(pow(tensor(bases).to(t), tensor({y}, t)), want));
      const std::vector<double> easy = at::values(pow(tensor(bases).to(t), y));  // some exponents avoid pow
      for (std::size_t i = 0; i < easy.size(); ++i)
        CHECK((easy[i] == want[i] || (std::isnan(easy[i]) && std::isnan(want[i])) ||
               easy[i] == doctest::Approx(want[i]).epsilon(2e-7)));
      std::vector<double> turned;
      for (const double x : bases)
        turned.push_back(t == float32 ? std::pow(static_cast<float>(y), static_cast<float>(x)) : std::pow(y, x));
      CHECK(at::same(pow(y, tensor(bases).to(t)), turned));
    }
  }
}

TEST_CASE("the slopes of pow at a zero base and a zero exponent") {
  const auto base = [](double x, double y) {
    return at::slope([&](const Tensor& v) { return pow(v, tensor({y}, float64)); }, tensor({x}, float64));
  };
  const auto exponent = [](double x, double y) {
    return at::slope([&](const Tensor& v) { return pow(tensor({x}, float64), v); }, tensor({y}, float64));
  };
  for (const double x : {0., -0., 3., -3., kInf, kNaN}) CHECK(at::same(base(x, 0), {0}));
  CHECK(at::same(base(0, 1), {1}));
  CHECK(at::same(base(0, 2), {0}));
  CHECK(at::same(base(0, 0.5), {kInf}));
  CHECK(at::same(base(0, -1), {-kInf}));
  CHECK(at::same(exponent(0, 0), {0}));
  CHECK(at::same(exponent(0, 2), {0}));
  CHECK(at::same(exponent(-0., 0.5), {0}));
  CHECK(at::same(exponent(0, -1), {-kInf}));
  CHECK(at::same(exponent(-2, 2), {kNaN}));
  CHECK(at::same(exponent(1, 5), {0}));
  for (const double y : {0., 1., 2.}) {
    const auto f = [y](const Tensor& v) { return pow(v, y); };
    CHECK(at::slope_is(f, tensor({0., 3., -2.}, float64),
                       {y == 1. ? 1. : 0., y * std::pow(3., y - 1), y * std::pow(-2., y - 1)}));
  }
  CHECK(at::slope_is([](const Tensor& v) { return pow(0., v); }, tensor({0., 2., -1.}, float64), {0, 0, -kInf}));
}

TEST_CASE("the second derivatives of pow pass by the zero base, and mix at a zero exponent") {
  for (const double x0 : {0., 2.}) {
    for (const double y0 : {0., 2.}) {
      Tensor x = tensor({x0}, float64).requires_grad_(), y = tensor({y0}, float64).requires_grad_();
      const Tensor dx = grad(sum(pow(x, y)), x, {.create_graph = true});
      const double mixed = grad(sum(dx), y, {.retain_graph = true, .allow_unused = true}).item<double>();
      const double twice = grad(sum(dx), x).item<double>();
      CAPTURE(x0);
      CAPTURE(y0);
      CHECK(twice == doctest::Approx(y0 == 0 ? 0 : 2));
      CHECK(mixed == doctest::Approx(x0 == 0 ? 0 : y0 == 0 ? 0.5 : 2 + 4 * std::log(2.)));
    }
  }
}

TEST_CASE("integer powers are exact and wrap around") {
  const Tensor n = tensor({2, -3, 0, 10});
  CHECK(integers(pow(n, 3)) == std::vector<std::int64_t>{8, -27, 0, 1000});
  CHECK(integers(pow(n, 0)) == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(integers(pow(n, tensor({62, 3, 0, 18}))) ==
        std::vector<std::int64_t>{std::int64_t{1} << 62, -27, 1, 1'000'000'000'000'000'000});
  CHECK(integers(pow(2, tensor({0, 1, 63, 64}))) == std::vector<std::int64_t>{1, 2, kLowest, 0});
  CHECK(integers(pow(tensor({true, false}), 2)) == std::vector<std::int64_t>{1, 0});
  CHECK(pow(n, 2.).dtype() == float32);
  CHECK(pow(0.5, n).dtype() == float32);
  CHECK(at::same(pow(0.5, tensor({1, -2})), {0.5, 4}));
  CHECK(pow(tensor({2}, float64), tensor({3})).dtype() == float64);
  const Tensor bytes = tensor({3, 2}, uint8);
  CHECK(pow(bytes, 300).dtype() == uint8);
  CHECK(at::same(pow(bytes, 5), {243, 32}));
  CHECK(at::same(pow(bytes, 256), {1, 0}));  // 3^256 = 1 modulo 256
  CHECK(at::same(pow(2, bytes), {8, 4}));
}

TEST_CASE("powers of small and large numbers keep their digits") {
  for (const double y : {-2., -1., -0.5, 0.5, 2., 3., 2.3}) {
    for (const double x : {1e-12, 0.7, 3e12}) {
      const auto base = static_cast<float>(x);
      const auto want =
          static_cast<float>(std::pow(static_cast<double>(base), static_cast<double>(static_cast<float>(y))));
      CAPTURE(x);
      CAPTURE(y);
      CHECK(pow(tensor({base}), y).item<double>() == doctest::Approx(want).epsilon(3e-7));
    }
  }
  CHECK(pow(tensor({9e18}), -2).item<double>() == doctest::Approx(1 / 81e36).epsilon(3e-7));  // x^2 is near the top
}

TEST_CASE("rounding: halves to even, signed zeros, huge numbers, NaN; integers stay") {
  for (const DType t : {float32, float64}) {
    const Tensor x = tensor({-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6, kInf, kNaN, 1e30}, t);
    const double big = t == float32 ? static_cast<double>(1e30F) : 1e30;
    CHECK(at::same(round(x), {-2, -2, 0, 0, 2, 2, 3, kInf, kNaN, big}));
    CHECK(at::same(floor(x), {-3, -2, -1, 0, 1, 2, 2, kInf, kNaN, big}));
    CHECK(at::same(ceil(x), {-2, -1, 0, 1, 2, 3, 3, kInf, kNaN, big}));
    CHECK(at::same(trunc(x), {-2, -1, 0, 0, 1, 2, 2, kInf, kNaN, big}));
    CHECK(std::signbit(at::values(round(x))[2]));
    CHECK(std::signbit(at::values(trunc(x))[2]));
  }
  for (const auto f : std::initializer_list<Tensor (*)(const Tensor&)>{floor, ceil, round, trunc}) {
    const Tensor n = tensor(std::vector<std::int64_t>{kLowest, 7, (std::int64_t{1} << 60) + 1});
    CHECK(integers(f(n)) == integers(n));
    CHECK_FALSE(f(n).array().shares_buffer_with(n.array()));
    CHECK(f(tensor({7}, uint8)).dtype() == uint8);
    CHECK(at::slope_is(f, tensor({-0.5, 1., 2.2}, float64), {0, 0, 0}));
  }
}

TEST_CASE("remainder has the divisor's sign, as Python's %") {
  const Tensor n = tensor({7, -7, 7, -7, 6, -6}), d = tensor({3, 3, -3, -3, -3, 3});
  CHECK(integers(n % d) == std::vector<std::int64_t>{1, 2, -2, -1, 0, 0});
  for (const DType t : {float32, float64}) {
    CHECK(at::same(n.to(t) % d.to(t), {1, 2, -2, -1, 0, 0}));
    CHECK(at::same(tensor({5., -5., 1., -1., kInf, 1., kNaN}, t) % tensor({0., kInf, kInf, kInf, 2., kNaN, 1.}, t),
                   {kNaN, kInf, 1, kInf, kNaN, kNaN, kNaN}));
    CHECK(at::same(tensor({-1e-20}, t) % 3., {3}));
  }
  CHECK(integers(tensor(std::vector<std::int64_t>{kLowest, 5}) % -1) == std::vector<std::int64_t>{0, 0});
  CHECK(integers(7 % tensor({4, -4})) == std::vector<std::int64_t>{3, -1});
  CHECK(at::same(tensor({200, 7}, uint8) % 150, {50, 7}));
  CHECK(at::same(tensor({200, 7}, uint8) % 300, {200, 7}));
  CHECK(at::same(tensor({200, 7}, uint8) % -3, {-1, -2}));
  CHECK(at::same(tensor({7, 8}) % 2.5, {2, 0.5}));
  CHECK(remainder(zeros({0}, int64), 0).numel() == 0);  // nothing is divided
}

TEST_CASE("the slopes of remainder are 1 and -floor(x / y)") {
  const Tensor x = tensor({7.5, -7.5, 7.5, -1e-20, 2.}, float64), y = tensor({2., 2., -2., 3., kInf}, float64);
  CHECK(at::slope_is([&](const Tensor& v) { return v % y; }, x, {1, 1, 1, 1, 1}));
  CHECK(at::slope_is([&](const Tensor& v) { return x % v; }, y, {-3, 4, 4, 1, 0}));
}

TEST_SUITE_END();
