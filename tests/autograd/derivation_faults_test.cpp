// Faults of every kind, planted in several functions and shapes: each is named rightly, and nothing else is named.

#include <doctest/doctest.h>

#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

/// A function with its right gradient, by one input or several.
struct Right {
  std::string name;
  TensorFunction f, derived;
  std::vector<Tensor> at;
};

std::vector<Right> functions() {
  const Tensor x = spread({6, 4}), t = spread({6, 3}, -1, 1, 5), image = spread({2, 2, 5, 5}, -1, 1, 2);
  return {
      {"squares",
       [](const Tensor& a) { return 0.5 * sum(a * a); },
       [](const Tensor& a) { return a; },
       {spread({5, 7})}},
      {"vector", [](const Tensor& a) { return sum(sin(a)); }, [](const Tensor& a) { return cos(a); }, {spread({9})}},
      {"scalar", [](const Tensor& a) { return exp(a); }, [](const Tensor& a) { return exp(a); }, {spread({})}},
      {"square matrix",
       [](const Tensor& a) { return log(abs(det(a))); },
       [](const Tensor& a) { return inverse(a).t(); },
       {spread({3, 3}) + 2. * eye(3, {}, float64)}},
      {"linear",
       [=](const Tensor& w, const Tensor& b) { return 0.5 * sum(square(matmul(x, w.t()) + b - t)); },
       [=](const Tensor& w, const Tensor& b) {
         const Tensor d = matmul(x, w.t()) + b - t;
         return std::pair(matmul(d.t(), x), sum(d, 0));
       },
       {spread({3, 4}, -1, 1, 1), spread({3}, -1, 1, 2)}},
      {"convolution",
       [=](const Tensor& k) { return 0.5 * sum(square(conv2d(image, k))); },
       [=](const Tensor& k) {  // the correlation of the input with what comes back
         const Tensor up = conv2d(image, k);
         return conv2d(image.transpose(0, 1), up.transpose(0, 1)).transpose(0, 1);
       },
       {spread({3, 2, 3, 3}, -1, 1, 4)}},
  };
}

