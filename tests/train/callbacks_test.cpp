#include "train/callbacks.hpp"

#include <cmath>
#include <limits>

#include "tests/files.hpp"
#include "tests/throws.hpp"
#include "tests/train/runs.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// In which epoch EarlyStopping ends a run with these values of val_loss; -1 for none.
std::int64_t stopped(const std::vector<double>& values, train::EarlyStoppingOptions options) {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.01});
  train::EarlyStopping early(options);
  const auto h = run(net, sgd, static_cast<std::int64_t>(values.size()), {scripted("val_loss", values), &early});
  CHECK(h.epoch.back() == (early.stopped_epoch() < 0 ? std::ssize(values) - 1 : early.stopped_epoch()));
  CHECK(h.stopped.empty() == (early.stopped_epoch() < 0));
  return early.stopped_epoch();
}

/// The learning rates at the ends of epochs, under ReduceLROnPlateau from 1, as logged before it acts.
std::vector<double> rates(const std::vector<double>& values, train::ReduceLROnPlateauOptions options) {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 1.});
  return run(net, sgd, static_cast<std::int64_t>(values.size()),
             {scripted("val_loss", values), train::ReduceLROnPlateau(options)})["learning_rate"];
}

}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("EarlyStopping: patience counts the epochs since the best, as in Keras") {
  // best 3 in epoch 1; epochs 2, 3, 4 are the 1st, 2nd, 3rd without improvement
  const std::vector<double> values{5, 3, 4, 3, 3.5, 1, 1, 1};
  CHECK(stopped(values, {.patience = 1}) == 2);
  CHECK(stopped(values, {.patience = 2}) == 3);
  CHECK(stopped(values, {.patience = 3}) == 4);
  CHECK(stopped(values, {.patience = 4}) == -1);
  CHECK(stopped(values, {.patience = 0}) == 2);
  CHECK(stopped({5, 4, 3}, {.patience = 0}) == -1);
}

TEST_CASE("EarlyStopping: min_delta, mode, start_from_epoch, baseline and tolerance") {
  CHECK(stopped({5, 4.9, 4.8, 4.7}, {.min_delta = 0.15, .patience = 1}) == 1);
  CHECK(stopped({5, 4.8, 4.6, 4.4}, {.min_delta = 0.15, .patience = 1}) == -1);
  CHECK(stopped({1, 2, 3, 2.5}, {.patience = 1, .mode = optim::Mode::max}) == 3);
  CHECK(stopped({1, 2, 3, 4, 5}, {.patience = 1, .start_from_epoch = 2}) == 3);
  // improving all the time, but never on the baseline: the count goes up, and the first miss ends it
  CHECK(stopped({9, 8, 7, 7.5}, {.patience = 2, .baseline = 5.}) == 3);
  CHECK(stopped({9, 4, 4.5, 3}, {.patience = 2, .baseline = 5.}) == -1);
  CHECK(stopped({9, 4, 2, 1}, {.patience = 9, .tolerance = 2.}) == 2);
  CHECK(stopped({2, 1}, {.patience = 9, .tolerance = 2.}) == 0);
}

TEST_CASE("EarlyStopping: NaN is no improvement, and no best value for ever") {
  CHECK(stopped({kNaN, 3, 2, 1}, {.patience = 2}) == -1);
  CHECK(stopped({3, kNaN, kNaN, 1}, {.patience = 2}) == 2);
}

TEST_CASE("EarlyStopping: the best weights come back, also where nothing ended early") {
  for (const std::int64_t patience : {1, 50}) {
    Slope net;
    optim::SGD sgd(net.parameters(), {.lr = 0.1});
    std::vector<double> weights;
    train::EarlyStopping early({.patience = patience, .restore_best_weights = true});
    run(net, sgd, 4,
        {train::Lambda({.on_epoch_end = [&](train::Training&, train::Logs&) { weights.push_back(net.value()); }}),
         scripted("val_loss", {3, 2, 4, 5}), &early});
    CHECK(early.best_epoch() == 1);
    CHECK(early.best() == 2.);
    CHECK(net.value() == weights.at(1));
    CHECK(weights.size() == (patience == 1 ? 3 : 4));
  }
}

