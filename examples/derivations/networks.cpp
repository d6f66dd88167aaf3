// Backpropagation through whole networks: layer by layer, and the exercises with numbers.

#include <fmt/core.h>

#include <cmath>
#include <sstream>

#include "sheet.hpp"

using namespace xgrad;

namespace {

std::string shown(const std::string& name, const Tensor& t) {
  std::ostringstream s;
  s << name << " =\n" << t;
  return s.str();
}

double largest_difference(const Tensor& a, const Tensor& b) { return max(abs(a - b)).item<double>(); }

}  // namespace

void backpropagation(Sheet& sheet) {
  sheet.heading("Backpropagation through a sigmoid network, 784-8-8-10");
  Generator g(3);
  const std::vector<Tensor> weights = {randn({8, 784}, float64, g) / 28., randn({8}, float64, g),
                                       randn({8, 8}, float64, g),         randn({8}, float64, g),
                                       randn({10, 8}, float64, g),        randn({10}, float64, g)};
  const std::vector<std::string> names = {"W1", "b1", "W2", "b2", "W3", "b3"};

  const Tensor x = rand({784}, float64, g), y = one_hot(tensor({7}), 10).to(float64).reshape({10});
  using P = const std::vector<Tensor>&;
  sheet.check({.formula = "One sample, W stored (out, in): z = W a + b, a' = sigma(z), C = 1/2 sum_j (a_j - y_j)^2\n"
                          "delta3 = (a3 - y) sigma'(z3),  delta_l = W_(l+1)^T delta_(l+1) sigma'(z_l)\n"
                          "dC/dW_l = delta_l a_(l-1)^T,  dC/db_l = delta_l",
               .function =
                   [=](P p) {
                     Tensor a = x;
                     for (std::size_t l = 0; l < 3; ++l) a = sigmoid(matmul(p[2 * l], a) + p[2 * l + 1]);
                     return 0.5 * sum(square(a - y));
                   },
               .derived =
                   [=](P p) {
                     const Tensor a1 = sigmoid(matmul(p[0], x) + p[1]), a2 = sigmoid(matmul(p[2], a1) + p[3]),
                                  a3 = sigmoid(matmul(p[4], a2) + p[5]);
                     const Tensor d3 = (a3 - y) * slope(a3), d2 = matmul(p[4].t(), d3) * slope(a2),
                                  d1 = matmul(p[2].t(), d2) * slope(a1);
                     return std::vector<Tensor>{outer(d1, x), d1, outer(d2, a1), d2, outer(d3, a2), d3};
                   },
               .at = weights,
               .names = names});

  const Tensor batch = rand({5, 784}, float64, g), labels = one_hot(tensor({7, 2, 1, 0, 4}), 10).to(float64);
  const auto cost = [=](P p) {
    Tensor a = batch;
    for (std::size_t l = 0; l < 3; ++l) a = sigmoid(matmul(a, p[2 * l].t()) + p[2 * l + 1]);
    return 0.5 * sum(square(a - labels));
  };
  const auto deltas = [=](const Tensor& w2, const Tensor& w3, const Tensor& a1, const Tensor& a2, const Tensor& a3) {
    const Tensor d3 = (a3 - labels) * slope(a3), d2 = matmul(d3, w3) * slope(a2), d1 = matmul(d2, w2) * slope(a1);
    return std::vector<Tensor>{d1, d2, d3};
  };
  sheet.check({.formula = "A mini-batch, a sample per row, the costs summed: Z = A W^T + b\n"
                          "dC/dW_l = Delta_l^T A_(l-1),  dC/db_l = the sum of Delta_l over the samples",
               .function = cost,
               .derived =
                   [=](P p) {
                     const Tensor a1 = sigmoid(matmul(batch, p[0].t()) + p[1]),
                                  a2 = sigmoid(matmul(a1, p[2].t()) + p[3]), a3 = sigmoid(matmul(a2, p[4].t()) + p[5]);
                     const auto d = deltas(p[2], p[4], a1, a2, a3);
                     return std::vector<Tensor>{matmul(d[0].t(), batch), sum(d[0], 0),
                                                matmul(d[1].t(), a1),    sum(d[1], 0),
                                                matmul(d[2].t(), a2),    sum(d[2], 0)};
                   },
               .at = weights,
               .names = names});

  sheet.check(
      {.formula = "The same in the layout (in, out), W1 being (784, 8): Z = A W + b,  dC/dW_l = A_(l-1)^T Delta_l",
       .function =
           [=](P p) {
             Tensor a = batch;
             for (std::size_t l = 0; l < 3; ++l) a = sigmoid(matmul(a, p[2 * l]) + p[2 * l + 1]);
             return 0.5 * sum(square(a - labels));
           },
       .derived =
           [=](P p) {
             const Tensor a1 = sigmoid(matmul(batch, p[0]) + p[1]), a2 = sigmoid(matmul(a1, p[2]) + p[3]),
                          a3 = sigmoid(matmul(a2, p[4]) + p[5]);
             const auto d = deltas(p[2].t(), p[4].t(), a1, a2, a3);
             return std::vector<Tensor>{matmul(batch.t(), d[0]), sum(d[0], 0), matmul(a1.t(), d[1]), sum(d[1], 0),
                                        matmul(a2.t(), d[2]),    sum(d[2], 0)};
           },
       .at = {weights[0].t(), weights[1], weights[2].t(), weights[3], weights[4].t(), weights[5]},
       .names = names});
}

