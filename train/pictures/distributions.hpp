#pragma once
/// Pictures of how values are distributed: inputs, weights and biases, before and after.

#include "train/callbacks/statistics.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

/// Values under a name, of any shape and dtype.
struct Values {
  std::string name;
  Tensor values;
};
struct HistogramOptions {
  std::string title = {}, x_label = {};
  std::int64_t bins = 40;  ///< 1 to 10000
  bool log_y = false;      ///< a logarithmic axis of counts
  Size size = {};
};
/// Histograms over each other, with the same bins. What is not finite is not counted.
Files histogram(const std::filesystem::path& file, const std::vector<Values>& values,
                const HistogramOptions& options = {});
Files histogram(const std::filesystem::path& file, const Tensor& values, const HistogramOptions& options = {});

struct WeightHistogramsOptions {
  std::string title = {};
  std::vector<std::string> parameters = {};  ///< dotted names; by default all
  Size size = {};
};
/// Every parameter before and after training in a panel of its own: the first snapshot and the last one. ValueError
/// where there is none, and for a name that is not among them.
Files weight_histograms(const std::filesystem::path& file, const WeightSnapshots& snapshots,
                        const WeightHistogramsOptions& options = {});

}  // namespace xgrad::train::plot
