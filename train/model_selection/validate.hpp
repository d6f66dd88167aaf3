#pragma once
/// cross_validate: trains and tests on each fold.

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/model_selection/cv.hpp"
#include "train/model_selection/estimator.hpp"
#include "train/model_selection/scorer.hpp"

namespace xgrad::train {

struct CrossValidateOptions {
  Params params = {};  ///< what the model is built from
  Cv cv = 5;
  Scoring scoring = {};
  bool return_train_score = false;
  bool return_estimator = false;
  /// The score of a fit that throws, with a warning; nothing: the error reaches the caller.
  std::optional<double> error_score = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t seed = 0;  ///< of weights, orders and dropout, by way of `fit_seed(seed, 0, fold)`
  /// How many fits run at the same time, at most `num_threads()`; -1: that many. Kernels inside share the rest.
  int n_jobs = 1;
};

/// What was measured, a number for each fold, under scikit-learn's names and in its order: fit_time, score_time (in
/// seconds), test_score, and train_score where asked for; with several scorers test_<name>, train_<name>.
class CrossValidation {
 public:
  using Column = std::pair<std::string, std::vector<double>>;

  /// ValueError, listing the names there are, where there is none.
  const std::vector<double>& operator[](std::string_view name) const;
  std::vector<std::string> names() const;
  const std::vector<Column>& columns() const noexcept { return columns_; }
  void add(std::string name, std::vector<double> values) { columns_.emplace_back(std::move(name), std::move(values)); }

  std::vector<Estimator> estimators;  ///< of each fold, with `return_estimator`
  std::vector<std::string> warnings;

 private:
  std::vector<Column> columns_;
};

/// Trains a fresh model on the training part of each fold and scores it on the test part. What the estimator's
/// `prepare` fits, it fits on the training part alone.
///
///     const auto result = train::cross_validate(build, x, y, {.cv = 10, .scoring = "neg_log_loss", .seed = 2});
///
/// The results, times aside, depend on nothing but data, options and seed: not on `n_jobs`, nor on the number of
/// threads. ParamError for parameters that the builder asks for and does not find; ValueError where every fit fails.
/// What a fit throws passes through where there is no `error_score`.
CrossValidation cross_validate(const Builder& build, const data::Dataset& data,
                               const CrossValidateOptions& options = {});
CrossValidation cross_validate(const Builder& build, const Tensor& x, const Tensor& y,
                               const CrossValidateOptions& options = {});

/// The test scores of `cross_validate` alone. ValueError for several scorers.
std::vector<double> cross_val_score(const Builder& build, const Tensor& x, const Tensor& y,
                                    const CrossValidateOptions& options = {});

enum class Predict {
  outputs,        ///< what the model gives
  probabilities,  ///< scikit-learn: method='predict_proba'
  classes,        ///< (N), int64: method='predict'
};
/// For each example what the model says that was not trained on it: (N, ...). ValueError unless each example is in the
/// test part of one fold. Scoring options are passed over; what a fit throws passes through.
Tensor cross_val_predict(const Builder& build, const Tensor& x, const Tensor& y,
                         const CrossValidateOptions& options = {}, Predict what = Predict::outputs);

// ---- curves -----------------------------------------------------------------------------------------------------------

struct LearningCurveOptions {
  Params params = {};
  /// Whole numbers above 1 and the number 1 as an integer count examples; real numbers in (0, 1] are shares of the
  /// training part of the first fold, rounded down.
  std::vector<Scalar> train_sizes = {0.1, 0.325, 0.55, 0.775, 1.0};
  Cv cv = 5;
  Scoring scoring = {};  ///< one scorer
  /// Takes the examples of a training part in random order, scikit-learn's for the same `random_state`; else the first
  /// ones count (beware of sorted data).
  bool shuffle = false;
  std::optional<std::int64_t> random_state = {};
  std::optional<double> error_score = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t seed = 0;
  int n_jobs = 1;
};

/// A row for each size or value, a number for each fold.
using ScoreTable = std::vector<std::vector<double>>;

struct LearningCurve {
  std::vector<std::int64_t> train_sizes;  ///< distinct, growing
  ScoreTable train_scores, test_scores, fit_times, score_times;
  std::vector<std::string> warnings;
};
/// How scores grow with the number of examples: trains on the first ones of each training part. The fit of size i on
/// fold j is seeded with `fit_seed(seed, i, j)`.
LearningCurve learning_curve(const Builder& build, const Tensor& x, const Tensor& y,
                             const LearningCurveOptions& options = {});

struct ValidationCurveOptions {
  Params params = {};  ///< the other parameters
  Cv cv = 5;
  Scoring scoring = {};  ///< one scorer
  std::optional<double> error_score = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t seed = 0;
  int n_jobs = 1;
};
struct ValidationCurve {
  std::vector<ParamValue> values;
  ScoreTable train_scores, test_scores;
  std::vector<std::string> warnings;
};
/// How scores change with one parameter. ParamError where the model never asks for it.
ValidationCurve validation_curve(const Builder& build, const Tensor& x, const Tensor& y, const std::string& name,
                                 const std::vector<ParamValue>& values, const ValidationCurveOptions& options = {});

}  // namespace xgrad::train
