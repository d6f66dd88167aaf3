#include "optim/lbfgs.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <limits>

#include "autograd/autograd.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using optim::LineSearch;

namespace {

/// NIST StRD, nonlinear regression: Eckerle4 (circular interference transmittance), y and x.
constexpr double kEckerle4[35][2] = {
    {0.0001575, 400.0}, {0.0001699, 405.0}, {0.0002350, 410.0}, {0.0003102, 415.0}, {0.0004917, 420.0},
    {0.0008710, 425.0}, {0.0017418, 430.0}, {0.0046400, 435.0}, {0.0065895, 436.5}, {0.0097302, 438.0},
    {0.0149002, 439.5}, {0.0237310, 441.0}, {0.0401683, 442.5}, {0.0712559, 444.0}, {0.1264458, 445.5},
    {0.2073413, 447.0}, {0.2902366, 448.5}, {0.3445623, 450.0}, {0.3698049, 451.5}, {0.3668534, 453.0},
    {0.3106727, 454.5}, {0.2078154, 456.0}, {0.1164354, 457.5}, {0.0616764, 459.0}, {0.0337200, 460.5},
    {0.0194023, 462.0}, {0.0117831, 463.5}, {0.0074357, 465.0}, {0.0022732, 470.0}, {0.0008800, 475.0},
    {0.0004579, 480.0}, {0.0002345, 485.0}, {0.0001586, 490.0}, {0.0001143, 495.0}, {0.0000710, 500.0}};

/// sum 100 (x[i + 1] - x[i]^2)^2 + (1 - x[i])^2.
Tensor rosenbrock(const Tensor& p) {
  const Tensor a = p.slice(0, 0, -1), b = p.slice(0, 1, {});
  return sum(square(b - square(a)) * 100. + square(1. - a));
}

optim::Optimizer::Closure closure_of(optim::Optimizer& o, const Tensor& p, Tensor (*f)(const Tensor&)) {
  return [&o, p, f] {
    o.zero_grad();
    Tensor loss = f(p);
    loss.backward();
    return loss;
  };
}

}  // namespace

TEST_SUITE_BEGIN("optim");

TEST_CASE("LBFGS finds NIST's certified parameters of Eckerle4 from both starting points, to 8 digits and more") {
  std::vector<double> xs, ys;
  for (const auto& [y, x] : kEckerle4) {
    xs.push_back(x);
    ys.push_back(y);
  }
  const Tensor x = Array::copy_of(xs), y = Array::copy_of(ys);
  const std::array<double, 3> certified{1.5543827178, 4.0888321754, 451.54121844};
  for (const auto& start : {std::array{1., 10., 500.}, std::array{1.5, 5., 450.}}) {
    std::vector<Tensor> b;
    for (const double value : start) b.push_back(full({}, value, float64).requires_grad_());
    optim::LBFGS lbfgs(b, {.max_iter = 500,
                           .max_eval = 2000,
                           .tolerance_grad = 0.,
                           .tolerance_change = 0.,
                           .line_search = LineSearch::strong_wolfe});
    const auto closure = [&] {
      lbfgs.zero_grad();
      Tensor loss = sum(square(y - b[0] / b[1] * exp(square((x - b[2]) / b[1]) * -0.5)));
      loss.backward();
      return loss;
    };
    lbfgs.step(closure);
    CHECK(closure().item<double>() == doctest::Approx(1.4635887487e-3).epsilon(1e-10));
    for (std::size_t i = 0; i < 3; ++i) {
      CAPTURE(i);
      CHECK(std::abs(b[i].item<double>() / certified[i] - 1.) < 1e-8);
    }
    CHECK(lbfgs.func_evals() < 1000);
  }
}

TEST_CASE("LBFGS takes the iterations, and the numbers of evaluations, of libtorch 1.13") {
  // After 8 steps of torch::optim::LBFGS with max_iter 5: evaluations, iterations, the loss before the last, the point.
  struct Expected {
    LineSearch search;
    std::int64_t history, evals, iterations;
    double lr, loss;
    std::array<double, 5> at;
  };
  const Expected cases[] = {
      {LineSearch::none,
       100,
       40,
       40,
       0.1,
       8.835720753525e+00,
       {-9.966153139743e-01, 9.938085799380e-01, 9.797808815551e-01, 9.661496792856e-01, 8.038633872893e-01}},
      {LineSearch::none,
       2,
       40,
       40,
       0.1,
       8.289729976469e+00,
       {-1.009210932620e+00, 1.020657700204e+00, 1.036489335838e+00, 1.082979007776e+00, 1.051930046552e+00}},
      {LineSearch::strong_wolfe,
       100,
       38,
       29,
       1.,
       3.930839434257e+00,
       {-9.620519532428e-01, 9.357409957722e-01, 8.807172117973e-01, 7.778833987918e-01, 6.051027681166e-01}},
      {LineSearch::strong_wolfe,
       2,
       49,
       34,
       1.,
       3.931104070465e+00,
       {-9.609965599080e-01, 9.337786921162e-01, 8.770792108785e-01, 7.715296925594e-01, 5.952507613627e-01}},
  };
  for (const Expected& e : cases) {
    Tensor p = tensor({-1.2, 1., 0.3, 2., -0.7}, float64).requires_grad_();
    optim::LBFGS lbfgs({p}, {.lr = e.lr, .max_iter = 5, .history_size = e.history, .line_search = e.search});
    const auto closure = closure_of(lbfgs, p, rosenbrock);
    Tensor loss;
    for (int step = 0; step < 8; ++step) loss = lbfgs.step(closure);
    CHECK(loss.item<double>() == doctest::Approx(e.loss).epsilon(1e-9));
    CHECK(lbfgs.func_evals() == e.evals);
    CHECK(lbfgs.n_iter() == e.iterations);
    for (std::size_t i = 0; i < 5; ++i) CHECK(p.values<double>()[i] == doctest::Approx(e.at[i]).epsilon(1e-9));
  }
}

