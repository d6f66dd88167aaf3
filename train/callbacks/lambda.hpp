#pragma once
/// Lambda: functions as a callback.

#include <functional>

#include "train/callback.hpp"

namespace xgrad::train {

/// `train::Lambda({.on_epoch_end = [](train::Training& t, train::Logs& logs) { ... }})`.
struct LambdaOptions {
  std::function<void(Training&)> on_train_begin = {}, on_epoch_begin = {}, on_batch_begin = {}, on_loss = {},
                                 on_gradients = {}, on_batch_end = {};
  std::function<void(Training&, Logs&)> on_epoch_end = {};
  std::function<void(Training&)> on_train_end = {};
};

class Lambda : public Callback {
 public:
  explicit Lambda(LambdaOptions f) : f_(std::move(f)) {}
  void on_train_begin(Training& t) override { run(f_.on_train_begin, t); }
  void on_epoch_begin(Training& t) override { run(f_.on_epoch_begin, t); }
  void on_batch_begin(Training& t) override { run(f_.on_batch_begin, t); }
  void on_loss(Training& t) override { run(f_.on_loss, t); }
  void on_gradients(Training& t) override { run(f_.on_gradients, t); }
  void on_batch_end(Training& t) override { run(f_.on_batch_end, t); }
  void on_epoch_end(Training& t, Logs& logs) override {
    if (f_.on_epoch_end) f_.on_epoch_end(t, logs);
  }
  void on_train_end(Training& t) override { run(f_.on_train_end, t); }

 private:
  static void run(const std::function<void(Training&)>& f, Training& t) {
    if (f) f(t);
  }
  LambdaOptions f_;
};

}  // namespace xgrad::train
