#include "train/model_selection/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "tensor/tasks.hpp"
#include "train/model_selection/detail/outputs.hpp"
#include "train/model_selection/detail/part.hpp"
#include "train/model_selection/detail/runs.hpp"

namespace xgrad::train {
namespace {

using detail::Plan;
using detail::Run;

data::TensorDataset held(const Tensor& x, const Tensor& y) { return {x.array(), y.array()}; }

/// Of one number of each run.
template <class F>
std::vector<double> column(const std::vector<Run>& runs, F value) {
  std::vector<double> out;
  for (const Run& r : runs) out.push_back(value(r));
  return out;
}

}  // namespace

const std::vector<double>& CrossValidation::operator[](std::string_view name) const {
  for (const auto& [other, values] : columns_)
    if (other == name) return values;
  std::string all;
  for (const std::string& other : names()) all += (all.empty() ? "" : ", ") + other;
  fail<ValueError>("train::CrossValidation", fmt::format("there is nothing called \"{}\"; there are: {}", name, all));
}

std::vector<std::string> CrossValidation::names() const {
  std::vector<std::string> all;
  for (const auto& [name, values] : columns_) all.push_back(name);
  return all;
}

CrossValidation cross_validate(const Builder& build, const data::Dataset& data, const CrossValidateOptions& o) {
  constexpr const char* op = "train::cross_validate";
  const Tensor targets = detail::targets_of(data);
  const int workers = detail::workers_of(op, o.n_jobs);
  const bool classifier = detail::rehearse(build, {o.params}).classifier;
  const Plan plan{.op = op,
                  .build = &build,
                  .candidates = {o.params},
                  .folds = detail::folds_of(o.cv, targets, classifier, o.seed),
                  .scorers = detail::scorers_of(o.scoring, targets, classifier),
                  .train_scores = o.return_train_score,
                  .keep_estimators = o.return_estimator,
                  .error_score = o.error_score,
                  .seed = o.seed,
                  .workers = workers};
  std::vector<Run> runs = detail::run_all(plan, data, targets);
  CrossValidation result;
  detail::check_failures(plan, runs, result.warnings);
  result.add("fit_time", column(runs, [](const Run& r) { return r.measured.fit_time; }));
  result.add("score_time", column(runs, [](const Run& r) { return r.measured.score_time; }));
  for (std::size_t s = 0; s < plan.scorers.size(); ++s) {
    const std::string name = o.scoring.multiple() ? plan.scorers[s].name() : "score";
    result.add("test_" + name, column(runs, [s](const Run& r) { return r.measured.test[s]; }));
    if (o.return_train_score)
      result.add("train_" + name, column(runs, [s](const Run& r) { return r.measured.train[s]; }));
  }
  for (Run& r : runs)
    if (r.estimator) result.estimators.push_back(*std::move(r.estimator));
  return result;
}

CrossValidation cross_validate(const Builder& build, const Tensor& x, const Tensor& y,
                               const CrossValidateOptions& options) {
  return cross_validate(build, held(x, y), options);
}

std::vector<double> cross_val_score(const Builder& build, const Tensor& x, const Tensor& y,
                                    const CrossValidateOptions& options) {
  if (options.scoring.multiple())
    fail<ValueError>("train::cross_val_score", "got several scorers; expected one, or use cross_validate");
  return cross_validate(build, x, y, options)["test_score"];
}

Tensor cross_val_predict(const Builder& build, const Tensor& x, const Tensor& y, const CrossValidateOptions& o,
                         Predict what) {
  constexpr const char* op = "train::cross_val_predict";
  const data::TensorDataset data = held(x, y);
  const int workers = detail::workers_of(op, o.n_jobs);
  const auto folds = detail::folds_of(o.cv, y, detail::rehearse(build, {o.params}).classifier, o.seed);
  std::vector<std::int64_t> place(static_cast<std::size_t>(data.size()), -1);  // of each example, among the tested
  std::int64_t tested = 0;
  for (const data::Fold& f : folds)
    for (const std::int64_t i : f.test) {
      if (place[static_cast<std::size_t>(i)] >= 0)
        fail<ValueError>(op, fmt::format("example {} is in the test part of two folds; expected one", i));
      place[static_cast<std::size_t>(i)] = tested++;
    }
  if (tested != data.size())
    fail<ValueError>(op, fmt::format("the test parts have {} of {} examples; expected all", tested, data.size()));

  std::vector<Tensor> parts(folds.size());
  parallel_tasks(static_cast<std::int64_t>(folds.size()), workers, [&](std::int64_t f) {
    const data::Fold& fold = folds[static_cast<std::size_t>(f)];
    Estimator estimator =
        detail::fit_one(build, o.params.fresh(), *detail::pick(data, fold.train), fit_seed(o.seed, 0, f));
    const Tensor out = estimator.predict(*detail::pick(data, fold.test));
    parts[static_cast<std::size_t>(f)] = what == Predict::outputs   ? out
                                         : what == Predict::classes ? detail::classes_of(out, estimator.output())
                                                                    : detail::probability_of(out, estimator.output());
  });
  const NoGradGuard no_grad;
  return index_select(concat(parts, 0), 0, Tensor(Array::copy_of(place)));
}

}  // namespace xgrad::train
