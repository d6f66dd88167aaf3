// A perceptron of two layers learns XOR: the points of a square, in two classes by the sign of the product of their
// coordinates, with noise. 2-10-1, ReLU, sigmoid, cross-entropy, mini-batches of 10, learning rate 1; training ends
// when the cross-entropy of the validation points, summed, is below a tolerance.
//
// The published program multiplies (a - y) by sigma'(z) once too often: check_derivation finds that, and both train.
// It also divides by zero in the logarithm; from logits there is no logarithm of zero.

#include <cmath>

#include "study.hpp"

using namespace xgrad;

namespace {

struct Points {
  data::TensorDataset train, validation, test;
};

/// Points of the square from -1 to 1; class 1 where the signs of the coordinates differ. Then the noise.
Points draw_points(double noise) {
  const Tensor corner = rand({1000, 2}) * 2. - 1.;
  const Tensor differ = (corner.slice(1, 0, 1) * corner.slice(1, 1, 2) < 0.).to(float32);
  const data::TensorDataset all((corner + randn({1000, 2}) * noise).array(), differ.array());
  return {all.take(800), all.slice(800, 900), all.slice(900)};
}

/// The two backward passes of a sigmoid behind cross-entropy, checked: what was derived, and what was published.
bool check_derivations() {
  const Tensor y = tensor({{1}, {0}, {1}, {0}}, float64), z = tensor({{0.8}, {-1.2}, {-2.5}, {3.}}, float64);
  const auto loss = [&](const Tensor& x) {
    return nn::binary_cross_entropy_with_logits(x, y, {.reduction = nn::Reduction::sum});
  };
  const auto right = check_derivation(
      loss, [&](const Tensor& x) { return sigmoid(x) - y; }, z);
  const auto published = [&](const Tensor& x) { return (sigmoid(x) - y) * sigmoid(x) * (1. - sigmoid(x)); };
  const auto wrong = check_derivation(loss, published, z);
  const auto other = check_derivation([&](const Tensor& x) { return nn::half_sse(sigmoid(x), y); }, published, z);
  std::cout << "cross-entropy, dC/dz = a - y: " << right.verdict_line()
            << "cross-entropy, dC/dz = (a - y) sigma'(z): " << wrong.verdict_line()
            << "half the squared error, dC/dz = (a - y) sigma'(z): " << other.verdict_line();
  return right && !wrong && other;
}

/// How many points the published formula, y log(a) + (1 - y) log(1 - a), takes the logarithm of zero for.
double logarithms_of_zero(const Tensor& logits) {
  const Tensor a = sigmoid(logits.to(float64));
  return (a * (1. - a) == 0.).to(int64).sum().item<double>();
}

nn::Sequential make_net() {
  const nn::DenseOptions normal{.weight_init = nn::init::RandomNormal{.stddev = 1},
                                .bias_init = nn::init::RandomNormal{.stddev = 1}};
  return nn::Sequential(nn::Dense(2, 10, normal), nn::ReLU(), nn::Dense(10, 1, normal));
}

}  // namespace

int main(int argc, char** argv) {
  Study study("xor", "XOR with a perceptron of two layers, and with a backward pass that is wrong.", 3);
  double noise = 0.01, tolerance = 1e-4;
  std::vector<double> rates{1, 0.1};
  std::int64_t epochs = 200;
  study.app.add_option("--noise", noise, "standard deviation of what is added to the coordinates");
  study.app.add_option("--tolerance", tolerance, "of the summed cross-entropy of the validation points");
  study.app.add_option("--lr", rates, "learning rates");
  study.app.add_option("--epochs", epochs, "at most; 1000 with --full")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (!check_derivations()) throw Error("xor: the verdicts on the derivations are not the expected ones");
    if (study.full) epochs = 1000, study.repeat = std::max<std::int64_t>(study.repeat, 10);
    const train::Metrics metrics{train::Accuracy({.threshold = 0}),
                                 train::MeanMetric("cross_entropy", nn::BinaryCrossEntropyWithLogits{})};
    const train::Loss cross_entropy = nn::BinaryCrossEntropyWithLogits{};
    const std::vector<std::pair<std::string, train::Loss>> backward_passes{
        {"a - y", cross_entropy}, {"(a - y) sigma'", [](const Tensor& z, const Tensor& y) {  // whose gradient that is
                                     return nn::half_sse(sigmoid(z), y) / static_cast<double>(y.numel());
                                   }}};
    train::Table runs({"backward pass", "lr", "seed", "epochs", "training accuracy", "test accuracy",
                       "summed test cross-entropy", "logarithms of zero", "not finite"});
    train::Table summary({"backward pass", "lr", "runs", "training accuracy", "its deviation", "test accuracy",
                          "deviation of that", "summed test cross-entropy", "logarithms of zero", "not finite"});
    std::vector<train::plot::Run> curves;
    for (const auto& [name, loss] : backward_passes) {
      for (const double lr : rates) {
        const auto experiment = [&, name = name, loss = loss](std::uint64_t seed) {
          const Points points = draw_points(noise);
          nn::Sequential net = make_net();
          optim::tf_keras::SGD sgd(net.parameters(), {.lr = lr});
          const auto history =
              train::fit(net, sgd, loss, points.train,
                         {.epochs = epochs,
                          .batch_size = 10,
                          .validation = &points.validation,
                          .metrics = metrics,
                          .callbacks = {train::EarlyStopping(
                              {.monitor = "val_cross_entropy", .patience = epochs, .tolerance = tolerance / 100})}});
          double not_finite = 0;
          for (const std::string& series : history.names())
            for (const double value : history[series]) not_finite += !std::isfinite(value);
          const train::Logs unseen = train::evaluate(net, cross_entropy, points.test, {.metrics = metrics});
          const train::Logs results{{"training accuracy", train::evaluate(net, cross_entropy, points.train,
                                                                          {.metrics = metrics})["accuracy"]},
                                    {"test accuracy", unseen["accuracy"]},
                                    {"summed test cross-entropy", 100 * unseen["loss"]},
                                    {"logarithms of zero", logarithms_of_zero(train::predict(net, points.train))},
                                    {"not finite", not_finite}};
          std::vector<train::Cell> row{name, lr, seed, history.epoch.size()};
          for (const auto& [what, value] : results) row.emplace_back(value);
          runs.row(row);
          if (seed > study.seed) return results;
          curves.push_back({fmt::format("{}, lr {}", name, lr), history});
          const auto [x, y] = points.test.all();
          const std::string file = fmt::format("boundary_{}_{}.png", name == "a - y" ? "right" : "published", lr);
          train::plot::decision_boundary(
              study / file, [&](const Tensor& at) { return net(at); }, x, y.to(int64),
              {.title = fmt::format("dC/dz = {}, learning rate {}", name, lr), .threshold = 0});
          return results;
        };
        const train::Samples s = train::repeat(study.repeat, experiment, {.seed = study.seed});
        summary.row({name, lr, study.repeat, s["training accuracy"].mean, s["training accuracy"].std,
                     s["test accuracy"].mean, s["test accuracy"].std, s["summed test cross-entropy"].mean,
                     s["logarithms of zero"].mean, s["not finite"].mean});
      }
    }
    study.table("runs", runs);
    study.table("summary", summary);
    train::plot::runs(study / "curves.svg", curves, {.metric = "val_cross_entropy", .log_y = true});
  });
}
