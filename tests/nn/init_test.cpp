// Initialisers against their distributions: moments and a Kolmogorov-Smirnov distance on 1e5 draws.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "autograd/autograd.hpp"
#include "nn/nn.hpp"

using namespace xgrad;

namespace {

std::vector<double> draws(const std::function<void(Tensor&, Generator&)>& init, const Shape& shape) {
  Generator generator(11);
  Tensor t = empty(shape);
  init(t, generator);
  const auto v = t.values<float>();
  return {v.begin(), v.end()};
}

/// The largest distance between the draws' distribution and F.
double distance(std::vector<double> x, const std::function<double(double)>& F) {
  std::sort(x.begin(), x.end());
  double worst = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i)
    worst = std::max(
        {worst, std::abs(F(x[i]) - static_cast<double>(i) / n), std::abs(F(x[i]) - static_cast<double>(i + 1) / n)});
  return worst;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.)); }

void check_uniform(const std::function<void(Tensor&, Generator&)>& init, const Shape& shape, double bound) {
  const auto x = draws(init, shape);
  CHECK(*std::max_element(x.begin(), x.end()) <= bound);
  CHECK(*std::max_element(x.begin(), x.end()) > 0.999 * bound);
  CHECK(distance(x, [&](double v) { return std::clamp((v + bound) / (2 * bound), 0., 1.); }) <
        0.006);  // 1.9 / sqrt(1e5)
}

void check_normal(const std::function<void(Tensor&, Generator&)>& init, const Shape& shape, double std,
                  bool truncated) {
  const auto x = draws(init, shape);
  const double cut = truncated ? 2. : 100.;
  const double sigma = truncated ? std / 0.87962566103423978 : std;
  const double low = normal_cdf(-cut), mass = 1 - 2 * low;
  CHECK(distance(x, [&](double v) { return std::clamp((normal_cdf(v / sigma) - low) / mass, 0., 1.); }) < 0.006);
  double square = 0;
  for (const double v : x) square += v * v;
  CHECK(std::sqrt(square / static_cast<double>(x.size())) == doctest::Approx(std).epsilon(0.01));
}

}  // namespace

TEST_SUITE_BEGIN("nn");

TEST_CASE("the initialisers draw from the distributions they are named after") {
  const Shape shape{250, 400};  // fan_in 400, fan_out 250
  check_uniform([](Tensor& t, Generator& g) { nn::init::glorot_uniform(t, g); }, shape, std::sqrt(6. / 650));
  check_uniform([](Tensor& t, Generator& g) { nn::init::he_uniform(t, g); }, shape, std::sqrt(6. / 400));
  check_uniform([](Tensor& t, Generator& g) { nn::init::lecun_uniform(t, g); }, shape, std::sqrt(3. / 400));
  check_uniform([](Tensor& t, Generator& g) { nn::init::xavier_uniform(t, 2., g); }, shape, 2 * std::sqrt(6. / 650));
  check_uniform([](Tensor& t, Generator& g) { nn::init::kaiming_uniform(t, 1., g); }, shape, std::sqrt(3. / 400));
  check_normal([](Tensor& t, Generator& g) { nn::init::glorot_normal(t, g); }, shape, std::sqrt(2. / 650), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::he_normal(t, g); }, shape, std::sqrt(2. / 400), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::lecun_normal(t, g); }, shape, std::sqrt(1. / 400), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::xavier_normal(t, 1., g); }, shape, std::sqrt(2. / 650), false);
  check_normal([](Tensor& t, Generator& g) { nn::init::kaiming_normal(t, 1., g); }, shape, std::sqrt(1. / 400), false);
  check_normal([](Tensor& t, Generator& g) { nn::init::normal(t, 0., 3., g); }, shape, 3., false);
}

TEST_CASE("fans count the receptive field, and a scalar has none") {
  const auto f = nn::init::fans(zeros({16, 8, 3, 3}));
  CHECK(f.in == 72.);
  CHECK(f.out == 144.);
  CHECK(nn::init::fans(zeros({5})).in == 5.);
  CHECK_THROWS_AS(nn::init::fans(zeros({})), ShapeError);
}

TEST_CASE("Dense starts as PyTorch's Linear, or with Keras' zeros for the bias when a weight initialiser is given") {
  manual_seed(1);
  nn::Dense dense(400, 250);
  const auto w = dense.weight.values<float>(), b = dense.bias.values<float>();
  const float bound = 1.f / 20.f;
  CHECK(*std::max_element(w.begin(), w.end()) <= bound);
  CHECK(*std::max_element(w.begin(), w.end()) > 0.99f * bound);
  CHECK(*std::max_element(b.begin(), b.end()) <= bound);
  CHECK(*std::max_element(b.begin(), b.end()) > 0.9f * bound);
  nn::Dense keras(400, 250, {.weight_init = [](Tensor& t, Generator& g) { nn::init::glorot_uniform(t, g); }});
  for (const float v : keras.bias.values<float>()) CHECK(v == 0.f);
  nn::Dense simple(4, 2, {.weight_init = nn::init::he_normal, .bias_init = nn::init::zeros, .dtype = float64});
  CHECK(simple.weight.dtype() == float64);
}

TEST_SUITE_END();
