#include "train/metrics/classification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.hpp"
#include "train/metrics/detail/counts.hpp"
#include "train/metrics/detail/inputs.hpp"

namespace xgrad::train {

using detail::Count;
using detail::LabelIndex;
using detail::Labels;
using detail::Pair;
using detail::Weights;

namespace detail {

std::vector<Count> counts_of(std::string_view op, const Pair& pair, const Labels& labels, const Weights& weights) {
  const LabelIndex place(op, labels);
  std::vector<Count> counts(labels.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t p = place(pair.prediction[i]), t = place(pair.target[i]);
    if (p >= 0) counts[static_cast<std::size_t>(p)].predicted += weights[i];
    if (t >= 0) counts[static_cast<std::size_t>(t)].truth += weights[i];
    if (p >= 0 && p == t) counts[static_cast<std::size_t>(p)].both += weights[i];
  }
  return counts;
}

double precision_of(const Count& c, double zero_division) {
  return c.predicted == 0 ? zero_division : c.both / c.predicted;
}

double recall_of(const Count& c, double zero_division) { return c.truth == 0 ? zero_division : c.both / c.truth; }

double fbeta_of(const Count& c, double beta, double zero_division) {
  if (std::isinf(beta)) return recall_of(c, zero_division);
  const double square = beta * beta, all = square * c.truth + c.predicted;
  return all == 0 ? zero_division : (1 + square) * c.both / all;
}

double averaged(const std::vector<Count>& counts, Average average, Score score, double beta, double zero_division) {
  if (average == Average::micro || average == Average::binary) {
    Count all;
    for (const Count& c : counts) all += c;
    return score(all, beta, zero_division);
  }
  double sum = 0, weights = 0;
  for (const Count& c : counts) {
    const double weight = average == Average::weighted ? c.truth : 1;
    sum += weight * score(c, beta, zero_division);
    weights += weight;
  }
  if (weights > 0) return sum / weights;
  // None of the classes is in the target: what the score of all of them together makes of that.
  Count all;
  for (const Count& c : counts) all += c;
  return score(all, beta, zero_division);
}

void check_zero_division(std::string_view op, double zero_division) {
  if (zero_division != 0 && zero_division != 1)
    fail<ValueError>(op, fmt::format("zero_division: got {}; expected 0 or 1", zero_division));
}

}  // namespace detail

namespace {

using detail::pair_of;
using detail::weights_of;

/// Every class that occurs, sorted.
Labels all_labels(const Pair& pair) {
  Labels labels = pair.prediction;
  labels.insert(labels.end(), pair.target.begin(), pair.target.end());
  return detail::distinct(std::move(labels));
}

/// The class that a binary score is about.
Labels positive(std::string_view op, const Pair& pair, std::int64_t pos_label) {
  const Labels present = all_labels(pair);
  if (present.size() > 2) {
    fail<ValueError>(op, fmt::format("a binary score of several classes: got {} of them; expected two, or another "
                                     "average: macro, micro or weighted",
                                     present.size()));
  }
  if (present.size() == 2 && present[0] != pos_label && present[1] != pos_label) {
    fail<ValueError>(op, fmt::format("pos_label is not one of the classes: got {}; expected {} or {}", pos_label,
                                     present[0], present[1]));
  }
  return {pos_label};
}

double score(std::string_view op, const Tensor& prediction, const Tensor& target, const ScoreOptions& options,
             detail::Score score, double beta = 1) {
  detail::check_zero_division(op, options.zero_division);
  if (!(beta >= 0)) fail<ValueError>(op, fmt::format("beta: got {}; expected a number >= 0", beta));
  const Pair pair = pair_of(op, prediction, target);
  const Labels labels = options.average == Average::binary ? positive(op, pair, options.pos_label)
                        : options.labels.empty()           ? all_labels(pair)
                                                           : options.labels;
  const Weights weights = weights_of(op, options.sample_weight, pair.target.size());
  return detail::averaged(detail::counts_of(op, pair, labels, weights), options.average, score, beta,
                          options.zero_division);
}

double precision_score(const Count& c, double, double zero_division) { return detail::precision_of(c, zero_division); }
double recall_score(const Count& c, double, double zero_division) { return detail::recall_of(c, zero_division); }

/// Divides each of `n` elements, `step` apart, by their sum.
void normalise(double* values, std::int64_t n, std::int64_t step) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += values[i * step];
  if (sum == 0) return;
  for (std::int64_t i = 0; i < n; ++i) values[i * step] /= sum;
}

}  // namespace

double accuracy(const Tensor& prediction, const Tensor& target, const AccuracyOptions& options) {
  const Pair pair = pair_of("train::accuracy", prediction, target);
  const Weights weights = weights_of("train::accuracy", options.sample_weight, pair.target.size());
  double right = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    if (pair.prediction[i] == pair.target[i]) right += weights[i];
  return options.normalize ? right / std::accumulate(weights.begin(), weights.end(), 0.) : right;
}