TEST_CASE("LBFGS goes down Rosenbrock's valley in float64 and float32") {
  for (const DType dtype : {float64, float32}) {
    Tensor p = tensor({-1.2, 1.}).to(dtype).detach().requires_grad_();
    optim::LBFGS lbfgs(
        {p}, {.max_iter = 200, .tolerance_grad = 0., .tolerance_change = 0., .line_search = LineSearch::strong_wolfe});
    lbfgs.step(closure_of(lbfgs, p, rosenbrock));
    const Array at = p.array().to(float64);
    for (const double v : at.values<double>()) CHECK(v == doctest::Approx(1.).epsilon(dtype == float64 ? 1e-10 : 1e-3));
  }
}

TEST_CASE("LBFGS minimises a quadratic of n variables in about n iterations") {
  Tensor p = tensor({4., -3., 2., 1.}, float64).requires_grad_(), scale = tensor({1., 10., 100., 1000.}, float64);
  optim::LBFGS lbfgs({p}, {.max_iter = 40, .tolerance_change = 0., .line_search = LineSearch::strong_wolfe});
  lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor loss = sum(scale * square(p));
    loss.backward();
    return loss;
  });
  CHECK(lbfgs.n_iter() < 25);
  for (const double v : p.values<double>()) CHECK(std::abs(v) < 1e-7);
}

TEST_CASE("a loss that is infinite or not a number on the way is stepped back from") {
  Tensor p = tensor({3.}, float64).requires_grad_();
  optim::LBFGS lbfgs({p}, {.lr = 1e3, .max_iter = 60, .tolerance_change = 0., .line_search = LineSearch::strong_wolfe});
  lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor loss = sum(p - log(p));  // NaN where p < 0
    loss.backward();
    return loss;
  });
  CHECK(p.item<double>() == doctest::Approx(1.).epsilon(1e-7));
}

TEST_CASE("a loss that is not finite at the start moves nothing") {
  for (const double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    Tensor p = tensor({3.}, float64).requires_grad_();
    optim::LBFGS lbfgs({p}, {.line_search = LineSearch::strong_wolfe});
    const Tensor loss = lbfgs.step([&] {
      lbfgs.zero_grad();
      Tensor l = sum(p * bad);
      l.backward();
      return l;
    });
    CHECK_FALSE(std::isfinite(loss.item<double>()));
    CHECK(p.item<double>() == 3.);
  }
}

TEST_CASE("when the closure throws, the parameters are those of the last whole iteration, and LBFGS can go on") {
  for (const LineSearch search : {LineSearch::none, LineSearch::strong_wolfe}) {
    const optim::LBFGSOptions options{.lr = 0.01, .max_iter = 30, .max_eval = 100, .line_search = search};
    std::vector<Array> whole;  // after each iteration
    for (std::int64_t n = 0; n <= 30; ++n) {
      Tensor p = tensor({-1.2, 1.}, float64).requires_grad_();
      optim::LBFGSOptions first = options;
      first.max_iter = std::max<std::int64_t>(n, 1);
      optim::LBFGS lbfgs({p}, first);
      if (n > 0) lbfgs.step(closure_of(lbfgs, p, rosenbrock));
      whole.push_back(p.array().clone());
    }
    for (const int fails_at : {1, 2, 3, 5, 9}) {
      Tensor p = tensor({-1.2, 1.}, float64).requires_grad_();
      optim::LBFGS lbfgs({p}, options);
      int calls = 0;
      const auto closure = closure_of(lbfgs, p, rosenbrock);
      const auto failing = [&] {
        if (++calls == fails_at) throw std::runtime_error("no data");
        return closure();
      };
      CHECK(throws<std::runtime_error>([&] { lbfgs.step(failing); }, "no data"));
      bool known = false;
      for (const Array& at : whole) known = known || same_bytes(at, p.array());
      CHECK(known);
      const double before = rosenbrock(p).item<double>();
      lbfgs.step(closure);
      if (search == LineSearch::strong_wolfe) CHECK(rosenbrock(p).item<double>() < before);
    }
  }
}

TEST_CASE("LBFGS refuses what it cannot do") {
  Tensor p = ones({2}).requires_grad_(), q = zeros({2}, float64).requires_grad_();
  optim::LBFGS lbfgs({p});
  CHECK(throws<ValueError>([&] { lbfgs.step(); }, "LBFGS: step: expected a closure"));
  CHECK(throws<ValueError>([&] { lbfgs.step([] { return Tensor(); }); }, "the closure returned no loss"));
  CHECK(throws<ShapeError>([&] { lbfgs.step([&] { return p * 2.; }); }, ""));
  optim::LBFGS mixed({p, q});
  CHECK(throws<DTypeError>([&] { mixed.step([&] { return sum(p); }); }, "one dtype"));
  CHECK(throws<ValueError>([&] { optim::LBFGS({p}, {.max_iter = 0}); }, "max_iter: got 0"));
  CHECK(throws<ValueError>([&] { optim::LBFGS({p}, {.history_size = 0}); }, "history_size: got 0"));
  optim::LBFGS fits({q});
  const auto closure = closure_of(fits, q, rosenbrock);
  fits.step(closure);
  q.set_data(Array::zeros({3}, float64));
  CHECK(throws<ShapeError>([&] { fits.step(closure); }, "got 3 elements; expected 2"));
}

TEST_SUITE_END();