TEST_CASE("EarlyStopping: a value that is never there gives a warning and ends nothing") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const auto h = run(net, sgd, 3, {train::EarlyStopping({.monitor = "val_acuracy"})});
  CHECK(h.epoch.size() == 3);
  REQUIRE(h.warnings.size() == 1);
  CHECK(contains(h.warnings[0], "no value \"val_acuracy\" to watch; there are: loss, learning_rate"));
}

TEST_CASE("ReduceLROnPlateau: the patience-th bad epoch reduces, in the epoch after the rate is lower") {
  // best 5 (epoch 0); epochs 1 and 2 are bad: reduced at the end of epoch 2, then again after epochs 3 and 4
  CHECK(rates({5, 5, 5, 5, 5, 5}, {.factor = 0.5, .patience = 2}) == std::vector<double>{1, 1, 1, 0.5, 0.5, 0.25});
  CHECK(rates({5, 4, 3, 2}, {.factor = 0.5, .patience = 1}) == std::vector<double>{1, 1, 1, 1});
  // an improvement by less than min_delta is none
  CHECK(rates({5, 4.99995, 4.99992, 0}, {.factor = 0.5, .patience = 1}) == std::vector<double>{1, 1, 0.5, 0.25});
  // cooldown 2: reduced after epoch 1; epoch 2 only cools down, epoch 3 counts again
  CHECK(rates({5, 5, 5, 5, 5}, {.factor = 0.5, .patience = 1, .cooldown = 2}) ==
        std::vector<double>{1, 1, 0.5, 0.5, 0.25});
  CHECK(rates({5, 5, 5, 5}, {.factor = 0.1, .patience = 1, .min_lr = 0.3}) == std::vector<double>{1, 1, 0.3, 0.3});
}

TEST_CASE("LearningRateScheduler: sets the rate at the beginning of each epoch") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.4});
  auto h = run(net, sgd, 3,
               {train::LearningRateScheduler([](std::int64_t epoch, double lr) { return epoch == 0 ? lr : lr / 2; })});
  CHECK(h["learning_rate"] == std::vector<double>{0.4, 0.2, 0.1});
  h = run(net, sgd, 2, {train::LearningRateScheduler([](std::int64_t epoch) { return epoch == 0 ? 0.5 : 0.25; })});
  CHECK(h["learning_rate"] == std::vector<double>{0.5, 0.25});
}

TEST_CASE("CSVLogger: Keras' format, byte for byte") {
  const Folder folder;
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.});
  const auto log = [&](bool append) {
    run(net, sgd, 2,
        {train::Lambda({.on_epoch_end =
                            [](train::Training& t, train::Logs& logs) {
                              logs.set("acc", t.epoch == 0 ? 1 : 1e-5);
                              if (t.epoch == 1) logs.set("val_loss", 0.25);
                            }}),
         train::CSVLogger(folder / "log.csv", {.append = append})});
  };
  const std::string head = "epoch,acc,learning_rate,loss,val_acc,val_learning_rate,val_loss\r\n";
  const std::string rows = "0,1.0,0.0,4.0,NA,NA,NA\r\n1,1e-05,0.0,4.0,NA,NA,0.25\r\n";
  log(false);
  CHECK(content(folder / "log.csv") == head + rows);
  log(true);
  CHECK(content(folder / "log.csv") == head + rows + rows);
  log(false);
  CHECK(content(folder / "log.csv") == head + rows);
  CHECK(throws<IoError>([&] { run(net, sgd, 1, {train::CSVLogger(folder / "no" / "log.csv")}); }, "cannot be opened"));
}

