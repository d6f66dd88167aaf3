// Which learning rate, how much dropout, which batches? The published grids over a convolutional network with 800
// images, whose parameters never reached the model: here they do, and "unread" repeats the mistake. Then a classical
// exercise: batch sizes and epochs of 784-512-512-10, ten folds. Each search keeps a journal in the folder of results:
// the program, killed and run again, goes on where it was.
#include <csignal>

#include "small_digits.hpp"

using namespace xgrad;

namespace {

namespace keras = optim::tf_keras;
using train::Params;

struct Task {
  std::string name;
  train::ParamGrid grid;
  double published_best = NAN, published_worst = NAN;
  train::SearchOptions options = {.cv = 3, .scoring = "accuracy"};
};

/// What a search trains: its epochs are given for all but the exercise, whose hidden layers are.
train::Estimator make(const std::string& search, const Params& p, std::int64_t epochs,
                      std::vector<std::int64_t> sizes) {
  const nn::CrossEntropy loss;
  if (search == "exercise") {
    sizes.insert(sizes.begin(), 784);
    sizes.push_back(10);
    return train::estimator<keras::Adam>(nn::mlp(sizes, nn::ReLU(), {.weight_init = nn::init::glorot_uniform}), {},
                                         loss, {.epochs = p["epochs"], .batch_size = p["batch_size"]});
  }
  const nn::Sequential net = small_cnn(p.get("dropout", 0.));
  const train::FitOptions fit{.epochs = epochs, .batch_size = 32};
  if (search == "unread")  // heeds no parameter
    return train::estimator<keras::SGD>(net, {.lr = 0.01, .momentum = 0.9, .nesterov = true, .decay = 1e-6}, loss, fit);
  if (search == "adadelta")
    return train::estimator<keras::Adadelta>(net, {.lr = p["learning_rate"], .rho = p["rho"]}, loss, fit);
  if (search == "nadam")
    return train::estimator<keras::Nadam>(net, {.lr = p["learning_rate"], .betas = {p["beta_1"], p["beta_2"]}}, loss,
                                          fit);
  return train::estimator<keras::Adam>(net, {.lr = p["learning_rate"], .betas = {p["beta_1"], p["beta_2"]}}, loss, fit);
}

/// Searches, and is ended by Ctrl-C after a third of the fits.
void interrupt(const train::Builder& build, const Task& task, train::SearchOptions options, const SmallDigits& data) {
  std::int64_t lines = 0;
  options.verbose = 2;
  options.write = [&](std::string_view) {
    if (++lines == task.grid.size()) std::raise(SIGINT);
  };
  const auto before = std::signal(SIGINT, SIG_DFL);  // in the background it may be ignored
  try {
    train::GridSearchCV(build, task.grid, options).fit(data.x_train, data.y_train);
  } catch (const Error& e) {
    fmt::print("{}\n", e.what());
  }
  std::signal(SIGINT, before);
}

}  // namespace

