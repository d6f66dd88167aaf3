// Initialisers against their distributions: moments and a Kolmogorov-Smirnov distance on 1e5 draws.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "autograd/autograd.hpp"
#include "nn/detail/normal_quantile.hpp"
#include "nn/nn.hpp"
#include "tensor/parallel.hpp"
#include "tests/throws.hpp"

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
  check_uniform([](Tensor& t, Generator& g) { nn::init::kaiming_uniform(t, {.a = 1.}, g); }, shape,
                std::sqrt(3. / 400));
  check_uniform([](Tensor& t, Generator& g) { nn::init::kaiming_uniform(t, {}, g); }, shape, std::sqrt(6. / 400));
  check_uniform(nn::init::RandomUniform{}, shape, 0.05);
  check_uniform(nn::init::VarianceScaling{3., nn::init::FanMode::fan_out, nn::init::Distribution::uniform}, shape,
                std::sqrt(9. / 250));
  check_normal([](Tensor& t, Generator& g) { nn::init::glorot_normal(t, g); }, shape, std::sqrt(2. / 650), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::he_normal(t, g); }, shape, std::sqrt(2. / 400), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::lecun_normal(t, g); }, shape, std::sqrt(1. / 400), true);
  check_normal([](Tensor& t, Generator& g) { nn::init::xavier_normal(t, 1., g); }, shape, std::sqrt(2. / 650), false);
  check_normal([](Tensor& t, Generator& g) { nn::init::kaiming_normal(t, {.a = 1.}, g); }, shape, std::sqrt(1. / 400),
               false);
  check_normal(
      [](Tensor& t, Generator& g) {
        nn::init::kaiming_normal(t, {.mode = nn::init::FanMode::fan_out, .nonlinearity = nn::init::Nonlinearity::tanh},
                                 g);
      },
      shape, 5. / 3. / std::sqrt(250.), false);
  check_normal(nn::init::RandomNormal{.stddev = 0.02}, shape, 0.02, false);
  check_normal(nn::init::TruncatedNormal{}, shape, 0.05 * 0.87962566103423978, true);
  check_normal([](Tensor& t, Generator& g) { nn::init::normal(t, 0., 3., g); }, shape, 3., false);
}

TEST_CASE("trunc_normal cuts a normal off at absolute bounds, near and far from its mean") {
  const auto check_cut = [](double mean, double std, double a, double b) {
    const auto x = draws([=](Tensor& t, Generator& g) { nn::init::trunc_normal(t, mean, std, a, b, g); }, {100000});
    CHECK(*std::min_element(x.begin(), x.end()) >= static_cast<float>(a));
    CHECK(*std::max_element(x.begin(), x.end()) <= static_cast<float>(b));
    const double low = normal_cdf((a - mean) / std), mass = normal_cdf((b - mean) / std) - low;
    CHECK(distance(x, [&](double v) { return std::clamp((normal_cdf((v - mean) / std) - low) / mass, 0., 1.); }) <
          0.006);
  };
  check_cut(0, 1, -2, 2);  // PyTorch's defaults
  check_cut(1, 0.5, 0, 4);
  check_cut(-3, 1, -2, 2);
  check_cut(0, 1, -INFINITY, INFINITY);
  // Ten deviations off, where the distribution function alone could not tell values apart: an exponential, nearly.
  const auto tail = draws([](Tensor& t, Generator& g) { nn::init::trunc_normal(t, 0, 1, 10, 20, g); }, {100000});
  double mean = 0;
  for (const double v : tail) mean += v / 1e5;
  CHECK(mean == doctest::Approx(10.0980932339625).epsilon(1e-4));  // phi(10) / Q(10)
  for (const double v : draws([](Tensor&t, Generator&g) { nn::init::trunc_normal(t, 0, 1, 100, 101, g); }, {10}))
    CHECK(v == 100.);
  for (const double v : draws([](Tensor&t, Generator&g) { nn::init::trunc_normal(t, 0, 1, -101, -100, g); }, {10}))
    CHECK(v == -100.);
}

TEST_CASE("the inverse of the normal distribution function is that") {
  using nn::detail::normal_cdf, nn::detail::normal_quantile;
  CHECK(normal_quantile(0.5) == 0.);
  CHECK(normal_quantile(0.975) == doctest::Approx(1.959963984540054).epsilon(1e-14));
  CHECK(normal_quantile(0.25) == doctest::Approx(-0.6744897501960817).epsilon(1e-14));
  CHECK(normal_quantile(1e-20) == doctest::Approx(-9.262340089798408).epsilon(1e-14));
  for (double z = -37; z < 5; z += 0.37) CHECK(normal_quantile(normal_cdf(z)) == doctest::Approx(z).epsilon(1e-9));
  CHECK(std::isinf(normal_quantile(0)));
  CHECK(std::isinf(normal_quantile(1)));
  CHECK(std::isnan(normal_quantile(-0.1)));
}

