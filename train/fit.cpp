#include "train/fit.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <unordered_set>

#include "autograd/ops.hpp"
#include "nn/regularization.hpp"
#include "optim/clip.hpp"
#include "optim/lbfgs.hpp"
#include "tensor/error.hpp"
#include "train/detail/feed.hpp"
#include "train/detail/interrupt.hpp"
#include "train/detail/measure.hpp"
#include "train/detail/resume.hpp"
#include "train/progress.hpp"

namespace xgrad::train {
namespace {

constexpr const char* kOp = "train::fit";
constexpr std::int64_t kTried = 2;  // examples that shapes are tried on

void at_least(const char* option, std::int64_t value, std::int64_t least) {
  if (value < least) fail<ValueError>(kOp, fmt::format("{}: got {}; expected {} or more", option, value, least));
}

void check_options(const FitOptions& o) {
  at_least("epochs", o.epochs, 0);
  at_least("batch_size", o.batch_size, 1);
  at_least("accumulate", o.accumulate, 1);
  at_least("initial_epoch", o.initial_epoch, 0);
  at_least("validation_freq", o.validation_freq, 1);
  at_least("validation_batch_size", o.validation_batch_size, 0);
  at_least("checkpoint_every", o.checkpoint_every, 0);
  at_least("keep_last", o.keep_last, 1);
  if (!(o.validation_split >= 0 && o.validation_split < 1))
    fail<ValueError>(kOp, fmt::format("validation_split: got {}; expected 0 <= share < 1", o.validation_split));
  if (o.validation && o.validation_split > 0)
    fail<ValueError>(kOp, "got both validation and validation_split; expected one of them");
  for (const auto& bound : {o.clip_norm, o.clip_value})
    if (bound && !(*bound >= 0)) fail<ValueError>(kOp, fmt::format("clip: got {}; expected 0 or more", *bound));
  for (const auto& [label, weight] : o.class_weight)
    if (!(weight >= 0))
      fail<ValueError>(kOp, fmt::format("class_weight of {}: got {}; expected 0 or more", label, weight));
}

/// The usual mistake: an optimiser that was made for another model.
void check_bound(nn::Module& model, const optim::Optimizer& optimizer) {
  std::unordered_set<const xgrad::detail::Node*> own;
  for (const Tensor& p : model.parameters()) own.insert(p.node());
  for (std::size_t g = 0; g < optimizer.num_groups(); ++g)
    for (const Tensor& p : optimizer.parameters(g))
      if (own.contains(p.node())) return;
  fail<ValueError>(kOp, fmt::format("{} holds none of the parameters of {}; make it from model.parameters()",
                                    optimizer.name(), model.repr()));
}

/// The data and what is cut off of it.
struct Split {
  std::unique_ptr<data::Dataset> train_part, validation_part;
  const data::Dataset* train;
  const data::Dataset* validation;
  Tensor train_weight, validation_weight;

  Split(const data::Dataset& data, const FitOptions& o) : train(&data), validation(o.validation) {
    const std::int64_t n = data.size();
    if (n == 0) fail<ValueError>(kOp, "got an empty data set");
    detail::check_weights(kOp, o.sample_weight, n);
    train_weight = o.sample_weight;
    if (validation && validation->size() == 0) fail<ValueError>(kOp, "validation: got an empty data set");
    if (o.validation_split == 0) return;
    const auto cut = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * (1 - o.validation_split)));
    if (cut == 0 || cut == n)
      fail<ValueError>(kOp,
                       fmt::format("validation_split: {} of {} examples leaves {} to train and {} to validate with",
                                   o.validation_split, n, cut, n - cut));
    train_part = detail::part_of(data, 0, cut);
    validation_part = detail::part_of(data, cut, n - cut);
    train = train_part.get();
    validation = validation_part.get();
    if (!o.sample_weight.defined()) return;
    const NoGradGuard no_grad;
    train_weight = o.sample_weight.slice(0, 0, cut);
    validation_weight = o.sample_weight.slice(0, cut, n);
  }
};

class Fit {
 public:
  Fit(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Dataset& data, FitOptions& options)
      : o_(checked(options)), split_(data, o_), loss_(loss), training_(model, optimizer, loss_, history_),
        feed_(*split_.train, {.batch_size = o_.batch_size, .shuffle = o_.shuffle, .seed = o_.seed},
              split_.train_weight),
        measures_(o_.metrics), checkpoints_(o_, training_, measures_, data),
        lbfgs_(dynamic_cast<optim::LBFGS*>(&optimizer) != nullptr) {
    check_bound(model, optimizer);
    if (lbfgs_ && o_.accumulate > 1) fail<ValueError>(kOp, "LBFGS does not go with accumulate > 1");
    if (split_.validation) {
      const std::int64_t size = o_.validation_batch_size > 0 ? o_.validation_batch_size : o_.batch_size;
      validation_.emplace(*split_.validation, data::LoaderOptions{.batch_size = size}, split_.validation_weight);
      validation_measures_.emplace(o_.metrics);
    }
    for (std::size_t g = 0; g < optimizer.num_groups(); ++g)
      parameters_.insert(parameters_.end(), optimizer.parameters(g).begin(), optimizer.parameters(g).end());
    if (o_.verbose > 0) progress_.emplace(on_standard_output(o_.verbose == 1));
    training_.epochs = o_.epochs;
    training_.steps = feed_.batches();
  }

