#pragma once
/// fit, evaluate and predict: Keras' three words over any module, and the pieces that a loop of one's own needs.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>

#include "data/dataset.hpp"
#include "optim/schedule.hpp"
#include "train/callback.hpp"
#include "train/history.hpp"
#include "train/loss.hpp"
#include "train/metric.hpp"
#include "train/multi_dataset.hpp"

namespace xgrad::train {

enum class Per { batch, epoch };

/// A factor for the loss of each class; 1 for those not named. Labels are integers [N] or [N, 1], or one-hot rows, of
/// which the largest counts.
using ClassWeight = std::map<std::int64_t, double>;

struct FitOptions {
  std::int64_t epochs = 1;                    ///< up to which epoch, counted from 0 as `initial_epoch` is
  std::int64_t batch_size = 32;               ///< the last batch of an epoch may be smaller
  const data::Dataset* validation = nullptr;  ///< evaluated after each epoch
  double validation_split = 0;  ///< instead: the last share of the data, cut off before shuffling; 0 ... 1
  bool shuffle = true;          ///< a new order in every epoch
  /// Of the orders; without, they come from `default_generator()`. With it epoch e has the same order whichever
  /// `initial_epoch` the run began with.
  std::optional<std::uint64_t> seed = {};
  Metrics metrics = {};
  Callbacks callbacks = {};
  ClassWeight class_weight = {};        ///< for training alone, as in Keras
  Tensor sample_weight = {};            ///< [N]: a factor for the loss of each sample, of the validation split too
  optim::Schedule* schedule = nullptr;  ///< stepped after each update, or
  Per schedule_per = Per::batch;        ///< after each epoch
  std::optional<double> clip_norm = {}, clip_value = {};  ///< optim::clip_grad_norm, then clip_grad_value
  std::int64_t accumulate = 1;             ///< batches whose mean gradient makes a step; an epoch's rest makes one too
  std::int64_t initial_epoch = 0;          ///< where to go on
  std::int64_t validation_freq = 1;        ///< validate after every so many epochs
  std::int64_t validation_batch_size = 0;  ///< 0: batch_size
  int verbose = 0;                         ///< 0: silent; 1: a bar in a terminal, else lines; 2: a line for each epoch
  /// Ctrl-C ends the epoch after the batch under way, as if the data ended there; a second one ends the program. Only
  /// where the program handles SIGINT in no way of its own.
  bool interruptible = true;
  /// The run's checkpoint, "run.h5". Where the file exists the run goes on with it, to the bit as if it had never
  /// stopped; where not it begins. See `fit`.
  std::filesystem::path resume = {};
  std::int64_t checkpoint_every = 0;  ///< batches from one checkpoint to the next, beside those at the ends of epochs
  std::int64_t keep_last = 1;         ///< checkpoints that stay: "run.h5" and, older and older, "run.1.h5", "run.2.h5"
};

/// Trains: for each epoch, batch by batch, forward, loss, backward and a step; then the validation. Exactly the loop
///
///     for (const auto& [x, y] : loader) { opt.zero_grad(); Tensor l = loss(net(x), y); l.backward(); opt.step(); }
///
/// and the same bits. The history has for each epoch `loss` and the metrics: means over its batches weighted by their
/// sizes, while the weights move; `val_loss` and so on with the weights at its end, in evaluation mode; and
/// `learning_rate`, that of the first group at its end, before callbacks and a schedule per epoch change it.
///
/// The model is put into training mode, and left in it. Before the first batch the model, loss and metrics are tried
/// on two examples, in evaluation mode and without drawing random numbers, so that shapes that do not fit are found
/// before anything has changed. ValueError for options out of their bounds, an empty data set, an optimiser that holds
/// none of the model's parameters. What the model, the data or a callback throws passes through.
///
/// The same seeds give the same history on any number of threads. LBFGS gets its closure.
///
/// With `resume` a checkpoint is written at the beginning, at the end of every epoch, after the callbacks, and after
/// every `checkpoint_every` batches (docs/checkpoint-format.md). It holds all that the run consists of: weights,
/// buffers, modes, optimiser, schedule, the default generator and the loader's, the place in the data, the epoch's sums
/// so far, gathered gradients, the history, and what callbacks name in `Callback::stored`. So a run that was killed at
/// any time and started again by the same program ends with the same weights, optimiser and history (times apart). A
/// finished run returns its history at once, or trains on where `epochs` was raised; one that a callback has ended
/// stays ended; after Ctrl-C it goes on behind the batch that was the last. Other options than those of the file are a
/// ValueError (but for epochs, initial_epoch, verbose, interruptible, checkpoint_every and keep_last, which may
/// change), another model, optimiser or schedule an IoError; then nothing has changed. Where the newest checkpoint is
/// damaged, an older one takes its place, with a warning in the history. What the data set, the loss or lambdas keep to
/// themselves is not saved: random transforms should draw from `default_generator()`.
History fit(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Dataset& data,
            FitOptions options = {});
/// The same for tensors x (N, ...) and y (N, ...).
History fit(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const Tensor& x, const Tensor& y,
            FitOptions options = {});

struct EvaluateOptions {
  std::int64_t batch_size = 32;
  Metrics metrics = {};
  Tensor sample_weight = {};
};
/// The loss, under "loss", and the metrics over a data set: in evaluation mode, without recording; every module's mode
/// is as before afterwards. ValueError for an empty data set.
Logs evaluate(nn::Module& model, const Loss& loss, const data::Dataset& data, EvaluateOptions options = {});
Logs evaluate(nn::Module& model, const Loss& loss, const Tensor& x, const Tensor& y, EvaluateOptions options = {});

struct PredictOptions {
  std::int64_t batch_size = 32;
};
/// The model's outputs for all examples, joined along the first axis; modes as for `evaluate`. Targets are not looked
/// at.
Tensor predict(nn::Module& model, const data::Dataset& data, PredictOptions options = {});
Tensor predict(nn::Module& model, const Tensor& x, PredictOptions options = {});

// ---- pieces for a loop of one's own -----------------------------------------------------------------------------------

struct StepResult {
  double loss;
  Tensor prediction;
};
/// One step: zero_grad, forward, loss, backward, step. Modes stay as they are.
StepResult train_step(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Batch& batch);

/// Calls a module with one to six inputs.
Tensor call(nn::Module& model, std::span<const Tensor> inputs);
/// The weight of each sample of a batch, [N].
Tensor weights_of(const ClassWeight& weight, const Tensor& target);

/// Puts a module into evaluation mode; every module below gets its own mode back at the end.
class EvalMode {
 public:
  explicit EvalMode(nn::Module& model);
  ~EvalMode();
  EvalMode(const EvalMode&) = delete;
  EvalMode& operator=(const EvalMode&) = delete;

 private:
  std::vector<std::pair<nn::Module*, bool>> before_;
};

}  // namespace xgrad::train
