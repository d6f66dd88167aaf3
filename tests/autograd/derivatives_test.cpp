// Jacobians, Hessians and their products, against closed forms and finite differences.

#include "autograd/derivatives.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "autograd/autograd.hpp"
#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {
bool close(const Tensor& a, const Tensor& b, double error = 1e-12) {
  if (a.shape() != b.shape()) return false;
  for (std::int64_t i = 0; i < a.numel(); ++i)
    if (!(std::abs(a.data<double>()[i] - b.data<double>()[i]) <= error)) return false;
  return true;
}
}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("the Jacobian of A x is A, of an elementwise function diagonal") {
  const Tensor a = spread({3, 4}), x = spread({4}, -1, 1, 2);
  CHECK(close(jacobian([&](const Tensor& v) { return matmul(a, v); }, x), a));
  const Tensor j = jacobian([](const Tensor& v) { return exp(v); }, x);
  CHECK(close(j, eye(4, {}, float64) * exp(x)));
  const Tensor m = spread({2, 2});
  CHECK(jacobian([](const Tensor& v) { return sum(v, 0); }, m).shape() == Shape{2, 2, 2});
  CHECK(jacobian([](const Tensor& v) { return v; }, zeros({0}, float64)).shape() == Shape{0, 0});
}

TEST_CASE("the Jacobian by several inputs has a block for each, zeros where nothing depends") {
  const Tensor x = spread({2}), y = spread({3});
  const auto blocks =
      jacobian([](const Tensor& a, const Tensor& b) { return square(a) + 0. * sum(b.detach()); }, std::vector{x, y});
  CHECK(close(blocks[0], eye(2, {}, float64) * x * 2.));
  CHECK(close(blocks[1], zeros({2, 3}, float64)));
}

TEST_CASE("products with the Jacobian agree with the Jacobian") {
  const auto f = [](const Tensor& x) { return tanh(matmul(spread({3, 4}, -1, 1, 5), x)) * x.slice(0, 0, 3); };
  const Tensor x = spread({4}), v = spread({4}, -1, 1, 3), u = spread({3}, -1, 1, 4);
  const Tensor j = jacobian(f, x);
  const auto [y, jv] = jvp(f, x, v);
  CHECK(close(y, f(x)));
  CHECK(close(jv, matmul(j, v)));
  CHECK(close(vjp(f, x, u).product, matmul(u, j)));
  CHECK_FALSE(jv.requires_grad());
}

TEST_CASE("the Hessian of a quadratic form is A + A^T, and hvp multiplies with it") {
  const Tensor a = spread({3, 3}), x = spread({3}, -1, 1, 2), v = spread({3}, -1, 1, 3);
  const auto f = [&](const Tensor& t) { return matmul(t, matmul(a, t)); };
  const Tensor h = hessian(f, x);
  CHECK(close(h, a + a.t()));
  const auto [y, hv] = hvp(f, x, v);
  CHECK(y.item<double>() == doctest::Approx(f(x).item<double>()));
  CHECK(close(hv, matmul(h, v)));
}

TEST_CASE("the Hessian by two inputs has all four blocks") {
  const Tensor x = spread({2}), y = spread({2}, -1, 1, 2);
  const auto h = hessian([](const Tensor& a, const Tensor& b) { return sum(a * a * b); }, std::vector{x, y});
  CHECK(close(h[0][0], eye(2, {}, float64) * y * 2.));
  CHECK(close(h[0][1], eye(2, {}, float64) * x * 2.));
  CHECK(close(h[1][0], h[0][1].t()));
  CHECK(close(h[1][1], zeros({2, 2}, float64)));
}

TEST_CASE("a Hessian of the logistic loss is X^T diag(p (1 - p)) X") {
  const Tensor x = spread({6, 3}), w = spread({3}, -1, 1, 2), y = tensor({0., 1., 1., 0., 1., 0.}, float64);
  const auto loss = [&](const Tensor& v) {
    const Tensor p = sigmoid(matmul(x, v));
    return -sum(y * log(p) + (1. - y) * log(1. - p));
  };
  const Tensor p = sigmoid(matmul(x, w));
  CHECK(close(hessian(loss, w), matmul(x.t(), reshape(p * (1. - p), {6, 1}) * x), 1e-11));
}

TEST_CASE("with create_graph results can be differentiated further: the third derivative of x^4") {
  const Tensor x = tensor({2.}, float64).requires_grad_();
  const Tensor h = hessian([](const Tensor& v) { return sum(square(square(v))); }, x, {.create_graph = true});
  CHECK(grad(sum(h), x).item<double>() == doctest::Approx(24. * 2.));
  CHECK_FALSE(x.grad().defined());
}

TEST_CASE("functions of nothing, of lists, and wrong arguments") {
  const Tensor x = spread({2});
  CHECK(close(vjp([](const Tensor&) { return spread({2}); }, x, spread({2})).product, zeros({2}, float64)));
  CHECK(close(jvp([](const std::vector<Tensor>& v) { return v[0] * 3.; }, x, x).product, x * 3.));
  CHECK(throws<ValueError>([&] { jacobian([](const Tensor& a, const Tensor& b) { return a + b; }, x); },
                           "got 1 inputs; expected 2"));
  CHECK(throws<ShapeError>([&] { hessian([](const Tensor& a) { return a; }, x); }, "expected a single element"));
  CHECK(throws<ShapeError>([&] { vjp([](const Tensor& a) { return a; }, x, spread({3})); },
                           "vjp: v: got [3]; expected [2]"));
  CHECK(throws<DTypeError>([&] { jacobian([](const Tensor& a) { return a; }, ones({2}, int64)); }, "got int64"));
}

TEST_CASE("per_sample_grad gives each sample's gradient; their mean is that of the mean loss") {
  const Tensor x = spread({5, 3}), y = spread({5, 2}, -1, 1, 1);
  Tensor w = spread({2, 3}, -1, 1, 2).requires_grad_(), b = spread({2}, -1, 1, 3).requires_grad_();
  const auto loss = [&](const Tensor& a, const Tensor& t) { return mean(square(linear(a, w, b) - t)); };
  const auto each = per_sample_grad(loss, {w, b}, x, y);
  CHECK(each[0].shape() == Shape{5, 2, 3});
  CHECK(each[1].shape() == Shape{5, 2});
  const auto whole = grad(std::vector{loss(x, y)}, std::vector{w, b});
  CHECK(close(mean(each[0], 0), whole[0]));
  CHECK(close(mean(each[1], 0), whole[1]));
  CHECK(throws<ShapeError>([&] { per_sample_grad(loss, {w}, x, spread({4, 2})); }, "as many samples"));
}

TEST_SUITE_END();