  History run() {
    try_shapes(feed_, measures_, !o_.class_weight.empty());
    if (validation_) try_shapes(*validation_, *validation_measures_, false);
    training_.model.train();
    if (o_.seed) feed_.loader().set_epoch(static_cast<std::uint64_t>(o_.initial_epoch));
    training_.epoch = o_.initial_epoch;
    const bool resumed = checkpoints_.load();
    const detail::InterruptGuard interrupt(o_.interruptible);
    interrupt_ = &interrupt;
    each([&](Callback& c) { c.on_train_begin(training_); });
    if (resumed) go_on();
    else save(training_.epoch);
    // a callback's stop waits for the end of an epoch, also of one taken up in the middle
    for (; training_.epoch < o_.epochs && (training_.batch > 0 || !training_.stopping()); ++training_.epoch)
      run_epoch();
    training_.epoch = std::max(training_.epoch - 1, o_.initial_epoch);  // the last one, to on_train_end
    each([&](Callback& c) { c.on_train_end(training_); });
    show_warnings();
    return std::move(history_);
  }

 private:
  static FitOptions& checked(FitOptions& o) {
    check_options(o);
    return o;
  }

  template <class F>
  void each(F f) {
    for (const AnyCallback& callback : o_.callbacks) f(*callback.operator->());
  }

  /// Calls everything once on a few examples, so that what does not fit is found before anything has changed.
  void try_shapes(detail::Feed& feed, detail::Measures& measures, bool class_weight) {
    const EvalMode eval(training_.model);
    const NoGradGuard no_grad;
    Generator unused;
    const GeneratorGuard generator(unused);
    const detail::View batch = feed.peek(kTried);
    const Tensor prediction = call(training_.model, batch.inputs);
    const double value = loss_(prediction, batch.targets, weight_of(batch, class_weight)).item<double>();
    measures.update(value, prediction, batch);
  }

  Tensor weight_of(const detail::View& batch, bool class_weight) const {
    if (!class_weight) return batch.weight;
    const NoGradGuard no_grad;
    const Tensor weight = weights_of(o_.class_weight, batch.targets[0]);
    return batch.weight.defined() ? weight * batch.weight.to(weight.dtype()) : weight;
  }

  /// Takes up a run where its checkpoint was made.
  void go_on() {
    const detail::Place place = checkpoints_.finish();
    const Generator now = default_generator();
    feed_.loader().generator() = epoch_start_ = place.loader;
    if (place.batch > 0) feed_.begin(place.batch);  // draws the order once more
    default_generator() = now;
    training_.batch = place.batch;
    gathered_ = place.gathered;
  }

  void begin_epoch() {
    measures_.reset();
    gathered_ = 0;
    each([&](Callback& c) { c.on_epoch_begin(training_); });
    epoch_start_ = feed_.loader().generator();
    feed_.begin();
  }

  void run_epoch() {
    const auto start = std::chrono::steady_clock::now();
    if (progress_) progress_->begin_epoch(training_.epoch, o_.epochs, training_.steps);
    if (training_.batch == 0) begin_epoch();  // else a checkpoint was made in the middle of it
    while (const detail::View* batch = feed_.next()) {
      if (!run_batch(*batch)) break;
    }
    forget_batch();
    feed_.end();
    if (gathered_ > 0) update();
    end_epoch(start);
  }

  void end_epoch(std::chrono::steady_clock::time_point start) {
    Logs logs = measures_.logs();
    if (validation_ && (training_.epoch + 1) % o_.validation_freq == 0) {
      detail::evaluate(training_.model, loss_, *validation_, *validation_measures_);
      for (const auto& [name, value] : validation_measures_->logs("val_")) logs.set(name, value);
    }
    logs.set("learning_rate", training_.optimizer.lr());
    history_.record(training_.epoch, logs);
    if (o_.schedule && o_.schedule_per == Per::epoch) o_.schedule->step();
    history_.seconds.back() = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    each([&](Callback& c) { c.on_epoch_end(training_, logs); });
    history_.record(training_.epoch, logs);
    if (progress_) progress_->end_epoch(logs);
    show_warnings();
    training_.batch = 0;
    if (!history_.interrupted) save(training_.epoch + 1);
  }

  void save(std::int64_t epoch) {
    if (!checkpoints_.on()) return;
    const Generator loader = training_.batch > 0 ? epoch_start_ : feed_.loader().generator();
    checkpoints_.write(epoch, {.batch = training_.batch, .gathered = gathered_, .loader = loader});
  }

