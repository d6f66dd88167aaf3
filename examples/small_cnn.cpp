// How far do 800 images go? A convolutional network as published, 150 epochs of SGD, with a validation loss that rises
// while the training loss falls; then the optimisers and the dropout that a search (examples/grid_search) calls best,
// average and worst. And were the 200 test images representative? 10,000 others, which nobody looked at, tell.
#include <map>
#include <numeric>

#include "small_digits.hpp"

using namespace xgrad;

namespace {

namespace keras = optim::tf_keras;

/// Losses of the published run by epochs, as far as they are known.
const std::map<std::int64_t, double> published_loss{{1, 2.2317}, {2, 1.2515},  {3, .5384},       {4, .3447},
                                                    {5, .2615},  {37, .0011}, {150, 1.5112e-4}};
const std::map<std::int64_t, double> published_val_loss{{1, 1.7812}, {2, .7918}, {3, .4853}, {4, .3674},
                                                        {5, .4285},  {6, .3760}, {7, .3550}, {8, .3529},
                                                        {9, .3083},  {17, .3083}, {150, .5038}};

struct Model {
  std::string name;
  double lr, beta_1, beta_2, dropout;  ///< of Adam; beta_1 = 0 stands for the published SGD
  double published_accuracy = NAN;
};
/// Best, average and worst of the 36 candidates for Adam; dropout from its own search.
const std::vector<Model> models{{"SGD as published", .01, 0, 0, 0, .925},
                                {"published best", .01, .5, .8, .4, .96},
                                {"best found", .001, .9, .999, .4},
                                {"average", .01, .9, .999, 0},
                                {"worst", 1., .9, .999, 0}};

train::History fit(nn::Sequential& net, const Model& m, const SmallDigits& data, std::int64_t epochs,
                   std::uint64_t seed) {
  std::unique_ptr<optim::Optimizer> optimiser;
  if (m.beta_1 == 0)
    optimiser = std::make_unique<keras::SGD>(
        net.parameters(), keras::SGDOptions{.lr = m.lr, .momentum = 0.9, .nesterov = true, .decay = 1e-6});
  else
    optimiser = std::make_unique<keras::Adam>(net.parameters(),
                                              keras::AdamOptions{.lr = m.lr, .betas = {m.beta_1, m.beta_2}});
  const data::TensorDataset validation(data.x_test.array(), data.y_test.array());
  return train::fit(net, *optimiser, nn::CrossEntropy{}, data.x_train, data.y_train,
                    {.epochs = epochs, .validation = &validation, .seed = seed, .metrics = {"accuracy"}});
}

std::size_t best_epoch(const train::History& h) {
  const auto& loss = h["val_loss"];
  return static_cast<std::size_t>(std::min_element(loss.begin(), loss.end()) - loss.begin());
}

}  // namespace

