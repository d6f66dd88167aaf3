#include "train/model_selection/detail/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "tensor/error.hpp"
#include "train/metrics/detail/counts.hpp"
#include "train/metrics/detail/inputs.hpp"
#include "train/metrics/regression.hpp"

namespace xgrad::train::detail {
namespace {

constexpr std::string_view kOp = "train::Scorer";

Labels all_labels(const Pair& pair) {
  Labels labels = pair.prediction;
  labels.insert(labels.end(), pair.target.begin(), pair.target.end());
  return distinct(std::move(labels));
}

double jaccard_of(const Count& c, double, double zero_division) {
  const double any = c.predicted + c.truth - c.both;
  return any == 0 ? zero_division : c.both / any;
}

/// Scores of two classes: value and truth, the largest first.
std::vector<std::pair<double, bool>> ranked(const Tensor& scores, const Tensor& truth) {
  const std::vector<double> values = numbers_of(kOp, "score", scores);
  const Labels labels = labels_of(kOp, "target", truth);
  if (labels.size() != values.size() || labels.empty())
    fail<ShapeError>(kOp, fmt::format("got score {}, target {}; expected as many, at least one", scores.shape().str(),
                                      truth.shape().str()));
  std::vector<std::pair<double, bool>> all;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (labels[i] != 0 && labels[i] != 1)
      fail<ValueError>(kOp, fmt::format("target: got class {}; expected 0 and 1", labels[i]));
    all.emplace_back(values[i], labels[i] == 1);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  return all;
}

/// Numbers (N, outputs) of one kind, and the same of another.
struct Numbers {
  std::vector<double> prediction, target;
  std::size_t examples, outputs;
};
Numbers numbers(const Tensor& prediction, const Tensor& target) {
  mse(prediction, target);  // checks shapes and values
  Numbers n{numbers_of(kOp, "prediction", prediction), numbers_of(kOp, "target", target),
            static_cast<std::size_t>(target.size(0)), 0};
  n.outputs = n.target.size() / n.examples;
  return n;
}

/// The mean over outputs of f(predictions, targets) of one output.
template <class F>
double over_outputs(const Numbers& n, F f) {
  double sum = 0;
  for (std::size_t k = 0; k < n.outputs; ++k) {
    std::vector<double> p, t;
    for (std::size_t i = k; i < n.target.size(); i += n.outputs) {
      p.push_back(n.prediction[i]);
      t.push_back(n.target[i]);
    }
    sum += f(p, t);
  }
  return sum / static_cast<double>(n.outputs);
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}
double variance(const std::vector<double>& values) {
  const double middle = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - middle) * (v - middle);
  return sum / static_cast<double>(values.size());
}
double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

double balanced_accuracy(const Tensor& predicted, const Tensor& truth) {
  const Pair pair = pair_of(kOp, predicted, truth);
  const Labels classes = distinct(pair.target);
  const auto counts = counts_of(kOp, pair, classes, Weights(pair.target.size(), 1));
  double sum = 0;
  for (const Count& c : counts) sum += recall_of(c, 0);
  return sum / static_cast<double>(counts.size());
}

double matthews(const Tensor& predicted, const Tensor& truth) {
  const Pair pair = pair_of(kOp, predicted, truth);
  const auto n = static_cast<double>(pair.target.size());
  double right = 0, both = 0, predicted_squares = 0, truth_squares = 0;
  for (const Count& c : counts_of(kOp, pair, all_labels(pair), Weights(pair.target.size(), 1))) {
    right += c.both;
    both += c.predicted * c.truth;
    predicted_squares += c.predicted * c.predicted;
    truth_squares += c.truth * c.truth;
  }
  const double scale = (n * n - predicted_squares) * (n * n - truth_squares);
  return scale == 0 ? 0 : (right * n - both) / std::sqrt(scale);
}

double jaccard(const Tensor& predicted, const Tensor& truth, const ScoreOptions& options) {
  f1(predicted, truth, options);  // has the same errors
  const Pair pair = pair_of(kOp, predicted, truth);
  const Labels labels = options.average == Average::binary ? Labels{options.pos_label} : all_labels(pair);
  return averaged(counts_of(kOp, pair, labels, Weights(pair.target.size(), 1)), options.average, jaccard_of, 1,
                  options.zero_division);
}

double average_precision(const Tensor& scores, const Tensor& truth) {
  const auto all = ranked(scores, truth);
  const auto positives = static_cast<double>(std::count_if(all.begin(), all.end(), [](auto& e) { return e.second; }));
  if (positives == 0) return 0;
  double sum = 0, hits = 0;
  for (std::size_t i = 0; i < all.size();) {
    double fresh = 0;
    const double score = all[i].first;
    for (; i < all.size() && all[i].first == score; ++i) fresh += all[i].second;
    hits += fresh;
    sum += fresh / positives * (hits / static_cast<double>(i));
  }
  return sum;
}

double brier(const Tensor& probability, const Tensor& truth) {
  double sum = 0;
  const auto all = ranked(probability, truth);
  for (const auto& [p, y] : all) {
    if (!(p >= 0 && p <= 1))
      fail<ValueError>(kOp, fmt::format("neg_brier_score: got {}; expected probabilities in [0, 1]", p));
    sum += (p - y) * (p - y);
  }
  return sum / static_cast<double>(all.size());
}

double explained_variance(const Tensor& prediction, const Tensor& target) {
  return over_outputs(numbers(prediction, target), [](const auto& p, const auto& t) {
    std::vector<double> rest;
    for (std::size_t i = 0; i < t.size(); ++i) rest.push_back(t[i] - p[i]);
    const double left = variance(rest), all = variance(t);
    return left == 0 ? 1 : all == 0 ? 0 : 1 - left / all;
  });
}

double median_absolute_error(const Tensor& prediction, const Tensor& target) {
  return over_outputs(numbers(prediction, target), [](const auto& p, const auto& t) {
    std::vector<double> errors;
    for (std::size_t i = 0; i < t.size(); ++i) errors.push_back(std::abs(t[i] - p[i]));
    return median(std::move(errors));
  });
}

double mean_squared_log_error(const Tensor& prediction, const Tensor& target) {
  return over_outputs(numbers(prediction, target), [](const auto& p, const auto& t) {
    double sum = 0;
    for (std::size_t i = 0; i < t.size(); ++i) {
      if (p[i] < 0 || t[i] < 0)
        fail<ValueError>(
            kOp, fmt::format("neg_mean_squared_log_error: got {}; expected numbers >= 0", std::min(p[i], t[i])));
      const double error = std::log1p(t[i]) - std::log1p(p[i]);
      sum += error * error;
    }
    return sum / static_cast<double>(t.size());
  });
}

double mean_absolute_percentage_error(const Tensor& prediction, const Tensor& target) {
  return over_outputs(numbers(prediction, target), [](const auto& p, const auto& t) {
    double sum = 0;
    for (std::size_t i = 0; i < t.size(); ++i)
      sum += std::abs(t[i] - p[i]) / std::max(std::abs(t[i]), std::numeric_limits<double>::epsilon());
    return sum / static_cast<double>(t.size());
  });
}

double max_error(const Tensor& prediction, const Tensor& target) {
  const Numbers n = numbers(prediction, target);
  if (n.outputs != 1) fail<ValueError>(kOp, fmt::format("max_error: got {} outputs; expected one", n.outputs));
  double largest = 0;
  for (std::size_t i = 0; i < n.target.size(); ++i)
    largest = std::max(largest, std::abs(n.target[i] - n.prediction[i]));
  return largest;
}

}  // namespace xgrad::train::detail
