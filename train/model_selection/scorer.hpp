#pragma once
/// Scorers: how good a fitted model is, by name or function; more is better.

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "train/model_selection/estimator.hpp"

namespace xgrad::train {

/// What a fitted estimator says of some examples, and the truth. Computed once for all scorers, what is derived when
/// it is first asked for.
class Outcome {
 public:
  /// Outputs and targets of the same N examples.
  Outcome(Tensor prediction, Tensor target, Output output);

  /// The outputs, (N), (N, 1) or (N, K).
  const Tensor& prediction() const noexcept { return prediction_; }
  const Tensor& target() const noexcept { return target_; }
  Output output() const noexcept { return output_; }
  /// Probabilities of the shape of the outputs: softmax or sigmoid of logits, exp of log-probabilities, outputs that
  /// are values or probabilities as they are.
  const Tensor& probability() const;
  /// The predicted class of each example (N): the largest of a row; of one output, whether the second of two classes is
  /// the likelier one (a probability above 0.5). Whole numbers in one column are the classes themselves.
  const Tensor& predicted_class() const;
  /// The class of each example (N): whole numbers, or the place of the largest of a row.
  const Tensor& target_class() const;
  /// The number of classes: the columns; of one output two, or as many as the largest class has it.
  std::int64_t classes() const;

 private:
  Tensor prediction_, target_;
  Output output_;
  mutable Tensor probability_, predicted_class_, target_class_;
};

/// What a function of (prediction, target) is given for the prediction.
enum class ScoreOf { prediction, probability, predicted_class };
struct ScorerOptions {
  bool greater_is_better = true;  ///< else the sign is turned
  ScoreOf of = ScoreOf::prediction;
};

/// scikit-learn's names, and its definitions:
///
///     classes        accuracy, balanced_accuracy, top_k_accuracy (k = 2), precision, recall, f1, jaccard (each also
///                    with _macro, _micro, _weighted), matthews_corrcoef
///     probabilities  neg_log_loss, neg_brier_score (two classes), roc_auc (two classes), roc_auc_ovr, roc_auc_ovo,
///                    roc_auc_ovr_weighted, roc_auc_ovo_weighted, average_precision (two classes)
///     values         neg_mean_squared_error, neg_root_mean_squared_error, neg_mean_absolute_error, r2, max_error,
///                    explained_variance, neg_median_absolute_error, neg_mean_squared_log_error,
///                    neg_mean_absolute_percentage_error
///
/// With one-hot targets the classes are those of the rows. The probabilities for `neg_log_loss` are those of `Outcome`,
/// clipped to [eps, 1 - eps] of their dtype and divided by the sum of their row; all columns count as classes, where
/// scikit-learn gives up on a test part that lacks one.
class Scorer {
 public:
  using Function = std::function<double(const Outcome&)>;

  Scorer(const char* name) : Scorer(std::string(name)) {}
  /// ValueError, listing the names there are, for another one.
  Scorer(const std::string& name);
  /// A function of one's own, of the outcome or of (prediction, target).
  template <class F>
  requires std::is_invocable_r_v<double, const F&, const Outcome&> Scorer(std::string name, F f)
      : name_(std::move(name)), f_(std::move(f)) {}
  template <class F>
  requires std::is_invocable_r_v<double, const F&, const Tensor&, const Tensor&> Scorer(std::string name, F f,
                                                                                        ScorerOptions options = {})
      : Scorer(std::move(name), of_pair(std::move(f), options)) {}

  const std::string& name() const noexcept { return name_; }
  double operator()(const Outcome& outcome) const { return f_(outcome); }

 private:
  static Function of_pair(std::function<double(const Tensor&, const Tensor&)> f, ScorerOptions options);

  std::string name_;
  Function f_;
};

/// The names that Scorer knows, sorted.
std::vector<std::string> scorer_names();

/// One scorer, whose results are called "score", or several, called by their names. By default one: accuracy where the
/// model tells classes apart, r2 elsewhere.
class Scoring {
 public:
  Scoring() = default;
  Scoring(const char* name) : Scoring(Scorer(name)) {}
  Scoring(const std::string& name) : Scoring(Scorer(name)) {}
  Scoring(Scorer one) : scorers_{std::move(one)} {}
  /// ValueError for no scorers, and for two of the same name.
  Scoring(std::initializer_list<Scorer> several) : Scoring(std::vector<Scorer>(several)) {}
  Scoring(std::vector<Scorer> several);

  bool multiple() const noexcept { return multiple_; }
  bool is_default() const noexcept { return scorers_.empty(); }
  const std::vector<Scorer>& scorers() const noexcept { return scorers_; }

 private:
  std::vector<Scorer> scorers_;
  bool multiple_ = false;
};

}  // namespace xgrad::train
