// Batch normalisation, penalties, the determinant, a Hessian, max-pooling.

#include "sheet.hpp"

using namespace xgrad;

void more(Sheet& sheet) {
  sheet.heading("Batch normalisation, backward");
  Generator g(8);
  const Tensor dy = randn({6, 3}, float64, g);
  const double eps = 1e-5;
  sheet.check({.formula =
                   "y = gamma x^ + beta, x^ = (x - mu) / s, s^2 = var + eps, over the n samples of each channel\n"
                   "dx = gamma / (n s) (n dy - sum dy - x^ sum(dy x^)),  dgamma = sum(dy x^),  dbeta = sum dy",
               .function =
                   [=](const Tensor& x, const Tensor& gamma, const Tensor& beta) {
                     return sum(dy * batch_norm(x, {}, {}, gamma, beta, {.training = true, .eps = eps}));
                   },
               .derived =
                   [=](const Tensor& x, const Tensor& gamma, const Tensor&) {
                     const double n = static_cast<double>(x.size(0));
                     const Tensor s = sqrt(var(x, 0, 0) + eps), xhat = (x - mean(x, 0)) / s;
                     const Tensor dgamma = sum(dy * xhat, 0), dbeta = sum(dy, 0);
                     return std::vector<Tensor>{gamma / (n * s) * (n * dy - dbeta - xhat * dgamma), dgamma, dbeta};
                   },
               .at = {randn({6, 3}, float64, g), randn({3}, float64, g), randn({3}, float64, g)},
               .names = {"x", "gamma", "beta"}});

  sheet.heading("Penalties");
  const double lambda = 0.01;
  const Tensor w = randn({2, 3}, float64, g);
  sheet.check({.formula = "L1: lambda sum |w|; lambda sign(w)",
               .function = [=](const Tensor& v) { return lambda * sum(abs(v)); },
               .derived = [=](const Tensor& v) { return lambda * sign(v); },
               .at = {w},
               .names = {"w"}});
  sheet.check({.formula = "L2 as Keras writes it: lambda sum w^2; 2 lambda w",
               .function = [=](const Tensor& v) { return lambda * sum(square(v)); },
               .derived = [=](const Tensor& v) { return 2. * lambda * v; },
               .at = {w},
               .names = {"w"}});
  sheet.check({.formula = "Weight decay as PyTorch has it: lambda / 2 sum w^2; lambda w",
               .function = [=](const Tensor& v) { return 0.5 * lambda * sum(square(v)); },
               .derived = [=](const Tensor& v) { return lambda * v; },
               .at = {w},
               .names = {"w"}});

  sheet.heading("The determinant");
  const Tensor a = randn({4, 4}, float64, g) + 3. * eye(4, {}, float64);
  sheet.check({.formula = "d log |det A| / dA = A^-T",
               .function = [](const Tensor& m) { return log(abs(det(m))); },
               .derived = [](const Tensor& m) { return inverse(m).t(); },
               .at = {a},
               .names = {"A"}});
  sheet.check({.formula = "Claimed: A^-1. (Wrong.)",
               .function = [](const Tensor& m) { return log(abs(det(m))); },
               .derived = [](const Tensor& m) { return inverse(m); },
               .at = {a},
               .names = {"A"},
               .fault = "a transposition"});

  sheet.heading("Logistic regression: gradient and Hessian");
  const Tensor x = randn({7, 3}, float64, g), t = numbers({0, 1, 1, 0, 1, 0, 0}), v = randn({3}, float64, g);
  sheet.check({.formula = "E = -sum_n t_n ln p_n + (1 - t_n) ln(1 - p_n), p = sigma(X w); dE/dw = X^T (p - t)",
               .function =
                   [=](const Tensor& u) {
                     const Tensor p = sigmoid(matmul(x, u));
                     return -sum(t * log(p) + (1. - t) * log(1. - p));
                   },
               .derived = [=](const Tensor& u) { return matmul(x.t(), sigmoid(matmul(x, u)) - t); },
               .at = {v},
               .names = {"w"}});
  const Tensor unit = eye(3, {}, float64);
  sheet.check({.formula = "The Hessian: X^T diag(p (1 - p)) X\n"
                          "Row i of the table is the gradient of dE/dw_i, which gets a copy of w for itself.",
               .function =
                   [=](const Tensor& copies) {
                     const Tensor p = sigmoid(matmul(x, copies.t()));  // a column for each copy
                     return sum(matmul(x.t(), p - t.unsqueeze(1)) * unit);
                   },
               .derived =
                   [=](const Tensor& copies) {
                     const Tensor p = sigmoid(matmul(x, copies[0]));
                     return matmul(x.t(), slope(p).unsqueeze(1) * x);
                   },
               .at = {v.expand({3, 3})},
               .names = {"H"}});

  sheet.heading("Max-pooling");
  const Tensor up = randn({1, 1, 2, 2}, float64, g);
  sheet.check({.formula = "y = the maximum of each 2 x 2 window; dE/dx = dE/dy at the maximum, 0 at the others",
               .function = [=](const Tensor& image) { return sum(up * max_pool2d(image, 2)); },
               .derived =
                   [=](const Tensor& image) {
                     const Tensor windows = image.reshape({2, 2, 2, 2}), top = amax(windows, {1, 3}, true);
                     return where(windows == top, up.reshape({2, 1, 2, 1}), 0.).reshape({1, 1, 4, 4});
                   },
               .at = {randn({1, 1, 4, 4}, float64, g)},
               .names = {"x"}});
}
