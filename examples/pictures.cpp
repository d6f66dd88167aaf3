// Every kind of picture that xgrad draws, of small trainings: digits, two moons, NIST's Eckerle4, six optimisers in a
// valley; and the page that shows them.
//
//     pictures --out pictures && xdg-open pictures/report.html
//     pictures --report run        # only the page, of a folder that some other program has filled
//
// Takes some ten seconds. gnuplot draws (Debian: gnuplot-nox). The pictures of docs/pictures.md are these.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>
#include <xgrad.hpp>

using namespace xgrad;
namespace plot = train::plot;

namespace {

void digits(train::RunFolder& run, std::int64_t images, std::int64_t epochs) {
  const auto data = data::synthetic_digits(images, images / 4);
  const auto [x, y] = data.test.take(24).all();
  std::vector<std::string> labels;
  for (const std::int64_t label : y.values<std::int64_t>()) labels.push_back(std::to_string(label));
  plot::images(run / "digits.svg", x, {.title = "Digits and their labels", .labels = labels});
  plot::histogram(run / "inputs.svg", x, {.title = "Pixels", .x_label = "grey value", .log_y = true});

  manual_seed(7);
  nn::Dense first(784, 64);
  nn::Sequential net(nn::Flatten(), first, nn::ReLU(), nn::Dense(64, 32), nn::ReLU(), nn::Dense(32, 10));
  optim::Adam adam(net.parameters(), {.lr = 2e-3});
  train::GradientStats gradients({.every = 5});
  train::WeightSnapshots weights;
  const train::FitOptions options{.epochs = epochs,
                                  .batch_size = 64,
                                  .validation = &data.test,
                                  .seed = 7,
                                  .metrics = {"accuracy"},
                                  .callbacks = {&gradients, &weights}};
  run.add(nn::summary(net, {1, 28, 28}));
  run.add(adam);
  run.add(options);
  run.set("data", fmt::format("{} synthetic digits, {} for validation", images, images / 4));
  run.set("seed", 7);
  const train::History history = train::fit(net, adam, nn::CrossEntropy{}, data.train, options);
  run.add(history);
  train::save(run / "digits.h5", net, history);

  plot::learning_curve(run / "curve.svg", history, {.title = "Learning to read digits"});
  plot::gradient_norms(run / "gradients.svg", gradients, {.title = "Gradients, layer by layer"});
  plot::weight_histograms(run / "weights.svg", weights, {.title = "Weights and biases"});
  plot::first_layer(run / "first_layer.svg", first.weight, {.title = "What the first layer looks for", .most = 40});
  const Tensor prediction = train::predict(net, data.test), target = data.test.all().y;
  plot::confusion_matrix(run / "confusion.svg", train::confusion_matrix(prediction, target),
                         {.title = "Which digits are taken for which"});
  run.add_text("classification_report", train::classification_report(prediction, target));
}

train::History moons_run(nn::Module& net, optim::Optimizer& optimizer, const data::Dataset& data,
                         const data::Dataset& test, std::int64_t epochs) {
  return train::fit(net, optimizer, nn::CrossEntropy{}, data,
                    {.epochs = epochs, .batch_size = 32, .validation = &test, .metrics = {"accuracy"}});
}

nn::Sequential moons_net() { return nn::Sequential(nn::Dense(2, 16), nn::Tanh(), nn::Dense(16, 2)); }

void moons(train::RunFolder& run, std::int64_t epochs) {
  const auto data = data::make_moons(300, {.noise = 0.18, .seed = 1}),
             test = data::make_moons(300, {.noise = 0.18, .seed = 2});
  std::vector<plot::Run> runs;
  std::vector<plot::Bar> bars;
  for (const char* name : {"SGD", "Adam", "RMSprop"}) {
    std::vector<double> accuracies;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      manual_seed(seed);
      nn::Sequential net = moons_net();
      std::unique_ptr<optim::Optimizer> optimizer;
      if (name[0] == 'S') optimizer = std::make_unique<optim::SGD>(net.parameters(), optim::SGDOptions{.lr = 0.1});
      else if (name[0] == 'A')
        optimizer = std::make_unique<optim::Adam>(net.parameters(), optim::AdamOptions{.lr = 0.01});
      else optimizer = std::make_unique<optim::RMSprop>(net.parameters(), optim::RMSpropOptions{.lr = 0.005});
      runs.push_back({name, moons_run(net, *optimizer, data, test, epochs)});
      accuracies.push_back(runs.back().history["val_accuracy"].back());
      if (name[0] == 'A' && seed == 3) {
        const auto [x, y] = data.all();
        plot::decision_boundary(run / "moons.svg", [&](const Tensor& points) { return net(points); }, x, y,
                                {.title = "Two moons, told apart"});
      }
    }
    const train::Sample sample = train::summarize(accuracies);
    bars.push_back({name, sample.mean, sample.std});
  }
  plot::runs(run / "runs.svg", runs, {.title = "Three optimisers, four seeds each"});
  plot::bars(run / "solvers.svg", bars, {.title = "Accuracy on points not seen", .label = "accuracy"});
}