TEST_CASE("ModelCheckpoint: every epoch, every second, or the best, with names that are filled in") {
  const Folder folder;
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const std::vector<double> values{3, 2, 2.5, 1.25};
  const auto files = [&](const char* pattern, train::ModelCheckpointOptions o) {
    train::ModelCheckpoint checkpoint((folder / pattern).string(), o);
    run(net, sgd, 4, {scripted("val_loss", values), &checkpoint});
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder.path)) {
      names.push_back(entry.path().filename());
      fs::remove(entry.path());
    }
    std::sort(names.begin(), names.end());
    return names;
  };
  using Names = std::vector<std::string>;
  CHECK(files("n-{epoch:02d}.h5", {}) == Names{"n-01.h5", "n-02.h5", "n-03.h5", "n-04.h5"});
  CHECK(files("n-{epoch}.h5", {.every = 2}) == Names{"n-2.h5", "n-4.h5"});
  CHECK(files("n-{val_loss:.2f}.h5", {.save_best_only = true}) == Names{"n-1.25.h5", "n-2.00.h5", "n-3.00.h5"});
  CHECK(files("n-{epoch}.h5", {.save_best_only = true, .initial_value_threshold = 2.5}) == Names{"n-2.h5", "n-4.h5"});
  CHECK(throws<ValueError>([&] { files("{accurcy}.h5", {}); }, "there are: epoch, loss, learning_rate, val_loss"));
}

TEST_CASE("ModelCheckpoint: the file has the weights and the history up to its epoch") {
  const Folder folder;
  Slope net, fresh;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  const auto h = run(net, sgd, 3, {train::ModelCheckpoint((folder / "net.h5").string())});
  train::load(folder / "net.h5", fresh);
  CHECK(fresh.value() == net.value());
  const auto loaded = train::load_history(folder / "net.h5");
  CHECK(loaded.same_values(h));
  CHECK(loaded.seconds.size() == 3);
}

TEST_CASE("TerminateOnNaN: ends before the batch changes a weight, and names the operation") {
  struct Log : nn::Module {
    Tensor w = ones({1}, float64).requires_grad_();
    void members(Members& m) override { m("w", w); }
    Tensor forward(const Tensor& x) override { return log(x * w); }
  } net;
  optim::SGD sgd(net.parameters(), {.lr = 1e-3});
  train::TerminateOnNaN guard;
  std::int64_t steps = 0;
  const auto h =
      train::fit(net, sgd, nn::MSE{}, column({1, 2, -1, 3}), column({0, 1, 0, 1}),
                 {.epochs = 5,
                  .batch_size = 1,
                  .shuffle = false,
                  .callbacks = {&guard, train::Lambda({.on_gradients = [&](train::Training&) { ++steps; }})}});
  CHECK(steps == 2);
  CHECK(std::isfinite(net.w.item<double>()));
  CHECK(h.epoch.size() == 1);
  CHECK(std::isnan(h["loss"][0]));
  CHECK(contains(guard.report(), "log: result has NaN"));
  CHECK(contains(h.stopped, "the loss is NaN in epoch 0, batch 2"));
}

TEST_CASE("GradientStats: norms and update ratios of a step computed by hand") {
  Slope net;
  net.w.mutable_data<double>()[0] = 1;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  train::GradientStats stats({.every = 2});
  run(net, sgd, 3, {&stats});  // y = 2: gradient 2 (w - 2)
  REQUIRE(stats.parameters.size() == 2);
  CHECK(stats.parameters[0].name == "w");
  CHECK(stats.parameters[0].gradient_norm == doctest::Approx(2));
  CHECK(stats.parameters[0].weight_norm == doctest::Approx(1));
  CHECK(stats.parameters[0].update_ratio == doctest::Approx(0.2));
  CHECK(stats.parameters[1].step == 2);
  CHECK(stats.parameters[1].gradient_norm == doctest::Approx(2 * (2 - 1.36)));  // w = 1, 1.2, 1.36
}