TEST_CASE("orthogonal: rows or columns are orthonormal times the gain, at every shape") {
  for (const Shape& shape : {Shape{20, 30}, Shape{30, 20}, Shape{16, 16}, Shape{8, 3, 2, 2}, Shape{1, 5}, Shape{5, 1}})
    for (const DType dtype : {float32, float64}) {
      CAPTURE(shape);
      Generator g(3);
      Tensor t = empty(shape, dtype).requires_grad_();
      nn::init::orthogonal(t, 2., g);
      CHECK(t.requires_grad());
      const Tensor m = reshape(t.detach(), {shape[0], -1}).to(float64);
      const Tensor product = shape[0] <= m.size(1) ? matmul(m, m.t()) : matmul(m.t(), m);
      const Tensor off = abs(product - eye(product.size(0), {}, float64) * 4);
      CHECK(max(off).item<double>() < (dtype == float32 ? 1e-5 : 1e-13));
    }
}

TEST_CASE("orthogonal matrices are uniform: no element of the diagonal has a favoured sign or size") {
  Generator g(5);
  double trace = 0, first = 0, squares = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    Tensor t = empty({3, 3}, float64);
    nn::init::orthogonal(t, 1., g);
    const double* x = t.data<double>();
    trace += x[0] + x[4] + x[8];
    first += x[0];
    squares += (x[0] + x[4] + x[8]) * (x[0] + x[4] + x[8]);
  }
  // Of Haar measure the trace has mean 0 and variance 1; Q with the signs that LAPACK leaves has a negative one.
  CHECK(std::abs(trace / kDraws) < 4. / std::sqrt(kDraws));
  CHECK(std::abs(first / kDraws) < 4. / std::sqrt(3. * kDraws));
  CHECK(squares / kDraws == doctest::Approx(1.).epsilon(0.15));
}

TEST_CASE("eye and dirac make layers that pass their input on") {
  Tensor t = empty({2, 3});
  nn::init::eye(t, 3.);
  CHECK(t.str() == "[[3. 0. 0.]\n [0. 3. 0.]]");
  nn::init::Identity{}(t, default_generator());
  CHECK(t.data<float>()[4] == 1.f);
  Tensor kernel = empty({4, 4, 3, 3});
  nn::init::dirac(kernel);
  const Tensor x = randn({2, 4, 5, 5});
  CHECK(same_bytes(conv2d(x, kernel, {}, {.padding = 1}).array(), x.array()));
  Tensor grouped = empty({4, 2, 3, 3});
  nn::init::dirac(grouped, 2);
  CHECK(same_bytes(conv2d(x, grouped, {}, {.padding = 1, .groups = 2}).array(), x.array()));
  Tensor wide = empty({3, 2, 2});  // more outputs than inputs: the third stays empty; even kernels: place 1
  nn::init::dirac(wide);
  CHECK(reshape(wide, {3, 4}).str() == "[[0. 1. 0. 0.]\n [0. 0. 0. 1.]\n [0. 0. 0. 0.]]");
}

TEST_CASE("constants fill every dtype") {
  Tensor t = empty({3}, int64);
  nn::init::ones(t);
  CHECK(t.str() == "[1 1 1]");
  nn::init::constant(t, 7);
  CHECK(t.str() == "[7 7 7]");
  nn::init::Constant{2.}(t, default_generator());
  CHECK(t.str() == "[2 2 2]");
}

TEST_CASE("calculate_gain knows PyTorch's factors") {
  using nn::init::Nonlinearity;
  CHECK(nn::init::calculate_gain(Nonlinearity::linear) == 1.);
  CHECK(nn::init::calculate_gain(Nonlinearity::conv) == 1.);
  CHECK(nn::init::calculate_gain(Nonlinearity::sigmoid) == 1.);
  CHECK(nn::init::calculate_gain(Nonlinearity::tanh) == doctest::Approx(5. / 3));
  CHECK(nn::init::calculate_gain(Nonlinearity::relu) == doctest::Approx(std::sqrt(2.)));
  CHECK(nn::init::calculate_gain(Nonlinearity::leaky_relu) == doctest::Approx(std::sqrt(2. / 1.0001)));
  CHECK(nn::init::calculate_gain(Nonlinearity::leaky_relu, 0.2) == doctest::Approx(std::sqrt(2. / 1.04)));
  CHECK(nn::init::calculate_gain(Nonlinearity::selu) == 0.75);
}

TEST_CASE("fans count the receptive field; one axis counts for both, and a scalar as 1, except under PyTorch's names") {
  const auto f = nn::init::fans(zeros({16, 8, 3, 3}));
  CHECK(f.in == 72.);
  CHECK(f.out == 144.);
  CHECK(nn::init::fans(zeros({5})).in == 5.);
  CHECK(nn::init::fans(zeros({})).out == 1.);
  Tensor vector = zeros({5});
  CHECK_NOTHROW(nn::init::glorot_uniform(vector));
  CHECK(throws<ShapeError>([&] { nn::init::xavier_uniform(vector); },
                           "xavier_uniform: got [5]; expected two axes or more, [out, in, ...]"));
  CHECK(throws<ShapeError>([&] { nn::init::kaiming_normal(vector); }, "kaiming_normal: got [5]"));
  Tensor none = zeros({0, 3}), empty_in = zeros({3, 0});
  CHECK_NOTHROW(nn::init::kaiming_uniform(none));
  CHECK_NOTHROW(nn::init::he_normal(empty_in));
  CHECK_NOTHROW(nn::init::orthogonal(empty_in));
}

