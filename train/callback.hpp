#pragma once
/// Callbacks: what happens during `fit` beside the training.

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "nn/module.hpp"
#include "optim/optimizer.hpp"
#include "train/history.hpp"
#include "train/loss.hpp"
#include "train/stored.hpp"

namespace xgrad::train {

/// A run of `fit`, as callbacks see it.
struct Training {
  Training(nn::Module& m, optim::Optimizer& o, const Loss& l, History& h)
      : model(m), optimizer(o), loss(l), history(h) {}

  nn::Module& model;
  optim::Optimizer& optimizer;
  const Loss& loss;
  History& history;

  std::int64_t epochs = 0;  ///< the epochs asked for: `epoch` goes up to one less
  std::int64_t steps = 0;   ///< batches in an epoch
  std::int64_t epoch = 0;   ///< from 0
  std::int64_t batch = 0;   ///< in this epoch, from 0
  std::int64_t step = 0;    ///< batches of this run before this one
  bool resumed = false;     ///< goes on with a checkpoint (`FitOptions::resume`)

  /// Of the batch under way.
  std::span<const Tensor> inputs, targets;
  Tensor prediction;
  double loss_value = 0;

  /// Ends training after this epoch's end, or, from `on_loss`, with this batch, which then changes no weight.
  void stop(std::string why);
  bool stopping() const noexcept { return stopping_; }
  /// Kept in the history, each text once; shown where progress is.
  void warn(const std::string& text);

 private:
  bool stopping_ = false;
};

/// All do nothing by default. They are called in the order of `FitOptions::callbacks`. What they throw ends `fit`,
/// after `on_train_end` was not called.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(Training&) {}
  virtual void on_epoch_begin(Training&) {}
  virtual void on_batch_begin(Training&) {}
  /// The loss of the batch is known, nothing is differentiated yet.
  virtual void on_loss(Training&) {}
  /// The gradients are complete and clipped, the step comes next. Not for batches that only gather gradients.
  virtual void on_gradients(Training&) {}
  virtual void on_batch_end(Training&) {}
  /// What is added to the logs stands in the history, and later callbacks see it.
  virtual void on_epoch_end(Training&, Logs& /*logs*/) {}
  virtual void on_train_end(Training&) {}
  /// Names what a resumed run has to know, so that it goes on as if it had never stopped; nothing by default. What was
  /// saved is put in place after `on_train_begin`.
  virtual void stored(Stored&) {}
};

/// A callback by value, or by pointer where its results are wanted afterwards (it must outlive the run):
///
///     train::EarlyStopping early({.patience = 3});
///     ... .callbacks = {&early, train::CSVLogger("log.csv")}
class AnyCallback {
 public:
  AnyCallback(Callback* callback);
  AnyCallback(std::shared_ptr<Callback> callback);
  template <class C>
  requires std::derived_from<std::remove_cvref_t<C>, Callback> &&
      (!std::is_lvalue_reference_v<C>)AnyCallback(C&& callback)
      : callback_(std::make_shared<C>(std::move(callback))) {}
  Callback* operator->() const noexcept { return callback_.get(); }

 private:
  std::shared_ptr<Callback> callback_;
};

using Callbacks = std::vector<AnyCallback>;

}  // namespace xgrad::train
