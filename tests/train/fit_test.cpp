#include "train/fit.hpp"

#include <csignal>

#include "tensor/parallel.hpp"
#include "tests/throws.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

nn::Sequential digits_net() { return nn::Sequential(nn::Flatten(), nn::Dense(784, 32), nn::ReLU(), nn::Dense(32, 10)); }

struct Threads {
  explicit Threads(int n) : before(num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before); }
  int before;
};

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("fit: loss and validation follow a run computed by hand") {
  // w = 0, lr 0.1, MSE. Batches {1, 2} and {3}: d/dw = mean 2 x (w x - y).
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const data::TensorDataset data(column({1, 2, 3}).array(), column({2, 4, 6}).array());
  const data::TensorDataset held(column({1}).array(), column({2}).array());
  const auto h =
      train::fit(net, sgd, nn::MSE{}, data, {.epochs = 1, .batch_size = 2, .validation = &held, .shuffle = false});
  // batch 1: loss (4 + 16) / 2 = 10, gradient (2 (-2) + 4 (-4)) / 2 = -10, w = 1
  // batch 2: loss (3 - 6)^2 = 9, gradient 6 (-3) = -18, w = 2.8
  CHECK(h["loss"].at(0) == doctest::Approx((2 * 10. + 9) / 3));
  CHECK(net.value() == doctest::Approx(2.8));
  CHECK(h["val_loss"].at(0) == doctest::Approx(0.64));
  CHECK(h["learning_rate"].at(0) == 0.1);
  CHECK(h.names() == std::vector<std::string>{"loss", "val_loss", "learning_rate"});
  CHECK(h.epoch == std::vector<std::int64_t>{0});
  CHECK(h.seconds.size() == 1);
}

TEST_CASE("fit: the bits of the loop written by hand, dropout included") {
  const auto digits = data::synthetic_digits(300, 10, {.seed = 2});
  const auto make = [] {
    manual_seed(7);
    return nn::Sequential(
        nn::Flatten(), nn::Dense(784, 20), [](const Tensor& x) { return x * bernoulli(0.5, x.shape()); },
        nn::Dense(20, 10));
  };
  nn::Sequential a = make();
  optim::Adam adam_a(a.parameters());
  data::DataLoader loader(digits.train, {.batch_size = 32, .shuffle = true});
  for (int epoch = 0; epoch < 2; ++epoch)
    for (const auto& [x, y] : loader) {
      adam_a.zero_grad();
      nn::cross_entropy(a(x), y).backward();
      adam_a.step();
    }
  nn::Sequential b = make();
  optim::Adam adam_b(b.parameters());
  train::fit(b, adam_b, nn::CrossEntropy{}, digits.train, {.epochs = 2, .metrics = {"accuracy"}});
  for (std::size_t i = 0; i < a.parameters().size(); ++i)
    CHECK(same_bytes(a.parameters()[i].array(), b.parameters()[i].array()));
}

TEST_CASE("fit: the same seed gives the same history with 1 and 2 threads") {
  const auto digits = data::synthetic_digits(400, 100, {.seed = 1});
  const auto once = [&](int threads) {
    const Threads guard(threads);
    manual_seed(3);
    nn::Sequential net = digits_net();
    optim::Adam adam(net.parameters());
    return train::fit(net, adam, nn::CrossEntropy{}, digits.train,
                      {.epochs = 3, .batch_size = 64, .validation = &digits.test, .seed = 5, .metrics = {"accuracy"}});
  };
  const auto one = once(1), two = once(2);
  CHECK(one.same_values(two));
  CHECK(one["val_accuracy"].size() == 3);
  CHECK(one["loss"][2] < one["loss"][0]);
}

TEST_CASE("fit: an epoch of a seeded run does not depend on where the run began") {
  const auto digits = data::synthetic_digits(200, 10, {});
  const auto start = [] {
    manual_seed(1);
    return digits_net();
  };
  nn::Sequential whole = start(), parts = start();
  optim::Adam a(whole.parameters()), b(parts.parameters());
  const auto h = train::fit(whole, a, nn::CrossEntropy{}, digits.train, {.epochs = 4, .seed = 9});
  train::fit(parts, b, nn::CrossEntropy{}, digits.train, {.epochs = 2, .seed = 9});
  const auto rest =
      train::fit(parts, b, nn::CrossEntropy{}, digits.train, {.epochs = 4, .seed = 9, .initial_epoch = 2});
  CHECK(rest.epoch == std::vector<std::int64_t>{2, 3});
  CHECK(rest["loss"][1] == h["loss"][3]);
}

