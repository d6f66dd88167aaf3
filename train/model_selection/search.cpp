#include "train/model_selection/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <set>

#include "tensor/error.hpp"
#include "train/model_selection/detail/journal.hpp"
#include "train/model_selection/detail/part.hpp"
#include "train/model_selection/detail/runs.hpp"
#include "train/model_selection/detail/search_progress.hpp"

namespace xgrad::train {
namespace {

using detail::Plan;
using detail::Run;

/// Which scorer decides; none where several leave it open.
std::optional<std::size_t> deciding_scorer(const char* op, const Scoring& scoring, const Refit& refit) {
  if (!scoring.multiple()) return 0;
  if (!refit) return {};
  const auto& all = scoring.scorers();
  for (std::size_t s = 0; s < all.size(); ++s)
    if (all[s].name() == refit.scorer()) return s;
  std::string names;
  for (const Scorer& s : all) names += (names.empty() ? "" : ", ") + s.name();
  fail<ValueError>(op, fmt::format("refit: got {}; expected the scorer that decides, of {}, or false",
                                   refit.scorer().empty() ? "true" : '"' + refit.scorer() + '"', names));
}

/// Watches which parameters are asked for.
class Reads {
 public:
  Reads(const char* op, Unread policy, const detail::Rehearsal& rehearsal, std::size_t candidates,
        std::vector<std::string>& warnings)
      : op_(op), policy_(policy), left_(rehearsal.unread.begin(), rehearsal.unread.end()), waiting_(candidates),
        warnings_(warnings) {
    // A network is built with all that its parameters say: what its builder has not asked for reaches no fit.
    if (rehearsal.complete) judge();
  }
  /// After a fit, and for those read from the journal.
  void note(std::size_t fold, const Run& run, const Params& params) {
    if (judged_) return;
    if (run.error.empty()) {
      any_ = true;
      for (const auto& [name, value] : params)
        if (std::find(run.unread.begin(), run.unread.end(), name) == run.unread.end()) left_.erase(name);
    }
    if (fold == 0 && --waiting_ == 0 && any_) judge();
  }

 private:
  void judge() {
    judged_ = true;
    if (left_.empty() || policy_ == Unread::ignore) return;
    std::string names;
    for (const std::string& name : left_) names += (names.empty() ? "\"" : "\", \"") + name;
    const std::string text = fmt::format(
        "{}: {}\" never reaches the model: it is in the grid, but nothing asks its Params for it", op_, names);
    if (policy_ == Unread::error) throw ParamError(text);
    warnings_.push_back(text);
  }

  const char* op_;
  Unread policy_;
  std::set<std::string> left_;
  std::size_t waiting_;
  bool any_ = false, judged_ = false;
  std::vector<std::string>& warnings_;
};

std::vector<std::string> columns_of(const Scoring& scoring, const std::vector<Scorer>& scorers) {
  if (!scoring.multiple()) return {"score"};
  std::vector<std::string> names;
  for (const Scorer& s : scorers) names.push_back(s.name());
  return names;
}

std::size_t index_of_best(const CvResults& results, const std::string& scorer) {
  const auto& ranks = results["rank_test_" + scorer];
  return static_cast<std::size_t>(std::min_element(ranks.begin(), ranks.end()) - ranks.begin());
}

ProgressOptions progress_options(const SearchOptions& o) {
  ProgressOptions options = on_standard_output(o.verbose == 1 && !o.write);
  options.write = o.write;
  return options;
}

}  // namespace

Search::Search(Builder build, SearchOptions options) : build_(std::move(build)), options_(std::move(options)) {}

Search& Search::fit(const Tensor& x, const Tensor& y) { return fit(data::TensorDataset(x.array(), y.array())); }

Search& Search::fit(const data::Dataset& data) {
  const auto deciding = deciding_scorer(name(), options_.scoring, options_.refit);
  Plan plan{.op = name(), .build = &build_, .candidates = candidates(), .folds = {}, .scorers = {}};
  plan.workers = detail::workers_of(name(), options_.n_jobs);
  plan.train_scores = options_.return_train_score;
  plan.error_score = options_.error_score;
  plan.seed = options_.seed;
  if (plan.candidates.empty()) fail<ValueError>(name(), "got an empty grid; expected at least one candidate");
  const Tensor targets = detail::targets_of(data);
  const detail::Rehearsal rehearsal = detail::rehearse(build_, plan.candidates);
  std::vector<std::string> warnings;
  Reads reads(name(), options_.unread, rehearsal, plan.candidates.size(), warnings);
  plan.folds = detail::folds_of(options_.cv, targets, rehearsal.classifier, plan.seed);
  plan.scorers = detail::scorers_of(options_.scoring, targets, rehearsal.classifier);

  std::unique_ptr<detail::Journal> journal;
  std::vector<Run> known;
  std::size_t resumed = 0;
  if (!options_.journal.empty()) {
    journal = std::make_unique<detail::Journal>(options_.journal, plan, detail::hash_of(data));
    known = journal->take_runs();
    warnings.insert(warnings.end(), journal->warnings().begin(), journal->warnings().end());
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!known[i].done) continue;
      ++resumed;
      reads.note(i % plan.folds.size(), known[i], plan.candidates[i / plan.folds.size()]);
    }
  }
  std::optional<detail::SearchProgress> progress;
  if (options_.verbose > 0) progress.emplace(progress_options(options_), plan.fits(), resumed);
  const std::vector<Run> runs =
      detail::run_all(plan, data, targets, std::move(known), [&](std::size_t c, std::size_t f, const Run& run) {
        if (journal) journal->append(c, f, run);
        reads.note(f, run, plan.candidates[c]);
        if (progress)
          progress->finished(fmt::format("fold {} of {}", f, plan.candidates[c].repr()),
                             run.measured.test[deciding.value_or(0)], run.measured.fit_time + run.measured.score_time);
      });
  if (progress) progress->end();
  detail::check_failures(plan, runs, warnings);

  std::vector<CvResults::Fit> fits;
  for (const Run& run : runs) fits.push_back(run.measured);
  const std::vector<std::string> columns = columns_of(options_.scoring, plan.scorers);
  CvResults results(plan.candidates, static_cast<std::int64_t>(plan.folds.size()), fits, columns, plan.train_scores);
  const std::size_t best = deciding ? index_of_best(results, columns[*deciding]) : 0;
  std::optional<Estimator> refitted;
  const auto start = std::chrono::steady_clock::now();
  if (options_.refit)
    refitted = detail::fit_one(
        build_, plan.candidates[best].fresh(), data,
        fit_seed(plan.seed, static_cast<std::int64_t>(best), static_cast<std::int64_t>(plan.folds.size())));
  refit_time_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  results_ = std::move(results);
  scorers_ = std::move(plan.scorers);
  deciding_ = deciding;
  best_ = std::move(refitted);
  best_index_ = static_cast<std::int64_t>(best);
  folds_ = static_cast<std::int64_t>(plan.folds.size());
  resumed_ = static_cast<std::int64_t>(resumed);
  warnings_ = std::move(warnings);
  return *this;
}

