#pragma once
// Models for tests of model selection: one whose score is a formula, and small networks.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/data.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "train/train.hpp"

namespace xgrad::test {

/// Ties on purpose, and failures. (tests/train/sklearn_live.py has the same.)
inline double formula(std::int64_t a, std::int64_t b, std::int64_t first) {
  const std::int64_t k = (a * 7 + b * 13 + first * 5) % 11;
  return (a + 2 * b + first) % 19 == 0 ? std::nan("") : static_cast<double>(k) / 10;
}

/// Learns nothing; "predicts" for every example the formula of its parameters and the first example it sees.
struct Formula : train::Learner {
  Formula(std::int64_t first_param, std::int64_t second_param) : a(first_param), b(second_param) {}
  void fit(const data::Dataset&) override {}
  Tensor predict(const data::Dataset& data) override {
    const auto first = static_cast<std::int64_t>(data.all().x.slice(0, 0, 1).item<double>());
    return full({data.size()}, formula(a, b, first), float64);
  }
  std::int64_t a, b;
};
inline train::Estimator formula_model(const train::Params& p) { return Formula(p["a"], p["b"]); }

/// The first prediction of a part, which is what `Formula` has to say.
inline train::Scorer first_prediction(const std::string& name = "first") {
  return {name, [](const train::Outcome& o) { return o.prediction().slice(0, 0, 1).item<double>(); }};
}

/// 0, 1, ..., n - 1 as (n, 1) float64.
inline Tensor places(std::int64_t n) { return arange(n).to(float64).reshape({n, 1}); }

/// A little network on points in a plane, with parameters units, learning_rate, epochs and (maybe) dropout.
inline train::Estimator little_net(const train::Params& p) {
  nn::Sequential net(nn::Dense(2, p["units"]), nn::Tanh(), nn::Dropout(p.get("dropout", 0.1)),
                     nn::Dense(p["units"], 2));
  return train::estimator<optim::Adam>(net, {.lr = p["learning_rate"]}, nn::CrossEntropy{},
                                       {.epochs = p["epochs"], .batch_size = 16});
}
struct Points {
  Tensor x, y;
};
inline Points points(std::int64_t n = 90) {
  Generator g(5);
  const Tensor x = randn({n, 2}, float32, g);
  const Tensor y = ((x * x).sum(1) > 1.2).to(int64);
  return {x, y};
}
inline train::ParamGrid little_grid() { return {{"units", {4, 8}}, {"learning_rate", {0.01, 0.1}}, {"epochs", {2}}}; }

}  // namespace xgrad::test
