// Transcendental functions and activations against long double, in units in the last place.

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/activation.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/exponential.hpp"
#include "tensor/kernels/power.hpp"
#include "tensor/kernels/trigonometry.hpp"
#include "tests/tensor/arrays.hpp"
#include "tests/tensor/ulps.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {

struct Row {
  const char* name;
  Kernel kernel;
  Exact exact;
  double ulps;                     ///< in float32 and float64
  double low = -30, high = 30;     ///< where it is tried evenly; tiny and huge arguments come by their logarithm
  bool float64_everywhere = true;  ///< else only float32 is held to `ulps` far out, where float64 is good to 1e-12
};

long double half_erfc(long double x) { return 0.5L * std::erfc(-x / std::sqrt(2.L)); }
long double logistic(long double x) { return 1 / (1 + std::exp(-x)); }
/// x f(x), which is 0 at -infinity.
template <long double (*F)(long double)>
long double times(long double x) {
  return x == -std::numeric_limits<long double>::infinity() ? -0.L : x * F(x);
}
long double tanh_softplus(long double x) { return x > 50 ? 1 : std::tanh(std::log1p(std::exp(x))); }
long double cubic(long double x) {
  return logistic(2 * std::sqrt(2 / 3.14159265358979323846L) * (x + 0.044715L * x * x * x));
}
long double softsign_of(long double x) { return std::isinf(x) ? std::copysign(1.L, x) : x / (1 + std::abs(x)); }

const std::vector<Row>& rows() {
  static const std::vector<Row> all = {
      {"log2", kernels::log2, [](long double x) { return std::log2(x); }, 2, 0, 3},
      {"log10", kernels::log10, [](long double x) { return std::log10(x); }, 2, 0, 3},
      {"log1p", kernels::log1p, [](long double x) { return std::log1p(x); }, 2, -1, 3},
      {"expm1", kernels::expm1, [](long double x) { return std::expm1(x); }, 2.5, -30, 88.7},
      {"rsqrt", kernels::rsqrt, [](long double x) { return 1 / std::sqrt(x); }, 2, 0, 9},
      {"erf", kernels::erf, [](long double x) { return std::erf(x); }, 2, -7, 7},
      {"normal_cdf", kernels::normal_cdf, half_erfc, 5, -14, 9},
      {"sin", kernels::sin, [](long double x) { return std::sin(x); }, 3, -1e6, 1e6},
      {"cos", kernels::cos, [](long double x) { return std::cos(x); }, 3, -1e6, 1e6},
      {"tan", kernels::tan, [](long double x) { return std::tan(x); }, 4, -1e6, 1e6},
      {"tan near pi / 2", kernels::tan, [](long double x) { return std::tan(x); }, 4, 1.5705, 1.5712},
      {"asin", kernels::asin, [](long double x) { return std::asin(x); }, 3, -1.1, 1.1},
      {"acos", kernels::acos, [](long double x) { return std::acos(x); }, 3, -1.1, 1.1},
      {"atan", kernels::atan, [](long double x) { return std::atan(x); }, 3, -20, 20},
      {"sinh", kernels::sinh, [](long double x) { return std::sinh(x); }, 3, -89, 89},
      {"cosh", kernels::cosh, [](long double x) { return std::cosh(x); }, 3, -89, 89},
      {"cube", kernels::cube, [](long double x) { return x * x * x; }, 2},
      {"elu", [](const Array& x) { return kernels::elu(x, 1, 1); },
       [](long double x) { return x > 0 ? x : std::expm1(x); }, 2, -90, 30},
      {"softplus", [](const Array& x) { return kernels::softplus(x, 1, 20); },
       [](long double x) { return x > 20 ? x : std::log1p(std::exp(x)); }, 3, -90, 30},
      {"softplus, beta and threshold", [](const Array& x) { return kernels::softplus(x, 0.5, 4); },
       [](long double x) { return x > 8 ? x : 2 * std::log1p(std::exp(x / 2)); }, 3, -90, 30},
      {"logsigmoid", kernels::logsigmoid,
       [](long double x) { return x < 0 ? x - std::log1p(std::exp(x)) : -std::log1p(std::exp(-x)); }, 3, -90, 90},
      {"silu", kernels::silu, times<logistic>, 4, -110, 30},
      {"mish", kernels::mish, times<tanh_softplus>, 5, -110, 30},
      {"gelu", kernels::gelu, times<half_erfc>, 6, -14, 14},
      {"gelu_tanh", kernels::gelu_tanh, times<cubic>, 4, -12, 12, false},
      {"softsign", kernels::softsign, softsign_of, 2},
  };
  return all;
}

/// What the fused derivatives give for g = 1, against the formula; small numbers by cancellation are good to eps.
template <class T>
std::string check_slope(Array (*backward)(const Array&, const Array&), const Exact& exact) {
  std::vector<T> x = between<T>(-20, 20);
  for (const T v : {T(-1e3), T(1e3), T(-1e30), T(1e30), T(0)}) x.push_back(v);
  const Array d = backward(Array::full({static_cast<std::int64_t>(x.size())}, 1, dtype_of<T>()), Array::copy_of(x));
  Values want;
  for (const T v : x) want.push_back(static_cast<double>(exact(v)));
  const double eps = std::numeric_limits<T>::epsilon();
  return difference(d, d.shape(), want, eps, eps);
}

}  // namespace