int main(int argc, char** argv) {
  Study study("small_cnn", "A convolutional network for 800 images.", 2);
  study.reads_digits();
  std::int64_t images = 300, others = 1000, epochs = 15, later_epochs = 8;
  study.app.add_option("--images", images, "first ones, 4/5 of them to train with; 1000 with --full")
      ->check(CLI::Range(20, 60000));
  study.app.add_option("--others", others, "images that nobody looked at; all 10,000 with --full")->check(Study::count());
  study.app.add_option("--epochs", epochs, "of the published run; 150 with --full")->check(Study::count());
  study.app.add_option("--later-epochs", later_epochs, "of all others; 50 with --full")->check(Study::count());
  return study.run(argc, argv, [&] {
    if (study.full) images = 1000, epochs = 150, later_epochs = 50, study.repeat = std::max<std::int64_t>(study.repeat, 4);
    const data::ImageData digits = study.images(images, others);
    const SmallDigits data = small_digits(digits.train, images);

    // The data: some images with their labels, and what the network is to give for them.
    const Tensor some = data.x_train.slice(0, 0, 20), labels = data.y_train.argmax(1);
    std::vector<std::string> names, columns{"image", "label"};
    for (int c = 0; c < 10; ++c) columns.push_back(std::to_string(c));
    train::Table one_hot_rows(columns);
    for (std::int64_t i = 0; i < std::min<std::int64_t>(20, labels.size(0)); ++i) {
      const auto label = labels.slice(0, i, i + 1).item<std::int64_t>();
      names.push_back(std::to_string(label));
      std::vector<train::Cell> row{i, label};
      for (std::int64_t c = 0; c < 10; ++c)
        row.emplace_back(static_cast<int>(data.y_train.slice(0, i, i + 1).slice(1, c, c + 1).item<float>()));
      if (i < 5) one_hot_rows.row(row);
    }
    train::plot::images(study / "examples.svg", some, {.title = "What it learns from", .labels = names, .columns = 10});
    study.table("labels", one_hot_rows);

    // The published run.
    manual_seed(study.seed);
    nn::Sequential net = small_cnn();
    std::cout << '\n' << nn::summary(net, {1, 28, 28});
    const train::History history = fit(net, models[0], data, epochs, study.seed);
    history.write_csv(study / "history.csv");
    train::plot::learning_curve(study / "learning_curve.svg", history,
                                {.title = "SGD as published", .metrics = {"loss"}, .log_loss = true});
    train::Table course({"epoch", "loss", "published loss", "validation loss", "published validation loss"});
    const std::size_t best = best_epoch(history);
    for (std::size_t e = 0; e < history["loss"].size(); ++e) {
      const auto number = static_cast<std::int64_t>(e) + 1;
      const auto published = [&](const auto& values) { return values.contains(number) ? values.at(number) : NAN; };
      if (e == best || published_loss.contains(number) || published_val_loss.contains(number))
        course.row({number, history["loss"][e], published(published_loss), history["val_loss"][e],
                    published(published_val_loss)});
    }
    study.table("course", course);
    const double seconds = std::accumulate(history.seconds.begin(), history.seconds.end(), 0.);
    const auto steps = static_cast<double>((data.x_train.size(0) + 31) / 32 * epochs);
    train::Table step({"parameters", "best epoch", "its validation loss", "accuracy at the end", "ms a step",
                       "published ms, from", "to"});
    step.row({net.num_parameters(), best + 1, history["val_loss"][best], history["val_accuracy"].back(),
              1000 * seconds / steps, 19, 34});
    study.table("run", step);

    // Best, average and worst, on the 200 images and on all others.
    const auto [x_others, y_others] = digits.test.all();
    train::Table table({"model", "lr", "beta_1", "beta_2", "dropout", "seed", "epochs", "best epoch", "lowest validation loss",
                        "last validation loss", "accuracy", "95 % from", "to", "published accuracy",
                        "accuracy on the others", "95 % of it from", "up to", "inside"});
    std::vector<train::plot::Run> curves;
    for (const Model& m : models) {
      for (std::int64_t run = 0; run < study.repeat; ++run) {
        const std::uint64_t seed = study.seed + static_cast<std::uint64_t>(run);
        manual_seed(seed);
        nn::Sequential model = small_cnn(m.dropout);
        const train::History h = fit(model, m, data, later_epochs, seed);
        const auto share = [&](const Tensor& x, const Tensor& classes) {
          const Tensor right = train::predict(model, x, {.batch_size = 500}).argmax(1) == classes;
          return train::proportion(right.sum().item<std::int64_t>(), right.size(0));
        };
        const train::Proportion few = share(data.x_test, data.y_test.argmax(1)), many = share(x_others, y_others);
        table.row({m.name, m.lr, m.beta_1, m.beta_2, m.dropout, seed, later_epochs, best_epoch(h) + 1,
                   h["val_loss"][best_epoch(h)], h["val_loss"].back(), few.value, few.low, few.high,
                   m.published_accuracy, many.value, many.low, many.high,
                   few.low <= many.value && many.value <= few.high ? "yes" : "no"});
        table.write_csv(study / "models.csv");
        curves.push_back({m.name, h});
        if (run == 0 && m.name == "best found")
          train::plot::confusion_matrix(
              study / "confusion.svg",
              train::confusion_matrix(train::predict(model, x_others, {.batch_size = 500}).argmax(1), y_others),
              {.title = "The best on the others"});
      }
    }
    study.table("models", table);
    train::plot::runs(study / "models.svg", curves,
                      {.title = "Best, average and worst", .metric = "val_loss", .log_y = true});
  });
}
