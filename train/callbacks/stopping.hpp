#pragma once
/// Callbacks that end training: EarlyStopping, TerminateOnNaN.

#include "train/callbacks/monitor.hpp"

namespace xgrad::train {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  double min_delta = 0;                  ///< an improvement is larger than this, 0 or more
  std::int64_t patience = 0;             ///< epochs without improvement after which training ends
  std::optional<Mode> mode = {};         ///< by default by the name, see `mode_of`
  std::optional<double> baseline = {};   ///< improvements count only when better than this
  bool restore_best_weights = false;     ///< the weights (and buffers) of the best epoch at the end of training
  std::int64_t start_from_epoch = 0;     ///< epochs before are not looked at
  std::optional<double> tolerance = {};  ///< training also ends as soon as the value is at least as good as this
};

/// Keras' rule: every epoch that does not improve on the best one (and, where given, on the baseline) adds one to a
/// count, one that does sets it to 0; training ends when the count reaches `patience`, but not in epoch 0. Best weights
/// are restored at the end of training, also where it was not ended early.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options = {});
  void on_train_begin(Training& training) override;
  void on_epoch_end(Training& training, Logs& logs) override;
  void on_train_end(Training& training) override;
  void stored(Stored& s) override;

  /// The epoch that ended training; -1 where none did.
  std::int64_t stopped_epoch() const noexcept { return stopped_epoch_; }
  std::int64_t best_epoch() const noexcept { return best_epoch_; }
  std::optional<double> best() const noexcept { return best_; }

 private:
  void keep(Training& training);

  EarlyStoppingOptions options_;
  Mode mode_;
  std::optional<double> best_;
  nn::StateDict best_weights_;
  std::int64_t wait_ = 0, stopped_epoch_ = -1, best_epoch_ = 0;
};

/// Ends training when the loss of a batch is NaN or infinite: before that batch changes the weights. The batch is then
/// computed once more under DetectAnomaly, to name the operation that the first NaN or infinity came from: `report()`,
/// and in `History::stopped`.
class TerminateOnNaN : public Callback {
 public:
  void on_train_begin(Training&) override { report_.clear(); }
  void on_loss(Training& training) override;
  void stored(Stored& s) override { s("report", report_); }
  const std::string& report() const noexcept { return report_; }

 private:
  std::string report_;
};

}  // namespace xgrad::train