  /// Forward, loss, backward and, where it is time, a step; false where the epoch ends here.
  bool run_batch(const detail::View& batch) {
    training_.inputs = batch.inputs;
    training_.targets = batch.targets;
    each([&](Callback& c) { c.on_batch_begin(training_); });
    if (lbfgs_) step_by_closure(batch);
    else step_plainly(batch);
    measures_.update(training_.loss_value, training_.prediction, batch);
    each([&](Callback& c) { c.on_batch_end(training_); });
    training_.prediction = {};  // with its graph, before the next one is recorded
    ++training_.batch;
    ++training_.step;
    if (progress_ && progress_->due()) progress_->draw(training_.batch, measures_.logs());
    const bool interrupted = interrupt_->requested();
    const bool due = o_.checkpoint_every > 0 && training_.step % o_.checkpoint_every == 0;
    if ((due || interrupted) && !aborted_ && checkpoints_.anywhere()) save(training_.epoch);
    if (interrupted) {
      history_.interrupted = true;
      training_.stop("interrupted");
      return false;
    }
    return !aborted_;
  }

  void step_plainly(const detail::View& batch) {
    if (gathered_ == 0) training_.optimizer.zero_grad();
    forward(batch);
    loss_known();
    if (aborted_) {
      loss_tensor_ = {};
      return;
    }
    loss_tensor_.backward();
    loss_tensor_ = {};
    if (++gathered_ == o_.accumulate) update();
  }

  void forward(const detail::View& batch) {
    training_.prediction = call(training_.model, batch.inputs);
    loss_tensor_ = loss_(training_.prediction, batch.targets, weight_of(batch, !o_.class_weight.empty()));
    if (penalised_) loss_tensor_ = loss_tensor_ + nn::regularization_loss(training_.model);
    training_.loss_value = loss_tensor_.item<double>();
  }

  /// Callbacks may end the training here, before the batch changes anything.
  void loss_known() {
    each([&](Callback& c) { c.on_loss(training_); });
    aborted_ = training_.stopping();
  }

  /// LBFGS computes the loss again and again; the first one counts, that of the weights before the step.
  void step_by_closure(const detail::View& batch) {
    bool first = true;
    double loss = 0;
    Tensor prediction;
    training_.optimizer.step([&] {
      training_.optimizer.zero_grad();
      forward(batch);
      if (std::exchange(first, false)) {
        loss_known();
        loss = training_.loss_value;
        prediction = training_.prediction;
      }
      Tensor value = std::move(loss_tensor_);
      value.backward();
      clip();
      return value;
    });
    training_.loss_value = loss;
    training_.prediction = prediction;
    stepped();
  }

  void clip() {
    if (o_.clip_norm) optim::clip_grad_norm(parameters_, *o_.clip_norm);
    if (o_.clip_value) optim::clip_grad_value(parameters_, *o_.clip_value);
  }

  void update() {
    if (gathered_ > 1) optim::scale_grad(parameters_, 1. / static_cast<double>(gathered_));
    gathered_ = 0;
    clip();
    each([&](Callback& c) { c.on_gradients(training_); });
    training_.optimizer.step();
    stepped();
  }

  /// What follows every step of the optimiser.
  void stepped() {
    if (constrained_) nn::apply_constraints(training_.model);
    if (o_.schedule && o_.schedule_per == Per::batch) o_.schedule->step();
  }

  void forget_batch() {
    training_.inputs = {};
    training_.targets = {};
    training_.prediction = {};
  }

  void show_warnings() {
    if (!progress_) return;
    for (; shown_ < history_.warnings.size(); ++shown_) progress_->note("  warning: " + history_.warnings[shown_]);
  }

  FitOptions& o_;
  Split split_;
  const Loss& loss_;
  History history_;
  Training training_;
  detail::Feed feed_;
  detail::Measures measures_;
  detail::Checkpoints checkpoints_;
  std::optional<detail::Feed> validation_;
  std::optional<detail::Measures> validation_measures_;
  std::vector<Tensor> parameters_;
  std::optional<Progress> progress_;
  const detail::InterruptGuard* interrupt_ = nullptr;
  Tensor loss_tensor_;
  std::int64_t gathered_ = 0;  // batches since the last step
  Generator epoch_start_;      // the loader's, when the epoch began
  std::size_t shown_ = 0;      // warnings
  bool lbfgs_, aborted_ = false;
  bool penalised_ = nn::has_regularizers(training_.model), constrained_ = nn::has_constraints(training_.model);
};

}  // namespace

History fit(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const data::Dataset& data,
            FitOptions options) {
  return Fit(model, optimizer, loss, data, options).run();
}

History fit(nn::Module& model, optim::Optimizer& optimizer, const Loss& loss, const Tensor& x, const Tensor& y,
            FitOptions options) {
  return fit(model, optimizer, loss, MultiTensorDataset({x}, {y}), std::move(options));
}

}  // namespace xgrad::train
