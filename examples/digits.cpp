// From nothing to a network that reads digits: trains it, evaluates it, saves it, loads it into a fresh network and
// shows that this one gives the same predictions, byte for byte.
//
//     digits                                60,000 drawn digits; expect a test accuracy of about 0.995
//     digits --data FOLDER                  the real MNIST, by scripts/fetch-mnist FOLDER; expect about 0.986
//     digits --data FOLDER --model cnn      a convolutional network; expect about 0.993
//
// The same seed gives the same result on any number of threads.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <xgrad.hpp>

using namespace xgrad;
namespace fs = std::filesystem;

namespace {

struct Options {
  std::string data, out = "digits.h5", model = "mlp";
  std::int64_t train_images = 60000, test_images = 10000, epochs = 10, batch_size = 128;
  std::optional<double> lr;
  std::uint64_t seed = 0;
  int threads = 0;
};

struct Recipe {
  std::function<nn::Sequential()> make;
  optim::OneCycleLR cycle;  ///< of the learning rate, over all steps
};

const std::map<std::string, Recipe> models{
    {"mlp",
     {[] {
        return nn::Sequential(nn::Flatten(), nn::Dense(28 * 28, 512), nn::ReLU(), nn::Dense(512, 512), nn::ReLU(),
                              nn::Dense(512, 10));
      },
      {.max_lr = 2e-3, .pct_start = 0.02, .anneal_strategy = optim::Anneal::linear, .cycle_momentum = false}}},
    {"cnn",
     {[] {
        return nn::Sequential(nn::Conv2D(1, 16, 3), nn::BatchNorm(16), nn::ReLU(), nn::MaxPool(2), nn::Dropout(0.1),
                              nn::Conv2D(16, 32, 3), nn::BatchNorm(32), nn::ReLU(), nn::MaxPool(2), nn::Flatten(),
                              nn::Dense(800, 128), nn::BatchNorm(128), nn::ReLU(), nn::Dropout(0.3),
                              nn::Dense(128, 10));
      },
      {.max_lr = 1e-2}}},
};

void run(const Options& o) {
  const auto start = std::chrono::steady_clock::now();
  manual_seed(o.seed);
  if (o.threads > 0) set_num_threads(o.threads);
  const auto digits =
      o.data.empty() ? data::synthetic_digits(o.train_images, o.test_images, {.seed = o.seed}) : data::mnist(o.data);

  const Recipe& recipe = models.at(o.model);
  nn::Sequential net = recipe.make();
  std::cout << nn::summary(net, {1, 28, 28}) << std::endl;
  optim::Adam adam(net.parameters());
  optim::OneCycleLR cycle = recipe.cycle;
  cycle.total_steps = 1 + o.epochs * ((digits.train.size() + o.batch_size - 1) / o.batch_size);
  if (o.lr) cycle.max_lr = *o.lr;
  optim::Schedule schedule(adam, cycle);
  train::fit(net, adam, nn::CrossEntropy{}, digits.train,
             {.epochs = o.epochs,
              .batch_size = o.batch_size,
              .seed = o.seed,
              .metrics = {"accuracy"},
              .schedule = &schedule,
              .verbose = 1});

  const Tensor logits = train::predict(net, digits.test, {.batch_size = 1000});
  const Tensor labels = digits.test.targets(), guesses = argmax(logits, 1);
  std::cout << "\nrows: the digit, columns: what it was read as\n"
            << train::confusion_matrix(guesses, labels) << "\n\n";

  train::save(o.out, net);
  nn::Sequential fresh = recipe.make();
  train::load(o.out, fresh);
  if (!same_bytes(train::predict(fresh, digits.test, {.batch_size = 1000}).array(), logits.array()))
    throw Error("digits: the network loaded from " + o.out + " does not predict what the saved one did");
  fmt::print("saved to {} and loaded into a fresh network: identical predictions, byte for byte\n", o.out);
  fmt::print("test accuracy {:.4f} ({} images), {:.1f} s\n", (guesses == labels).to(float64).mean().item<double>(),
             labels.numel(), std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app("Trains a network to read digits, saves it, loads it again and checks that it predicts the same.");
  app.option_defaults()->always_capture_default();
  const CLI::Range count(1, 10'000'000);
  app.add_option("--data", o.data, "folder of the MNIST files; without it digits are drawn")->type_name("FOLDER");
  app.add_option("--model", o.model, "the network")->check(CLI::IsMember(models));
  app.add_option("--epochs", o.epochs, "times through the training images")->check(count);
  app.add_option("--batch-size", o.batch_size, "images in a step")->check(count);
  app.add_option("--lr", o.lr, "learning rate at the top of its cycle; without it one that suits the model");
  app.add_option("--seed", o.seed, "of initial weights, order, and drawn digits")->check(CLI::NonNegativeNumber);
  app.add_option("--threads", o.threads, "threads to use; 0: one for each core")->check(CLI::Range(0, 1024));
  app.add_option("--train-images", o.train_images, "digits to draw for training")->check(count);
  app.add_option("--test-images", o.test_images, "digits to draw for testing")->check(count);
  app.add_option("--out", o.out, "where to save the trained network")->type_name("FILE");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!fs::is_directory(fs::absolute(o.out).parent_path()))  // better known now than after the training
      throw IoError("digits: cannot write " + o.out + ": its folder does not exist");
    run(o);
  } catch (const Error& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
