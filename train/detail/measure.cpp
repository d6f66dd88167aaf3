#include "train/detail/measure.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "tensor/error.hpp"

namespace xgrad::train::detail {

Measures::Measures(const Metrics& metrics) : metrics_(metrics) {
  for (const AnyMetric& metric : metrics_) {
    names_.push_back(metric->name());
    if (names_.back() == "loss" || std::count(names_.begin(), names_.end(), names_.back()) > 1)
      fail<ValueError>("train::fit", fmt::format("two values would be called \"{}\"; expected metrics with different "
                                                 "names, none of them \"loss\"",
                                                 names_.back()));
  }
}

void Measures::reset() {
  loss_.reset();
  for (const AnyMetric& metric : metrics_) metric->reset();
}

void Measures::update(double loss, const Tensor& prediction, const View& batch) {
  loss_.update(loss, batch.samples());
  if (metrics_.empty()) return;
  const NoGradGuard no_grad;
  for (const AnyMetric& metric : metrics_) metric->update(prediction, batch.targets[0]);
}

Logs Measures::logs(std::string_view prefix) const {
  Logs logs;
  logs.set(std::string(prefix) + "loss", loss_.result());
  for (std::size_t i = 0; i < metrics_.size(); ++i) logs.set(std::string(prefix) + names_[i], metrics_[i]->result());
  return logs;
}

}  // namespace xgrad::train::detail