TEST_CASE("fit: validation_split takes the last share before shuffling") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.});
  const auto h = train::fit(net, sgd, nn::MSE{}, column({1, 1, 1, 1, 3}), column({1, 1, 1, 1, 3}),
                            {.epochs = 1, .validation_split = 0.2});
  CHECK(h["loss"][0] == doctest::Approx(1));
  CHECK(h["val_loss"][0] == doctest::Approx(9));
}

TEST_CASE("fit: validation_freq leaves epochs without val_loss") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.01});
  const auto h = train::fit(net, sgd, nn::MSE{}, column({1, 2, 3, 4}), column({1, 2, 3, 4}),
                            {.epochs = 5, .validation_split = 0.25, .validation_freq = 2});
  CHECK(h["loss"].size() == 5);
  CHECK(h["val_loss"].size() == 2);
  CHECK(h.epochs("val_loss") == std::vector<std::int64_t>{1, 3});
}

TEST_CASE("fit: class and sample weights divide by the number of samples, as in Keras") {
  const auto loss_of = [](train::FitOptions o) {
    Slope net;
    optim::SGD sgd(net.parameters(), {.lr = 0.});
    o.epochs = 1;
    o.batch_size = 3;
    return train::fit(net, sgd, nn::MSE{}, column({1, 1, 1, 1}), column({0, 1, 2, 3}), o)["loss"][0];
  };
  CHECK(loss_of({}) == doctest::Approx((0 + 1 + 4 + 9) / 4.));
  CHECK(loss_of({.shuffle = true, .sample_weight = tensor({1., 2., 0.5, 0.})}) == doctest::Approx((2 + 2) / 4.));
  CHECK(loss_of({.class_weight = {{3, 10.}}}) == doctest::Approx((0 + 1 + 4 + 90) / 4.));
  CHECK(loss_of({.class_weight = {{3, 10.}}, .sample_weight = tensor({1., 1., 0., 0.1})}) ==
        doctest::Approx((1 + 9) / 4.));
}

TEST_CASE("fit: shuffling moves sample weights with their samples, and tensors stay together") {
  std::vector<double> x, w;
  for (int i = 0; i < 50; ++i) x.push_back(i), w.push_back(1. / (1 + i * i));
  Slope net;  // predicts 0: the loss of sample i is i^2 w
  optim::SGD sgd(net.parameters(), {.lr = 0.});
  const auto h = train::fit(net, sgd, nn::MSE{}, column(x), column(x),
                            {.epochs = 1, .batch_size = 7, .seed = 4, .sample_weight = tensor(w)});
  double expected = 0;
  for (int i = 0; i < 50; ++i) expected += i * i * w[static_cast<std::size_t>(i)] / 50;
  CHECK(h["loss"][0] == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("fit: accumulated batches make the step of the large batch, an epoch's rest one of its own") {
  const auto x = column({1, 2, 3, 4, 5}), y = column({2, 4, 6, 8, 10});
  Slope by_hand, net;
  optim::SGD hand(by_hand.parameters(), {.lr = 0.01}), sgd(net.parameters(), {.lr = 0.01});
  train::fit(net, sgd, nn::MSE{}, x, y, {.epochs = 1, .batch_size = 1, .shuffle = false, .accumulate = 4});
  train::fit(by_hand, hand, nn::MSE{}, x, y, {.epochs = 1, .batch_size = 4, .shuffle = false});
  CHECK(net.value() == doctest::Approx(by_hand.value()).epsilon(1e-12));
}

TEST_CASE("fit: clipping bounds the step") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 1.});
  train::fit(net, sgd, nn::MSE{}, column({1}), column({100}), {.clip_norm = 0.5});
  CHECK(net.value() == doctest::Approx(0.5).epsilon(1e-5));
  train::fit(net, sgd, nn::MSE{}, column({1}), column({100}), {.clip_value = 0.25});
  CHECK(net.value() == doctest::Approx(0.75).epsilon(1e-5));
}