/// "derived = 2.000 x autograd"
std::string factor(double c) {
  char text[64];
  std::snprintf(text, sizeof text, "derived = %.3f x autograd", c);
  return text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// What is said when every right gradient g becomes planted(g).
std::string said(const Right& r, const std::function<Tensor(const Tensor&)>& planted) {
  const auto report = check_derivation(
      r.f,
      [&](const std::vector<Tensor>& at) {
        std::vector<Tensor> g = r.derived(at);
        for (Tensor& one : g) one = planted(one);
        return g;
      },
      r.at);
  CHECK(report.verdict == Verdict::wrong);
  CHECK(report.str().ends_with("verdict: wrong (" + report.fault + ")\n"));
  return report.fault;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("the functions that faults are planted in are right as they stand") {
  for (const Right& r : functions()) {
    const auto report = check_derivation(r.f, r.derived, r.at);
    CHECK_MESSAGE(report, r.name << "\n" << report.str());
    CHECK(report.fault.empty());
  }
}

TEST_CASE("a constant factor and the sign are named in every function and shape") {
  for (const Right& r : functions()) {
    CAPTURE(r.name);
    for (const double c : {2., 0.5, 3.25, -1.5, 0.999, 100.}) {
      const std::string text = said(r, [c](const Tensor& g) { return g * c; });
      CHECK_MESSAGE(has(text, factor(c)), text);
      CHECK(has(text, "with the sign wrong") == (c < 0));
    }
    CHECK(has(said(r, [](const Tensor& g) { return -g; }), "the sign: derived = -autograd"));
  }
}

TEST_CASE("a factor that varies is never called constant") {
  for (const Right& r : functions()) {
    CAPTURE(r.name);
    for (const double weak : {1., 1e-3, 1e-5}) {
      if (weak < 1e-3 && r.at[0].numel() == 1) continue;  // between two points that near it differs by less than rtol
      // different at each element, and at each point where there is but one element
      const auto report = check_derivation(
          r.f,
          [&](const std::vector<Tensor>& at) {
            std::vector<Tensor> g = r.derived(at);
            for (std::size_t k = 0; k < g.size(); ++k) g[k] = g[k] * (1.5 + weak * tanh(at[k]));
            return g;
          },
          r.at);
      CHECK(report.verdict == Verdict::wrong);
      CHECK_MESSAGE(!has(report.fault, "x autograd"), report.fault);
      CHECK_MESSAGE(has(report.fault, "varies"), report.fault);
    }
  }
}

TEST_CASE("a factor is not called constant because all elements happen to be alike") {
  const Tensor y = tensor({0., 1., 1.}, float64);
  const auto loss = [&](const Tensor& z) { return -sum(y * log(sigmoid(z)) + (1. - y) * log(1. - sigmoid(z))); };
  const auto once_more = [&](const Tensor& z) { return (sigmoid(z) - y) * sigmoid(z) * (1. - sigmoid(z)); };
  const auto report = check_derivation(loss, once_more, zeros({3}, float64));  // the slope is 1/4 everywhere
  CHECK(report.verdict == Verdict::wrong);
  CHECK_MESSAGE(has(report.fault, "varies: 0.25 here, but not nearby"), report.fault);
  // Numbers worked out for this point alone are taken as they are.
  const Tensor noted = once_more(zeros({3}, float64));
  CHECK(has(check_derivation(
                loss, [&](const Tensor&) { return noted; }, zeros({3}, float64))
                .fault,
            "derived = 0.250 x autograd"));
  CHECK(has(check_derivation([](const Tensor& a) { return sum(a * a); }, [](const Tensor& a) { return a; },
                             ones({3}, float64))
                .fault,
            "derived = 0.500 x autograd"));
}

TEST_CASE("a missing 1/N is named where N is the size of something that f uses without being given it") {
  const Tensor x = spread({6, 4}), t = spread({6}, -1, 1, 5);
  const auto f = [&](const Tensor& w) { return mean(square(matmul(x, w) - t)); };
  const auto sums = [&](const Tensor& w) { return 2. * matmul(x.t(), matmul(x, w) - t); };
  CHECK(check_derivation(
      f, [&](const Tensor& w) { return sums(w) / 6.; }, spread({4})));
  const std::string text = check_derivation(f, sums, spread({4})).fault;
  CHECK_MESSAGE(has(text, "derived = 6.000 x autograd: a missing 1/N with N = 6"), text);
  CHECK(has(check_derivation(
                f, [&](const Tensor& w) { return sums(w) / 36.; }, spread({4}))
                .fault,
            "1/N too often with N = 6"));
}

TEST_CASE("transpositions are named: of square, oblong and higher ones") {
  const std::vector<Right> all = functions();
  const auto t = [](const Tensor& g) { return g.t(); };
  CHECK(said(all[0], t) == "a transposition");
  CHECK(said(all[3], t) == "a transposition");
  CHECK(has(said(all[3], [](const Tensor& g) { return -g.t(); }), "a transposition, and the sign"));
  CHECK(has(said(all[4], t), "a transposition"));  // b's transpose is itself
  CHECK(has(said(all[5], [](const Tensor& g) { return g.transpose(2, 3); }),
            "a transposition: derived.permute({0, 1, 3, 2})"));
  CHECK(has(said(all[5], [](const Tensor& g) { return g.transpose(0, 1); }), "a transposition"));
}

TEST_CASE("a missing sum over a broadcast axis is named with the axis, in sums, products and biases") {
  const Tensor x = spread({4, 3}), cube = spread({2, 4, 3}, -1, 1, 3);
  const auto fault = [](const TensorFunction& f, const TensorFunction& d, const Tensor& at) {
    const auto report = check_derivation(f, d, at);
    CHECK(report.verdict == Verdict::wrong);
    return report.fault;
  };
  const auto product = [&](const Tensor& b) { return sum(sin(x * b)); };
  const auto unsummed = [&](const Tensor& b) { return x * cos(x * b); };
  CHECK(has(fault(product, unsummed, spread({3})), "a missing sum over axis 0"));
  CHECK(has(fault(product, unsummed, spread({4, 1})), "a missing sum over axis 1"));
  CHECK(has(fault(product, unsummed, spread({})), "a missing sum over axes 0, 1"));
  CHECK(has(fault([&](const Tensor& b) { return sum(exp(cube + b)); }, [&](const Tensor& b) { return exp(cube + b); },
                  spread({3})),
            "a missing sum over axes 0, 1"));
  CHECK(has(fault(
                product, [&](const Tensor& b) { return -(x * cos(x * b)); }, spread({3})),
            "a missing sum over axis 0, which was broadcast: derived has shape [4, 3], a has [3], and the sign"));
}

TEST_CASE("the gradient of another input is named among several") {
  const std::vector<Tensor> at = {spread({2, 3}), spread({2, 3}, -1, 1, 4), spread({3}, -1, 1, 6)};
  const auto f = [](const Tensor& a, const Tensor& b, const Tensor& c) { return sum(a * b * b * c); };
  const auto d = [](const Tensor& a, const Tensor& b, const Tensor& c) {
    return std::vector<Tensor>{2. * a * b * c, 2. * a * b * c, sum(a * b * b, 0)};
  };
  const auto report = check_derivation(f, d, at, {.names = {"a", "b", "c"}});
  CHECK(report.fault == "a: the gradient of another input: this is that of b");
  const auto minus = check_derivation(f,
                                      [](const Tensor& a, const Tensor& b, const Tensor& c) {
                                        return std::vector<Tensor>{b * b * c, -(b * b * c), sum(a * b * b, 0)};
                                      },
                                      at, {.names = {"a", "b", "c"}});
  CHECK(has(minus.fault, "b: "));
  CHECK(has(minus.fault, "the gradient of a"));
}

TEST_CASE("corner cases: nothing, zero, infinite and NaN derivatives, integers, huge and tiny ones") {
  const auto twice = [](const Tensor& a) { return 2. * a; };
  const auto squares = [](const Tensor& a) { return sum(a * a); };
  for (const Tensor& none : {zeros({0}, float64), zeros({0, 3}, float64)}) {
    const auto report = check_derivation(squares, twice, none);
    CHECK(report);
    CHECK(report.elements == 0);
    CHECK(report.str().ends_with("verdict: right\n"));
  }
  CHECK(check_derivation(squares, twice, zeros({3}, float64)));  // 0 everywhere, and rightly
  CHECK(check_derivation([](const Tensor& a) { return argmax(a); }, [](const Tensor& a) { return zeros_like(a); },
                         spread({4})));
  CHECK(
      has(check_derivation([](const Tensor& a) { return argmax(a); }, twice, spread({4})).fault, "its gradient is 0"));
  CHECK(check_derivation(squares, twice, tensor({3., 4.})));  // float32
  CHECK(has(check_derivation(
                squares, [](const Tensor& a) { return a; }, tensor({3., 4.}))
                .fault,
            "derived = 0.500 x"));
  for (const double scale : {1e-150, 1e-12, 1e12, 1e100}) {
    const auto f = [scale](const Tensor& a) { return scale * sum(exp(a)); };
    CHECK(check_derivation(
        f, [scale](const Tensor& a) { return scale * exp(a); }, spread({3})));
    const auto wrong = check_derivation(
        f, [scale](const Tensor& a) { return scale * 3. * exp(a); }, spread({3}));
    CHECK_MESSAGE(has(wrong.fault, "derived = 3.000 x autograd"), wrong.fault);
  }
  // An infinite derivative allows no finite one beside it.
  const Tensor edge = tensor({0., 4.}, float64);
  const auto root = [](const Tensor& a) { return sum(sqrt(a)); };
  CHECK(check_derivation(
      root, [](const Tensor& a) { return 0.5 / sqrt(a); }, edge));
  CHECK(check_derivation(
            root,
            [](const Tensor&) {
              return tensor({5., 0.25}, float64);
            },
            edge)
            .verdict == Verdict::wrong);
  CHECK(check_derivation(
            root, [](const Tensor& a) { return 0.7 / sqrt(a); }, edge)
            .verdict == Verdict::wrong);
  CHECK(has(check_derivation(
                squares, [](const Tensor& a) { return a / 0.; }, spread({3}))
                .fault,
            "NaN or infinite"));
  const auto nan = check_derivation([](const Tensor& a) { return sum(log(a)); }, [](const Tensor& a) { return 1. / a; },
                                    tensor({-1., 2.}, float64));
  CHECK(nan.str().size() > 0);
  CHECK(throws<ValueError>(
      [&] {
        check_derivation(
            squares, [](const Tensor&) { return Tensor(); }, spread({3}));
      },
      "derived gave no gradient for input 0"));
}

TEST_CASE("of many elements differences look at some, and at the farthest off; kinks are still told apart") {
  const Tensor x = where(spread({3000}) > 1.4, 0., spread({3000}));  // about a hundred kinks
  int calls = 0;
  const auto f = [&](const Tensor& a) {
    ++calls;
    return sum(relu(a));
  };
  const auto right = check_derivation(
      f, [](const Tensor& a) { return (a >= 0.).to(float64); }, x);
  CHECK_MESSAGE(right, right.str());
  CHECK(right.kinks > 50);
  CHECK(calls < 30'000);
  const auto wrong = check_derivation(
      f,
      [](const Tensor& a) {
        Array g = (a >= 0.).to(float64).array().clone();
        g.mutable_data<double>()[1234] += 0.5;
        return Tensor(g);
      },
      x);
  CHECK(wrong.verdict == Verdict::wrong);
  CHECK(has(wrong.str(), "a [1234]"));
}

TEST_SUITE_END();