void one_update(Sheet& sheet) {
  sheet.heading("One update of a 2-4-1 network, ReLU hidden, linear output");
  const Tensor x = numbers({{-1, 1}, {2, -1}}), y = numbers({{1}, {-1}});
  const std::vector<Tensor> start = {numbers({{1, 2}, {0, -1}, {-1, -3}, {-2, 2}}), numbers({-2, 2, 0, -2}),
                                     numbers({{1, 0, -1, 2}}), numbers({-2})};
  const std::vector<std::string> names = {"W1", "b1", "W2", "b2"};
  const double rate = 0.1;
  const Tensor z1 = matmul(x, start[0].t()) + start[1], a1 = relu(z1), out = matmul(a1, start[2].t()) + start[3];
  sheet.text(shown("potentials z1 (a sample per row)", z1));
  sheet.text(shown("activations a1", a1));
  sheet.text(shown("outputs", out));

  using P = const std::vector<Tensor>&;
  for (const double factor : {0.5, 1.}) {
    const auto loss = [=](P p) {
      return factor * sum(square(matmul(relu(matmul(x, p[0].t()) + p[1]), p[2].t()) + p[3] - y));
    };
    const auto by_hand = [=](P p) {
      const Tensor z = matmul(x, p[0].t()) + p[1], a = relu(z);
      const Tensor d2 = 2. * factor * (matmul(a, p[2].t()) + p[3] - y), d1 = where(z > 0., matmul(d2, p[2]), 0.);
      return std::vector<Tensor>{matmul(d1.t(), x), sum(d1, 0), matmul(d2.t(), a), sum(d2, 0)};
    };
    sheet.check(
        {.formula = fmt::format("E = {}sum over both samples of (out - y)^2 = {}\ndelta2 = {}(out - y), "
                                "delta1 = delta2 W2 where z1 > 0; the gradients are sums over the samples",
                                factor == 1. ? "" : "1/2 ", loss(start).item<double>(), factor == 1. ? "2 " : ""),
         .function = loss,
         .derived = by_hand,
         .at = start,
         .names = names});

    std::vector<Tensor> leaves;
    for (const Tensor& p : start) leaves.push_back(p.clone().requires_grad_());
    loss(leaves).backward();
    optim::SGD(leaves, {.lr = rate}).step();
    const std::vector<Tensor> gradient = by_hand(start);
    double off = 0.;
    for (std::size_t k = 0; k < start.size(); ++k) {
      const Tensor updated = start[k] - rate * gradient[k];
      sheet.text(shown(fmt::format("{} after the update, learning rate {}", names[k], rate), updated));
      off = std::max(off, largest_difference(updated, leaves[k].detach()));
    }
    sheet.fact("optim::SGD makes the same update", off < 1e-12);
  }
  const auto plain = [=](P p) { return sum(square(matmul(relu(matmul(x, p[0].t()) + p[1]), p[2].t()) + p[3] - y)); };
  sheet.check({.formula = "Without the factor 1/2, but with delta2 = out - y all the same. (Wrong: the 2 is missing.)",
               .function = plain,
               .derived =
                   [=](P p) {
                     const Tensor z = matmul(x, p[0].t()) + p[1], a = relu(z);
                     const Tensor d2 = matmul(a, p[2].t()) + p[3] - y, d1 = where(z > 0., matmul(d2, p[2]), 0.);
                     return std::vector<Tensor>{matmul(d1.t(), x), sum(d1, 0), matmul(d2.t(), a), sum(d2, 0)};
                   },
               .at = start,
               .names = names,
               .fault = "W1: derived = 0.500 x autograd"});
}

