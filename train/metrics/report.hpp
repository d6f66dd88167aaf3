#pragma once
/// The classification report, as scikit-learn prints it.

#include <cstdint>
#include <string>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train {

struct ReportOptions {
  std::vector<std::int64_t> labels = {};       ///< the classes to report, in this order; by default all, sorted
  std::vector<std::string> target_names = {};  ///< what they are called; by default their numbers
  int digits = 2;                              ///< behind the decimal point, 0 to 17
  double zero_division = 0;                    ///< what 0 / 0 is: 0 or 1
  Tensor sample_weight = {};
};

/// Precision, recall, F1 and support of each class, accuracy (or the micro average, where `labels` are not all classes)
/// and the averages, as text, character for character as scikit-learn's classification_report:
///
///                   precision    recall  f1-score   support
///
///          class 0       0.50      1.00      0.67         1
///          ...
///         accuracy                           0.60         5
///        macro avg       0.50      0.56      0.49         5
///     weighted avg       0.70      0.60      0.61         5
///
/// Throws as the metrics of classes do, and ValueError for names that are not as many as the classes.
std::string classification_report(const Tensor& prediction, const Tensor& target, const ReportOptions& options = {});

}  // namespace xgrad::train
