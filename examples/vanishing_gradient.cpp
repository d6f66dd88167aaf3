// Why deep networks of sigmoids did not train: the gradient that reaches a layer is a product of one factor for each
// layer behind it, w sigma'(z), and sigma' is 1/4 at most (examples/derivations vanishing). Networks for MNIST as
// published, with SGD in steps of 2 or 4 images, then ways to train six layers of sigmoids all the same.
#include <cmath>
#include <memory>
#include <numeric>

#include "study.hpp"

using namespace xgrad;

namespace {

enum class Norm { none, behind, before };

struct Row {
  std::vector<std::int64_t> hidden;
  std::string activation = "sigmoid";
  std::int64_t batch = 2;
  double lr = 0.01;
  std::string change = {};  ///< in words, what differs
  double published_loss = NAN, published_accuracy = NAN;
  double dropout = 0, l2 = 0, gain = 1;  ///< gain: of Glorot's initial weights
  Norm norm = Norm::none;
  std::string optimiser = "SGD";
};

const std::vector<std::int64_t> five{15, 25, 50, 75, 100}, six{15, 25, 50, 75, 100, 150}, ones{1, 1, 1};

const std::vector<Row> rows{
    {{15}, "sigmoid", 2, 0.01, "", .168526, .9495},
    {five, "sigmoid", 2, 0.01, "", .316086, .9249},
    {six, "sigmoid", 2, 0.01, "", 2.302365, .1135},
    {six, "relu", 2, 0.01, "", .170990, .9562},
    {ones, "sigmoid", 2, 0.01, "", 1.769383, .2419},
    {ones, "relu", 2, 0.01, "", 2.302129, .1135},
    {six, "relu", 4, 0.01, "", .203929, .9503},
    {six, "sigmoid", 4, 0.01, "", 2.302055, .1135},
    {six, "sigmoid", 4, 0.01, "dropout 0.2, l2 0.01", 2.357207, .1135, 0.2, 0.01},
    {{16, 25, 50, 75, 100, 150}, "sigmoid", 4, 0.001, "", 2.302264, .1135},
    {six, "sigmoid", 4, 0.01, "batch norm behind", .832318, .7087, 0, 0, 1, Norm::behind},
    {six, "relu", 4, 0.01, "batch norm behind", .832318, .7087, 0, 0, 1, Norm::behind},
    // What trains six layers of sigmoids
    {six, "sigmoid", 2, 0.01, "initial weights x 4", NAN, NAN, 0, 0, 4},
    {six, "sigmoid", 32, 0.1, "initial weights x 4", NAN, NAN, 0, 0, 4},
    {six, "sigmoid", 32, 0.1, "batch norm before", NAN, NAN, 0, 0, 1, Norm::before},
    {six, "sigmoid", 32, 0.1, "batch norm behind", NAN, NAN, 0, 0, 1, Norm::behind},
    {six, "sigmoid", 32, 0.001, "Adam", NAN, NAN, 0, 0, 1, Norm::none, "Adam"},
    {six, "sigmoid", 32, 0.001, "Adam, batch norm before", NAN, NAN, 0, 0, 1, Norm::before, "Adam"},
};

nn::Sequential make_net(const Row& row) {
  std::vector<std::int64_t> sizes = row.hidden;
  sizes.insert(sizes.begin(), 784);
  sizes.push_back(10);
  const nn::Regularizer l2{.l2 = row.l2};
  bool first = true;
  const auto between = [&](std::int64_t width) {
    nn::Sequential block;
    if (row.norm == Norm::before) block.add(nn::BatchNorm::keras(width));
    if (row.activation == "relu") block.add(nn::ReLU());
    else block.add(nn::Sigmoid());
    if (row.norm == Norm::behind) block.add(nn::BatchNorm::keras(width));
    if (row.dropout > 0 && !std::exchange(first, false)) block.add(nn::Dropout(row.dropout));
    return block;
  };
  const nn::init::VarianceScaling glorot{.scale = row.gain * row.gain,
                                         .mode = nn::init::FanMode::fan_avg,
                                         .distribution = nn::init::Distribution::uniform};
  nn::Sequential net(nn::Flatten(), nn::mlp(sizes, between,
                                            {.weight_init = glorot, .kernel_regularizer = l2, .bias_regularizer = l2}));
  if (row.dropout > 0) net.add(nn::Dropout(row.dropout));
  return net;
}

std::unique_ptr<optim::Optimizer> make_optimiser(const Row& row, nn::Module& net) {
  using namespace optim::tf_keras;
  if (row.optimiser == "Adam") return std::make_unique<Adam>(net.parameters(), AdamOptions{.lr = row.lr});
  return std::make_unique<SGD>(net.parameters(), SGDOptions{.lr = row.lr});
}

}  // namespace

