#pragma once
/// The fits of cross-validation: what they have in common, whoever asks for them.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "train/model_selection/cv.hpp"
#include "train/model_selection/estimator.hpp"
#include "train/model_selection/results.hpp"
#include "train/model_selection/scorer.hpp"

namespace xgrad::train::detail {

/// What is to be run: every candidate on every fold.
struct Plan {
  const char* op;  ///< of errors
  const Builder* build;
  std::vector<Params> candidates;
  std::vector<data::Fold> folds;
  std::vector<Scorer> scorers;
  bool train_scores = false;
  bool keep_estimators = false;
  std::optional<double> error_score = {};
  std::uint64_t seed = 0;
  int workers = 1;
  /// For a learning curve: how many examples of a training part candidate i gets; empty: all.
  std::vector<std::int64_t> sizes = {};

  std::size_t fits() const { return candidates.size() * folds.size(); }
};

/// What became of one fit.
struct Run {
  bool done = false;
  CvResults::Fit measured;
  std::string error;                ///< why it failed; scores are then the `error_score`
  std::vector<std::string> unread;  ///< parameters nobody asked for
  std::optional<Estimator> estimator = {};
};

/// Called after each fit, one call at a time, on any thread; what it throws ends all.
using Finished = std::function<void(std::size_t candidate, std::size_t fold, const Run&)>;

/// Runs what is not done in `known` (empty, or a Run for each fit, candidate by candidate), fold by fold. Throws what a
/// fit throws where there is no error_score, ParamError always, and Error after Ctrl-C.
std::vector<Run> run_all(const Plan& plan, const data::Dataset& data, const Tensor& targets,
                         std::vector<Run> known = {}, const Finished& finished = {});

/// `n_jobs` as scikit-learn has it: -1 for all threads, -2 for all but one, ... ValueError for 0.
int workers_of(const char* op, int n_jobs);
/// ValueError where every run has failed; else a warning for those that did.
void check_failures(const Plan& plan, const std::vector<Run>& runs, std::vector<std::string>& warnings);
/// The scorers, or the default one.
std::vector<Scorer> scorers_of(const Scoring& scoring, const Tensor& targets, bool classifier);
/// Tries to build the candidates until every parameter was asked for, so that mistakes show before the first fit.
struct Rehearsal {
  bool classifier = false;
  bool complete = true;             ///< every candidate that counts was built, and each is a network
  std::vector<std::string> unread;  ///< parameters that no builder asked for
};
Rehearsal rehearse(const Builder& build, const std::vector<Params>& candidates);
/// The folds; shuffles without a random state draw from the seed.
std::vector<data::Fold> folds_of(const Cv& cv, const Tensor& targets, bool classifier, std::uint64_t seed);
/// One fit, on the given examples, with its own generator.
Estimator fit_one(const Builder& build, const Params& params, const data::Dataset& data, std::uint64_t seed);

}  // namespace xgrad::train::detail
