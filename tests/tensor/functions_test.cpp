// Functions of one real number against std:: in long double, in units in the last place.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "tensor/kernels/functions.hpp"
#include "tests/tensor/arrays.hpp"
#include "tests/tensor/ulps.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
long double exp_of(long double x) { return std::exp(x); }
long double log_of(long double x) { return std::log(x); }
long double sqrt_of(long double x) { return std::sqrt(x); }
long double tanh_of(long double x) { return std::tanh(x); }
long double sigmoid_of(long double x) { return 1 / (1 + std::exp(-x)); }
long double softplus_of(long double x) { return std::max(x, 0.L) + std::log1p(std::exp(-std::abs(x))); }

Array scaled(const Array& a, double factor) {
  Values values = values_of(a);
  for (double& v : values) v *= factor;
  return Array::copy_of(values, a.shape()).to(a.dtype());
}

}  // namespace

TEST_CASE_TEMPLATE("exp is within 2 ulp wherever it is finite, and 0 or infinity beyond", T, float, double) {
  const double end = sizeof(T) == 4 ? 88.7228 : 709.7827;
  CHECK(check<T>(kernels::exp, exp_of, between<T>(-end, end), 2) == "");
  CHECK(check<T>(kernels::exp, exp_of, between<T>(-1e-3, 1e-3), 2) == "");
  CHECK(check<T>(kernels::exp, exp_of, between<T>(end - 0.4, end), 2) == "");  // xsimd's own is infinite there
  CHECK(check<T>(kernels::exp, exp_of, between<T>(end + 1e-4, end + 10), 2) == "");
  CHECK(check<T>(kernels::exp, exp_of, between<T>(-2 * end, -0.98 * end), 2) == "");
  CHECK(check<T>(kernels::exp, exp_of, edges<T>(), 2) == "");
}

TEST_CASE_TEMPLATE("log is within 2 ulp for all positive numbers, denormal ones included", T, float, double) {
  const double low = sizeof(T) == 4 ? -148 : -1073, high = sizeof(T) == 4 ? 127.9 : 1023.9;
  CHECK(check<T>(kernels::log, log_of, between<T>(low, high, true), 2) == "");
  CHECK(check<T>(kernels::log, log_of, between<T>(low, low + 25, true), 2) == "");
  CHECK(check<T>(kernels::log, log_of, between<T>(0.5, 2), 2) == "");
  CHECK(check<T>(kernels::log, log_of, between<T>(-3, -1e-3), 2) == "");  // NaN
  CHECK(check<T>(kernels::log, log_of, edges<T>(), 2) == "");
}

TEST_CASE_TEMPLATE("sqrt is rounded correctly", T, float, double) {
  CHECK(check<T>(kernels::sqrt, sqrt_of, between<T>(0, 100), 0.5) == "");
  CHECK(check<T>(kernels::sqrt, sqrt_of, between<T>(-149, 127.9, true), 0.5) == "");
  CHECK(check<T>(kernels::sqrt, sqrt_of, between<T>(-3, -1e-3), 0.5) == "");
  CHECK(check<T>(kernels::sqrt, sqrt_of, edges<T>(), 0.5) == "");
}

TEST_CASE_TEMPLATE("tanh is within 3 ulp, odd, and 1 far out", T, float, double) {
  CHECK(check<T>(kernels::tanh, tanh_of, between<T>(-25, 25), 3) == "");
  CHECK(check<T>(kernels::tanh, tanh_of, between<T>(-1, 1), 3) == "");
  CHECK(check<T>(kernels::tanh, tanh_of, between<T>(-120, 0, true), 3) == "");
  CHECK(check<T>(kernels::tanh, tanh_of, between<T>(50, 5000), 3) == "");
  CHECK(check<T>(kernels::tanh, tanh_of, edges<T>(), 3) == "");
}

TEST_CASE_TEMPLATE("sigmoid is within 4 ulp, and 0 or 1 far out", T, float, double) {
  const double end = sizeof(T) == 4 ? 87.3 : 708.3;
  CHECK(check<T>(kernels::sigmoid, sigmoid_of, between<T>(-30, 30), 4) == "");
  CHECK(check<T>(kernels::sigmoid, sigmoid_of, between<T>(-end, end), 4) == "");
  CHECK(check<T>(kernels::sigmoid, sigmoid_of, between<T>(-10 * end, -end - 1.5), 4) == "");
  CHECK(check<T>(kernels::sigmoid, sigmoid_of, edges<T>(), 4) == "");
}

TEST_CASE_TEMPLATE("softplus is within 4 ulp, and x itself far out", T, float, double) {
  const double end = sizeof(T) == 4 ? 87.3 : 708.3;
  CHECK(check<T>(kernels::softplus, softplus_of, between<T>(-30, 30), 4) == "");
  CHECK(check<T>(kernels::softplus, softplus_of, between<T>(-end, end), 4) == "");
  CHECK(check<T>(kernels::softplus, softplus_of, between<T>(1e3, 1e6), 4) == "");
  CHECK(check<T>(kernels::softplus, softplus_of, edges<T>(), 4) == "");
}