TEST_CASE_TEMPLATE("curves are within a few ulp, for tiny and huge arguments too", T, float, double) {
  using Limits = std::numeric_limits<T>;
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if (sizeof(T) == 8 && !row.float64_everywhere) continue;
    CHECK(check<T>(row.kernel, row.exact, between<T>(row.low, row.high), row.ulps) == "");
    for (const T sign : {T(1), T(-1)}) {
      std::vector<T> x = between<T>(Limits::min_exponent - Limits::digits, Limits::max_exponent - 0.01, true);
      for (T& v : x) v *= sign;
      if (sizeof(T) == 8)  // where e^x is below the smallest normal number they are 0 already, a little too early
        std::erase_if(x, [](T v) { return (v < -37 && v > -39) || (v < -705 && v > -760); });
      CHECK(check<T>(row.kernel, row.exact, x, row.ulps) == "");
    }
    CHECK(check<T>(row.kernel, row.exact, edges<T>(), row.ulps) == "");
  }
}

TEST_CASE("known hard places: no cancellation, no overflow") {
  const auto at = [](const Kernel& kernel, double x, DType t) { return kernel(Array::full({1}, x, t)).item<double>(); };
  const auto near = [](double got, double want, double eps) { return std::abs(got / want - 1) <= eps; };
  for (const DType t : {float32, float64}) {
    CAPTURE(name_of(t));
    const double eps = t == float32 ? 2e-7 : 1e-15;
    CHECK(near(at(kernels::log1p, 1e-10, t), 9.9999999995e-11, eps));
    CHECK(near(at(kernels::expm1, 1e-10, t), 1.00000000005e-10, eps));
    CHECK(near(at(kernels::sin, 1e6, t), -0.34999350217129294, eps));
    CHECK(near(at(kernels::gelu, -10., t), -7.619853024160527e-23, 8 * eps));
    CHECK(near(at(kernels::silu, -80., t), -80 * 1.8048513878454153e-35, 4 * eps));
    CHECK(near(at(kernels::mish, -80., t), -80 * 1.8048513878454153e-35, 4 * eps));
    CHECK(at(kernels::logsigmoid, -1000., t) == -1000);
    CHECK(at([](const Array& x) { return kernels::softplus(x, 1, 20); }, 100., t) == 100);
    CHECK(at(kernels::erf, 10., t) == 1);
    CHECK(near(at(kernels::gelu_tanh, -5., t), -2.2917961966295061e-07, 50 * eps));
  }
  CHECK(near(at(kernels::mish, -100., float64), -100 * 3.720075976020836e-44, 1e-15));
}

TEST_CASE_TEMPLATE("the fused derivatives of the curves are their closed forms", T, float, double) {
  const auto density = [](long double x) { return std::exp(-x * x / 2) / std::sqrt(2 * 3.14159265358979323846L); };
  const auto far = [](long double x) { return std::abs(x) > 900; };
  CHECK(check_slope<T>(kernels::silu_backward, [&](long double x) {
          return far(x) ? (x > 0 ? 1 : 0) : logistic(x) * (1 + x * logistic(-x));
        }) == "");
  CHECK(check_slope<T>(kernels::mish_backward, [&](long double x) {
          const long double t = tanh_softplus(x);
          return far(x) ? (x > 0 ? 1 : 0) : t + x * logistic(x) * (1 - t) * (1 + t);
        }) == "");
  CHECK(check_slope<T>(kernels::gelu_backward,
                       [&](long double x) { return far(x) ? (x > 0 ? 1 : 0) : half_erfc(x) + x * density(x); }) == "");
  CHECK(check_slope<T>(kernels::gelu_tanh_backward, [&](long double x) {
          const long double slope = 2 * std::sqrt(2 / 3.14159265358979323846L) * (1 + 3 * 0.044715L * x * x);
          return far(x) ? (x > 0 ? 1 : 0) : cubic(x) + x * cubic(x) * (1 - cubic(x)) * slope;
        }) == "");
}

TEST_CASE("functions of integers and bools are those of float32; empty arrays stay empty") {
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    if (std::string(row.name) != "cube") {
      CHECK(same_bytes(row.kernel(Array::of({0, 1, 2})), row.kernel(Array::of({0., 1., 2.}))));
      CHECK(same_bytes(row.kernel(Array::of({true, false})), row.kernel(Array::of({1., 0.}))));
    }
    CHECK(row.kernel(Array::zeros({0, 3}, float64)).shape() == Shape{0, 3});
    CHECK(row.kernel(Array::zeros({}, float64)).shape() == Shape{});
  }
}

TEST_CASE("values do not depend on what lies behind the last element") {
  Random random(1);
  for (const Row& row : rows()) {
    CAPTURE(row.name);
    for (int round = 0; round < 100; ++round) {
      const DType t = round % 2 == 0 ? float32 : float64;
      const Array r = kernels::rdiv(random.array({7}, t), 1), copy = Array::copy_of(values_of(r)).to(t);
      CHECK(same_bytes(row.kernel(r), row.kernel(copy)));  // behind r, 1 / 0; behind the copy, 0
    }
  }
}

TEST_SUITE_END();
