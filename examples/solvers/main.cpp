// Which solver trains a network on MNIST best, and what does each of its settings do? The published experiments had
// rates that suit some solvers and ruin others: first they are repeated as printed, and where the regularisation was
// not printed it is searched; then rates that make sense, then one setting at a time.
#include "setting.hpp"

using namespace xgrad;

int main(int argc, char** argv) {
  Study study("solvers", "Solvers on MNIST.", 2);
  study.reads_digits();
  std::int64_t images = 2000, batch = 100, epochs = 4, factor_epochs = 4;
  std::vector<std::string> parts{"published", "sensible", "factors", "search"};
  study.app.add_option("--images", images, "to train with; 50000 with --full")->check(Study::count());
  study.app.add_option("--batch", batch, "images of a step; 1000 with --full")->check(Study::count());
  study.app.add_option("--epochs", epochs, "100 with --full")->check(Study::count());
  study.app.add_option("--factor-epochs", factor_epochs, "of single settings; 25 with --full")->check(Study::count());
  study.app.add_option("--parts", parts, "which of them")
      ->delimiter(',')
      ->check(CLI::IsMember({"published", "sensible", "factors", "search"}));
  return study.run(argc, argv, [&] {
    if (study.full)
      batch = 1000, epochs = 100, factor_epochs = 25, study.repeat = std::max<std::int64_t>(study.repeat, 4);
    const Study::Digits digits = study.digits(images, images / 4);
    train::plot::histogram(
        study / "inputs.svg",
        {{"training", digits.train.all().x}, {"validation", digits.validation.all().x}, {"test", digits.test.all().x}},
        {.title = "Values of the inputs", .x_label = "pixel / 255", .log_y = true});

    const std::vector<std::string> columns{"setting",   "solver",        "hidden",          "lr",           "dropout",
                                           "l2",        "runs",          "test accuracy",   "deviation",    "best run",
                                           "published", "training loss", "validation loss", "seconds a run"};
    std::vector<train::plot::Run> curves, best_curves;
    // Some runs of one setting, into a row of a table; their curves into `curves`. Gives the mean accuracy.
    const auto measure = [&](train::Table& table, const std::string& what, const Setting& s, std::int64_t runs,
                             std::int64_t epochs_of_it, double published = NAN) {
      Runs all = train_runs(s, digits, runs, epochs_of_it, batch, study.seed);
      const train::Sample& accuracy = all.measured["accuracy"];
      const auto best = std::max_element(accuracy.values.begin(), accuracy.values.end());
      table.row({what, s.solver, joined(s.hidden, "-"), s.lr, s.dropout, s.l2, runs, accuracy.mean,
                 runs > 1 ? accuracy.std : 0, *best, published, all.measured["loss"].mean,
                 all.measured["val_loss"].mean, all.measured["seconds"].mean});
      best_curves.push_back({s.solver, all.histories[static_cast<std::size_t>(best - accuracy.values.begin())]});
      for (train::History& h : all.histories) curves.push_back({s.solver, std::move(h)});
      return accuracy.mean;
    };
    const auto draw_curves = [&](const std::string& name, const std::string& title) {
      train::plot::runs(study / ("curves_" + name + ".svg"), curves, {.title = title, .metric = "val_accuracy"});
      train::plot::runs(study / ("best_" + name + ".svg"), best_curves,
                        {.title = title + ", best repetitions", .metric = "val_accuracy"});
      curves.clear(), best_curves.clear();
    };
    const auto draw_bars = [&](const std::string& name, const std::string& title, const train::Table& table) {
      std::vector<train::plot::Bar> bars;
      const auto means = table.column("test accuracy"), deviations = table.column("deviation");
      for (std::size_t i = 0; i < means.size(); ++i)
        bars.push_back({std::get<std::string>(table.rows()[i][0].value()), means[i], deviations[i]});
      train::plot::bars(study / (name + ".svg"), bars, {.title = title, .label = "accuracy", .digits = 4});
    };
    train::Table published(columns), rates(columns), factors(columns), ignored(columns);
    const auto experiment = [&](std::size_t number, double dropout, double l2, std::int64_t runs) {
      const Published& p = tables[number - 1];
      for (std::size_t i = 0; i < solvers.size(); ++i) {
        // The widest cost as much as all others, and fail alike.
        const std::int64_t so_many =
            p.hidden[i].size() > 2 && p.hidden[i][0] == 300 ? std::min<std::int64_t>(runs, 2) : runs;
        measure(published, fmt::format("experiment {}", number), {solvers[i], p.hidden[i], p.lr[i], dropout, l2},
                so_many, epochs, p.accuracy[i]);
        published.write_csv(study / "published.csv");  // after each, as it takes a while
      }
      draw_curves(std::to_string(number), fmt::format("Experiment {}", number));
    };

    const auto wanted = [&](const char* part) { return std::find(parts.begin(), parts.end(), part) != parts.end(); };
    if (wanted("published"))
      for (const std::size_t number : {2, 4}) experiment(number, 0.21, 0.01, study.repeat);
    if (wanted("sensible")) {
      for (std::size_t i = 0; i < solvers.size(); ++i) {
        measure(rates, solvers[i], {solvers[i], {50, 30}, sensible[i]}, study.repeat, epochs);
        rates.write_csv(study / "sensible.csv");
      }
      draw_curves("sensible", "Sensible rates");
      draw_bars("sensible", "Sensible rates", rates);
    }
    if (wanted("factors")) {
      const auto vary = [&](const std::string& what, const auto& change) {
        Setting s;
        change(s);
        measure(factors, what, s, std::min<std::int64_t>(study.repeat, 2), factor_epochs);
        factors.write_csv(study / "factors.csv");
      };
      vary("as it is", [](Setting&) {});
      for (const double lr : {1e-4, 3e-4, 3e-3, 1e-2, 1e-1})
        vary(fmt::format("lr {}", lr), [&](Setting& s) { s.lr = lr; });
      for (const Widths& hidden : {Widths{50}, {100, 50}, {300, 100}, {50, 30, 30}, {50, 30, 30, 30, 30}})
        vary("hidden " + joined(hidden, "-"), [&](Setting& s) { s.hidden = hidden; });
      for (const double p : {0., .1, .4}) vary(fmt::format("dropout {}", p), [&](Setting& s) { s.dropout = p; });
      vary("batch norm", [](Setting& s) { s.batch_norm = true; });
      for (const char* name : {"sigmoid", "tanh", "elu"}) vary(name, [&](Setting& s) { s.activation = name; });
      for (const double l2 : {0., 1e-3, 1e-2}) vary(fmt::format("l2 {}", l2), [&](Setting& s) { s.l2 = l2; });
      for (const char* name : {"linear", "steps", "cosine"})
        vary(fmt::format("schedule {}", name), [&](Setting& s) { s.schedule = name; });
      draw_bars("factors", "One setting at a time", factors);
      curves.clear(), best_curves.clear();
    }
    if (wanted("search")) {  // of what experiments 1 and 3 do not say, by the solvers that train
      train::Table search({"experiment", "dropout", "l2", "SGD", "Adadelta", "Adagrad", "mean distance"});
      for (const std::size_t number : {1, 3}) {
        const Published& p = tables[number - 1];
        double least = 1, best_dropout = 0, best_l2 = 0;
        for (const auto& [dropout, l2] :
             {std::pair(.21, .02), {.21, .03}, {.21, .05}, {.4, .01}, {.4, .03}, {.5, .03}}) {
          std::vector<double> found;
          double distance = 0;
          for (const std::size_t i : {0, 3, 4}) {
            found.push_back(measure(ignored, "", {solvers[i], p.hidden[i], p.lr[i], dropout, l2}, 1, (epochs + 1) / 2));
            distance += std::abs(found.back() - p.accuracy[i]) / 3;
          }
          search.row({number, dropout, l2, found[0], found[1], found[2], distance});
          search.write_csv(study / "search.csv");
          if (distance < least) least = distance, best_dropout = dropout, best_l2 = l2;
        }
        curves.clear(), best_curves.clear();
        experiment(number, best_dropout, best_l2, std::min<std::int64_t>(study.repeat, 2));
      }
      study.table("search", search);
    }
    for (const auto& [name, table] : {std::pair("published", published), {"sensible", rates}, {"factors", factors}})
      if (!table.rows().empty()) study.table(name, table);
  });
}
