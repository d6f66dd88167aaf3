// check_derivation: faults are named rightly, and what is right is never called wrong.

#include "autograd/check/derivation.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

const Tensor kA = spread({5, 7});

/// f = sum of squares / 2 of [5, 7]; right is x.
std::string fault(const std::function<Tensor(const Tensor&)>& derived, const Tensor& x = kA) {
  const auto report = check_derivation([](const Tensor& a) { return 0.5 * sum(a * a); }, derived, x);
  CHECK(report.verdict == (report.fault.empty() ? Verdict::right : Verdict::wrong));
  return report.fault;
}

bool has(const std::string& text, const std::string& part) {
  if (text.find(part) == std::string::npos) MESSAGE("text was: " << text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("a right derivation is right, and the report ends in its verdict") {
  const auto report = check_derivation([](const Tensor& a) { return sum(exp(a)); },
                                       [](const Tensor& a) { return exp(a); }, spread({2, 2}));
  CHECK(report);
  CHECK(report.elements == 4);
  CHECK(report.rows.size() == 4);
  CHECK(report.largest_relative < 1e-12);
  const std::string text = report.str();
  CHECK(text.ends_with("verdict: right\n"));
  CHECK(has(text, "a [1, 0]"));
  CHECK(has(report.markdown(), "| a [0, 1] |"));
}

TEST_CASE("constant factors are named with their value") {
  CHECK(has(fault([](const Tensor& a) { return a * 2.; }), "derived = 2.000 x autograd"));
  CHECK(has(fault([](const Tensor& a) { return a * 0.5; }), "derived = 0.500 x autograd"));
  CHECK(has(fault([](const Tensor& a) { return a * -3.; }), "derived = -3.000 x autograd, with the sign wrong"));
  CHECK(has(fault([](const Tensor& a) { return a * 1.001; }), "derived = 1.001 x autograd"));
}

TEST_CASE("the sign, and a missing or superfluous 1/N, are named") {
  CHECK(has(fault([](const Tensor& a) { return -a; }), "the sign"));
  CHECK(has(fault([](const Tensor& a) { return a * 5.; }), "a missing 1/N with N = 5, the size of axis 0"));
  CHECK(has(fault([](const Tensor& a) { return a * 35.; }), "a missing 1/N with N = 35, the number of elements"));
  CHECK(has(fault([](const Tensor& a) { return a / 7.; }), "1/N too often with N = 7"));
}

TEST_CASE("transpositions are named, of square and of other matrices") {
  CHECK(has(fault([](const Tensor& a) { return a.t(); }), "a transposition"));
  CHECK(has(fault([](const Tensor& a) { return a.t(); }, spread({3, 3})), "a transposition"));
  CHECK(
      has(fault([](const Tensor& a) { return a.t() * 2.; }, spread({3, 3})), "a transposition, and derived = 2.000 x"));
}

TEST_CASE("a missing sum over a broadcast axis is named with the axis") {
  const Tensor x = spread({4, 3}), b = spread({3}, -1, 1, 1);
  const auto f = [&](const Tensor& v) { return 0.5 * sum(square(x + v)); };
  CHECK(has(check_derivation(
                f, [&](const Tensor& v) { return x + v; }, b)
                .fault,
            "a missing sum over axis 0"));
  CHECK(check_derivation(
      f, [&](const Tensor& v) { return sum(x + v, 0); }, b));
  const Tensor c = spread({4, 1}, -1, 1, 1);
  CHECK(has(check_derivation(
                f, [&](const Tensor& v) { return x + v; }, c)
                .fault,
            "a missing sum over axis 1"));
  CHECK(has(check_derivation(
                f, [&](const Tensor& v) { return (x + v) / 12.; }, b)
                .fault,
            "1/N too often"));
}

TEST_CASE("the gradient of another input is named") {
  const Tensor a = spread({2, 3}), b = spread({2, 3}, -1, 1, 4);
  const auto f = [](const Tensor& x, const Tensor& y) { return sum(x * y * y); };
  const auto swapped = check_derivation(
      f, [](const Tensor& x, const Tensor& y) { return std::pair(x * y * 2., y * y); }, {a, b}, {.names = {"x", "y"}});
  CHECK(has(swapped.fault, "x: the gradient of another input: this is that of y"));
  CHECK(has(swapped.fault, "y: the gradient of another input: this is that of x"));
  CHECK(check_derivation(f, [](const Tensor& x, const Tensor& y) { return std::pair(y * y, x * y * 2.); }, {a, b}));
}

TEST_CASE("a factor that varies is not called constant; a part, a constant and a penalty are told apart") {
  const std::string varying = fault([](const Tensor& a) { return a * sigmoid(a); });
  CHECK(has(varying, "varies from"));
  CHECK_FALSE(varying.find("x autograd") != std::string::npos);
  const std::string nearly = fault([](const Tensor& a) { return a * (2. + 1e-5 * a); });
  CHECK(has(nearly, "varies from 2 to 2"));
  CHECK(has(fault([](const Tensor& a) {
              Array v = a.array().clone();
              v.mutable_data<double>()[0] += 1.;
              return Tensor(v);
            }),
            "only 1 of 35 elements, the first at [0, 0]"));
  CHECK(has(fault([](const Tensor& a) { return a + 0.25; }), "a constant added"));
  const Tensor x = spread({6}, 0.5, 2);
  const auto penalty = check_derivation([](const Tensor& w) { return sum(exp(w)); },
                                        [](const Tensor& w) { return exp(w) + 0.1 * w; }, x);
  CHECK(has(penalty.fault, "+0.1 x a: the derivative of a penalty"));
  CHECK(has(fault([](const Tensor& a) { return a * 0.; }), "0 everywhere"));
}

TEST_CASE("the derivative of the sigmoid once more behind cross-entropy is exposed") {
  const Tensor x = spread({8}, -2, 2), y = tensor({0., 1., 1., 0., 1., 0., 0., 1.}, float64);
  const auto loss = [&](const Tensor& z) {
    const Tensor a = sigmoid(z);
    return -sum(y * log(a) + (1. - y) * log(1. - a));
  };
  CHECK(check_derivation(
      loss, [&](const Tensor& z) { return sigmoid(z) - y; }, x));
  const auto wrong = check_derivation(
      loss, [&](const Tensor& z) { return (sigmoid(z) - y) * sigmoid(z) * (1. - sigmoid(z)); }, x);
  CHECK(wrong.verdict == Verdict::wrong);
  CHECK(has(wrong.str(), "verdict: wrong (derived / autograd varies from 0.1"));
}

TEST_CASE("kinks: any value between the slopes is right, others are wrong") {
  const Tensor x = tensor({-1., 0., 2.}, float64);
  const auto f = [](const Tensor& a) { return sum(relu(a)); };
  CHECK(check_derivation(
      f, [](const Tensor& a) { return (a > 0).to(float64); }, x));
  CHECK(check_derivation(
      f, [](const Tensor& a) { return (a >= 0).to(float64); }, x));
  CHECK(check_derivation(
            f,
            [](const Tensor&) {
              return tensor({0., 3., 1.}, float64);
            },
            x)
            .verdict == Verdict::wrong);
}

TEST_CASE("a function that is not the same each time is undecided, and wrong calls say what is wrong") {
  const Tensor x = spread({3});
  double count = 0.;
  CHECK(has(
      check_derivation([&](const Tensor& a) { return sum(a * ++count); }, [](const Tensor& a) { return a; }, x).str(),
      "verdict: undecided (the function gives another value each time"));
  CHECK(check_derivation([](const Tensor& a) { return sum(a * rand({3}, float64)); },  // the same numbers each time
                         [](const Tensor&) { return rand({3}, float64); }, x));
  CHECK(throws<ValueError>(
      [&] {
        check_derivation([](const Tensor& a) { return sum(a); }, [](const Tensor& a) { return std::pair(a, a); }, x);
      },
      "derived gave 2 gradients for 1 inputs"));
  CHECK(throws<DTypeError>(
      [&] {
        check_derivation([](const Tensor& a) { return sum(a.to(float32)); }, [](const Tensor& a) { return a; },
                         ones({3}, int64));
      },
      "got int64; expected float64"));
  CHECK(
      has(check_derivation([](const Tensor& a) { return sum(a); }, [](const Tensor&) { return ones({4}, float64); }, x)
              .fault,
          "the shape: derived has [4], a has [3]"));
}

TEST_CASE("200 random right derivations are never called wrong, whatever their scale") {
  Generator g(7);
  for (int i = 0; i < 200; ++i) {
    const std::int64_t n = 1 + g.below(4), m = 1 + g.below(4);
    const double scale = std::pow(10., static_cast<double>(g.below(9)) - 4.),
                 weight = std::pow(10., static_cast<double>(g.below(7)) - 3.);
    const Tensor x = randn({n, m}, float64, g) * scale, c = randn({n, m}, float64, g) * weight;
    const Tensor w = randn({m, 3}, float64, g);
    struct Pair {
      TensorFunction f, derived;
    };
    const Pair pairs[] = {
        {[&](const Tensor& a) { return sum(c * a * a); }, [&](const Tensor& a) { return 2. * c * a; }},
        {[&](const Tensor& a) { return sum(c * tanh(a)); },
         [&](const Tensor& a) { return c * (1. - square(tanh(a))); }},
        {[&](const Tensor& a) { return sum(c * sigmoid(a)); },
         [&](const Tensor& a) { return c * sigmoid(a) * (1. - sigmoid(a)); }},
        {[&](const Tensor& a) { return logsumexp(a) * weight; },
         [&](const Tensor& a) { return softmax(reshape(a, {-1}), 0).reshape(a.shape()) * weight; }},
        {[&](const Tensor& a) { return sum(square(matmul(a, w))); },
         [&](const Tensor& a) { return 2. * matmul(matmul(a, w), w.t()); }},
        {[&](const Tensor& a) { return sum(relu(a) * c); },
         [&](const Tensor& a) { return where(a > 0, c, zeros_like(c)); }},
        {[&](const Tensor& a) { return sum(c / (1. + a * a)); },
         [&](const Tensor& a) { return -2. * a * c / square(1. + a * a); }},
    };
    const Pair& pair = pairs[i % 7];
    const auto report = check_derivation(pair.f, pair.derived, x);
    CHECK_MESSAGE(report.verdict == Verdict::right, "function " << i % 7 << "\n" << report.str());
  }
}

TEST_SUITE_END();