int main(int argc, char** argv) {
  Study study("vanishing_gradient", "The vanishing gradient, measured.");
  study.reads_digits();
  std::int64_t images = 4000, epochs = 8;
  std::vector<std::size_t> which;
  study.app.add_option("--rows", which, "which networks, counted from 1; without, some, with --full all")
      ->delimiter(',')
      ->check(CLI::Range(std::size_t{1}, rows.size()));
  study.app.add_option("--images", images, "to train with; 50000 with --full")->check(Study::count());
  study.app.add_option("--epochs", epochs, "of each network; 30 with --full")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (study.full) epochs = 30;
    if (which.empty() && !study.full) which = {1, 3, 4, 13, 15, 16};
    if (which.empty()) {
      which.resize(rows.size());
      std::iota(which.begin(), which.end(), 1);
    }
    const Study::Digits digits = study.digits(images, images / 4);
    train::Table table({"row", "hidden", "activation", "batch", "lr", "change", "seed", "training loss",
                        "training accuracy", "validation loss", "validation accuracy", "test loss", "test accuracy",
                        "published loss", "published accuracy", "gradient of the first weights", "of the last", "steps",
                        "us a step"});
    train::Table gradients({"row", "seed", "epoch", "parameter", "gradient norm"});
    for (const std::size_t number : which) {
      for (std::int64_t run = 0; run < study.repeat; ++run) {
        const Row& row = rows[number - 1];
        const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(run);
        manual_seed(seed);
        nn::Sequential net = make_net(row);
        const Tensor before = net.parameters()[0].clone().detach();
        const auto optimiser = make_optimiser(row, net);
        const std::int64_t steps = (digits.train.size() + row.batch - 1) / row.batch;
        train::GradientStats stats({.every = std::max<std::int64_t>(1, steps / 100)});
        train::WeightSnapshots weights({.every = epochs});
        const auto history = train::fit(net, *optimiser, nn::CrossEntropy{}, digits.train,
                                        {.epochs = epochs,
                                         .batch_size = row.batch,
                                         .validation = &digits.validation,
                                         .metrics = {"accuracy"},
                                         .callbacks = {&stats, &weights},
                                         .validation_batch_size = 1000});
        const train::Logs test =
            train::evaluate(net, nn::CrossEntropy{}, digits.test, {.batch_size = 1000, .metrics = {"accuracy"}});
        stats.parameters = stats.epoch_means();
        for (const auto& p : stats.parameters) gradients.row({number, seed, p.epoch + 1, p.name, p.gradient_norm});
        const auto last = [&](const char* series) { return history[series].back(); };
        const double seconds = std::accumulate(history.seconds.begin(), history.seconds.end(), 0.);
        table.row({number, joined(row.hidden, "-"), row.activation, row.batch, row.lr, row.change, seed, last("loss"),
                   last("accuracy"), last("val_loss"), last("val_accuracy"), test["loss"], test["accuracy"],
                   row.published_loss, row.published_accuracy, stats.parameters[0].gradient_norm,
                   stats.parameters[net.parameters().size() - 2].gradient_norm, steps * epochs,
                   1e6 * seconds / static_cast<double>(steps * epochs)});
        table.write_csv(study / "networks.csv");  // after each, as it takes a while
        if (run > 0) continue;
        const std::string title =
            fmt::format("Row {}: {}", number,
                        row.change.empty() ? fmt::format("{} x {}", row.hidden.size(), row.activation) : row.change);
        const auto file = [&](const std::string& what) { return study / fmt::format("{}_{:02}", what, number); };
        train::plot::gradient_norms(file("gradients").replace_extension(".svg"), stats, {.title = title});
        train::plot::weight_histograms(file("weights").replace_extension(".png"), weights, {.title = title});
        train::plot::first_layer(file("before").replace_extension(".png"), before,
                                 {.title = title + ", before", .most = 16});
        train::plot::first_layer(file("after").replace_extension(".png"), net.parameters()[0],
                                 {.title = title + ", after", .most = 16});
      }
    }
    gradients.write_csv(study / "gradients.csv");
    study.table("networks", table);
  });
}