double binary_accuracy(const Tensor& prediction, const Tensor& target, double threshold) {
  constexpr std::string_view op = "train::binary_accuracy";
  const auto flat = [](const Shape& s) { return s.rank() == 2 && s[1] == 1 ? Shape{s[0]} : s; };
  if (flat(prediction.shape()) != flat(target.shape())) {
    fail<ShapeError>(op, fmt::format("different shapes: got prediction {}, target {}; expected the same",
                                     prediction.shape().str(), target.shape().str()));
  }
  if (target.numel() == 0) fail<ValueError>(op, "no examples: got no elements; expected at least one");
  const std::vector<double> p = detail::numbers_of(op, "prediction", prediction);
  const std::vector<double> t = detail::numbers_of(op, "target", target);
  std::int64_t right = 0;
  for (std::size_t i = 0; i < t.size(); ++i) {
    if (t[i] != 0 && t[i] != 1) fail<ValueError>(op, fmt::format("target: got {}; expected 0 or 1", t[i]));
    right += (p[i] > threshold) == (t[i] == 1);
  }
  return static_cast<double>(right) / static_cast<double>(t.size());
}

double top_k_accuracy(const Tensor& scores, const Tensor& target, std::int64_t k) {
  constexpr std::string_view op = "train::top_k_accuracy";
  if (k < 1) fail<ValueError>(op, fmt::format("k: got {}; expected at least 1", k));
  if (scores.dim() != 2)
    fail<ShapeError>(op, fmt::format("scores: got shape {}; expected [N, C]", scores.shape().str()));
  const Labels truth = detail::labels_of(op, "target", target);
  if (scores.size(0) != static_cast<std::int64_t>(truth.size())) {
    fail<ShapeError>(op,
                     fmt::format("different numbers of examples: got scores {}, target {}; expected scores.shape[0] "
                                 "== target.shape[0]",
                                 scores.shape().str(), target.shape().str()));
  }
  if (truth.empty()) fail<ValueError>(op, "no examples: got N = 0; expected at least one");
  const std::vector<double> values = detail::numbers_of(op, "scores", scores);
  const std::int64_t width = scores.size(1);
  std::int64_t right = 0;
  auto row = values.begin();
  for (const std::int64_t t : truth) {
    if (t < 0 || t >= width)
      fail<IndexError>(op, fmt::format("target out of range: got {}; expected 0 to {}", t, width - 1));
    right += std::count_if(row, row + width, [&](double v) { return v > row[t]; }) < k;
    row += width;
  }
  return static_cast<double>(right) / static_cast<double>(truth.size());
}

Tensor confusion_matrix(const Tensor& prediction, const Tensor& target, const ConfusionOptions& options) {
  constexpr std::string_view op = "train::confusion_matrix";
  const Pair pair = pair_of(op, prediction, target);
  const Labels labels = options.labels.empty() ? all_labels(pair) : options.labels;
  const LabelIndex place(op, labels);
  if (std::all_of(pair.target.begin(), pair.target.end(), [&](std::int64_t t) { return place(t) < 0; }))
    fail<ValueError>(op,
                     fmt::format("labels: got {} labels, none of which is in the target; expected at least one that "
                                 "is",
                                 labels.size()));
  const Weights weights = weights_of(op, options.sample_weight, pair.target.size());
  const auto n = static_cast<std::int64_t>(labels.size());
  Array matrix = Array::zeros({n, n}, float64);
  double* m = matrix.mutable_data<double>();
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::int64_t row = place(pair.target[i]), column = place(pair.prediction[i]);
    if (row >= 0 && column >= 0) m[row * n + column] += weights[i];
  }
  switch (options.normalize) {
    case Normalize::none: return options.sample_weight.defined() ? matrix : matrix.to(int64);
    case Normalize::all: normalise(m, n * n, 1); break;
    case Normalize::truth:
      for (std::int64_t i = 0; i < n; ++i) normalise(m + i * n, n, 1);
      break;
    case Normalize::prediction:
      for (std::int64_t i = 0; i < n; ++i) normalise(m + i, n, n);
      break;
  }
  return matrix;
}

double precision(const Tensor& prediction, const Tensor& target, const ScoreOptions& options) {
  return score("train::precision", prediction, target, options, precision_score);
}

double recall(const Tensor& prediction, const Tensor& target, const ScoreOptions& options) {
  return score("train::recall", prediction, target, options, recall_score);
}

double f1(const Tensor& prediction, const Tensor& target, const ScoreOptions& options) {
  return score("train::f1", prediction, target, options, detail::fbeta_of);
}

double fbeta(const Tensor& prediction, const Tensor& target, double beta, const ScoreOptions& options) {
  return score("train::fbeta", prediction, target, options, detail::fbeta_of, beta);
}

ClassScores precision_recall_f1_support(const Tensor& prediction, const Tensor& target,
                                        const ClassScoreOptions& options) {
  constexpr std::string_view op = "train::precision_recall_f1_support";
  detail::check_zero_division(op, options.zero_division);
  if (!(options.beta >= 0)) fail<ValueError>(op, fmt::format("beta: got {}; expected a number >= 0", options.beta));
  const Pair pair = pair_of(op, prediction, target);
  const Labels labels = options.labels.empty() ? all_labels(pair) : options.labels;
  std::vector<double> precision, recall, f1, support;
  for (const Count& c :
       detail::counts_of(op, pair, labels, weights_of(op, options.sample_weight, pair.target.size()))) {
    precision.push_back(detail::precision_of(c, options.zero_division));
    recall.push_back(detail::recall_of(c, options.zero_division));
    f1.push_back(detail::fbeta_of(c, options.beta, options.zero_division));
    support.push_back(c.truth);
  }
  const Array counted = Array::copy_of(support);
  return {Array::copy_of(labels), Array::copy_of(precision), Array::copy_of(recall), Array::copy_of(f1),
          options.sample_weight.defined() ? counted : counted.to(int64)};
}

}  // namespace xgrad::train
