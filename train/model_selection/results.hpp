#pragma once
/// CvResults: what a search has measured, as scikit-learn's cv_results_.

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "train/model_selection/params.hpp"

namespace xgrad::train {

/// A table with a row for each candidate, and scikit-learn's columns in its order:
///
///     mean_fit_time std_fit_time mean_score_time std_score_time    seconds
///     param_<name> ...                                             the values; none where a candidate lacks it
///     params                                                       all of them
///     split<i>_test_score ... mean_test_score std_test_score rank_test_score
///     split<i>_train_score ... mean_train_score std_train_score    with `return_train_score`
///
/// and for several scorers the last two lines of each, with its name in the place of "score". Means are those of the
/// folds, each counting the same; std is that of the population (divided by n); ranks count from 1, ties have the
/// smallest, and NaN ranks with the worst. Sums are taken in NumPy's order, so that ties are the same ones.
class CvResults {
 public:
  using Value = std::optional<ParamValue>;

  /// The numbers of a column, ranks among them. ValueError, listing the names there are, where there is none.
  const std::vector<double>& operator[](std::string_view name) const;
  /// The values of a parameter, by its name with or without "param_".
  std::vector<Value> param(std::string_view name) const;
  /// The candidates.
  const std::vector<Params>& params() const noexcept { return params_; }
  /// The columns, "params" and "param_<name>" among them.
  const std::vector<std::string>& names() const noexcept { return names_; }
  bool contains(std::string_view name) const;
  /// The number of candidates.
  std::int64_t size() const noexcept { return static_cast<std::int64_t>(params_.size()); }

  /// All columns, texts quoted as far as needed; numbers have as many digits as tell them apart; nothing where a value
  /// is missing. `times = false` leaves the times out: what remains depends on data, options and seed alone.
  std::string csv(bool times = true) const;
  /// The same into a file, which is replaced as a whole (IoError).
  void write_csv(const std::filesystem::path& file) const;
  /// As scikit-learn's users print it: a line for each candidate, "0.930006 (0.003456) with: {'epochs': 10}". `scorer`
  /// is the part of the column's name behind "mean_test_".
  std::string lines(std::string_view scorer = "score") const;

  /// Measured times and scores of one fit.
  struct Fit {
    double fit_time = 0, score_time = 0;
    std::vector<double> test, train;  ///< of each scorer; `train` empty where not asked for
  };
  /// Fits are those of candidate 0 on each fold, then of candidate 1, ...; `scorers` are the names of the columns.
  CvResults(std::vector<Params> candidates, std::int64_t folds, const std::vector<Fit>& fits,
            const std::vector<std::string>& scorers, bool train);
  CvResults() = default;

 private:
  void add(std::string name, std::vector<double> values);
  void add_scores(const std::string& part, const std::string& scorer, std::int64_t folds,
                  const std::vector<std::vector<double>>& rows, bool rank);

  std::vector<Params> params_;
  std::vector<std::string> names_;
  std::vector<std::pair<std::string, std::vector<double>>> columns_;
};

std::ostream& operator<<(std::ostream& out, const CvResults& results);

}  // namespace xgrad::train
