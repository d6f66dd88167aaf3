// gradcheck: what it passes, what it fails, and what it knows of its own precision.

#include "autograd/check/gradcheck.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/autograd.hpp"
#include "autograd/check/derivation.hpp"
#include "autograd/check/numeric.hpp"
#include "tensor/kernels/exact.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

detail::Numeric derivative(const std::function<double(double)>& f, double x) {
  const detail::Samples samples = [&](double& dx, std::span<double> v) {
    dx = (x + dx) - x;
    v[0] = f(x + dx);
    return std::abs(v[0]);
  };
  return detail::differentiate(samples, 1, x, 2.2e-16)[0];
}

/// An operation whose vjp is multiplied by `factor`.
Tensor off_by(const Tensor& x, double factor) {
  return record(
      "planted", (x * x).array().clone(), [factor](Ctx& c) { c.give(0, c.grad() * c.in(0) * 2. * factor); }, Save{x});
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("differences are right to within the error that they estimate") {
  struct Case {
    double (*f)(double);
    double (*slope)(double);
    double x;
  };
  const Case cases[] = {
      {[](double x) { return std::exp(x); }, [](double x) { return std::exp(x); }, 1.3},
      {[](double x) { return std::sin(x); }, [](double x) { return std::cos(x); }, 100.},
      {[](double x) { return std::log(x); }, [](double x) { return 1 / x; }, 1e-3},
      {[](double x) { return std::log(x); }, [](double x) { return 1 / x; }, 1e6},
      {[](double x) { return x * x * x; }, [](double x) { return 3 * x * x; }, 0.},
      {[](double x) { return 1 / (1 + 25 * x * x); }, [](double x) { return -50 * x / std::pow(1 + 25 * x * x, 2); },
       0.3},
      {[](double x) { return 1e9 + std::sin(x); }, [](double x) { return std::cos(x); }, 0.5},
      {[](double x) { return std::tanh(50 * x); }, [](double x) { return 50 / std::pow(std::cosh(50 * x), 2); }, 0.01},
      {[](double) { return 4.; }, [](double) { return 0.; }, 2.},
  };
  for (const Case& c : cases) {
    const detail::Numeric n = derivative(c.f, c.x);
    CHECK_FALSE(n.kink);
    CHECK(std::abs(n.value - c.slope(c.x)) <= 10 * n.error + 1e-13);
    CHECK(n.error < 1e-4 * (std::abs(n.value) + 1));
  }
}

TEST_CASE("kinks are told from steep and from smooth") {
  CHECK(derivative([](double x) { return std::abs(x); }, 0.).kink);
  CHECK(derivative([](double x) { return std::max(x, 0.) + x * x; }, 0.).kink);
  CHECK(derivative([](double x) { return std::abs(x - 1e-7); }, 0.).value == doctest::Approx(-1.));
  CHECK(derivative([](double x) { return std::abs(x - 1e-14); }, 0.).kink);
  CHECK_FALSE(derivative([](double x) { return std::abs(x); }, 0.02).kink);
  CHECK(derivative([](double x) { return std::abs(x); }, 0.02).value == doctest::Approx(1.));
  CHECK_FALSE(derivative([](double x) { return x * x; }, 0.).kink);
  CHECK_FALSE(derivative([](double x) { return std::tanh(100 * x); }, 0.).kink);
  const detail::Numeric n = derivative([](double x) { return x > 0 ? 3 * x : x; }, 0.);
  CHECK(n.low == doctest::Approx(1.));
  CHECK(n.high == doctest::Approx(3.));
}

TEST_CASE("a vjp that is off by one part in 10,000 is wrong, with the place; a right one passes") {
  const Tensor x = spread({2, 3});
  CHECK(gradcheck([](const Tensor& t) { return off_by(t, 1.); }, {x}));
  const auto report = gradcheck([](const Tensor& t) { return off_by(t, 1.0001); }, {x});
  CHECK(report.verdict == Verdict::wrong);
  CHECK(report.failed == 6);
  CHECK(report.worst.input == 0);
  CHECK(report.worst.analytic / report.worst.numeric == doctest::Approx(1.0001));
  CHECK(report.str().find("gradcheck: wrong") != std::string::npos);
}

TEST_CASE("one wrong element among many is found, by input and index") {
  const auto f = [](const Tensor& a, const Tensor& b) {
    return record(
        "planted", (a * b).array().clone(),
        [](Ctx& c) {
          c.give(0, c.grad() * c.in(1));
          Tensor g = (c.grad() * c.in(0)).clone();
          Array v = g.array();
          v.mutable_data<double>()[4] += 0.01;
          c.give(1, Tensor(v));
        },
        Save{a}, Save{b});
  };
  const auto report = gradcheck(f, {spread({2, 3}), spread({2, 3}, -1, 1, 2)});
  CHECK(report.failed == 1);
  CHECK(report.worst.input == 1);
  CHECK(report.worst.index == std::vector<std::int64_t>{1, 1});
  CHECK(report.str().find("input 1 [1, 1]") != std::string::npos);
}

TEST_CASE("kinks and ties are counted apart, and a convention between the slopes is not wrong") {
  const Tensor x = tensor({-1., 0., 2.}, float64);
  const auto report = gradcheck([](const Tensor& t) { return relu(t); }, {x});
  CHECK(report);
  CHECK(report.kinks == 1);
  CHECK(report.first_kink.index == std::vector<std::int64_t>{1});
  CHECK(report.str().find("1 at kinks or ties") != std::string::npos);
  const auto ties = gradcheck([](const Tensor& t) { return amax(t, 1); }, {tensor({{1., 3., 3.}}, float64)});
  CHECK(ties);
  CHECK(ties.kinks == 2);
  const auto planted = gradcheck(
      [](const Tensor& t) {
        return record(
            "planted", relu(t).array().clone(), [](Ctx& c) { c.give(0, c.grad() * 7.); }, Edge{t});
      },
      {tensor({0.}, float64)});
  CHECK(planted.verdict == Verdict::wrong);
}

TEST_CASE("the edge of a domain is no failure, an infinite slope there is no error") {
  CHECK(gradcheck([](const Tensor& t) { return sqrt(t); }, {tensor({0., 1e-6, 4.}, float64)}));
  CHECK(gradcheck([](const Tensor& t) { return log(t); }, {tensor({1e-5, 1e5}, float64)}));
}

TEST_CASE("in float32 the report says that precision limits it") {
  const auto report = gradcheck([](const Tensor& t) { return exp(t); }, {spread({4}).to(float32)});
  CHECK(report.verdict != Verdict::wrong);
  CHECK(report.str().find("float32: precision limits this") != std::string::npos);
  const auto wrong = gradcheck([](const Tensor& t) { return off_by(t, 1.5); }, {spread({4}).to(float32)});
  CHECK(wrong.verdict == Verdict::wrong);
}

TEST_CASE("gradgradcheck finds a second derivative that is wrong while the first is right") {
  const auto f = [](const Tensor& x) {
    return record(
        "planted", (x * x * x).array().clone(), [](Ctx& c) { c.give(0, c.grad() * 3. * c.in(0).detach() * c.in(0)); },
        Save{x});
  };
  CHECK(gradcheck(f, {spread({3})}));
  CHECK(gradgradcheck(f, {spread({3})}).verdict == Verdict::wrong);
  CHECK(gradgradcheck([](const Tensor& x) { return x * x * x; }, {spread({3})}));
  CHECK(gradgradcheck([](const Tensor& x) { return x * 2.; }, {spread({3})}));  // linear
}

TEST_CASE("integer inputs are handed on, random numbers stay the same, and the inputs are left as they were") {
  const Tensor x = spread({5}), index = tensor({0, 3, 3});
  const Tensor before = x.clone();
  CHECK(gradcheck([](const Tensor& t, const Tensor& i) { return gather(t, 0, i); }, {x, index}));
  CHECK(gradcheck([](const Tensor& t) { return t * bernoulli(0.5, {5}, float64); }, {x}));
  CHECK(same_bytes(x.array(), before.array()));
  CHECK_FALSE(x.requires_grad());
  const auto some = gradcheck([](const Tensor& t) { return t * t; }, {spread({100})}, {.max_elements = 7});
  CHECK(some);
  CHECK(some.checked == 7);
}

TEST_CASE("derivatives are checked with plain sums of products, never by Winograd's convolutions") {
  int calls = 0, exact = 0;
  const auto f = [&](const Tensor& x) {
    ++calls;
    exact += kernels::ExactSums::on();
    return square(x);
  };
  const Tensor x = spread({3}).to(float32);
  gradcheck([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; }, {x});
  gradgradcheck([&](const std::vector<Tensor>& in) { return std::vector<Tensor>{f(in[0])}; }, {x});
  check_derivation(
      f, [](const Tensor& t) { return 2 * t; }, x);
  CHECK(calls > 10);
  CHECK(exact == calls);
  CHECK_FALSE(kernels::ExactSums::on());
}

TEST_SUITE_END();
