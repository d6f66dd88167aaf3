#pragma once
/// GridSearchCV and RandomizedSearchCV: which parameters are best.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train/model_selection/grid.hpp"
#include "train/model_selection/results.hpp"
#include "train/model_selection/validate.hpp"

namespace xgrad::train {

/// Whether the best candidate is trained on all data in the end; with several scorers, the one that decides is named.
class Refit {
 public:
  Refit(bool on = true) : on_(on) {}
  Refit(const char* scorer) : on_(true), scorer_(scorer) {}
  Refit(std::string scorer) : on_(true), scorer_(std::move(scorer)) {}
  explicit operator bool() const noexcept { return on_; }
  const std::string& scorer() const noexcept { return scorer_; }

 private:
  bool on_;
  std::string scorer_;
};

/// What becomes of a parameter of the grid that no fit has asked its Params for: that grid never reached the model.
enum class Unread {
  error,   ///< a ParamError that names it; before the first fit where that can be known, else before the results
  warn,    ///< a warning
  ignore,  ///< nothing
};

struct SearchOptions {
  Cv cv = 5;
  Scoring scoring = {};
  Refit refit = true;
  bool return_train_score = false;
  /// The score of a fit that throws, with a warning; nothing: the error reaches the caller.
  std::optional<double> error_score = std::numeric_limits<double>::quiet_NaN();
  std::uint64_t seed = 0;  ///< of weights, orders and dropout, by way of `fit_seed(seed, candidate, fold)`
  /// How many fits run at the same time, at most `num_threads()`; -1: that many. Kernels inside share the rest.
  int n_jobs = 1;
  /// Each finished fit is appended here; a search that finds its own journal goes on where that ends.
  std::filesystem::path journal = {};
  int verbose = 0;  ///< 1: a bar in a terminal, else a line for each fit; 2: a line for each fit
  Unread unread = Unread::error;
  /// Where progress goes; standard output without.
  std::function<void(std::string_view)> write = {};
};

/// What both searches share. After `fit`: the table, the best candidate, and, with `refit`, a model of its parameters
/// trained on all data.
class Search {
 public:
  virtual ~Search() = default;

  /// Trains every candidate on every fold. Everything that can be wrong about options, folds and targets is found
  /// before the first fit; and models are built then, as many as it takes until every parameter was asked for, so that
  /// names that do not exist and grids that never reach the model are found before hours have passed.
  ///
  /// Results, times aside, depend on data, options and seed alone: not on `n_jobs`, the number of threads, or how often
  /// the search was interrupted and went on from its journal. The folds come in the order fold 0 of every candidate,
  /// fold 1 of every candidate, ...
  ///
  /// Throws ParamError as said; ValueError where every fit fails; IoError for a journal of another search (telling what
  /// differs), one in use, and one that cannot be written; Error after Ctrl-C, when the fits under way are dropped.
  /// What a fit throws passes through where there is no `error_score`.
  Search& fit(const data::Dataset& data);
  Search& fit(const Tensor& x, const Tensor& y);

  /// All of these throw ValueError before `fit`; the best ones also where several scorers leave open which one decides.
  const CvResults& cv_results() const;
  std::int64_t best_index() const;
  double best_score() const;
  const Params& best_params() const;
  /// A handle that shares it. ValueError without `refit`.
  Estimator best_estimator() const;
  double refit_time() const;
  std::int64_t n_splits() const;
  /// The outputs of the best estimator.
  Tensor predict(const Tensor& x) const { return best_estimator().predict(x); }
  /// The score of the best estimator on other data.
  double score(const Tensor& x, const Tensor& y) const;

  /// What was worth saying: failed fits, damaged lines of the journal.
  const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  /// How many fits were taken from the journal.
  std::int64_t resumed_fits() const noexcept { return resumed_; }

  /// "Best: 0.931233 using {'beta_1': 0.5, 'learning_rate': 0.01}" and a line for each candidate.
  std::string str() const;

 protected:
  Search(Builder build, SearchOptions options);
  Search(const Search&) = default;
  Search(Search&&) = default;
  Search& operator=(const Search&) = default;
  Search& operator=(Search&&) = default;
  virtual std::vector<Params> candidates() const = 0;
  virtual const char* name() const = 0;

 private:
  std::size_t deciding() const;
  const CvResults& fitted() const;

  Builder build_;
  SearchOptions options_;
  std::vector<Scorer> scorers_;
  CvResults results_;
  std::optional<std::size_t> deciding_;
  std::optional<Estimator> best_;
  std::int64_t best_index_ = 0, folds_ = 0, resumed_ = 0;
  double refit_time_ = 0;
  std::vector<std::string> warnings_;
};

/// Every combination of a grid:
///
///     train::GridSearchCV search(
///         [](const train::Params& p) {
///           nn::Sequential net(nn::Dense(2, p["units"]), nn::ReLU(), nn::Dense(p["units"], 2));
///           return train::estimator<optim::Adam>(net, {.lr = p["learning_rate"]}, nn::CrossEntropy{},
///                                                {.epochs = p["epochs"], .batch_size = 32});
///         },
///         {{"units", {8, 16}}, {"learning_rate", {0.001, 0.01}}, {"epochs", {10, 20}}},
///         {.cv = 10, .scoring = "neg_log_loss", .seed = 2, .n_jobs = 2, .journal = "search.jsonl"});
///     search.fit(x, y);
///     std::cout << search;
class GridSearchCV : public Search {
 public:
  GridSearchCV(Builder build, ParamGrid grid, SearchOptions options = {});

 protected:
  std::vector<Params> candidates() const override { return grid_.candidates(); }
  const char* name() const override { return "train::GridSearchCV"; }

 private:
  ParamGrid grid_;
};

struct SamplingOptions {
  std::int64_t n_iter = 10;       ///< how many combinations are tried
  std::int64_t random_state = 0;  ///< of the draws; see `ParamDistributions::sample`
};

/// Combinations drawn at random:
///
///     train::RandomizedSearchCV search(build, {{"learning_rate", train::loguniform(1e-4, 1e-1)}, {"units", {8, 16}}},
///                                      {.n_iter = 20, .random_state = 1}, {.cv = 5});
class RandomizedSearchCV : public Search {
 public:
  RandomizedSearchCV(Builder build, ParamDistributions distributions, SamplingOptions sampling = {},
                     SearchOptions options = {});

 protected:
  std::vector<Params> candidates() const override;
  const char* name() const override { return "train::RandomizedSearchCV"; }

 private:
  ParamDistributions distributions_;
  SamplingOptions sampling_;
};

std::ostream& operator<<(std::ostream& out, const Search& search);

}  // namespace xgrad::train
