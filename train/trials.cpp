#include "train/trials.hpp"

#include <cmath>

#include "data/loader.hpp"
#include "optim/options.hpp"
#include "tensor/error.hpp"
#include "train/fit.hpp"

namespace xgrad::train {
namespace {

/// Brings model, modes and optimiser back when it goes.
class Restore {
 public:
  Restore(nn::Module& model, optim::Optimizer& optimizer)
      : model_(model), optimizer_(optimizer), state_(optimizer.state_dict()), modes_(model) {
    for (const auto& [name, tensor] : model.state_dict()) weights_.push_back({name, tensor.array().clone()});
  }
  ~Restore() {
    model_.load_state_dict(weights_);
    optimizer_.load_state_dict(state_);
    optimizer_.zero_grad();
  }
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;

 private:
  nn::Module& model_;
  optim::Optimizer& optimizer_;
  optim::State state_;
  nn::StateDict weights_;
  EvalMode modes_;
};

double step(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Batch& batch) {
  const Tensor value = optimizer.step([&] {
    optimizer.zero_grad();
    Tensor l = loss(model(batch.x), batch.y);
    l.backward();
    return l;
  });
  return value.item<double>();
}

/// The rate at which the smoothed loss falls fastest against log(rate).
double steepest(const RangeTest& test) {
  double best = 0, rate = std::nan("");
  for (std::size_t i = 1; i + 1 < test.rates.size(); ++i) {
    const double slope =
        (test.smoothed[i + 1] - test.smoothed[i - 1]) / std::log(test.rates[i + 1] / test.rates[i - 1]);
    if (slope < best) {
      best = slope;
      rate = test.rates[i];
    }
  }
  return rate;
}

}  // namespace

Overfit overfit_one_batch(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Batch& batch,
                          OverfitOptions o) {
  optim::check_option("train::overfit_one_batch", "steps", o.steps, 1, optim::kMost);
  optim::check_option("train::overfit_one_batch", "tolerance", o.tolerance, 0., 1.);
  const Restore restore(model, optimizer);
  model.train();
  Overfit result;
  for (std::int64_t i = 0; i < o.steps && !result.passed; ++i) {
    result.losses.push_back(step(model, optimizer, loss, batch));
    result.passed = result.losses.back() < o.tolerance * result.losses.front();
  }
  return result;
}

RangeTest lr_range_test(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Dataset& data,
                        RangeTestOptions o) {
  constexpr const char* op = "train::lr_range_test";
  optim::check_option(op, "lr_min", o.lr_min, optim::kAboveZero, optim::kLargest);
  optim::check_option(op, "lr_max", o.lr_max, o.lr_min, optim::kLargest);
  optim::check_option(op, "steps", o.steps, 2, optim::kMost);
  optim::check_option(op, "smoothing", o.smoothing, optim::kAboveZero, 1.);
  optim::check_option(op, "diverged", o.diverged, 1., optim::kLargest);
  if (data.size() == 0) fail<ValueError>(op, "got an empty data set");
  const Restore restore(model, optimizer);
  model.train();
  data::DataLoader loader(std::shared_ptr<const data::Dataset>(std::shared_ptr<const data::Dataset>(), &data),
                          {.batch_size = o.batch_size, .shuffle = true, .seed = o.seed});
  RangeTest result;
  double average = 0, best = HUGE_VAL;
  const double ratio = o.lr_max / o.lr_min;
  for (std::int64_t i = 0; i < o.steps;) {
    for (const data::Batch& batch : loader) {
      if (i == o.steps) break;
      const double rate = o.lr_min * std::pow(ratio, static_cast<double>(i) / static_cast<double>(o.steps - 1));
      optimizer.set_lr(rate);
      const double value = step(model, optimizer, loss, batch);
      ++i;
      average += o.smoothing * (value - average);
      const double smoothed = average / (1 - std::pow(1 - o.smoothing, static_cast<double>(i)));  // the start is no 0
      if (!std::isfinite(smoothed) || smoothed > o.diverged * best) {
        i = o.steps;
        break;
      }
      best = std::min(best, smoothed);
      result.rates.push_back(rate);
      result.losses.push_back(value);
      result.smoothed.push_back(smoothed);
    }
  }
  result.suggestion = steepest(result);
  return result;
}

}  // namespace xgrad::train
