#include "train/model_selection/detail/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tensor/tasks.hpp"
#include "train/detail/interrupt.hpp"
#include "train/model_selection/detail/part.hpp"

namespace xgrad::train::detail {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// What every fit has for itself, whichever thread it runs on.
class Isolation {
 public:
  explicit Isolation(std::uint64_t seed) : own_(seed), generator_(own_), recording_(true) {}

 private:
  Generator own_;
  GeneratorGuard generator_;
  GradMode recording_;
};

std::vector<double> scores_of(const std::vector<Scorer>& scorers, Estimator& estimator, const data::Dataset& data,
                              const std::vector<std::int64_t>& indices, const Tensor& targets) {
  const NoGradGuard no_grad;
  const auto part = pick(data, indices);
  const Outcome outcome(estimator.predict(*part), index_select(targets, 0, Tensor(Array::copy_of(indices))),
                        estimator.output());
  std::vector<double> scores;
  for (const Scorer& s : scorers) scores.push_back(s(outcome));
  return scores;
}

class Fit {
 public:
  Fit(const Plan& plan, const data::Dataset& data, const Tensor& targets)
      : plan_(plan), data_(data), targets_(targets) {}

  Run operator()(std::size_t candidate, std::size_t fold) const {
    const Params params = plan_.candidates[candidate].fresh();
    Run run;
    try {
      measure(candidate, fold, params, run);
    } catch (const ParamError&) {
      throw;
    } catch (const std::exception& error) {
      if (!plan_.error_score) throw;
      run.error = error.what();
      run.estimator.reset();
      run.measured.test.assign(plan_.scorers.size(), *plan_.error_score);
      run.measured.train.assign(plan_.train_scores ? plan_.scorers.size() : 0, *plan_.error_score);
    }
    run.unread = params.unread();
    run.done = true;
    return run;
  }

 private:
  void measure(std::size_t candidate, std::size_t fold, const Params& params, Run& run) const {
    const auto start = Clock::now();
    const data::Fold& f = plan_.folds[fold];
    std::vector<std::int64_t> train = f.train;
    if (!plan_.sizes.empty()) train.resize(std::min(train.size(), static_cast<std::size_t>(plan_.sizes[candidate])));
    const Isolation isolation(
        fit_seed(plan_.seed, static_cast<std::int64_t>(candidate), static_cast<std::int64_t>(fold)));
    Estimator estimator = (*plan_.build)(params);
    const auto part = pick(data_, train);
    estimator.fit(*part);
    run.measured.fit_time = seconds_since(start);
    const auto fitted = Clock::now();
    run.measured.test = scores_of(plan_.scorers, estimator, data_, f.test, targets_);
    run.measured.score_time = seconds_since(fitted);
    if (plan_.train_scores) run.measured.train = scores_of(plan_.scorers, estimator, data_, train, targets_);
    if (plan_.keep_estimators) run.estimator = std::move(estimator);
  }

  const Plan& plan_;
  const data::Dataset& data_;
  const Tensor& targets_;
};

}  // namespace

std::vector<Run> run_all(const Plan& plan, const data::Dataset& data, const Tensor& targets, std::vector<Run> known,
                         const Finished& finished) {
  std::vector<Run> runs = std::move(known);
  runs.resize(plan.fits());
  const std::size_t candidates = plan.candidates.size(), folds = plan.folds.size();
  std::vector<std::pair<std::size_t, std::size_t>> todo;
  for (std::size_t f = 0; f < folds; ++f)
    for (std::size_t c = 0; c < candidates; ++c)
      if (!runs[c * folds + f].done) todo.emplace_back(c, f);
  const Fit fit(plan, data, targets);
  const InterruptGuard interrupt(true);
  std::mutex mutex;
  std::size_t done = plan.fits() - todo.size();
  parallel_tasks(static_cast<std::int64_t>(todo.size()), plan.workers, [&](std::int64_t i) {
    const auto [c, f] = todo[static_cast<std::size_t>(i)];
    Run run;
    if (!interrupt.requested()) run = fit(c, f);
    const std::lock_guard lock(mutex);
    if (interrupt.requested())  // and a fit under way has ended early
      throw Error(fmt::format("{}: interrupted, with {} of {} fits done", plan.op, done, plan.fits()));
    if (finished) finished(c, f, run);
    runs[c * folds + f] = std::move(run);
    ++done;
  });
  return runs;
}

Estimator fit_one(const Builder& build, const Params& params, const data::Dataset& data, std::uint64_t seed) {
  const Isolation isolation(seed);
  Estimator estimator = build(params);
  estimator.fit(data);
  return estimator;
}

int workers_of(const char* op, int n_jobs) {
  if (n_jobs == 0) fail<ValueError>(op, "n_jobs: got 0; expected 1 or more, or -1 for all threads");
  return n_jobs > 0 ? n_jobs : std::max(1, num_threads() + 1 + n_jobs);
}

void check_failures(const Plan& plan, const std::vector<Run>& runs, std::vector<std::string>& warnings) {
  const auto failed =
      static_cast<std::size_t>(std::count_if(runs.begin(), runs.end(), [](const Run& r) { return !r.error.empty(); }));
  if (failed == 0) return;
  const auto first = std::find_if(runs.begin(), runs.end(), [](const Run& r) { return !r.error.empty(); });
  if (failed == runs.size())
    fail<ValueError>(plan.op, fmt::format("all {} fits failed, the first of them with: {}", failed, first->error));
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].error.empty()) continue;
    warnings.push_back(fmt::format("fold {} of {} failed, its score is {}: {}", i % plan.folds.size(),
                                   plan.candidates[i / plan.folds.size()].repr(), *plan.error_score, runs[i].error));
  }
}

std::vector<Scorer> scorers_of(const Scoring& scoring, const Tensor& targets, bool classifier) {
  if (!scoring.is_default()) return scoring.scorers();
  return {Scorer(classifier || class_labels(targets, false) ? "accuracy" : "r2")};
}

Rehearsal rehearse(const Builder& build, const std::vector<Params>& candidates) {
  Rehearsal r;
  std::set<std::string> unread, seen;
  for (const Params& candidate : candidates) {
    bool fresh = false;  // has a parameter that was not there before, or one that nobody asked for yet
    for (const auto& [name, value] : candidate) {
      if (seen.insert(name).second) unread.insert(name);
      fresh = fresh || unread.contains(name);
    }
    if (!fresh && &candidate != &candidates.front()) continue;
    const Params params = candidate.fresh();
    try {
      const Isolation isolation(0);
      Estimator estimator = build(params);
      r.classifier = r.classifier || estimator.classifier();
      r.complete = r.complete && estimator.trains_module();
    } catch (const ParamError&) {
      throw;
    } catch (const std::exception&) {
      r.complete = false;  // it will fail again, and be counted, when its turn comes
    }
    const std::vector<std::string> left = params.unread();
    for (const auto& [name, value] : candidate)
      if (!std::binary_search(left.begin(), left.end(), name)) unread.erase(name);
  }
  r.unread.assign(unread.begin(), unread.end());
  return r;
}

std::vector<data::Fold> folds_of(const Cv& cv, const Tensor& targets, bool classifier, std::uint64_t seed) {
  const Isolation isolation(fit_seed(seed, -1, 0));
  return cv.split(targets, classifier);
}

}  // namespace xgrad::train::detail
