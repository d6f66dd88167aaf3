// From nothing to a network that reads digits: trains it, evaluates it, saves it, loads it into a fresh network and
// shows that this one gives the same predictions, byte for byte.
//
//     digits                    60,000 drawn digits; expect a test accuracy of about 0.995
//     digits --data FOLDER      the real MNIST, downloaded by scripts/fetch-mnist FOLDER; expect about 0.986
//
// The same seed gives the same result on any number of threads.

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <utility>
#include <vector>
#include <xgrad.hpp>

using namespace xgrad;
namespace fs = std::filesystem;

namespace {

struct Options {
  std::string data, out = "digits.h5", model = "mlp";
  std::int64_t train_images = 60000, test_images = 10000, epochs = 10, batch_size = 128;
  double lr = 2e-3;
  std::uint64_t seed = 0;
  int threads = 0;
};

const std::map<std::string, std::function<nn::Sequential()>> models{
    {"mlp",
     [] {
       return nn::Sequential(nn::Flatten(),                        //
                             nn::Dense(28 * 28, 512), nn::ReLU(),  //
                             nn::Dense(512, 512), nn::ReLU(),      //
                             nn::Dense(512, 10));
     }},
};

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

std::int64_t count_correct(const Tensor& logits, const Tensor& labels) {
  return (argmax(logits, 1) == labels).sum().item<std::int64_t>();
}

/// Loss and accuracy of an epoch so far: a bar that moves on a terminal, else one line at the end of each epoch.
class Progress {
 public:
  Progress(std::int64_t epochs, std::int64_t steps) : epochs_(epochs), steps_(steps) {}

  void start_epoch() {
    ++epoch_;
    step_ = images_ = correct_ = 0;
    loss_ = 0;
    epoch_watch_ = {};
  }

  void step(double loss, std::int64_t correct, std::int64_t images) {
    ++step_;
    loss_ += loss * static_cast<double>(images);
    correct_ += correct;
    images_ += images;
    const bool last = step_ == steps_;
    if (last) fmt::print("{}{}\n", terminal_ ? "\r" : "", line());
    else if (terminal_ && shown_.seconds() > 0.1) fmt::print("\r{}", line());
    else return;
    std::fflush(stdout);
    shown_ = {};
  }

 private:
  std::string line() const {
    const auto images = static_cast<double>(images_);
    const auto done = static_cast<double>((epoch_ - 1) * steps_ + step_);
    const auto all = static_cast<double>(epochs_ * steps_);
    const auto left = static_cast<int>(watch_.seconds() / done * (all - done) + 0.5);
    std::string bar;
    if (terminal_) bar = fmt::format(" [{:<30}]", std::string(static_cast<std::size_t>(30 * step_ / steps_), '='));
    return fmt::format("epoch {:>2}/{}{}  loss {:.4f}  accuracy {:.4f}  {:>6.0f} images/s  {}:{:02} left", epoch_,
                       epochs_, bar, loss_ / images, static_cast<double>(correct_) / images,
                       images / epoch_watch_.seconds(), left / 60, left % 60);
  }

  std::int64_t epochs_, steps_, epoch_ = 0, step_ = 0, images_ = 0, correct_ = 0;
  double loss_ = 0;
  bool terminal_ = isatty(STDOUT_FILENO) != 0;
  Stopwatch watch_, epoch_watch_, shown_;
};

void fit(nn::Sequential& net, const data::TensorDataset& images, const Options& o) {
  data::DataLoader loader(images, {.batch_size = o.batch_size, .shuffle = true, .seed = o.seed});
  optim::Adam adam(net.parameters(), {.lr = o.lr});
  optim::LinearDecay schedule(adam, o.epochs * loader.size());
  Progress progress(o.epochs, loader.size());
  net.train();
  for (std::int64_t epoch = 0; epoch < o.epochs; ++epoch) {
    progress.start_epoch();
    for (const auto& [x, y] : loader) {
      adam.zero_grad();
      const Tensor logits = net(x);
      const Tensor loss = nn::cross_entropy(logits, y);
      loss.backward();
      adam.step();
      schedule.step();
      progress.step(loss.item<double>(), count_correct(logits, y), y.numel());
    }
  }
}

/// The network's outputs for all images, (N, 10).
Tensor predict(nn::Sequential& net, const data::TensorDataset& images) {
  const NoGradGuard no_grad;
  net.eval();
  std::vector<Tensor> parts;
  for (const auto& [x, y] : data::DataLoader(images, {.batch_size = 1000})) parts.push_back(net(x));
  return concat(parts, 0);
}

void print_confusion(const Tensor& guesses, const Tensor& labels) {
  const auto guess_of = guesses.values<std::int64_t>(), label_of = labels.values<std::int64_t>();
  std::map<std::pair<std::int64_t, std::int64_t>, int> count;
  for (std::size_t i = 0; i < label_of.size(); ++i) ++count[{label_of[i], guess_of[i]}];
  fmt::print("\n       read as\ndigit {:>6}", 0);
  for (int guess = 1; guess < 10; ++guess) fmt::print("{:>6}", guess);
  for (int digit = 0; digit < 10; ++digit) {
    fmt::print("\n{:>5} ", digit);
    for (int guess = 0; guess < 10; ++guess) fmt::print("{:>6}", count[{digit, guess}]);
  }
  fmt::print("\n\n");
}

void run(const Options& o) {
  const Stopwatch watch;
  manual_seed(o.seed);
  if (o.threads > 0) set_num_threads(o.threads);
  const auto digits =
      o.data.empty() ? data::synthetic_digits(o.train_images, o.test_images, {.seed = o.seed}) : data::mnist(o.data);

  nn::Sequential net = models.at(o.model)();
  std::cout << nn::summary(net, {1, 28, 28}) << std::endl;
  fit(net, digits.train, o);

  const Tensor logits = predict(net, digits.test);
  const Tensor labels = digits.test.targets();
  print_confusion(argmax(logits, 1), labels);

  train::save(o.out, net);
  nn::Sequential fresh = models.at(o.model)();
  train::load(o.out, fresh);
  if (!same_bytes(predict(fresh, digits.test).array(), logits.array()))
    throw Error("digits: the network loaded from " + o.out + " does not predict what the saved one did");
  fmt::print("saved to {} and loaded into a fresh network: identical predictions, byte for byte\n", o.out);

  const auto images = labels.numel();
  fmt::print("test accuracy {:.4f} ({} images), {:.1f} s\n",
             static_cast<double>(count_correct(logits, labels)) / static_cast<double>(images), images, watch.seconds());
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
  app.add_option("--lr", o.lr, "learning rate at the start; it falls linearly to 0");
  app.add_option("--seed", o.seed, "of initial weights, order of the images, and drawn digits")
      ->check(CLI::NonNegativeNumber);
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
