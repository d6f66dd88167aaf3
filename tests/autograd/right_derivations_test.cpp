// 200 derivations that are right, drawn at random over functions, shapes and scales: none may be called wrong.

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "autograd/autograd.hpp"

using namespace xgrad;

namespace {

struct Right {
  const char* name;
  TensorFunction f, derived;
  std::vector<Tensor> at;
};

/// One of each kind, of sizes and scales drawn from g.
std::vector<Right> draw(Generator& g) {
  const std::int64_t n = 1 + g.below(4), m = 1 + g.below(4), k = 2 + g.below(3);
  const double scale = std::pow(10., static_cast<double>(g.below(5)) - 2.);
  const auto normal = [&](const Shape& shape) { return randn(shape, float64, g); };
  const Tensor x = normal({n, m}), c = normal({n, k}) * scale, a = normal({n, k});
  const Tensor target = one_hot(randint(0, k, {n}, int64, g), k).to(float64);
  const Tensor image = normal({n, 2, 4, 5}), up2 = normal({n, 3, 3, 3}) * scale, upool = normal({n, 2, 2, 2});
  const Tensor rows = normal({n + 2, k}), up = normal({n + 2, k}) * scale;
  const auto slope = [](const Tensor& s) { return s * (1. - s); };
  const double eps = 1e-5;
  return {
      {"linear layer, squared error",
       [=](const Tensor& w, const Tensor& b) { return scale * sum(square(linear(x, w, b) - c)); },
       [=](const Tensor& w, const Tensor& b) {
         const Tensor d = 2. * scale * (linear(x, w, b) - c);
         return std::pair(matmul(d.t(), x), sum(d, 0));
       },
       {normal({k, m}), normal({k})}},
      {"two layers",
       [=](const Tensor& w, const Tensor& v) { return sum(c * matmul(tanh(matmul(x, w)), v)); },
       [=](const Tensor& w, const Tensor& v) {
         const Tensor h = tanh(matmul(x, w));
         return std::pair(matmul(x.t(), matmul(c, v.t()) * (1. - square(h))), matmul(h.t(), c));
       },
       {normal({m, 3}), normal({3, k})}},
      {"broadcasting",
       [=](const Tensor& row, const Tensor& column, const Tensor& one) { return sum(c * sin(row * column + one)); },
       [=](const Tensor& row, const Tensor& column, const Tensor& one) {
         const Tensor d = c * cos(row * column + one);
         return std::vector<Tensor>{sum(d * column, 0), sum(d * row, 1, true), sum(d)};
       },
       {normal({k}), normal({n, 1}), normal({})}},
      {"softmax and cross-entropy, mean over the samples",
       [=](const Tensor& z) { return -scale * mean(sum(target * log_softmax(z, 1), 1)); },
       [=](const Tensor& z) { return scale * (softmax(z, 1) - target) / static_cast<double>(n); },
       {a * 3.}},
      {"sigmoid and binary cross-entropy",
       [=](const Tensor& z) { return -sum(target * log(sigmoid(z)) + (1. - target) * log(1. - sigmoid(z))); },
       [=](const Tensor& z) { return sigmoid(z) - target; },
       {a}},
      {"batch norm in training",
       [=](const Tensor& r, const Tensor& gamma, const Tensor& beta) {
         return sum(up * batch_norm(r, {}, {}, gamma, beta, {.training = true, .eps = eps}));
       },
       [=](const Tensor& r, const Tensor& gamma, const Tensor&) {
         const double count = static_cast<double>(n + 2);
         const Tensor s = sqrt(var(r, 0, 0) + eps), hat = (r - mean(r, 0)) / s;
         const Tensor dgamma = sum(up * hat, 0), dbeta = sum(up, 0);
         return std::vector<Tensor>{gamma / (count * s) * (count * up - dbeta - hat * dgamma), dgamma, dbeta};
       },
       {rows, normal({k}), normal({k})}},
      {"layer norm",
       [=](const Tensor& r) { return sum(up * layer_norm(r, {k}, {}, {}, 1e-2)); },
       [=](const Tensor& r) {
         const Tensor s = sqrt(var(r, 1, 0, true) + 1e-2), hat = (r - mean(r, 1, true)) / s;
         return (up - mean(up, 1, true) - hat * mean(up * hat, 1, true)) / s;
       },
       {rows}},
      {"convolution, by its kernel and its input",
       [=](const Tensor& t, const Tensor& kernel, const Tensor& bias) { return sum(up2 * conv2d(t, kernel, bias)); },
       [=](const Tensor& t, const Tensor& kernel, const Tensor&) {
         const Tensor full = pad(up2, {2, 2, 1, 1});
         return std::vector<Tensor>{conv2d(full, flip(kernel, {2, 3}).transpose(0, 1)),
                                    conv2d(t.transpose(0, 1), up2.transpose(0, 1)).transpose(0, 1),
                                    sum(up2, {0, 2, 3})};
       },
       {image, normal({3, 2, 2, 3}), normal({3})}},
      {"max-pooling",
       [=](const Tensor& t) { return sum(upool * max_pool2d(t, 2)); },
       [=](const Tensor& t) {
         const Tensor windows = t.slice(3, 0, 4).reshape({n, 2, 2, 2, 2, 2}), top = amax(windows, {3, 5}, true);
         const Tensor d = where(windows == top, upool.reshape({n, 2, 2, 1, 2, 1}), 0.).reshape({n, 2, 4, 4});
         return concat({d, zeros({n, 2, 4, 1}, float64)}, 3);
       },
       {image}},
      {"norms and penalties",
       [=](const Tensor& w) { return scale * (sum(abs(w)) + 0.5 * sum(square(w)) + norm(w)); },
       [=](const Tensor& w) { return scale * (sign(w) + w + w / norm(w)); },
       {normal({k, m})}},
      {"log of the determinant, and a quadratic form",
       [=](const Tensor& s) { return log(abs(det(s))) + scale * sum(square(matmul(rows, s))); },
       [=](const Tensor& s) { return inverse(s).t() + 2. * scale * matmul(rows.t(), matmul(rows, s)); },
       {normal({k, k}) + 4. * eye(k, {}, float64)}},
      {"logsumexp, quotients and powers",
       [=](const Tensor& z) { return sum(scale * logsumexp(z, 1) + sum(pow(1. + z * z, -1.5), 1)); },
       [=](const Tensor& z) { return scale * softmax(z, 1) - 3. * z * pow(1. + z * z, -2.5); },
       {a}},
      {"rectifiers",
       [=](const Tensor& z) { return sum(c * (relu(z) + leaky_relu(-z, 0.1) + softplus(z))); },
       [=](const Tensor& z) { return c * (where(z > 0., full_like(z, 0.9), -1.) + sigmoid(z)); },
       {a}},
      {"logistic regression with a penalty",
       [=](const Tensor& w) {
         const Tensor p = sigmoid(matmul(rows, w));
         return -sum(log(p)) + scale * sum(w * w);
       },
       [=](const Tensor& w) {
         const Tensor p = sigmoid(matmul(rows, w));
         return matmul(rows.t(), p - 1.) + 2. * scale * w;
       },
       {normal({k})}},
      {"a saturated unit",
       [=](const Tensor& z) { return sum(c * sigmoid(z)); },
       [=](const Tensor& z) { return c * slope(sigmoid(z)); },
       {a * 6.}},
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("200 right derivations over layers, losses, convolutions and norms are never called wrong or undecided") {
  Generator g(11);
  int checked = 0;
  while (checked < 200) {
    for (const Right& r : draw(g)) {
      const auto report = check_derivation(r.f, r.derived, r.at, {.max_elements = 12});
      CHECK_MESSAGE(report.verdict == Verdict::right, r.name << ", draw " << checked << "\n" << report.str());
      ++checked;
    }
  }
}

TEST_SUITE_END();
