#pragma once
/// The loss and metrics of an epoch.

#include "train/detail/feed.hpp"
#include "train/fit.hpp"

namespace xgrad::train::detail {

class Measures {
 public:
  explicit Measures(const Metrics& metrics);
  void reset();
  void update(double loss, const Tensor& prediction, const View& batch);
  /// "loss" and every metric; with the prefix "val_", say.
  Logs logs(std::string_view prefix = {}) const;
  const Mean& loss() const noexcept { return loss_; }
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// f(group, mean or metric) for the loss and every metric.
  template <class F>
  void each(F f) {
    f("loss", loss_);
    for (std::size_t i = 0; i < metrics_.size(); ++i) f(std::to_string(i), *metrics_[i]);
  }

 private:
  Mean loss_;
  Metrics metrics_;
  std::vector<std::string> names_;
};

/// Over one pass of the feed, in evaluation mode.
Logs evaluate(nn::Module& model, const Loss& loss, Feed& feed, Measures& measures);
void check_weights(const char* op, const Tensor& weights, std::int64_t samples);

}  // namespace xgrad::train::detail
