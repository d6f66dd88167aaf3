// Softmax and cross-entropy; the pairs of output unit and loss whose delta is y - t, and some for which it is not.

#include "sheet.hpp"

using namespace xgrad;

void softmax_and_cross_entropy(Sheet& sheet) {
  sheet.heading("Softmax and cross-entropy");
  Generator g(1);
  const Tensor a = randn({5, 4}, float64, g), t = one_hot(tensor({0, 3, 1, 3, 2}), 4).to(float64);
  sheet.check({.formula = "E = -sum_n sum_k t_nk ln y_nk,  y_n = softmax(a_n)\n"
                          "dE/da_nk = y_nk - t_nk",
               .function = [=](const Tensor& x) { return -sum(t * log(softmax(x, 1))); },
               .derived = [=](const Tensor& x) { return softmax(x, 1) - t; },
               .at = {a},
               .names = {"a"}});

  // With an output bias b, a_nk = ... + b_k, the samples' deltas add up.
  sheet.check({.formula = "The same by a bias b_k that all N samples share: a_nk = c_nk + b_k\n"
                          "dE/db_k = sum_n (y_nk - t_nk)",
               .function = [=](const Tensor& b) { return -sum(t * log(softmax(a + b, 1))); },
               .derived = [=](const Tensor& b) { return sum(softmax(a + b, 1) - t, 0); },
               .at = {randn({4}, float64, g)},
               .names = {"b"}});

  const Tensor unit = eye(4, {}, float64), one = randn({4}, float64, g);
  sheet.check({.formula = "The Jacobian of the softmax, y = softmax(a): dy_k/da_j = y_k (delta_jk - y_j)\n"
                          "Row k of the table is the gradient of y_k alone: it gets a copy of a for itself.",
               .function = [=](const Tensor& copies) { return sum(softmax(copies, 1) * unit); },
               .derived =
                   [=](const Tensor& copies) {
                     const Tensor y = softmax(copies, 1);
                     return sum(y * unit, 1, true) * (unit - y);
                   },
               .at = {one.expand({4, 4})},
               .names = {"dy/da"}});
}

void output_pairs(Sheet& sheet) {
  sheet.heading("Output units and losses: where the delta is y - t, and where it is not");
  const Tensor z = numbers({{0.8, -1.2, 0.3}, {1.9, 0.4, -0.6}}), soft = numbers({{1, 0, 0}, {0, 0, 1}});
  const Tensor t = numbers({{0.5, -0.3, 1.2}, {-0.7, 0.9, 0.1}}), bits = numbers({{1, 0, 1}, {0, 1, 1}});
  const auto half_sse = [](const Tensor& y, const Tensor& target) { return 0.5 * sum(square(y - target)); };

  sheet.check({.formula = "Linear and half SSE: y = z, E = 1/2 sum (y - t)^2; dE/dz = y - t",
               .function = [=](const Tensor& x) { return half_sse(x, t); },
               .derived = [=](const Tensor& x) { return x - t; },
               .at = {z},
               .names = {"z"}});
  sheet.check({.formula = "Sigmoid and binary cross-entropy: E = -sum t ln y + (1 - t) ln(1 - y); dE/dz = y - t",
               .function =
                   [=](const Tensor& x) {
                     const Tensor y = sigmoid(x);
                     return -sum(bits * log(y) + (1. - bits) * log(1. - y));
                   },
               .derived = [=](const Tensor& x) { return sigmoid(x) - bits; },
               .at = {z},
               .names = {"z"}});
  sheet.check({.formula = "Softmax and cross-entropy: E = -sum t ln y; dE/dz = y - t",
               .function = [=](const Tensor& x) { return -sum(soft * log_softmax(x, 1)); },
               .derived = [=](const Tensor& x) { return softmax(x, 1) - soft; },
               .at = {z},
               .names = {"z"}});

  const auto through_tanh = [=](const Tensor& x) { return half_sse(tanh(x), t); };
  sheet.check({.formula = "Tanh and half SSE, claimed: dE/dz = y - t. (Wrong: the slope of tanh is missing.)",
               .function = through_tanh,
               .derived = [=](const Tensor& x) { return tanh(x) - t; },
               .at = {z},
               .names = {"z"},
               .fault = "a factor that differs between elements"});
  sheet.check({.formula = "Tanh and half SSE: dE/dz = (y - t) (1 - y^2)",
               .function = through_tanh,
               .derived = [=](const Tensor& x) { return (tanh(x) - t) * (1. - square(tanh(x))); },
               .at = {z},
               .names = {"z"}});

  const auto through_relu = [=](const Tensor& x) { return half_sse(relu(x), t); };
  sheet.check({.formula = "ReLU and half SSE, claimed: dE/dz = y - t. (Wrong where z < 0: nothing passes there.)",
               .function = through_relu,
               .derived = [=](const Tensor& x) { return relu(x) - t; },
               .at = {z},
               .names = {"z"},
               .fault = "only 2 of 6 elements, the first at [0, 1]"});
  sheet.check({.formula = "ReLU and half SSE: dE/dz = y - t where z > 0, else 0",
               .function = through_relu,
               .derived = [=](const Tensor& x) { return where(x > 0., relu(x) - t, 0.); },
               .at = {z},
               .names = {"z"}});

  const auto through_step = [=](const Tensor& x) { return half_sse((x > 0.).to(float64), bits); };
  sheet.check({.formula =
                   "Binary step and half SSE, claimed: dE/dz = y - t. (Wrong: the step is flat. That y - t works\n"
                   "all the same is the perceptron's learning rule, not a gradient.)",
               .function = through_step,
               .derived = [=](const Tensor& x) { return (x > 0.).to(float64) - bits; },
               .at = {z},
               .names = {"z"},
               .fault = "its gradient is 0"});
  sheet.check({.formula = "Binary step and half SSE: dE/dz = 0",
               .function = through_step,
               .derived = [](const Tensor& x) { return zeros_like(x); },
               .at = {z},
               .names = {"z"}});
}

void slope_too_many(Sheet& sheet) {
  sheet.heading("A wrong one, from practice: the slope of the sigmoid once more behind cross-entropy");
  const Tensor z = numbers({{0.8, -1.2}, {2.5, 0.4}, {-0.1, -3.}}), y = numbers({{1, 0}, {0, 1}, {1, 1}});
  const auto loss = [=](const Tensor& x) {
    const Tensor a = sigmoid(x);
    return -sum(y * log(a) + (1. - y) * log(1. - a));
  };
  sheet.check({.formula = "C = -sum y ln a + (1 - y) ln(1 - a), a = sigma(z); claimed: dC/dz = (a - y) sigma'(z)",
               .function = loss,
               .derived = [=](const Tensor& x) { return (sigmoid(x) - y) * slope(sigmoid(x)); },
               .at = {z},
               .names = {"z"},
               .fault = "a factor that differs between elements, like the derivative of an activation"});
  sheet.check({.formula = "dC/da = (a - y) / (a (1 - a)), which the slope a (1 - a) cancels: dC/dz = a - y",
               .function = loss,
               .derived = [=](const Tensor& x) { return sigmoid(x) - y; },
               .at = {z},
               .names = {"z"}});
}
