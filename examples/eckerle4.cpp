// Eckerle4, NIST's 35 observations of a transmittance over the wavelength: networks as published, the best network that
// a search by cross-validation finds, and NIST's own model, a bell curve, fitted by autograd and LBFGS from both of
// NIST's starting points.
#include <cmath>
#include <limits>

#include "study.hpp"

using namespace xgrad;

namespace {

using Widths = std::vector<std::int64_t>;

struct Recipe {
  std::string activation;  ///< relu, tanh or bell, exp(-z^2 / 2)
  Widths hidden;
  double l2 = 0;
  std::string text() const { return activation + " " + joined(hidden, "-"); }
};

nn::Sequential make_net(const Recipe& recipe) {
  Widths sizes = recipe.hidden;
  sizes.insert(sizes.begin(), 1);
  sizes.push_back(1);
  const auto unit = [kind = recipe.activation](const Tensor& z) {
    return kind == "relu" ? relu(z) : kind == "tanh" ? tanh(z) : exp(-0.5 * square(z));
  };
  return nn::mlp(sizes, unit,
                 {.weight_init = nn::init::glorot_uniform, .dtype = float64, .kernel_regularizer = {.l2 = recipe.l2}});
}

nn::Sequential train_by_lbfgs(const Recipe& recipe, const Tensor& x, const Tensor& y, std::int64_t iterations) {
  nn::Sequential net = make_net(recipe);
  optim::LBFGS lbfgs(net.parameters(), {.max_iter = iterations, .line_search = optim::LineSearch::strong_wolfe});
  train::fit(net, lbfgs, nn::MSE{}, x, y, {.batch_size = x.size(0)});
  return net;
}

/// The mean squared error on parts left out, of 7 folds.
double cross_validate(const Recipe& recipe, const Tensor& x, const Tensor& y, std::int64_t iterations) {
  double sum = 0;
  for (const data::Fold& fold : data::KFold(7, {.shuffle = true, .random_state = 3}).split(x.size(0))) {
    const Tensor learn = tensor(fold.train), ask = tensor(fold.test);
    nn::Sequential net = train_by_lbfgs(recipe, index_select(x, 0, learn), index_select(y, 0, learn), iterations);
    sum += nn::sse(train::predict(net, index_select(x, 0, ask)), index_select(y, 0, ask)).item<double>();
  }
  return sum / static_cast<double>(x.size(0));
}

/// b1 / b2 exp(-((x - b3) / b2)^2 / 2).
Tensor bell(const Tensor& b, const Tensor& x) { return b[0] / b[1] * exp(-0.5 * square((x - b[2]) / b[1])); }

/// The parameters of least squares, from a starting point; `evaluations`: how often the sum of squares was computed.
Tensor fit_bell(const Tensor& x, const Tensor& y, const std::array<double, 3>& start, std::int64_t& evaluations) {
  Tensor b = tensor(std::vector<double>(start.begin(), start.end())).requires_grad_();
  optim::LBFGS lbfgs({b}, {.max_iter = 1000,
                           .tolerance_grad = 1e-15,
                           .tolerance_change = 0,
                           .line_search = optim::LineSearch::strong_wolfe});
  lbfgs.step([&] {
    lbfgs.zero_grad();
    Tensor loss = nn::sse(bell(b, x), y);
    loss.backward();
    return loss;
  });
  evaluations = lbfgs.func_evals();
  return b.detach();
}

}  // namespace

