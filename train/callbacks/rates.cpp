#include "train/callbacks/rates.hpp"

#include "optim/options.hpp"

namespace xgrad::train {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options) : options_(std::move(options)) {
  constexpr const char* op = "train::ReduceLROnPlateau";
  optim::check_option(op, "factor", options_.factor, 0., optim::kBelowOne);
  optim::check_option(op, "patience", options_.patience, 0, optim::kMost);
  optim::check_option(op, "min_delta", options_.min_delta, 0., optim::kLargest);
  optim::check_option(op, "cooldown", options_.cooldown, 0, optim::kMost);
  optim::check_option(op, "min_lr", options_.min_lr, 0., optim::kLargest);
}

void ReduceLROnPlateau::on_train_begin(Training& training) {
  rule_ = std::make_shared<optim::keras::ReduceLROnPlateau>(
      training.optimizer, optim::keras::PlateauOptions{.mode = options_.mode.value_or(mode_of(options_.monitor)),
                                                       .factor = options_.factor,
                                                       .patience = options_.patience,
                                                       .min_delta = options_.min_delta,
                                                       .cooldown = options_.cooldown,
                                                       .min_lr = options_.min_lr});
}

void ReduceLROnPlateau::on_epoch_end(Training& training, Logs& logs) {
  if (const double* value = monitored(training, logs, options_.monitor, "ReduceLROnPlateau")) rule_->step(*value);
}

}  // namespace xgrad::train
