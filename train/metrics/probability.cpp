#include "train/metrics/probability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include "tensor/error.hpp"
#include "train/metrics/detail/inputs.hpp"

namespace xgrad::train {
namespace {

using detail::LabelIndex;
using detail::Labels;
using detail::Weights;

/// Numbers (N, width) and the classes of the same N examples.
struct Scored {
  std::vector<double> values;
  std::size_t width;
  Labels target;
  std::size_t size() const { return target.size(); }
};

Scored scored(std::string_view op, std::string_view name, const Tensor& values, const Tensor& target) {
  const Shape& shape = values.shape();
  if (shape.rank() != 1 && shape.rank() != 2)
    fail<ShapeError>(op, fmt::format("{}: got shape {}; expected [N] or [N, K]", name, shape.str()));
  Labels labels = detail::labels_of(op, "target", target);
  if (shape[0] != static_cast<std::int64_t>(labels.size())) {
    fail<ShapeError>(op, fmt::format("different numbers of examples: got {} {}, target {}; expected {}.shape[0] == "
                                     "target.shape[0]",
                                     name, shape.str(), target.shape().str(), name));
  }
  if (labels.empty()) fail<ValueError>(op, "no examples: got N = 0; expected at least one");
  return {detail::numbers_of(op, name, values), static_cast<std::size_t>(shape.rank() == 1 ? 1 : shape[1]),
          std::move(labels)};
}

// ---- log loss ----------------------------------------------------------------------------------------------------

double eps_of(std::string_view op, const Tensor& probability, const std::optional<double>& given) {
  const double eps = given                            ? *given
                     : probability.dtype() == float64 ? std::numeric_limits<double>::epsilon()
                                                      : static_cast<double>(std::numeric_limits<float>::epsilon());
  if (!(eps >= 0 && eps < 0.5)) fail<ValueError>(op, fmt::format("eps: got {}; expected 0 <= eps < 0.5", eps));
  return eps;
}

/// The column of each example's class among `columns`.
Labels columns_of(std::string_view op, const Labels& target, std::size_t columns, bool one_hot, const Labels& given) {
  if (one_hot) return target;
  const Labels classes = detail::distinct(given.empty() ? target : given);
  if (classes.size() < 2) {
    fail<ValueError>(op, fmt::format("fewer than two classes: got {}; expected at least 2 in the {}", classes.size(),
                                     given.empty() ? "target (give .labels where it lacks some)" : "labels"));
  }
  if (classes.size() != columns) {
    fail<ShapeError>(op, fmt::format("probabilities do not match the classes: got {} columns, {} classes; expected as "
                                     "many (give .labels where the target lacks some)",
                                     columns, classes.size()));
  }
  const LabelIndex place(op, classes);
  Labels out;
  for (const std::int64_t t : target) {
    out.push_back(place(t));
    if (out.back() < 0) fail<ValueError>(op, fmt::format("target: got {}; expected one of the labels", t));
  }
  return out;
}

/// -log of one probability of a row, after clipping and renormalising.
double surprise(const double* row, std::size_t width, std::size_t column, double eps) {
  const auto clipped = [eps](double p) { return std::clamp(p, eps, 1 - eps); };
  if (width == 1) {
    const double p = clipped(*row);
    const double q = 1 - p;
    return -std::log((column == 1 ? p : q) / (p + q));
  }
  double sum = 0;
  for (std::size_t k = 0; k < width; ++k) sum += clipped(row[k]);
  return -std::log(clipped(row[column]) / sum);
}

// ---- ROC ---------------------------------------------------------------------------------------------------------

/// One example of a binary problem.
struct Ranked {
  double score, weight;
  bool positive;
};

/// The area by the trapezoidal rule, scores from the largest down.
double area(std::vector<Ranked>& examples) {
  std::sort(examples.begin(), examples.end(), [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
  double above = 0, pairs = 0, negatives = 0;  // weight of the positives so far, won pairs, negatives so far
  for (std::size_t i = 0; i < examples.size();) {
    double positive = 0, negative = 0;
    for (const double score = examples[i].score; i < examples.size() && examples[i].score == score; ++i)
      (examples[i].positive ? positive : negative) += examples[i].weight;
    pairs += negative * (above + positive / 2);
    above += positive;
    negatives += negative;
  }
  return pairs / (above * negatives);
}

/// The area of column `k` for the examples `use` picks, `positive` among them.
template <class Use, class Positive>
double area_of(const Scored& s, std::size_t k, const Weights& weights, Use use, Positive positive) {
  std::vector<Ranked> examples;
  for (std::size_t i = 0; i < s.size(); ++i)
    if (use(s.target[i])) examples.push_back({s.values[i * s.width + k], weights[i], positive(s.target[i])});
  return area(examples);
}

double one_against_rest(const Scored& s, const Labels& classes, const Weights& weights, AucAverage average) {
  double sum = 0, all = 0;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    double weight = 1;
    if (average == AucAverage::weighted) {
      weight = 0;
      for (std::size_t i = 0; i < s.size(); ++i)
        if (s.target[i] == classes[k]) weight += weights[i];
    }
    sum +=
        weight * area_of(
                     s, k, weights, [](std::int64_t) { return true; }, [&](std::int64_t t) { return t == classes[k]; });
    all += weight;
  }
  return sum / all;
}

double one_against_one(const Scored& s, const Labels& classes, const Weights& weights, AucAverage average) {
  double sum = 0, all = 0;
  for (std::size_t a = 0; a < classes.size(); ++a) {
    for (std::size_t b = a + 1; b < classes.size(); ++b) {
      const auto either = [&](std::int64_t t) { return t == classes[a] || t == classes[b]; };
      const double both = area_of(s, a, weights, either, [&](std::int64_t t) { return t == classes[a]; }) +
                          area_of(s, b, weights, either, [&](std::int64_t t) { return t == classes[b]; });
      const double weight = average == AucAverage::macro
                                ? 1
                                : static_cast<double>(std::count_if(s.target.begin(), s.target.end(), either));
      sum += weight * both / 2;
      all += weight;
    }
  }
  return sum / all;
}

}  // namespace

double log_loss(const Tensor& probability, const Tensor& target, const LogLossOptions& options) {
  constexpr std::string_view op = "train::log_loss";
  const Scored s = scored(op, "probability", probability, target);
  const double eps = eps_of(op, probability, options.eps);
  for (const double p : s.values)
    if (!(p >= -1e-6 && p <= 1 + 1e-6))
      fail<ValueError>(op,
                       fmt::format("not a probability: got {}; expected numbers in [0, 1] (logits go through softmax "
                                   "or sigmoid first)",
                                   p));
  const bool one_hot = target.dim() == 2 && target.size(1) >= 2;
  const std::size_t columns = std::max<std::size_t>(s.width, 2);
  if (one_hot && target.size(1) != static_cast<std::int64_t>(columns))
    fail<ShapeError>(op, fmt::format("probabilities do not match the classes: got probability {}, target {}; expected "
                                     "the same number of columns",
                                     probability.shape().str(), target.shape().str()));
  const Labels column = columns_of(op, s.target, columns, one_hot, options.labels);
  const Weights weights = detail::weights_of(op, options.sample_weight, s.size());
  double sum = 0;
  for (std::size_t i = 0; i < s.size(); ++i)
    sum += weights[i] * surprise(s.values.data() + i * s.width, s.width, static_cast<std::size_t>(column[i]), eps);
  return options.normalize ? sum / std::accumulate(weights.begin(), weights.end(), 0.) : sum;
}

double roc_auc(const Tensor& score, const Tensor& target, const RocAucOptions& options) {
  constexpr std::string_view op = "train::roc_auc";
  const Scored s = scored(op, "score", score, target);
  const Weights weights = detail::weights_of(op, options.sample_weight, s.size());
  Labels present;  // examples without weight do not make a class
  for (std::size_t i = 0; i < s.size(); ++i)
    if (weights[i] > 0) present.push_back(s.target[i]);
  const Labels classes = detail::distinct(std::move(present));
  if (classes.size() < 2)
    fail<ValueError>(op,
                     fmt::format("a single class in the target, so there is no curve: got {}; expected at least two",
                                 classes.front()));
  const std::size_t columns = classes.size() == 2 ? 1 : classes.size();
  if (s.width != columns)
    fail<ShapeError>(
        op, fmt::format(
                "scores do not match the classes: got score {}, {} classes in the target; expected "
                "{}",
                score.shape().str(), classes.size(),
                columns == 1 ? std::string("[N], the scores of the second class") : fmt::format("[N, {}]", columns)));
  if (columns == 1)
    return area_of(
        s, 0, weights, [](std::int64_t) { return true; }, [&](std::int64_t t) { return t == classes.back(); });
  if (options.multi_class == MultiClass::ovr) return one_against_rest(s, classes, weights, options.average);
  if (options.sample_weight.defined())
    fail<ValueError>(op, "sample_weight: got one with multi_class ovo; expected none, or ovr");
  return one_against_one(s, classes, weights, options.average);
}

}  // namespace xgrad::train
