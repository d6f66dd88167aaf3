// A training checkpoint, and beside it, line by line in Python's spelling, what docs/read_checkpoint.py has to find.
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <xgrad.hpp>

using namespace xgrad;

namespace {

template <class T>
void line(const std::string& path, const std::vector<T>& values) {
  std::cout << path << ' ' << std::setprecision(17);
  for (const T& v : values) std::cout << ' ' << v;
  std::cout << '\n';
}
void line(const std::string& path, const Array& a) {
  const Array wide = a.to(float64);
  line(path, std::vector<double>(wide.values<double>().begin(), wide.values<double>().end()));
}

}  // namespace

int main() {
  std::remove("run.h5");
  manual_seed(1);
  const Tensor x = randn({20, 3}), y = x.slice(1, 0, 2);
  nn::Sequential net(nn::Dense(3, 4), nn::BatchNorm(4), nn::Dropout(0.1), nn::Dense(4, 2));
  optim::Adam adam(net.named_parameters(), {.lr = 0.01});
  optim::Schedule schedule(adam, optim::StepLR{.step_size = 3});
  train::EarlyStopping early({.monitor = "loss", .patience = 100, .restore_best_weights = true});
  std::int64_t left = 13;  // into the third epoch, so that all groups are there
  struct Enough {};
  try {
    train::fit(net, adam, nn::MSE{}, x, y,
               {.epochs = 9,
                .batch_size = 4,
                .seed = 5,
                .metrics = {"mae", train::MeanMetric("again", nn::MSE{})},
                .callbacks = {&early, train::Lambda({.on_batch_begin =
                                                         [&](train::Training&) {
                                                           if (left-- == 0) throw Enough();
                                                         }})},
                .schedule = &schedule,
                .schedule_per = train::Per::epoch,
                .accumulate = 2,
                .resume = "run.h5",
                .checkpoint_every = 1});
  } catch (const Enough&) {
  }
  const train::History history = train::load_history("run.h5");
  for (const auto& [name, t] : net.state_dict()) line("model/" + name, t.array());
  for (const auto& [name, value] : adam.state_dict().entries) line("optimizer/" + name, value);
  for (const auto& [name, value] : schedule.state_dict().entries) line("state/schedule/" + name, value);
  for (const std::string& name : history.names()) line("history/" + name, history[name]);
  line("history_epochs/all", history.epoch);
  for (const auto& [name, p] : net.named_parameters()) line("state/gradients/" + name, p.grad().array());
  const Generator& g = default_generator();
  line("state/generators/default",
       std::vector<std::int64_t>{static_cast<std::int64_t>(g.seed()), static_cast<std::int64_t>(g.counter())});
  line("state/loader", std::vector<std::int64_t>{5, 2});
  line("state/epoch", std::vector<std::int64_t>{2});
  line("state/batch", std::vector<std::int64_t>{3});
  line("state/step", std::vector<std::int64_t>{13});
  line("state/gathered", std::vector<std::int64_t>{1});
  line("state/measures/loss/samples", std::vector<std::int64_t>{12});
  line("state/callbacks/0/best", std::vector<double>{*early.best()});
  return 0;
}