TEST_CASE("wrong arguments of initialisers are refused, and leave the tensor as it was") {
  Tensor t = ones({2, 2}), whole = ones({2, 2}, int64);
  CHECK(throws<ValueError>([&] { nn::init::uniform(t, 1, 0); }, "uniform: got 1 to 0"));
  CHECK(throws<ValueError>([&] { nn::init::uniform(t, 0, INFINITY); }, "uniform: got 0 to inf"));
  CHECK(throws<ValueError>([&] { nn::init::normal(t, 0, -1); }, "normal: got mean 0, std -1"));
  CHECK(throws<ValueError>([&] { nn::init::truncated_normal(t, 0, NAN); }, "truncated_normal: got mean 0, std nan"));
  CHECK(throws<ValueError>([&] { nn::init::trunc_normal(t, 0, 1, 2, 1); }, "trunc_normal: got a 2, b 1"));
  CHECK(throws<ValueError>([&] { nn::init::trunc_normal(t, 0, 0); }, "trunc_normal: std: got 0"));
  CHECK(throws<DTypeError>([&] { nn::init::normal(whole, 0, 1); }, "normal: got int64; expected float32 or float64"));
  CHECK(throws<DTypeError>([&] { nn::init::orthogonal(whole); }, "orthogonal: got int64"));
  CHECK(throws<ValueError>([&] { nn::init::VarianceScaling{0.}(t); }, "VarianceScaling: scale: got 0"));
  CHECK(throws<ValueError>([&] { nn::init::kaiming_uniform(t, {.mode = nn::init::FanMode::fan_avg}); },
                           "kaiming_uniform: mode: got fan_avg; expected fan_in or fan_out"));
  CHECK(throws<ShapeError>([&] { nn::init::dirac(t); }, "dirac: got [2, 2]; expected [out, in, ...] of 3 to 5 axes"));
  Tensor kernel = ones({3, 1, 2});
  CHECK(throws<ValueError>([&] { nn::init::dirac(kernel, 2); }, "dirac: groups: got 2 for [3, 1, 2]"));
  CHECK(throws<ShapeError>([&] { nn::init::eye(kernel); }, "eye: got [3, 1, 2]; expected a matrix"));
  Tensor one = ones({3});
  CHECK(throws<ShapeError>([&] { nn::init::orthogonal(one); }, "orthogonal: got [3]"));
  for (const Tensor& x : {t, kernel, one})
    for (const float v : x.values<float>()) CHECK(v == 1.f);
}

TEST_CASE("the same seed gives the same bits on any number of threads") {
  const auto bits = [](int threads) {
    set_num_threads(threads);
    Generator g(9);
    std::vector<Tensor> all;
    for (const nn::init::Initializer& init :
         {nn::init::Initializer(nn::init::glorot_normal), nn::init::Initializer(nn::init::he_uniform),
          nn::init::Initializer(nn::init::Orthogonal{}),
          nn::init::Initializer([](Tensor&t, Generator&gen) { nn::init::trunc_normal(t, 0, 1, -1, 3, gen); })}) {
      all.push_back(empty({150, 100}));
      init(all.back(), g);
    }
    return concat(all);
  };
  const int before = num_threads();
  const Tensor one = bits(1), two = bits(2), five = bits(5);
  set_num_threads(before);
  CHECK(same_bytes(one.array(), two.array()));
  CHECK(same_bytes(one.array(), five.array()));
}

TEST_CASE("apply draws the weights and biases of every layer that has a matrix, and leaves others alone") {
  struct Norm : nn::Module {
    Tensor weight = full({3}, 5.), bias = full({3}, 6.);
    void members(Members& m) override { m("weight", weight)("bias", bias); }
  };
  nn::Sequential net(nn::Dense(4, 3), Norm(), nn::Sequential(nn::Dense(3, 2)));
  const auto number = [](double value) { return nn::init::Initializer(nn::init::Constant{value}); };
  nn::init::apply(net, number(1), number(2));
  for (const nn::NamedTensor& p : net.named_parameters()) {
    const bool norm = p.name[0] == '1', bias = p.name.ends_with("bias");
    for (const float v : p.tensor.values<float>()) CHECK(v == (norm ? bias ? 6.f : 5.f : bias ? 2.f : 1.f));
  }
  nn::init::apply(net, number(3));
  CHECK(net.at<nn::Dense>(0).weight.data<float>()[0] == 3.f);
  CHECK(net.at<nn::Dense>(0).bias.data<float>()[0] == 2.f);
  CHECK(throws<ValueError>([&] { nn::init::apply(net, {}); }, "init::apply: weight: got no initialiser"));
  Generator a(1), b(1);
  nn::init::apply(net, nn::init::he_normal, {}, a);
  const Array first = net.at<nn::Dense>(0).weight.array().clone();
  nn::init::apply(net, nn::init::he_normal, {}, b);
  CHECK(same_bytes(first, net.at<nn::Dense>(0).weight.array()));
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