TEST_CASE("fit: a schedule steps by batch or by epoch") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 1e-3});
  const auto x = column({1, 2, 3, 4});
  optim::Schedule batches(sgd, optim::ExponentialLR{.gamma = 0.5});
  auto h = train::fit(net, sgd, nn::MSE{}, x, x, {.epochs = 2, .batch_size = 2, .schedule = &batches});
  CHECK(batches.steps() == 4);
  CHECK(h["learning_rate"] == std::vector<double>{1e-3 / 4, 1e-3 / 16});
  sgd.set_lr(1e-3);
  optim::Schedule epochs(sgd, optim::ExponentialLR{.gamma = 0.5});
  h = train::fit(net, sgd, nn::MSE{}, x, x,
                 {.epochs = 2, .batch_size = 2, .schedule = &epochs, .schedule_per = train::Per::epoch});
  CHECK(h["learning_rate"] == std::vector<double>{1e-3, 0.5e-3});
}

TEST_CASE("fit: several inputs and targets reach module and loss, shuffled alike") {
  struct Two : nn::Module {
    Tensor w = zeros({1}, float64).requires_grad_();
    void members(Members& m) override { m("w", w); }
    Tensor forward(std::span<const Tensor> in) override { return in[0] * w + in[1]; }
  } net;
  const auto a = column({1, 2, 3, 4, 5}), b = column({10, 20, 30, 40, 50});
  const train::MultiTensorDataset data({a, b}, {b, a});
  optim::SGD sgd(net.parameters(), {.lr = 0.});
  const train::Loss loss([](const Tensor& p, std::span<const Tensor> t) {
    return nn::mse(p, t[0]) + (t[0] - t[1] * 10.).abs().sum() + nn::mse(p, t[1]) * 0.;
  });
  CHECK(train::fit(net, sgd, loss, data, {.batch_size = 2})["loss"][0] == 0);
  CHECK(train::evaluate(net, loss, data)["loss"] == 0);
  CHECK(train::predict(net, data).shape() == Shape{5, 1});
}

TEST_CASE("fit: LBFGS gets its closure") {
  Slope net;
  optim::LBFGS lbfgs(net.parameters(), {.line_search = optim::LineSearch::strong_wolfe});
  const auto h = train::fit(net, lbfgs, nn::MSE{}, column({1, 2}), column({2, 4}), {.epochs = 2});
  CHECK(h["loss"][0] == doctest::Approx(10));
  CHECK(net.value() == doctest::Approx(2));
}

TEST_CASE("fit: what does not fit is found before anything changes") {
  Slope net, other;
  optim::SGD sgd(net.parameters(), {.lr = 0.1}), foreign(other.parameters(), {.lr = 0.1});
  const auto x = column({1, 2}), y = column({2, 4});
  const auto fit = [&](train::FitOptions o) { return [&, o] { train::fit(net, sgd, nn::MSE{}, x, y, o); }; };
  CHECK(throws<ValueError>(fit({.epochs = -1}), "epochs: got -1; expected 0 or more"));
  CHECK(throws<ValueError>(fit({.batch_size = 0}), "batch_size: got 0; expected 1 or more"));
  CHECK(throws<ValueError>(fit({.validation_split = 1.}), "validation_split: got 1"));
  CHECK(throws<ValueError>(fit({.validation_split = 0.9}), "leaves 0 to train and 2 to validate"));
  CHECK(throws<ValueError>(fit({.accumulate = 0}), "accumulate: got 0"));
  CHECK(throws<ValueError>(fit({.metrics = {"accuracy", "accuracy"}}), "two values would be called \"accuracy\""));
  CHECK(throws<ValueError>([] { train::AnyMetric("exactness"); }, "no metric called \"exactness\""));
  CHECK(throws<ShapeError>(fit({.sample_weight = tensor({1., 2., 3.})}), "sample_weight: got [3]; expected [2]"));
  CHECK(throws<ValueError>([&] { train::fit(net, foreign, nn::MSE{}, x, y); }, "holds none of the parameters"));
  CHECK(throws<ShapeError>([&] { train::fit(net, sgd, nn::MSE{}, x, column({1})); }, "target 0 does not fit"));
  const double before = net.value();
  CHECK_THROWS_AS(train::fit(net, sgd, nn::MSE{}, x, tensor({1., 2.})), ShapeError);
  CHECK_THROWS_AS(train::fit(net, sgd, nn::MSE{}, zeros({0, 1}, float64), zeros({0, 1}, float64)), ValueError);
  CHECK(throws<ValueError>(
      [&] {
        train::fit(net, sgd, [](const Tensor& p, const Tensor& t) { return nn::mse(p, t); }, x, y,
                   {.sample_weight = tensor({1., 1.})});
      },
      "need the loss of each sample"));
  CHECK(net.value() == before);
}

