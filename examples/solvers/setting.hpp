#pragma once
// One setting of the experiments with solvers, the published ones, and how a setting is trained.

#include "../study.hpp"

using Widths = std::vector<std::int64_t>;

/// Batch normalisation stands behind the activation, dropout behind every hidden layer but the first and behind the
/// outputs, l2 on weights and biases.
struct Setting {
  std::string solver = "Adam";
  Widths hidden{50, 30};
  double lr = 0.001, dropout = 0.21, l2 = 1e-4;
  std::string activation = "relu", schedule = "constant";
  bool batch_norm = false;
};

inline const std::vector<std::string> solvers{"SGD", "Adam", "Nadam", "Adadelta", "Adagrad", "RMSprop"};

/// A published table, in the order of `solvers`: hidden layers, rates, accuracies on the test images.
struct Published {
  std::vector<Widths> hidden;
  std::vector<double> lr, accuracy;
};
inline const Widths a{50, 30}, b{55, 60}, c{300, 200, 30}, d{100, 70, 30};
inline const std::vector<Published> tables{
    {{a, a, a, a, a, a}, {.10, .10, .10, .12, .11, .11}, {.8056, .2375, .1028, .8350, .8244, .1619}},
    {{b, b, a, a, a, a}, {.10, .20, .30, .37, .37, .40}, {.9252, .1500, .1135, .9260, .9096, .1123}},
    {{b, c, c, a, a, d}, {.10, .25, .15, .37, .37, .15}, {.7638, .1192, .1028, .8113, .2649, .0980}},
    {{b, c, c, a, a, d}, {.10, .25, .15, .35, .37, .15}, {.9262, .1860, .1135, .9262, .9172, .1028}}};
/// Rates that suit the solvers, in their order.
inline const std::vector<double> sensible{.05, .001, .001, 1, .05, .0005};

/// Some runs of one setting, with consecutive seeds: what was measured ("accuracy" on the test images, the last "loss"
/// and "val_loss", "seconds") and the course of each.
struct Runs {
  xgrad::train::Samples measured;
  std::vector<xgrad::train::History> histories;
};
Runs train_runs(const Setting& setting, const Study::Digits& digits, std::int64_t runs, std::int64_t epochs,
                std::int64_t batch_size, std::uint64_t seed);
