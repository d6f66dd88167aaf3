#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/detail/numpy_random.hpp"
#include "tensor/error.hpp"
#include "train/model_selection/detail/part.hpp"
#include "train/model_selection/detail/runs.hpp"
#include "train/model_selection/validate.hpp"

namespace xgrad::train {
namespace {

using detail::Plan;
using detail::Run;

/// A row for each candidate, a number for each fold.
template <class F>
ScoreTable table_of(const std::vector<Run>& runs, std::size_t folds, F value) {
  ScoreTable table;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (i % folds == 0) table.emplace_back();
    table.back().push_back(value(runs[i]));
  }
  return table;
}

double test_score(const Run& r) { return r.measured.test[0]; }
double train_score(const Run& r) { return r.measured.train[0]; }

void check_single(const char* op, const Scoring& scoring) {
  if (scoring.multiple()) fail<ValueError>(op, "scoring: got several scorers; expected one");
}

/// How many of `most` examples each size stands for: sorted, each once.
std::vector<std::int64_t> counts_of(const char* op, const std::vector<Scalar>& sizes, std::int64_t most) {
  if (sizes.empty()) fail<ValueError>(op, "train_sizes: got none; expected at least one");
  std::vector<std::int64_t> counts;
  for (const Scalar& size : sizes) {
    if (size.is_real()) {
      const double share = size.to<double>();
      if (!(share > 0 && share <= 1))
        fail<ValueError>(op, fmt::format("train_sizes: got a share of {}; expected 0 < share <= 1", share));
      const auto count = static_cast<std::int64_t>(share * static_cast<double>(most));
      counts.push_back(std::clamp<std::int64_t>(count, 1, most));
    } else {
      counts.push_back(size.to<std::int64_t>());
      if (counts.back() < 1 || counts.back() > most)
        fail<ValueError>(op, fmt::format("train_sizes: got {} examples; expected 1 to {}", counts.back(), most));
    }
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

void shuffle_training_parts(const char* op, std::vector<data::Fold>& folds, std::optional<std::int64_t> state,
                            std::uint64_t seed) {
  if (state && (*state < 0 || *state > 0xFFFFFFFF))
    fail<ValueError>(op, fmt::format("random_state: got {}; expected 0 to 4294967295", *state));
  data::detail::NumpyRandom random(
      static_cast<std::uint32_t>(state ? static_cast<std::uint64_t>(*state) : fit_seed(seed, -2, 0)));
  for (data::Fold& f : folds) random.shuffle(f.train);
}

}  // namespace

LearningCurve learning_curve(const Builder& build, const Tensor& x, const Tensor& y, const LearningCurveOptions& o) {
  constexpr const char* op = "train::learning_curve";
  check_single(op, o.scoring);
  if (o.random_state && !o.shuffle)
    fail<ValueError>(op, "random_state has no use without shuffle; say .shuffle = true, or leave it out");
  const data::TensorDataset data(x.array(), y.array());
  const int workers = detail::workers_of(op, o.n_jobs);
  const bool classifier = detail::rehearse(build, {o.params}).classifier;
  auto folds = detail::folds_of(o.cv, y, classifier, o.seed);
  LearningCurve curve;
  curve.train_sizes = counts_of(op, o.train_sizes, static_cast<std::int64_t>(folds.front().train.size()));
  if (curve.train_sizes.size() < o.train_sizes.size())
    curve.warnings.push_back(
        fmt::format("{} train_sizes come to {} different ones", o.train_sizes.size(), curve.train_sizes.size()));
  if (o.shuffle) shuffle_training_parts(op, folds, o.random_state, o.seed);
  const Plan plan{.op = op,
                  .build = &build,
                  .candidates = std::vector<Params>(curve.train_sizes.size(), o.params),
                  .folds = std::move(folds),
                  .scorers = detail::scorers_of(o.scoring, y, classifier),
                  .train_scores = true,
                  .error_score = o.error_score,
                  .seed = o.seed,
                  .workers = workers,
                  .sizes = curve.train_sizes};
  const std::vector<Run> runs = detail::run_all(plan, data, y);
  detail::check_failures(plan, runs, curve.warnings);
  const std::size_t k = plan.folds.size();
  curve.train_scores = table_of(runs, k, train_score);
  curve.test_scores = table_of(runs, k, test_score);
  curve.fit_times = table_of(runs, k, [](const Run& r) { return r.measured.fit_time; });
  curve.score_times = table_of(runs, k, [](const Run& r) { return r.measured.score_time; });
  return curve;
}

ValidationCurve validation_curve(const Builder& build, const Tensor& x, const Tensor& y, const std::string& name,
                                 const std::vector<ParamValue>& values, const ValidationCurveOptions& o) {
  constexpr const char* op = "train::validation_curve";
  check_single(op, o.scoring);
  if (values.empty()) fail<ValueError>(op, fmt::format("\"{}\": got no values; expected at least one", name));
  const data::TensorDataset data(x.array(), y.array());
  const int workers = detail::workers_of(op, o.n_jobs);
  std::vector<Params> candidates(values.size(), o.params);
  for (std::size_t i = 0; i < values.size(); ++i) candidates[i].set(name, values[i]);
  const bool classifier = detail::rehearse(build, candidates).classifier;
  const Plan plan{.op = op,
                  .build = &build,
                  .candidates = std::move(candidates),
                  .folds = detail::folds_of(o.cv, y, classifier, o.seed),
                  .scorers = detail::scorers_of(o.scoring, y, classifier),
                  .train_scores = true,
                  .error_score = o.error_score,
                  .seed = o.seed,
                  .workers = workers};
  const std::vector<Run> runs = detail::run_all(plan, data, y);
  ValidationCurve curve;
  detail::check_failures(plan, runs, curve.warnings);
  const auto blind = [&](const Run& r) {
    return !r.error.empty() || std::find(r.unread.begin(), r.unread.end(), name) != r.unread.end();
  };
  if (std::all_of(runs.begin(), runs.end(), blind))
    throw ParamError(fmt::format("{}: \"{}\" never reaches the model: no fit has asked for it", op, name));
  curve.values = values;
  curve.train_scores = table_of(runs, plan.folds.size(), train_score);
  curve.test_scores = table_of(runs, plan.folds.size(), test_score);
  return curve;
}

}  // namespace xgrad::train