void heat_map(train::RunFolder& run, std::int64_t epochs) {
  const auto data = data::make_moons(200, {.noise = 0.18, .seed = 1}),
             test = data::make_moons(200, {.noise = 0.18, .seed = 2});
  const std::vector<double> rates{0.001, 0.003, 0.01, 0.03, 0.1};
  const std::vector<std::int64_t> batches{8, 16, 32, 64};
  Tensor scores = zeros({4, 5}, float64);
  std::vector<std::string> columns, rows;
  for (const double rate : rates) columns.push_back(fmt::format("{}", rate));
  for (std::size_t b = 0; b < batches.size(); ++b) {
    rows.push_back(std::to_string(batches[b]));
    for (std::size_t r = 0; r < rates.size(); ++r) {
      manual_seed(0);
      nn::Sequential net = moons_net();
      optim::Adam adam(net.parameters(), {.lr = rates[r]});
      const auto history =
          train::fit(net, adam, nn::CrossEntropy{}, data,
                     {.epochs = epochs, .batch_size = batches[b], .validation = &test, .metrics = {"accuracy"}});
      scores.mutable_data<double>()[b * rates.size() + r] = history["val_accuracy"].back();
    }
  }
  plot::heat_map(run / "search.svg", scores,
                 {.title = "Which rate, which batch?",
                  .x_label = "learning rate",
                  .y_label = "batch size",
                  .column_labels = columns,
                  .row_labels = rows,
                  .value_label = "accuracy"});
}

/// Transmittance over wavelength: a Gaussian whose three numbers are found by LBFGS.
void eckerle4(train::RunFolder& run) {
  const auto set = data::eckerle4();
  const auto [x, y] = set.data.all();
  Tensor b = tensor(std::vector<double>{1.5, 5, 450}, Shape{3}).requires_grad_();
  const auto model = [&](const Tensor& at) {
    const Tensor z = (at - b[2]) / b[1];
    return b[0] / b[1] * exp(square(z) * -0.5);
  };
  optim::LBFGS lbfgs({b}, {.lr = 1, .max_iter = 100});
  lbfgs.step([&, &x = x, &y = y] {
    lbfgs.zero_grad();
    Tensor loss = sum(square(model(x) - y));
    loss.backward();
    return loss;
  });
  const Tensor fitted = model(x).detach();
  plot::curve_fit(run / "eckerle4.svg", x, y, fitted,
                  {.title = "NIST's Eckerle4", .x_label = "wavelength in nm", .y_label = "transmittance"});
  plot::prediction_against_target(run / "eckerle4_targets.svg", fitted, y,
                                  {.title = "Eckerle4: fitted against measured"});
}

void valley(train::RunFolder& run) {
  const auto way = [](const std::string& name, auto make) {
    Tensor p = tensor(std::vector<double>{-7, 2}, Shape{2}).requires_grad_();
    auto optimizer = make(std::vector<Tensor>{p});
    plot::Path path{.name = name};
    for (int i = 0; i <= 30; ++i) {
      path.x.push_back(p.data<double>()[0]), path.y.push_back(p.data<double>()[1]);
      optimizer.zero_grad();
      (square(p[0]) / 20 + square(p[1])).backward();
      optimizer.step();
    }
    return path;
  };
  plot::paths(run / "valley.svg", [](double x, double y) { return x * x / 20 + y * y; },
              {way("SGD", [](auto p) { return optim::SGD(p, {.lr = 0.95}); }),
               way("momentum", [](auto p) { return optim::SGD(p, {.lr = 0.1, .momentum = 0.9}); }),
               way("RMSprop", [](auto p) { return optim::RMSprop(p, {.lr = 0.3, .alpha = 0.9}); }),
               way("Adam", [](auto p) { return optim::Adam(p, {.lr = 0.3}); })},
              {.title = "Down a valley, f = x²/20 + y²", .x_label = "x", .y_label = "y"});
}

void schedules(train::RunFolder& run) {
  plot::Line cosine{.name = "cosine"}, steps{.name = "steps"}, warm{.name = "warm-up, then exponential"};
  for (int i = 0; i <= 200; ++i) {
    const double t = i;
    for (plot::Line* line : {&cosine, &steps, &warm}) line->x.push_back(t);
    cosine.y.push_back(0.1 * (1 + std::cos(std::acos(-1.) * t / 201)) / 2);
    steps.y.push_back(0.1 * std::pow(0.3, i / 50));
    warm.y.push_back(0.1 * std::min(t / 20 + 0.01, std::pow(0.98, std::max(t - 20, 0.))));
  }
  plot::lines(run / "schedules.svg", {cosine, steps, warm},
              {.title = "Learning rates over time", .x_label = "step", .y_label = "learning rate", .log_y = true});
}

}  // namespace

int main(int argc, char** argv) {
  std::string out = "pictures", only;
  std::int64_t images = 4000, epochs = 12;
  CLI::App app("Draws every kind of picture, and a page that shows them.");
  app.option_defaults()->always_capture_default();
  app.add_option("--out", out, "the folder to write into")->type_name("FOLDER");
  app.add_option("--images", images, "digits to learn from")->check(CLI::Range(100, 60000));
  app.add_option("--epochs", epochs, "of each training")->check(CLI::Range(1, 1000));
  app.add_option("--report", only, "write the page of this folder and nothing else")->type_name("FOLDER");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!only.empty()) {
      fmt::print("wrote {}\n", train::report(only).string());
      return 0;
    }
    train::RunFolder run(out);
    digits(run, images, epochs);
    moons(run, 3 * epochs);
    heat_map(run, epochs);
    eckerle4(run);
    valley(run);
    schedules(run);
    fmt::print("wrote {}\n", run.report({.title = "Pictures of training"}).string());
  } catch (const std::exception& e) {
    std::cerr << "pictures: " << e.what() << '\n';
    return 1;
  }
}