TEST_CASE("fit: Ctrl-C ends the epoch after the batch under way and keeps the history") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.01});
  int ended = 0;
  struct sigaction usual {
  }, of_doctest{};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, &of_doctest);
  const auto h = train::fit(net, sgd, nn::MSE{}, column({1, 2, 3, 4}), column({2, 4, 6, 8}),
                            {.epochs = 9,
                             .batch_size = 1,
                             .shuffle = false,
                             .callbacks = {train::Lambda({.on_batch_end =
                                                              [](train::Training& t) {
                                                                if (t.epoch == 1 && t.batch == 1) std::raise(SIGINT);
                                                              },
                                                          .on_train_end = [&](train::Training&) { ++ended; }})}});
  CHECK(h.interrupted);
  CHECK(h.epoch == std::vector<std::int64_t>{0, 1});
  CHECK(h["loss"].size() == 2);
  CHECK(ended == 1);
  struct sigaction now {};
  sigaction(SIGINT, &of_doctest, &now);
  CHECK((now.sa_handler == SIG_DFL));
}

TEST_CASE("fit: penalties of the weights belong to the loss, and constraints hold after every step") {
  const Tensor x = ones({1, 1}, float64), y = full({1, 1}, 2., float64);
  nn::Dense net(1, 1, {.bias = false, .dtype = float64, .kernel_regularizer = nn::l2(0.1)});
  net.weight.mutable_data<double>()[0] = 1;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const auto h = train::fit(net, sgd, nn::MSE{}, x, y, {.epochs = 1});
  CHECK(h["loss"][0] == doctest::Approx(1.1).epsilon(1e-14));                // (1 - 2)^2 + 0.1
  CHECK(net.weight.item<double>() == doctest::Approx(1.18).epsilon(1e-14));  // the gradient is -2 + 0.2
  CHECK(train::evaluate(net, nn::MSE{}, x, y)["loss"] ==
        doctest::Approx(0.82 * 0.82 + 0.1 * 1.18 * 1.18).epsilon(1e-14));

  nn::Dense bounded(1, 1, {.bias = false, .dtype = float64, .kernel_constraint = nn::max_norm(1.05)});
  bounded.weight.mutable_data<double>()[0] = 1;
  optim::SGD again(bounded.parameters(), {.lr = 0.1});
  train::fit(bounded, again, nn::MSE{}, x, y, {.epochs = 1});
  CHECK(bounded.weight.item<double>() == doctest::Approx(1.05).epsilon(1e-6));
}

TEST_CASE("evaluate and predict leave every mode as it was") {
  nn::Sequential net(nn::Dense(1, 2), nn::ReLU(), nn::Dense(2, 1));
  net[2].eval();
  const auto x = zeros({5, 1});
  train::predict(net, x, {.batch_size = 2});
  train::evaluate(net, nn::MSE{}, x, x);
  CHECK(net.training());
  CHECK(net[0].training());
  CHECK_FALSE(net[2].training());
}

TEST_CASE("predict joins batches in order, and evaluate weights them by their sizes") {
  Slope net;
  net.w.mutable_data<double>()[0] = 2;
  const auto x = column({1, 2, 3, 4, 5});
  const Tensor out = train::predict(net, x, {.batch_size = 2});
  CHECK(same_bytes(out.array(), (x * 2.).array()));
  const auto logs = train::evaluate(net, nn::MSE{}, x, column({2, 4, 6, 8, 15}), {.batch_size = 2});
  CHECK(logs["loss"] == doctest::Approx(25. / 5));
  CHECK(throws<ValueError>([&] { return logs["los"]; }, "there is no value named \"los\"; there are: loss"));
}
