#pragma once
/// Counting, class by class, what precision and recall are made of.

#include <string_view>

#include "train/metrics/classification.hpp"
#include "train/metrics/detail/inputs.hpp"

namespace xgrad::train::detail {

/// Of one class, or of several together, in numbers or weights of examples.
struct Count {
  double both = 0;       ///< predicted, and true
  double predicted = 0;  ///< in the prediction
  double truth = 0;      ///< in the target
  void operator+=(const Count& o) { both += o.both, predicted += o.predicted, truth += o.truth; }
};

/// Of each of these labels. Examples of other classes count where they were taken for one of them, and where one of
/// them was taken for another.
std::vector<Count> counts_of(std::string_view op, const Pair& pair, const Labels& labels, const Weights& weights);

double precision_of(const Count& c, double zero_division);
double recall_of(const Count& c, double zero_division);
double fbeta_of(const Count& c, double beta, double zero_division);

/// One score of counts, of one class or several.
using Score = double (*)(const Count& c, double beta, double zero_division);
/// The mean over classes, or the score of all together.
double averaged(const std::vector<Count>& counts, Average average, Score score, double beta, double zero_division);

void check_zero_division(std::string_view op, double zero_division);

}  // namespace xgrad::train::detail
