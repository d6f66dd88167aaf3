#include "train/model_selection/scorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "train/metrics.hpp"
#include "train/model_selection/detail/outputs.hpp"
#include "train/model_selection/detail/scores.hpp"

namespace xgrad::train {
namespace {

using Table = std::map<std::string, Scorer::Function>;

/// The probability of the second of two classes, (N).
Tensor positive(const char* name, const Outcome& o) {
  if (o.classes() > 2)
    fail<ValueError>(
        "train::Scorer",
        fmt::format("{}: got {} classes; expected two{}", name, o.classes(),
                    std::string_view(name) == "roc_auc" ? " (roc_auc_ovr and roc_auc_ovo are for more)" : ""));
  const NoGradGuard no_grad;
  const Tensor& p = o.probability();
  return p.dim() == 2 ? p.slice(1, p.size(1) - 1, p.size(1)).reshape({-1}) : p;
}

double log_loss_of(const Outcome& o) {
  LogLossOptions options;
  options.labels.resize(static_cast<std::size_t>(o.classes()));
  std::iota(options.labels.begin(), options.labels.end(), std::int64_t{0});
  return -log_loss(o.probability(), o.target_class(), options);
}

double top_2_accuracy(const Outcome& o) {
  return o.classes() <= 2 ? 1 : top_k_accuracy(o.prediction(), o.target_class(), 2);
}

/// Of a function of classes.
Scorer::Function of_classes(double (*f)(const Tensor& predicted, const Tensor& truth)) {
  return [f](const Outcome& o) { return f(o.predicted_class(), o.target_class()); };
}

void add_averages(Table& table) {
  using Score = double (*)(const Tensor&, const Tensor&, const ScoreOptions&);
  const std::pair<const char*, Score> scores[] = {
      {"precision", precision}, {"recall", recall}, {"f1", f1}, {"jaccard", detail::jaccard}};
  const std::pair<const char*, Average> averages[] = {
      {"", Average::binary}, {"_micro", Average::micro}, {"_macro", Average::macro}, {"_weighted", Average::weighted}};
  for (const auto& [name, score] : scores)
    for (const auto& [suffix, average] : averages)
      table[std::string(name) + suffix] = [f = score, options = ScoreOptions{.average = average}](const Outcome& o) {
        return f(o.predicted_class(), o.target_class(), options);
      };
}

void add_areas(Table& table) {
  const std::pair<const char*, RocAucOptions> areas[] = {
      {"ovr", {}},
      {"ovo", {.multi_class = MultiClass::ovo}},
      {"ovr_weighted", {.average = AucAverage::weighted}},
      {"ovo_weighted", {.multi_class = MultiClass::ovo, .average = AucAverage::weighted}}};
  for (const auto& [name, options] : areas)
    table[std::string("roc_auc_") + name] = [options = options](const Outcome& o) {
      return roc_auc(o.classes() == 2 ? positive("roc_auc_ovr", o) : o.probability(), o.target_class(), options);
    };
  table["roc_auc"] = [](const Outcome& o) { return roc_auc(positive("roc_auc", o), o.target_class()); };
  table["average_precision"] = [](const Outcome& o) {
    return detail::average_precision(positive("average_precision", o), o.target_class());
  };
}

/// Errors turn their sign.
void add_errors(Table& table) {
  using Error = double (*)(const Tensor&, const Tensor&);
  const std::pair<const char*, Error> errors[] = {
      {"neg_mean_squared_error", [](const Tensor& p, const Tensor& t) { return mse(p, t); }},
      {"neg_root_mean_squared_error", [](const Tensor& p, const Tensor& t) { return rmse(p, t); }},
      {"neg_mean_absolute_error", [](const Tensor& p, const Tensor& t) { return mae(p, t); }},
      {"neg_median_absolute_error", detail::median_absolute_error},
      {"neg_mean_squared_log_error", detail::mean_squared_log_error},
      {"neg_mean_absolute_percentage_error", detail::mean_absolute_percentage_error},
      {"max_error", detail::max_error}};
  for (const auto& [name, error] : errors)
    table[name] = [f = error](const Outcome& o) { return -f(o.prediction(), o.target()); };
}

const Table& scorers() {
  static const Table table = [] {
    Table t;
    t["accuracy"] = of_classes([](const Tensor& p, const Tensor& y) { return accuracy(p, y); });
    t["balanced_accuracy"] = of_classes(detail::balanced_accuracy);
    t["matthews_corrcoef"] = of_classes(detail::matthews);
    t["top_k_accuracy"] = top_2_accuracy;
    t["neg_log_loss"] = log_loss_of;
    t["neg_brier_score"] = [](const Outcome& o) {
      return -detail::brier(positive("neg_brier_score", o), o.target_class());
    };
    t["r2"] = [](const Outcome& o) { return r2(o.prediction(), o.target()); };
    t["explained_variance"] = [](const Outcome& o) { return detail::explained_variance(o.prediction(), o.target()); };
    add_averages(t);
    add_areas(t);
    add_errors(t);
    return t;
  }();
  return table;
}

}  // namespace

// ---- outcomes ---------------------------------------------------------------------------------------------------------

Outcome::Outcome(Tensor prediction, Tensor target, Output output)
    : prediction_(std::move(prediction)), target_(std::move(target)), output_(output) {
  if (prediction_.dim() == 0 || target_.dim() == 0 || prediction_.size(0) != target_.size(0))
    fail<ShapeError>("train::Outcome",
                     fmt::format("different numbers of examples: got prediction {}, target {}; expected "
                                 "prediction.shape[0] == target.shape[0]",
                                 prediction_.shape().str(), target_.shape().str()));
}

const Tensor& Outcome::probability() const {
  if (!probability_.defined()) probability_ = detail::probability_of(prediction_, output_);
  return probability_;
}
const Tensor& Outcome::predicted_class() const {
  if (!predicted_class_.defined()) predicted_class_ = detail::classes_of(prediction_, output_);
  return predicted_class_;
}
const Tensor& Outcome::target_class() const {
  if (!target_class_.defined()) target_class_ = detail::target_classes(target_);
  return target_class_;
}
std::int64_t Outcome::classes() const {
  return prediction_.dim() >= 2 ? std::max<std::int64_t>(2, prediction_.size(1)) : 2;
}

// ---- scorers ----------------------------------------------------------------------------------------------------------

Scorer::Scorer(const std::string& name) : name_(name) {
  const auto found = scorers().find(name);
  if (found == scorers().end()) {
    std::string names;
    for (const auto& [other, f] : scorers()) names += (names.empty() ? "" : ", ") + other;
    fail<ValueError>("train::Scorer",
                     fmt::format("there is no scorer called \"{}\"; by name there are: {}", name, names));
  }
  f_ = found->second;
}

Scorer::Function Scorer::of_pair(std::function<double(const Tensor&, const Tensor&)> f, ScorerOptions options) {
  return [f = std::move(f), options](const Outcome& o) {
    const Tensor& given = options.of == ScoreOf::prediction    ? o.prediction()
                          : options.of == ScoreOf::probability ? o.probability()
                                                               : o.predicted_class();
    const double value = f(given, options.of == ScoreOf::predicted_class ? o.target_class() : o.target());
    return options.greater_is_better ? value : -value;
  };
}

std::vector<std::string> scorer_names() {
  std::vector<std::string> names;
  for (const auto& [name, f] : scorers()) names.push_back(name);
  return names;
}

Scoring::Scoring(std::vector<Scorer> several) : scorers_(std::move(several)), multiple_(true) {
  if (scorers_.empty()) fail<ValueError>("train::Scoring", "got no scorers; expected at least one");
  std::set<std::string> names;
  for (const Scorer& s : scorers_)
    if (!names.insert(s.name()).second)
      fail<ValueError>("train::Scoring", fmt::format("got \"{}\" twice; expected each name once", s.name()));
}

}  // namespace xgrad::train