int main(int argc, char** argv) {
  Study study("eckerle4", "Eckerle4: networks, and NIST's model.", 4);
  std::int64_t epochs = 215, iterations = 300;
  study.app.add_option("--epochs", epochs, "of the published networks")->check(Study::count());
  study.app.add_option("--iterations", iterations, "of LBFGS for each network of the search")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (study.full) study.repeat = std::max<std::int64_t>(study.repeat, 20);
    const data::Eckerle4 eckerle = data::eckerle4();
    const Tensor wavelength = eckerle.data.inputs(), transmittance = eckerle.data.targets();
    data::MinMaxScaler of_x, of_y;
    const Tensor x = of_x.fit_transform(wavelength), y = of_y.fit_transform(transmittance);
    const auto parts = data::train_test_split(x, y, {.test_size = 0.4, .random_state = 3});
    const auto errors = [&](const auto& model) {  // of both parts
      return train::Logs{{"training", nn::mse(model(parts.x_train), parts.y_train).template item<double>()},
                         {"test", nn::mse(model(parts.x_test), parts.y_test).template item<double>()},
                         {"mae", nn::mae(model(parts.x_test), parts.y_test).template item<double>()}};
    };
    const auto draw = [&](const std::string& file, const std::string& title, const auto& model) {
      train::plot::curve_fit(study / file, wavelength, transmittance, of_y.inverse_transform(model(x)),
                             {.title = title, .x_label = "wavelength, nm", .y_label = "transmittance"});
    };

    train::Table networks({"network", "optimiser", "batch", "runs", "training mse", "its deviation", "test mse",
                           "deviation of that", "test mae"});
    const auto add = [&](const Recipe& recipe, const char* optimiser, std::int64_t batch, const train::Samples& s) {
      networks.row({recipe.text(), optimiser, batch, study.repeat, s["training"].mean, s["training"].std,
                    s["test"].mean, s["test"].std, s["mae"].mean});
    };
    const data::TensorDataset test(parts.x_test.array(), parts.y_test.array());
    for (const auto& [hidden, batch] : {std::pair{Widths{20, 11, 7}, 3}, {{20, 11, 7}, 5}, {{25, 20, 7}, 5}}) {
      const Recipe recipe{"relu", hidden};
      add(recipe, "SGD", batch,
          train::repeat(study.repeat,
                        [&, batch = batch](std::uint64_t seed) {
                          nn::Sequential net = make_net(recipe);
                          optim::tf_keras::SGD sgd(net.parameters(), {.lr = 0.1});
                          const auto history = train::fit(net, sgd, nn::MSE{}, parts.x_train, parts.y_train,
                                                          {.epochs = epochs, .batch_size = batch, .validation = &test});
                          const auto model = [&](const Tensor& at) { return train::predict(net, at); };
                          if (seed == study.seed && networks.rows().empty()) {
                            history.write_csv(study / "history.csv");
                            train::plot::learning_curve(study / "learning_curve.svg", history,
                                                        {.title = recipe.text()});
                            draw("published.svg", recipe.text() + ", SGD, batch 3", model);
                          }
                          return errors(model);
                        },
                        {.seed = study.seed}));
    }

    train::Table search({"network", "l2", "cross-validated mse"});
    Recipe best;
    double lowest = std::numeric_limits<double>::infinity();
    for (const char* activation : {"relu", "tanh", "bell"}) {
      for (const Widths& hidden : {Widths{3}, {5}, {10}, {5, 5}, {20, 11, 7}}) {
        for (const double l2 : {0., 1e-6, 1e-5, 1e-4}) {
          manual_seed(study.seed);
          const Recipe recipe{activation, hidden, l2};
          const double error = cross_validate(recipe, parts.x_train, parts.y_train, iterations);
          search.row({recipe.text(), l2, error});
          if (error < lowest) lowest = error, best = recipe;
        }
      }
    }
    study.table("search", search);
    add(best, "LBFGS", parts.x_train.size(0),
        train::repeat(study.repeat,
                      [&](std::uint64_t seed) {
                        nn::Sequential net = train_by_lbfgs(best, parts.x_train, parts.y_train, iterations);
                        const auto model = [&](const Tensor& at) { return train::predict(net, at); };
                        if (seed == study.seed) {
                          draw("best.svg", best.text() + ", LBFGS", model);
                          train::plot::prediction_against_target(study / "prediction.svg", model(parts.x_test),
                                                                 parts.y_test,
                                                                 {.title = "The 14 observations for testing, scaled"});
                        }
                        return errors(model);
                      },
                      {.seed = study.seed}));

    train::Table nist({"start", "observations", "b1", "b2", "b3", "sum of squares", "certified digits", "evaluations",
                       "training mse", "test mse"});
    const Tensor x1 = of_x.inverse_transform(parts.x_train), y1 = of_y.inverse_transform(parts.y_train);
    for (const auto& [at, of] : {std::pair{wavelength, transmittance}, {x1, y1}}) {
      for (const auto& start : {eckerle.start_far, eckerle.start_near}) {
        std::int64_t evaluations = 0;
        const Tensor b = fit_bell(at, of, start, evaluations);
        const Tensor certified = tensor(std::vector<double>(eckerle.parameters.begin(), eckerle.parameters.end()));
        const auto model = [&](const Tensor& v) { return of_y.transform(bell(b, of_x.inverse_transform(v))); };
        const train::Logs error = errors(model);
        nist.row({joined(start, ", "), at.numel(), b[0].item<double>(), b[1].item<double>(), b[2].item<double>(),
                  nn::sse(bell(b, at), of).item<double>(), -std::log10(max(abs(b / certified - 1.)).item<double>()),
                  evaluations, error["training"], error["test"]});
        draw("nist.svg", "NIST's model, fitted to the training part", model);
      }
    }
    study.table("networks", networks);
    study.table("nist", nist);
  });
}