TEST_CASE("relu and square of every dtype") {
  Random random(1);
  for (const DType t : kTypes) {
    const Array a = random.array({3, 50}, t);
    Values positive, squares;
    for (const double v : values_of(a)) {
      positive.push_back(v > 0 ? v : 0);
      const double s = v * v;
      squares.push_back(t == float32 ? static_cast<float>(s)
                        : t == uint8 ? static_cast<double>(static_cast<int>(s) & 255)
                                     : s);
    }
    CAPTURE(name_of(t));
    CHECK(difference(kernels::relu(a), {3, 50}, positive) == "");
    CHECK(difference(kernels::square(a), {3, 50}, squares) == "");
    CHECK(kernels::relu(a).dtype() == (t == bool_ ? int64 : t));
  }
  CHECK(check<float>(
            kernels::relu, [](long double x) { return x <= 0 ? 0 : x; }, edges<float>(), 0) == "");
  CHECK_FALSE(std::signbit(kernels::relu(Array::full({20}, -0., float32)).data<float>()[0]));
  const std::int64_t root = std::int64_t{1} << 32;
  CHECK(kernels::square(Array::full({1}, root + 1, int64)).item<std::int64_t>() == 2 * root + 1);  // wraps
}

TEST_CASE("functions of integers and bools are those of float32; empty arrays stay empty") {
  for (const auto kernel :
       {kernels::exp, kernels::log, kernels::sqrt, kernels::tanh, kernels::sigmoid, kernels::softplus}) {
    CHECK(same_bytes(kernel(Array::of({0, 1, 2})), kernel(Array::of({0., 1., 2.}))));
    CHECK(same_bytes(kernel(Array::of({true, false})), kernel(Array::of({1., 0.}))));
    CHECK(kernel(Array::zeros({0, 3}, float64)).shape() == Shape{0, 3});
    CHECK(kernel(Array::zeros({}, float64)).shape() == Shape{});
  }
}

TEST_CASE("the fused derivatives of tanh, sigmoid and relu are their closed forms") {
  Random random(2);
  for (const DType t : {float32, float64}) {
    const double eps = t == float32 ? 5e-7 : 1e-15;
    const Array g = random.array({5, 30}, t), y = random.array({5, 30}, t);
    const Values up = values_of(g), v = values_of(y);
    Values tanh, sigmoid, relu;
    for (std::size_t i = 0; i < v.size(); ++i) {
      tanh.push_back(up[i] * (1 - v[i] * v[i]));
      sigmoid.push_back(up[i] * v[i] * (1 - v[i]));
      relu.push_back(v[i] > 0 ? up[i] : 0);
    }
    CHECK(difference(kernels::tanh_backward(g, y), {5, 30}, tanh, eps, 30 * eps) == "");
    CHECK(difference(kernels::sigmoid_backward(g, y), {5, 30}, sigmoid, eps, 30 * eps) == "");
    CHECK(difference(kernels::relu_backward(g, y), {5, 30}, relu) == "");
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(difference(kernels::relu_backward(Array::of({3., 3.}), Array::full({2}, nan, float32)), {2}, {3, 3}) == "");
}

TEST_CASE("binary_cross_entropy is -y log(s) - (1 - y) log(1 - s) of s = sigmoid(x), without overflow") {
  Random random(4);
  for (const DType t : {float32, float64}) {
    const double eps = t == float32 ? 1e-6 : 1e-14;
    for (const double size : {1., 30., 1e4}) {
      const Array x = scaled(random.array({4, 50}, t), size / 4), y = random.array({4, 50}, bool_).to(t);
      const Array g = random.array({4, 50}, t);
      const Values v = values_of(x), target = values_of(y), up = values_of(g);
      Values loss, slope;
      for (std::size_t i = 0; i < v.size(); ++i) {
        const long double s = sigmoid_of(v[i]);
        loss.push_back(static_cast<double>(softplus_of(target[i] != 0 ? -v[i] : v[i])));
        slope.push_back(up[i] * static_cast<double>(s - target[i]));
      }
      CHECK(difference(kernels::binary_cross_entropy(x, y), {4, 50}, loss, 2 * eps, size * eps) == "");
      CHECK(difference(kernels::binary_cross_entropy_backward(g, x, y), {4, 50}, slope, eps, 4 * eps) == "");
    }
    const Array half = Array::full({1}, 0.5, t), x = Array::full({1}, 2, t);
    CHECK(kernels::binary_cross_entropy(x, half).item<double>() ==
          doctest::Approx(static_cast<double>(softplus_of(2) - 1)).epsilon(eps));
  }
}

TEST_CASE("exp_in_place is exp, for any number of elements") {
  Random random(3);
  for (const std::int64_t n : {0, 1, 7, 16, 33, 100'000}) {
    Array x = random.array({n}, float32);
    Values want;
    for (const double v : values_of(x)) want.push_back(std::exp(v));
    kernels::exp_in_place(x.mutable_data<float>(), n);
    CHECK(difference(x, {n}, want, 3e-7) == "");
  }
}
