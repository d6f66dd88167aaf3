#pragma once
/// Metrics: what `fit` and `evaluate` report beside the loss.

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "autograd/tensor.hpp"
#include "train/stored.hpp"

namespace xgrad::train {

/// Gets (prediction, target) batch by batch and gives one number for all of them, every sample counting the same.
class Metric {
 public:
  virtual ~Metric() = default;
  /// Keras' name: "accuracy".
  virtual std::string name() const = 0;
  /// Forgets all batches.
  virtual void reset() = 0;
  /// One batch more. ShapeError where prediction and target do not go together.
  virtual void update(const Tensor& prediction, const Tensor& target) = 0;
  /// Of all batches since the reset; NaN where there was none.
  virtual double result() const = 0;
  /// Names what it has gathered since the reset, for `fit` to save in the middle of an epoch. ValueError by default:
  /// where `FitOptions::checkpoint_every` is set a metric has to.
  virtual void stored(Stored&);
};

/// A mean of values that stand for so many samples each: the loss of an epoch.
class Mean {
 public:
  void reset() noexcept { *this = {}; }
  void update(double value, std::int64_t samples) noexcept {
    sum_ += value * static_cast<double>(samples);
    samples_ += samples;
  }
  std::int64_t samples() const noexcept { return samples_; }
  /// NaN of nothing.
  double result() const noexcept { return sum_ / static_cast<double>(samples_); }
  void stored(Stored& s) { s("sum", sum_)("samples", samples_); }

 private:
  double sum_ = 0;
  std::int64_t samples_ = 0;
};

/// The share of right predictions, what is right resolved by shapes as in Keras:
///
///     prediction [N, 1] or [N], target of the same shape or one of these    binary: (prediction > 0.5) == target
///     prediction [..., C], target of the same shape                         categorical: both have the same argmax
///     prediction [N, C, ...], target [N, ...] or [N, 1]                     sparse: argmax over the classes == target
///     prediction [N, ..., C], target [N, ...]                               the same, classes last
///
/// Where both sparse forms fit, classes are axis 1, as for the losses. The threshold of 0.5 is meant for probabilities;
/// of logits say `Accuracy({.threshold = 0})`.
struct AccuracyMetricOptions {
  double threshold = 0.5;
};
class Accuracy : public Metric {
 public:
  explicit Accuracy(AccuracyMetricOptions options = {}) : options_(options) {}
  std::string name() const override { return "accuracy"; }
  void reset() override { right_ = count_ = 0; }
  void update(const Tensor& prediction, const Tensor& target) override;
  double result() const override { return static_cast<double>(right_) / static_cast<double>(count_); }
  void stored(Stored& s) override { s("right", right_)("count", count_); }

 private:
  AccuracyMetricOptions options_;
  std::int64_t right_ = 0, count_ = 0;
};

/// The mean over samples of a function that gives one number for a batch.
class MeanMetric : public Metric {
 public:
  using Function = std::function<Tensor(const Tensor& prediction, const Tensor& target)>;
  MeanMetric(std::string name, Function f) : name_(std::move(name)), f_(std::move(f)) {}
  std::string name() const override { return name_; }
  void reset() override { mean_.reset(); }
  void update(const Tensor& prediction, const Tensor& target) override;
  double result() const override { return mean_.result(); }
  void stored(Stored& s) override { mean_.stored(s); }

 private:
  std::string name_;
  Function f_;
  Mean mean_;
};

/// A function of a whole epoch: keeps all predictions and targets (as they are, without history), and asks it at the
/// end. What cannot be averaged over batches: F1, ROC AUC, R2.
class EpochMetric : public Metric {
 public:
  using Function = std::function<double(const Tensor& prediction, const Tensor& target)>;
  EpochMetric(std::string name, Function f) : name_(std::move(name)), f_(std::move(f)) {}
  std::string name() const override { return name_; }
  void reset() override;
  void update(const Tensor& prediction, const Tensor& target) override;
  double result() const override;
  void stored(Stored& s) override;

 private:
  std::string name_;
  Function f_;
  std::vector<Tensor> predictions_, targets_;
};

/// Any metric by value: `.metrics = {"accuracy", train::MeanMetric("mse", nn::MSE{})}`. Copying it copies the metric.
class AnyMetric {
 public:
  /// By name: "accuracy" (Keras' rule above), "top_5_accuracy", "mse", "mae", "rmse", "r2", "roc_auc", "log_loss", and
  /// "precision", "recall", "f1" with the suffix _binary, _macro, _micro or _weighted, all of train/metrics.hpp over
  /// the whole epoch. They take scores, or probabilities for the last two kinds. ValueError for a name that is not
  /// known.
  AnyMetric(const char* name) : AnyMetric(std::string(name)) {}
  AnyMetric(const std::string& name);
  template <class M>
  requires std::derived_from<std::remove_cvref_t<M>, Metric> AnyMetric(M&& metric)
      : metric_(std::make_unique<std::remove_cvref_t<M>>(std::forward<M>(metric))),
        copy_([](const Metric& m) -> std::unique_ptr<Metric> {
          return std::make_unique<std::remove_cvref_t<M>>(static_cast<const std::remove_cvref_t<M>&>(m));
        }) {}
  AnyMetric(const AnyMetric& other) : metric_(other.copy_(*other.metric_)), copy_(other.copy_) {}
  AnyMetric(AnyMetric&&) noexcept = default;
  AnyMetric& operator=(AnyMetric other) noexcept {
    metric_ = std::move(other.metric_);
    copy_ = other.copy_;
    return *this;
  }

  Metric* operator->() const noexcept { return metric_.get(); }
  Metric& operator*() const noexcept { return *metric_; }

 private:
  std::unique_ptr<Metric> metric_;
  std::unique_ptr<Metric> (*copy_)(const Metric&);
};

using Metrics = std::vector<AnyMetric>;

}  // namespace xgrad::train
