// A network that reads digits, written twice: by hand on plain arrays from the formulas of backpropagation, and with
// nn. Sigmoid in all layers, C = 1/2 sum (a - y)^2, mini-batch gradient descent W -= eta / m sum dC/dW. Both start from
// the same weights, see the same mini-batches, and must agree to 1e-10 after every epoch. Then a search for a setting
// that reads more than 97 %.
#include <cmath>
#include <numeric>

#include "../study.hpp"
#include "by_hand.hpp"

using namespace xgrad;

namespace {

using Widths = std::vector<std::int64_t>;
constexpr std::int64_t kBatch = 10;

/// 784-hidden-10, sigmoid everywhere.
nn::Sequential make_net(Widths sizes, const nn::init::Initializer& init, DType dtype = float32) {
  sizes.insert(sizes.begin(), 784);
  sizes.push_back(10);
  return nn::Sequential(
      nn::Flatten(), [=](const Tensor& x) { return x.to(dtype); },
      nn::mlp(sizes, nn::Sigmoid(), {.weight_init = init, .dtype = dtype}), nn::Sigmoid());
}

/// C, the mean over the mini-batch.
Tensor cost(const Tensor& a, const Tensor& labels) {
  return nn::half_sse(a, one_hot(labels, 10).to(a.dtype())) / static_cast<double>(labels.numel());
}

}  // namespace

int main(int argc, char** argv) {
  Study study("digits_from_scratch", "Digits with backpropagation written by hand, and with nn.");
  study.reads_digits();
  std::vector<Widths> nets{{8, 8}};
  std::vector<Widths> searched{{30}};
  double eta = 0.3;
  std::int64_t epochs = 3, search_epochs = 3, images = 4000;
  Widths hidden;
  study.app.add_option("--hidden", hidden, "widths of the hidden layers; without, 8,8")->delimiter(',');
  study.app.add_option("--eta", eta, "learning rate of the comparison");
  study.app.add_option("--epochs", epochs, "of the comparison; 5 with --full");
  study.app.add_option("--search-epochs", search_epochs, "of each setting of the search; 10 with --full");
  study.app.add_option("--images", images, "to train with, where they are drawn")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (study.full) {
      nets = {{8, 8}, {30}, {16, 16, 16, 16}};
      searched = {{8, 8}, {30, 30}, {100}, {300}};
      epochs = 5, search_epochs = 10;
    }
    if (!hidden.empty()) nets = {hidden};
    const Study::Digits digits = study.digits(images, images / 4);

    train::Table agreement({"hidden", "epoch", "cost by hand", "cost with nn", "difference", "of weights",
                            "validation accuracy", "seconds by hand", "seconds with nn"});
    for (const Widths& widths : nets) {
      manual_seed(study.seed);
      nn::Sequential net = make_net(widths, nn::init::RandomNormal{.stddev = 1}, float64);
      ByHand by_hand(net);
      data::DataLoader loader(digits.train, {.batch_size = kBatch, .shuffle = true, .seed = study.seed});
      const auto compare = [&](train::Training& t, train::Logs& logs) {
        const auto start = std::chrono::steady_clock::now();
        double sum = 0;
        for (const auto& [x, y] : loader) sum += by_hand.step(x, y, eta);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        sum /= static_cast<double>(digits.train.size());
        const double off = std::abs(sum - logs["loss"]), of_weights = by_hand.distance(net);
        agreement.row({joined(widths, "-"), t.epoch + 1, sum, logs["loss"], off, of_weights, logs["val_accuracy"],
                       seconds.count(), t.history.seconds.back()});
        if (!(off < 1e-10 && of_weights < 1e-10)) {
          study.table("agreement", agreement);
          throw Error("by hand and with nn differ by more than 1e-10");
        }
      };
      optim::SGD sgd(net.parameters(), {.lr = eta});
      train::fit(net, sgd, cost, digits.train,
                 {.epochs = epochs,
                  .batch_size = kBatch,
                  .validation = &digits.validation,
                  .seed = study.seed,
                  .metrics = {"accuracy"},
                  .callbacks = {train::Lambda({.on_epoch_end = compare})}});
    }
    study.table("agreement", agreement);

    // The search: the validation images say which epoch of which setting is the best, the test images how good it is.
    train::Table search(
        {"hidden", "eta", "initial weights", "best epoch", "validation accuracy", "test accuracy", "seconds"});
    std::vector<train::plot::Bar> bars;
    double highest = 0;
    for (const auto& [init, draw] :
         {std::pair<std::string, nn::init::Initializer>{"N(0, 1)", nn::init::RandomNormal{.stddev = 1}},
          {"Glorot", nn::init::glorot_uniform}}) {
      for (const Widths& widths : searched) {
        for (const double rate : {1., 3.}) {
          manual_seed(study.seed);
          nn::Sequential net = make_net(widths, draw);
          optim::SGD sgd(net.parameters(), {.lr = rate});
          train::EarlyStopping best(
              {.monitor = "val_accuracy", .patience = search_epochs, .restore_best_weights = true});
          const auto history = train::fit(net, sgd, cost, digits.train,
                                          {.epochs = search_epochs,
                                           .batch_size = kBatch,
                                           .validation = &digits.validation,
                                           .seed = study.seed,
                                           .metrics = {"accuracy"},
                                           .callbacks = {&best},
                                           .validation_batch_size = 1000});
          const train::Logs test = train::evaluate(net, cost, digits.test, {.metrics = {"accuracy"}});
          search.row({joined(widths, "-"), rate, init, best.best_epoch() + 1, *best.best(), test["accuracy"],
                      std::accumulate(history.seconds.begin(), history.seconds.end(), 0.)});
          bars.push_back({fmt::format("{} {} {}", joined(widths, "-"), rate, init), test["accuracy"]});
          if (*best.best() <= highest) continue;
          highest = *best.best();
          train::plot::first_layer(study / "first_layer.png", net.parameters()[0]);
        }
      }
    }
    study.table("search", search);
    train::plot::bars(study / "search.svg", bars, {.title = "Test accuracy by widths and eta", .digits = 4});
  });
}