const CvResults& Search::fitted() const {
  if (results_.size() == 0) fail<ValueError>(name(), "there are no results yet; call fit first");
  return results_;
}

std::size_t Search::deciding() const {
  fitted();
  if (!deciding_)
    fail<ValueError>(name(),
                     "several scorers leave open which candidate is best; name the one that decides: {.refit = "
                     "\"accuracy\"}");
  return *deciding_;
}

const CvResults& Search::cv_results() const { return fitted(); }

std::int64_t Search::best_index() const {
  deciding();
  return best_index_;
}

double Search::best_score() const {
  const std::string scorer = columns_of(options_.scoring, scorers_)[deciding()];
  return results_["mean_test_" + scorer][static_cast<std::size_t>(best_index_)];
}

const Params& Search::best_params() const {
  deciding();
  return results_.params()[static_cast<std::size_t>(best_index_)];
}

Estimator Search::best_estimator() const {
  fitted();
  if (!best_) fail<ValueError>(name(), "there is no best estimator: the search was made with {.refit = false}");
  return *best_;
}

double Search::refit_time() const {
  best_estimator();
  return refit_time_;
}

std::int64_t Search::n_splits() const {
  fitted();
  return folds_;
}

double Search::score(const Tensor& x, const Tensor& y) const {
  Estimator estimator = best_estimator();
  return scorers_[deciding()](Outcome(estimator.predict(x), y, estimator.output()));
}

std::string Search::str() const {
  const CvResults& results = fitted();
  std::string text;
  if (deciding_) text = fmt::format("Best: {:.6f} using {}\n", best_score(), best_params().repr());
  const auto columns = columns_of(options_.scoring, scorers_);
  if (deciding_) return text + results.lines(columns[*deciding_]);
  for (const std::string& c : columns) text += c + "\n" + results.lines(c);
  return text;
}

GridSearchCV::GridSearchCV(Builder build, ParamGrid grid, SearchOptions options)
    : Search(std::move(build), std::move(options)), grid_(std::move(grid)) {}

RandomizedSearchCV::RandomizedSearchCV(Builder build, ParamDistributions distributions, SamplingOptions sampling,
                                       SearchOptions options)
    : Search(std::move(build), std::move(options)), distributions_(std::move(distributions)), sampling_(sampling) {}

std::vector<Params> RandomizedSearchCV::candidates() const {
  return distributions_.sample(sampling_.n_iter, sampling_.random_state);
}

std::ostream& operator<<(std::ostream& out, const Search& search) { return out << search.str(); }

}  // namespace xgrad::train
