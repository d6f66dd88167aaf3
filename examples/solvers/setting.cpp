#include "setting.hpp"

#include <memory>
#include <numeric>

using namespace xgrad;

namespace {

Tensor activation(const std::string& name, const Tensor& x) {
  return name == "sigmoid" ? sigmoid(x) : name == "tanh" ? tanh(x) : name == "elu" ? elu(x) : relu(x);
}

nn::Sequential make_net(const Setting& s) {
  std::vector<std::int64_t> sizes = s.hidden;
  sizes.insert(sizes.begin(), 784);
  sizes.push_back(10);
  bool first = true;
  const auto between = [&](std::int64_t width) {
    nn::Sequential block([name = s.activation](const Tensor& x) { return activation(name, x); });
    if (s.batch_norm) block.add(nn::BatchNorm::keras(width));
    if (!std::exchange(first, false)) block.add(nn::Dropout(s.dropout));
    return block;
  };
  const nn::Regularizer l2{.l2 = s.l2};
  return nn::Sequential(
      nn::Flatten(),
      nn::mlp(sizes, between,
              {.weight_init = nn::init::glorot_uniform, .kernel_regularizer = l2, .bias_regularizer = l2}),
      nn::Dropout(s.dropout));
}

std::unique_ptr<optim::Optimizer> make_solver(const Setting& s, const optim::Parameters& w) {
  using namespace optim::tf_keras;
  if (s.solver == "SGD") return std::make_unique<SGD>(w, SGDOptions{.lr = s.lr, .momentum = 0.9, .nesterov = true});
  if (s.solver == "Adam") return std::make_unique<Adam>(w, AdamOptions{.lr = s.lr});
  if (s.solver == "Nadam") return std::make_unique<Nadam>(w, NadamOptions{.lr = s.lr});
  if (s.solver == "Adadelta") return std::make_unique<Adadelta>(w, AdadeltaOptions{.lr = s.lr});
  if (s.solver == "Adagrad") return std::make_unique<Adagrad>(w, AdagradOptions{.lr = s.lr});
  return std::make_unique<RMSprop>(w, RMSpropOptions{.lr = s.lr, .momentum = 0.9});
}

/// The rate over the epochs: constant, or down to (nearly) nothing.
optim::Curve curve_of(const std::string& schedule, std::int64_t epochs) {
  if (schedule == "cosine") return optim::CosineAnnealingLR{.T_max = epochs};
  if (schedule == "linear") return optim::LinearLR{.start_factor = 1, .end_factor = 0.01, .total_iters = epochs};
  if (schedule == "steps") return optim::StepLR{.step_size = std::max<std::int64_t>(1, epochs / 3), .gamma = 0.3};
  return [](std::int64_t) { return 1; };
}

}  // namespace

Runs train_runs(const Setting& s, const Study::Digits& digits, std::int64_t runs, std::int64_t epochs,
                std::int64_t batch_size, std::uint64_t first_seed) {
  std::vector<train::History> histories(static_cast<std::size_t>(runs));
  const auto experiment = [&](std::uint64_t seed) {
    nn::Sequential net = make_net(s);
    const auto solver = make_solver(s, net.parameters());
    optim::Schedule schedule(*solver, curve_of(s.schedule, epochs));
    const train::History h = train::fit(net, *solver, nn::CrossEntropy{}, digits.train,
                                        {.epochs = epochs,
                                         .batch_size = batch_size,
                                         .validation = &digits.validation,
                                         .seed = seed,
                                         .metrics = {"accuracy"},
                                         .schedule = &schedule,
                                         .schedule_per = train::Per::epoch,
                                         .validation_batch_size = 1000});
    histories[static_cast<std::size_t>(seed - first_seed)] = h;
    const train::Logs test =
        train::evaluate(net, nn::CrossEntropy{}, digits.test, {.batch_size = 1000, .metrics = {"accuracy"}});
    return train::Logs{{"accuracy", test["accuracy"]},
                       {"loss", h["loss"].back()},
                       {"val_loss", h["val_loss"].back()},
                       {"seconds", std::accumulate(h.seconds.begin(), h.seconds.end(), 0.)}};
  };
  train::Samples measured = train::repeat(runs, experiment, {.seed = first_seed, .n_jobs = -1});
  return {std::move(measured), std::move(histories)};
}
