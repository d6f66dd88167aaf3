#pragma once
/// Pictures of how good predictions are: against targets, as a curve through data, as a confusion matrix; and tables of
/// scores as heat maps.

#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

struct PredictionOptions {
  std::string title = {}, x_label = {}, y_label = {};
  bool residuals = true;  ///< a panel below with what is left over: target - prediction
  Size size = {};
};
/// Predictions over targets, of the same number of elements, with the diagonal on which they would agree.
Files prediction_against_target(const std::filesystem::path& file, const Tensor& prediction, const Tensor& target,
                                const PredictionOptions& options = {});
/// Data and the curve fitted to them over x: points (x, target), a line through (x, prediction) in the order of x. All
/// of the same number of elements.
Files curve_fit(const std::filesystem::path& file, const Tensor& x, const Tensor& target, const Tensor& prediction,
                const PredictionOptions& options = {});

struct ConfusionMatrixOptions {
  std::string title = {};
  std::vector<std::string> labels = {};  ///< of the classes; by default their numbers
  Size size = {};
};
/// A confusion matrix (K, K), K from 1 to 60, as `train::confusion_matrix` gives it: truth downwards, prediction to the
/// right, the number in each cell, shaded by its share of its row.
Files confusion_matrix(const std::filesystem::path& file, const Tensor& matrix,
                       const ConfusionMatrixOptions& options = {});

struct HeatMapOptions {
  std::string title = {};
  std::string x_label = {}, y_label = {};                        ///< what the columns and the rows are
  std::vector<std::string> column_labels = {}, row_labels = {};  ///< of each; by default their numbers
  std::string value_label = {};                                  ///< what the colours are
  int digits = 3;                                                ///< significant, of the numbers in the cells; 0: none
  /// Which cell is framed.
  enum class Best { none, largest, smallest } best = Best::largest;
  Size size = {};
};
/// A table of scores (rows, columns) in colours, up to 100 each: a grid search over two parameters.
Files heat_map(const std::filesystem::path& file, const Tensor& values, const HeatMapOptions& options = {});

}  // namespace xgrad::train::plot