TEST_CASE("GradientStats: the means of each epoch are those of its measurements") {
  train::GradientStats stats;
  stats.parameters = {{0, 0, "0.weight", 1, 10, 0.5},
                      {0, 0, "0.bias", 4, 20, 1},
                      {0, 5, "0.weight", 3, 12, 0.25},
                      {0, 5, "0.bias", 8, 22, 2},
                      {1, 10, "0.weight", 5, 14, 1}};
  const auto means = stats.epoch_means();
  REQUIRE(means.size() == 3);
  CHECK(means[0].name == "0.weight");
  CHECK(means[0].step == 5);
  CHECK(means[0].gradient_norm == 2);
  CHECK(means[0].weight_norm == 11);
  CHECK(means[0].update_ratio == 0.375);
  CHECK(means[1].name == "0.bias");
  CHECK(means[1].gradient_norm == 6);
  CHECK(means[2].epoch == 1);
  CHECK(means[2].gradient_norm == 5);
  CHECK(train::GradientStats().epoch_means().empty());
}

TEST_CASE("GradientStats: warns of dead units, of vanishing and of exploding gradients") {
  nn::Sequential net(nn::Dense(1, 4), nn::ReLU(), nn::Dense(4, 1));
  for (float& b : std::span(net.at<nn::Dense>(0).bias.mutable_data<float>(), 4)) b = -100;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  train::GradientStats stats;
  const auto h = train::fit(net, sgd, nn::MSE{}, ones({4, 1}), full({4, 1}, 1e6f), {.callbacks = {&stats}});
  REQUIRE(stats.activities.size() == 3);
  CHECK(stats.activities[1].layer.dead == 4);
  std::string all;
  for (const std::string& warning : h.warnings) all += warning + "\n";
  CHECK(contains(all, "1 ReLU(): more than 50 % of the units are dead"));
  CHECK(contains(all, "0.weight: vanishing gradient"));
  CHECK(contains(all, "2.bias: exploding gradient"));
}

TEST_CASE("WeightSnapshots: counts and edges as numpy.histogram has them") {
  nn::Dense net(4, 1, {.bias = false});
  const float values[] = {0, 1, 2, 4};
  net.weight.copy_(tensor(values, Shape{1, 4}));
  optim::SGD sgd(net.parameters(), {.lr = 0.});
  train::WeightSnapshots snapshots({.bins = 4});
  train::fit(net, sgd, nn::MSE{}, ones({1, 4}), ones({1, 1}), {.epochs = 2, .callbacks = {&snapshots}});
  REQUIRE(snapshots.snapshots.size() == 3);
  const auto& s = snapshots.snapshots[0];
  CHECK(s.epoch == -1);
  CHECK(s.name == "weight");
  CHECK(s.counts == std::vector<std::int64_t>{1, 1, 1, 1});
  CHECK(s.edges == std::vector<double>{0, 1, 2, 3, 4});
  CHECK(s.mean == 1.75);
  CHECK(s.std == doctest::Approx(std::sqrt((3.0625 + 0.5625 + 0.0625 + 5.0625) / 4)));
  CHECK(snapshots.snapshots[2].epoch == 1);
}

TEST_CASE("callbacks are called in order, and wrong options refused") {
  Slope net;
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  std::string calls;
  const auto note = [&](const char* what) { return [&calls, what](train::Training&) { calls += what; }; };
  run(net, sgd, 2,
      {train::Lambda({.on_train_begin = note("T"),
                      .on_epoch_begin = note("E"),
                      .on_batch_begin = note("B"),
                      .on_loss = note("l"),
                      .on_gradients = note("g"),
                      .on_batch_end = note("b"),
                      .on_epoch_end = [&](train::Training&, train::Logs&) { calls += "e"; },
                      .on_train_end = note("t")})});
  CHECK(calls == "TEBlgbeEBlgbet");
  CHECK(throws<ValueError>([] { train::EarlyStopping({.patience = -1}); }, "patience"));
  CHECK(throws<ValueError>([] { train::ReduceLROnPlateau({.factor = 1.}); }, "factor"));
  CHECK(throws<ValueError>([] { train::ModelCheckpoint("x", {.every = 0}); }, "every"));
  CHECK(throws<ValueError>([] { train::AnyCallback(static_cast<train::Callback*>(nullptr)); }, "null pointer"));
}