void bias_inputs(Sheet& sheet) {
  sheet.heading("One round with bias inputs of -1: 2-2-1, sigmoid, learning rate 0.1, the sample ((1, 1), 0)");
  const double rate = 0.1, target = 0.;
  const Tensor x = numbers({-1, 1, 1});  // the bias input comes first
  const std::vector<Tensor> start = {numbers({{0.5, 1, -1}, {-0.5, 0.25, 0.75}}), numbers({0.3, 1.2, -0.8})};
  const auto hidden = [=](const Tensor& w1) { return concat({numbers({-1}), sigmoid(matmul(w1, x))}, 0); };
  const auto error = [=](const Tensor& w1, const Tensor& w2) {
    return 0.5 * square(sigmoid(dot(w2, hidden(w1))) - target);
  };
  const auto by_hand = [=](const Tensor& w1, const Tensor& w2) {
    const Tensor h = hidden(w1), out = sigmoid(dot(w2, h));
    const Tensor d2 = (out - target) * slope(out), d1 = d2 * w2.slice(0, 1, 3) * slope(h.slice(0, 1, 3));
    return std::pair(outer(d1, x), d2 * h);
  };
  sheet.text(shown("hidden, behind the bias input", hidden(start[0])));
  sheet.check({.formula = "E = 1/2 (y - t)^2, y = sigma(w2 (-1, h)), h = sigma(W1 (-1, x))\n"
                          "delta2 = (y - t) y (1 - y),  delta1_j = delta2 w2_j h_j (1 - h_j)\n"
                          "dE/dw2 = delta2 (-1, h),  dE/dW1 = delta1 (-1, x)^T: the bias is one more weight",
               .function = error,
               .derived = by_hand,
               .at = start,
               .names = {"W1", "w2"}});
  Tensor w1 = start[0].clone().requires_grad_(), w2 = start[1].clone().requires_grad_();
  error(w1, w2).backward();
  const auto [g1, g2] = by_hand(start[0], start[1]);
  const Tensor by_hand1 = start[0] - rate * g1, by_hand2 = start[1] - rate * g2;
  sheet.text(shown("W1 after the update", by_hand1));
  sheet.text(shown("w2 after the update", by_hand2));
  optim::SGD({w1, w2}, {.lr = rate}).step();
  sheet.fact("autograd and optim::SGD make the same update",
             largest_difference(by_hand1, w1.detach()) < 1e-12 && largest_difference(by_hand2, w2.detach()) < 1e-12);
  sheet.fact("the error went down", (error(w1, w2) < error(start[0], start[1])).item<bool>());
}

void vanishing_gradient(Sheet& sheet) {
  sheet.heading("The vanishing gradient");
  const Tensor x = numbers(0.8), y = numbers(0.25);
  const std::vector<Tensor> w = {numbers(1.3), numbers(0.9), numbers(1.1), numbers(1.2)},
                            b = {numbers(0.1), numbers(0.2), numbers(0.05), numbers(0.3)};
  using Unit = Tensor (*)(const Tensor&);
  struct Kind {
    const char* name;
    Unit unit, slope_at;
  };
  const Kind kinds[] = {
      {"sigma", [](const Tensor& z) { return sigmoid(z); }, [](const Tensor& z) { return slope(sigmoid(z)); }},
      {"relu", [](const Tensor& z) { return relu(z); }, [](const Tensor& z) { return (z > 0.).to(float64); }}};
  for (const auto& [name, unit, slope_at] : kinds) {
    const auto forward = [=, unit = unit](const Tensor& b1) {
      std::vector<Tensor> z, a = {x};
      for (std::size_t l = 0; l < 4; ++l) {
        z.push_back(w[l] * a.back() + (l == 0 ? b1 : b[l]));
        a.push_back(unit(z.back()));
      }
      return std::pair(z, a.back());
    };
    sheet.check({.formula = fmt::format(
                     "Three hidden layers of one neuron, a_l = {0}(z_l), z_l = w_l a_(l-1) + b_l, C = 1/2 (a4 - y)^2\n"
                     "dC/db1 = {0}'(z1) w2 {0}'(z2) w3 {0}'(z3) w4 {0}'(z4) (a4 - y)",
                     name),
                 .function = [=](const Tensor& b1) { return 0.5 * square(forward(b1).second - y); },
                 .derived =
                     [=, slope_at = slope_at](const Tensor& b1) {
                       const auto [z, a4] = forward(b1);
                       return slope_at(z[0]) * w[1] * slope_at(z[1]) * w[2] * slope_at(z[2]) * w[3] * slope_at(z[3]) *
                              (a4 - y);
                     },
                 .at = {b[0]},
                 .names = {"b1"}});
  }

  // Measured: da_L/db1 with all weights 1, which leaves the product of the slopes.
  std::string table = "layers   sigma: da/db1   (1/4)^layers   relu: da/db1";
  bool bounded = true, passes = true;
  for (int layers = 1; layers <= 20; ++layers) {
    double g[2];
    for (int k = 0; k < 2; ++k) {
      Tensor b1 = numbers(0.1).requires_grad_();
      Tensor a = kinds[k].unit(x + b1);
      for (int l = 1; l < layers; ++l) a = kinds[k].unit(a);
      g[k] = grad(a, b1).item<double>();
    }
    const double bound = std::pow(0.25, layers);
    bounded = bounded && g[0] > 0 && g[0] <= bound;
    passes = passes && g[1] == 1.;
    table += fmt::format("\n{:>6}   {:>13.3e}   {:>12.3e}   {:>12}", layers, g[0], bound, g[1]);
  }
  sheet.text(table);
  sheet.fact("with the sigmoid each factor is at most 1/4", bounded);
  sheet.fact("with ReLU on the active side every factor is 1", passes);
}
