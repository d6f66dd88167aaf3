#include <doctest/doctest.h>

#include "optim/tf_keras.hpp"
#include "tests/train/model_selection.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

/// Trains a little network twice, by the estimator and by `fit`; says whether the weights are the same bits.
template <class O, class Options>
bool same_as_fit(const Options& options) {
  const auto [x, y] = points(40);
  const auto net_of = [] {
    manual_seed(3);
    return nn::Dense(2, 2);
  };
  const train::FitOptions fit{.epochs = 3, .batch_size = 8, .seed = 1};
  nn::Dense by_hand = net_of(), net = net_of();
  O optimizer(by_hand.parameters(), options);
  train::fit(by_hand, optimizer, nn::CrossEntropy{}, x, y, fit);
  train::estimator<O>(net, options, nn::CrossEntropy{}, fit).fit(x, y);
  const auto distance = [&](const nn::Dense& other) {
    return (net.weight - other.weight).abs().max().template item<double>();
  };
  return distance(by_hand) == 0 && distance(net_of()) > 0;
}

}  // namespace

TEST_CASE("an estimator takes the options of its kind of optimiser, those of Keras' and of AdamW too") {
  CHECK(same_as_fit<optim::SGD>(optim::SGDOptions{.lr = 0.1}));
  CHECK(same_as_fit<optim::AdamW>(optim::AdamWOptions{.lr = 0.01, .weight_decay = 0.1}));
  CHECK(same_as_fit<optim::keras::Adam>(optim::keras::AdamOptions{.lr = 0.01}));
  CHECK(same_as_fit<optim::tf_keras::SGD>(optim::tf_keras::SGDOptions{.lr = 0.1, .momentum = 0.9, .decay = 0.1}));
  const nn::Dense net(2, 2);
  train::estimator<optim::tf_keras::Nadam>(net, {.schedule_decay = 0.01}, nn::CrossEntropy{});
}
