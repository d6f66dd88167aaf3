#pragma once
/// Metrics of classes: accuracy, confusion matrix, precision, recall, F1.
///
/// Classes come as integers (N) or (N, 1), as whole numbers of a floating dtype, or as a matrix (N, C) with C >= 2: of
/// scores, where the largest of a row counts (the first of several), or one-hot. All of these functions throw
/// ShapeError for other shapes and different N, ValueError for no examples, for NaN, and for numbers that are not
/// classes; none of them is recorded on the tape.

#include <cstdint>
#include <optional>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train {

struct AccuracyOptions {
  bool normalize = true;      ///< the share of examples; else their number
  Tensor sample_weight = {};  ///< (N), by default 1 each
};

/// The share of examples whose class was predicted. (scikit-learn's accuracy_score; Keras: categorical_accuracy and
/// sparse_categorical_accuracy.)
double accuracy(const Tensor& prediction, const Tensor& target, const AccuracyOptions& options = {});

/// The share of equal elements, where a prediction above `threshold` stands for 1; of any shape, the same for both, and
/// (N) with (N, 1). Throws ValueError for a target other than 0 and 1. (Keras: binary_accuracy.)
double binary_accuracy(const Tensor& prediction, const Tensor& target, double threshold = 0.5);

/// The share of examples whose class is among the k best of the scores (N, C): less than k classes have a larger score.
/// (Keras has the same rule; scikit-learn breaks ties by the number of the class, larger ones first.) The targets are
/// columns of the scores, 0 to C-1, or one-hot. Throws ValueError for k < 1, IndexError for a target out of range.
double top_k_accuracy(const Tensor& scores, const Tensor& target, std::int64_t k = 5);

enum class Normalize {
  none,
  truth,       ///< each row sums to 1 (scikit-learn: 'true')
  prediction,  ///< each column sums to 1 ('pred')
  all,         ///< all together sum to 1
};

struct ConfusionOptions {
  std::vector<std::int64_t> labels = {};  ///< the classes to count, in this order; by default all, sorted
  Normalize normalize = Normalize::none;
  Tensor sample_weight = {};
};

/// How often class i (row) was taken for class j (column): int64, or float64 where it is normalised or weighted. What
/// has none to divide by is 0. Throws ValueError for labels none of which is in the target.
Tensor confusion_matrix(const Tensor& prediction, const Tensor& target, const ConfusionOptions& options = {});

/// Over what a score of several classes is taken.
enum class Average {
  binary,    ///< of the class `pos_label` alone; there may be no more than two
  micro,     ///< of all examples together
  macro,     ///< the mean over classes
  weighted,  ///< the mean over classes, weighted by how often each is in the target
};

struct ScoreOptions {
  Average average = Average::binary;
  std::int64_t pos_label = 1;
  std::vector<std::int64_t> labels = {};  ///< the classes that count; by default all. Passed over with `binary`
  double zero_division = 0;               ///< what 0 / 0 is: 0 or 1
  Tensor sample_weight = {};
};

/// True positives / all predicted positives: tp / (tp + fp).
/// These four throw ValueError for `Average::binary` with more than two classes or with a `pos_label` that is none of
/// two, and for a `zero_division` other than 0 and 1.
double precision(const Tensor& prediction, const Tensor& target, const ScoreOptions& options = {});
/// True positives / all positives: tp / (tp + fn).
double recall(const Tensor& prediction, const Tensor& target, const ScoreOptions& options = {});
/// Their harmonic mean: 2 tp / (2 tp + fp + fn).
double f1(const Tensor& prediction, const Tensor& target, const ScoreOptions& options = {});
/// Their weighted harmonic mean: (1 + beta^2) tp / ((1 + beta^2) tp + fp + beta^2 fn). Throws ValueError for a negative
/// beta.
double fbeta(const Tensor& prediction, const Tensor& target, double beta, const ScoreOptions& options = {});

/// Every class by itself (scikit-learn: average=None).
struct ClassScores {
  Tensor labels;                 ///< (K) int64
  Tensor precision, recall, f1;  ///< (K) float64
  Tensor support;                ///< how often each is in the target: (K) int64, float64 where weighted
};
struct ClassScoreOptions {
  std::vector<std::int64_t> labels = {};  ///< the classes to score, in this order; by default all, sorted
  double zero_division = 0;
  double beta = 1;  ///< of the F score
  Tensor sample_weight = {};
};
ClassScores precision_recall_f1_support(const Tensor& prediction, const Tensor& target,
                                        const ClassScoreOptions& options = {});

}  // namespace xgrad::train
