#pragma once
/// Callbacks that change the learning rate: LearningRateScheduler, ReduceLROnPlateau.

#include <functional>

#include "train/callbacks/monitor.hpp"

namespace xgrad::train {

/// Sets the learning rate of all groups at the beginning of each epoch to f(epoch) or f(epoch, lr), lr being the
/// present one. As Keras'. For schedules by batch give `fit` a `schedule`.
class LearningRateScheduler : public Callback {
 public:
  template <class F>
  requires std::is_invocable_r_v<double, F&, std::int64_t, double> || std::is_invocable_r_v<double, F&, std::int64_t>
  explicit LearningRateScheduler(F f) {
    if constexpr (std::is_invocable_r_v<double, F&, std::int64_t, double>) f_ = std::move(f);
    else f_ = [f = std::move(f)](std::int64_t epoch, double) mutable { return static_cast<double>(f(epoch)); };
  }
  void on_epoch_begin(Training& training) override {
    training.optimizer.set_lr(f_(training.epoch, training.optimizer.lr()));
  }

 private:
  std::function<double(std::int64_t, double)> f_;
};

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;            ///< of the rate, 0 ... 1, 1 excluded
  std::int64_t patience = 10;     ///< so many epochs without improvement reduce it
  std::optional<Mode> mode = {};  ///< by default by the name, see `mode_of`
  double min_delta = 1e-4;        ///< an improvement is larger than this
  std::int64_t cooldown = 0;      ///< epochs after a reduction that do not count
  double min_lr = 0;
};

/// Keras' rule, that of optim::keras::ReduceLROnPlateau, which starts anew with each run.
class ReduceLROnPlateau : public Callback {
 public:
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options = {});
  void on_train_begin(Training& training) override;
  void on_epoch_end(Training& training, Logs& logs) override;
  void stored(Stored& s) override {
    if (rule_) s("rule", *rule_);
  }

 private:
  ReduceLROnPlateauOptions options_;
  std::shared_ptr<optim::keras::ReduceLROnPlateau> rule_;
};

}  // namespace xgrad::train
