#pragma once
/// Callbacks that measure: GradientStats, WeightSnapshots.

#include "train/callback.hpp"
#include "train/explain.hpp"

namespace xgrad::train {

struct GradientStatsOptions {
  std::int64_t every = 100;  ///< steps between two measurements; the first step is measured
  double vanishing = 1e-7;   ///< a warning for a gradient whose norm is smaller
  double exploding = 1e3;    ///< or larger
  double dead_share = 0.5;   ///< a warning where more of a ReLU's units are 0 for a whole batch, or more of the
                             ///< outputs of a Sigmoid or Tanh are saturated
};

/// Gradient norms, weight norms and update ratios (norm of the change by the norm of the weights before) of every
/// parameter, and dead or saturated units of every ReLU, Sigmoid and Tanh that is called as a module.
class GradientStats : public Callback {
 public:
  struct Parameter {
    std::int64_t epoch, step;
    std::string name;
    double gradient_norm, weight_norm, update_ratio;
  };
  struct Activity {
    std::int64_t epoch, step;
    LayerActivity layer;
  };
  explicit GradientStats(GradientStatsOptions options = {});
  void on_train_begin(Training& training) override;
  void on_batch_begin(Training& training) override;
  void on_loss(Training& training) override;
  void on_gradients(Training& training) override;
  void on_batch_end(Training& training) override;
  void stored(Stored& s) override;

  /// The mean of each parameter's measurements in each epoch, under the step of the last of them, in the order of
  /// epochs and parameters: a batch says little, the smaller the less.
  std::vector<Parameter> epoch_means() const;

  std::vector<Parameter> parameters;
  std::vector<Activity> activities;

 private:
  bool measured(const Training& training) const { return training.step % options_.every == 0; }
  void warn_of(Training& training, const Parameter& row) const;

  GradientStatsOptions options_;
  std::shared_ptr<ActivityObserver> observer_;
  std::vector<std::pair<nn::NamedTensor, Tensor>> before_;  ///< parameters and their values before the step
  std::vector<double> gradient_norms_;
};

struct WeightSnapshotsOptions {
  std::int64_t bins = 30;
  std::int64_t every = 1;  ///< epochs between two snapshots
};

/// Histograms of every parameter at the beginning (epoch -1) and at the end of epochs; of finite values.
class WeightSnapshots : public Callback {
 public:
  struct Snapshot {
    std::int64_t epoch;
    std::string name;
    double min, max, mean, std;
    std::vector<std::int64_t> counts;
    std::vector<double> edges;  ///< one more than counts
  };
  explicit WeightSnapshots(WeightSnapshotsOptions options = {});
  void on_train_begin(Training& training) override;
  void on_epoch_end(Training& training, Logs& logs) override;
  void stored(Stored& s) override;
  std::vector<Snapshot> snapshots;

 private:
  void take(Training& training, std::int64_t epoch);
  WeightSnapshotsOptions options_;
};

}  // namespace xgrad::train