int main(int argc, char** argv) {
  Study study("grid_search", "Searches over grids, interrupted and resumed.");
  study.reads_digits();
  std::int64_t images = 6000, small = 150, epochs = 2;
  int jobs = -1;
  std::vector<std::int64_t> hidden{32, 32};
  std::vector<std::string> which{"adam", "nadam", "adadelta", "dropout", "unread", "exercise"};
  study.app.add_option("--searches", which, "which of them")
      ->delimiter(',')
      ->check(CLI::IsMember({"adam", "nadam", "adadelta", "dropout", "unread", "exercise"}));
  study.app.add_option("--images", images, "of the exercise; all with --full")->check(Study::count());
  study.app.add_option("--hidden", hidden, "layers of the exercise; 512,512 with --full")->delimiter(',');
  study.app.add_option("--small", small, "images of the others, 1000 with --full")->check(Study::count());
  study.app.add_option("--epochs", epochs, "of the others, 50 with --full")->check(Study::count());
  study.app.add_option("--jobs", jobs, "fits at the same time; -1: one for each thread");
  return study.run(argc, argv, [&] {
    if (study.full) small = 1000, epochs = 50, hidden = {512, 512};
    const data::ImageData digits = study.images(std::max(images, small), study.data.empty() ? 1000 : 10000);
    const SmallDigits few = small_digits(digits.train, small);
    train::Table table({"search", "candidates", "fits", "from the journal", "best score", "its deviation",
                        "worst score", "published best", "published worst", "best parameters", "test accuracy",
                        "95 % from", "to", "seconds of fits"});

    const auto search = [&](const Task& task, const SmallDigits& data) {
      const train::Builder build([&](const Params& p) { return make(task.name, p, epochs, hidden); });
      train::SearchOptions options = task.options;
      options.n_jobs = jobs;
      options.verbose = study.full ? 1 : 0;
      options.journal = study / (task.name + ".jsonl");
      if (task.name == "dropout") interrupt(build, task, options, data);
      train::GridSearchCV found(build, task.grid, options);
      found.fit(data.x_train, data.y_train);
      std::cout << '\n' << task.name << '\n' << found << std::flush;
      const train::CvResults& results = found.cv_results();
      results.write_csv(study / (task.name + ".csv"));
      train::plot::search(study / (task.name + ".svg"), results, {.title = "Search: " + task.name});
      if (task.name == "dropout") {
        options.journal.clear();
        train::GridSearchCV whole(build, task.grid, options);
        if (whole.fit(data.x_train, data.y_train).cv_results().csv(false) != results.csv(false))
          throw Error(task.name + ": interrupted, it gave another table than at one go");
      }
      const auto& scores = results["mean_test_score"];
      const Tensor right = found.best_estimator().predict_classes(data.x_test) == data.y_test.argmax(1);
      const auto test = train::proportion(right.sum().item<std::int64_t>(), right.size(0));
      double seconds = 0;
      for (const double s : results["mean_fit_time"]) seconds += s * static_cast<double>(found.n_splits());
      table.row({task.name, results.size(), results.size() * found.n_splits(), found.resumed_fits(), found.best_score(),
                 results["std_test_score"][static_cast<std::size_t>(found.best_index())],
                 *std::min_element(scores.begin(), scores.end()), task.published_best, task.published_worst,
                 found.best_params().repr(), test.value, test.low, test.high, seconds});
      table.write_csv(study / "searches.csv");
      return found.best_params();
    };

    const train::ParamGrid moments{
        {"learning_rate", {.001, .01, .1, 1.}}, {"beta_1", {.5, .7, .9}}, {"beta_2", {.8, .9, .999}}};
    Params best{{"learning_rate", .01}, {"beta_1", .5}, {"beta_2", .8}};
    for (const std::string& name : which) {
      Task task{name, moments, .931233, .905};
      if (name == "adam") best = search(task, few);
      if (name == "nadam") search({name, moments, .925, .907}, few);
      if (name == "adadelta")
        search({name, {{"learning_rate", {.001, .01, .1, 1.}}, {"rho", {.001, .01, .1, 1.}}}, .191218, .094}, few);
      if (name == "dropout") {
        task = {name, {{"dropout", {0., .2, .4, .6, .8}}}, .934997, .919992};
        for (const auto& [parameter, value] : best) task.grid.add(parameter, {value});
        search(task, few);
      }
      if (name == "unread") {
        task.options.unread = train::Unread::ignore;
        search(task, few);
      }
      if (name == "exercise") {
        task = {name, {{"batch_size", {30, 50, 100}}, {"epochs", {10, 15, 20}}}};
        task.options = {.cv = 10, .scoring = "neg_log_loss", .seed = 2};
        const auto [x, y] = (study.full ? digits.train : digits.train.take(images)).all();
        const auto [x_test, y_test] = digits.test.all();
        search(task, {x.flatten(1), x_test.flatten(1), one_hot(y, 10).to(float32), one_hot(y_test, 10).to(float32)});
      }
    }
    study.table("searches", table);
  });
}
