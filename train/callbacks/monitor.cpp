#include "train/callbacks/monitor.hpp"

#include <fmt/format.h>

#include <cmath>

namespace xgrad::train {

Mode mode_of(const std::string& monitor) {
  const std::string name = monitor.rfind("val_", 0) == 0 ? monitor.substr(4) : monitor;
  for (const char* part : {"acc", "auc", "precision", "recall", "fmeasure", "f1"})
    if (name.find(part) != name.npos) return Mode::max;
  return name == "r2" || name == "r2_score" ? Mode::max : Mode::min;
}

const double* monitored(Training& training, const Logs& logs, const std::string& monitor, const char* who) {
  const double* value = logs.find(monitor);
  if (!value && !training.history.contains(monitor)) {
    std::string names;
    for (const auto& entry : logs) names += (names.empty() ? "" : ", ") + entry.first;
    training.warn(fmt::format("{}: there is no value \"{}\" to watch; there are: {}", who, monitor, names));
  }
  return value;
}

bool improves(Mode mode, double value, std::optional<double> reference, double delta) {
  if (std::isnan(value)) return false;
  if (!reference) return true;
  return mode == Mode::min ? value + delta < *reference : value - delta > *reference;
}

}  // namespace xgrad::train
