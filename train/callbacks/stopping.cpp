#include "train/callbacks/stopping.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/anomaly.hpp"
#include "optim/options.hpp"
#include "train/fit.hpp"

namespace xgrad::train {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)), mode_(options_.mode.value_or(mode_of(options_.monitor))) {
  optim::check_option("train::EarlyStopping", "min_delta", options_.min_delta, 0., optim::kLargest);
  optim::check_option("train::EarlyStopping", "patience", options_.patience, 0, optim::kMost);
  optim::check_option("train::EarlyStopping", "start_from_epoch", options_.start_from_epoch, 0, optim::kMost);
}

void EarlyStopping::on_train_begin(Training&) {
  best_.reset();
  best_weights_.clear();
  wait_ = best_epoch_ = 0;
  stopped_epoch_ = -1;
}

void EarlyStopping::keep(Training& training) {
  if (!options_.restore_best_weights) return;
  best_weights_ = training.model.state_dict();
  for (auto& [name, tensor] : best_weights_) tensor = tensor.array().clone();
}

void EarlyStopping::on_epoch_end(Training& training, Logs& logs) {
  const double* value = monitored(training, logs, options_.monitor, "EarlyStopping");
  if (!value || training.epoch < options_.start_from_epoch) return;
  if (best_weights_.empty()) {
    best_epoch_ = training.epoch;
    keep(training);
  }
  ++wait_;
  if (improves(mode_, *value, best_, options_.min_delta)) {
    best_ = *value;
    best_epoch_ = training.epoch;
    keep(training);
    if (!options_.baseline || improves(mode_, *value, options_.baseline, options_.min_delta)) wait_ = 0;
  } else if (wait_ >= options_.patience && training.epoch > 0) {
    stopped_epoch_ = training.epoch;
    training.stop(fmt::format("EarlyStopping: {} did not improve on {:.6g} for {} epochs", options_.monitor,
                              best_.value_or(std::nan("")), wait_));
  }
  if (options_.tolerance && (mode_ == Mode::min ? *value <= *options_.tolerance : *value >= *options_.tolerance)) {
    stopped_epoch_ = training.epoch;
    training.stop(
        fmt::format("EarlyStopping: {} {:.6g} has reached {:.6g}", options_.monitor, *value, *options_.tolerance));
  }
}

void EarlyStopping::on_train_end(Training& training) {
  if (!best_weights_.empty()) training.model.load_state_dict(best_weights_);
}

void EarlyStopping::stored(Stored& s) {
  s("best", best_)("best_epoch", best_epoch_)("wait", wait_)("stopped_epoch", stopped_epoch_);
  s("best_weights", best_weights_);
}

void TerminateOnNaN::on_loss(Training& t) {
  if (std::isfinite(t.loss_value)) return;
  const char* what = std::isnan(t.loss_value) ? "NaN" : t.loss_value > 0 ? "inf" : "-inf";
  const std::string where = fmt::format("the loss is {} in epoch {}, batch {}", what, t.epoch, t.batch);
  report_ = "computed again, it was finite";
  try {
    const DetectAnomaly watch;
    t.loss(call(t.model, t.inputs), t.targets);
  } catch (const AnomalyError& error) {
    report_ = error.what();
  }
  t.stop(fmt::format("TerminateOnNaN: {}: {}", where, report_));
}

}  // namespace xgrad::train
