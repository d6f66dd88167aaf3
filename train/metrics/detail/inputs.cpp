#include "train/metrics/detail/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.hpp"

namespace xgrad::train::detail {
namespace {

/// The place of the largest of each row, or, of integers, of the 1 in a row that is one-hot.
Labels columns_of(std::string_view op, std::string_view name, const Tensor& matrix) {
  const std::vector<double> values = numbers_of(op, name, matrix);
  const std::int64_t width = matrix.size(1);
  Labels labels;
  for (auto row = values.begin(); row != values.end(); row += width) {
    const auto best = std::max_element(row, row + width);
    const bool one_hot = *best == 1 && std::count(row, row + width, 0.) == width - 1;
    if (!is_floating(matrix.dtype()) && !one_hot) {
      fail<ValueError>(op, fmt::format("{}: row {} of integers is not one-hot: got shape {}; expected a single 1 among "
                                       "zeros, or classes [N]",
                                       name, labels.size(), matrix.shape().str()));
    }
    labels.push_back(best - row);
  }
  return labels;
}

Labels whole_numbers(std::string_view op, std::string_view name, const Tensor& tensor) {
  Labels labels;
  for (const double v : numbers_of(op, name, tensor)) {
    labels.push_back(convert<std::int64_t>(v));
    if (static_cast<double>(labels.back()) != v) {
      fail<ValueError>(op,
                       fmt::format("{}: not a class: got {}; expected whole numbers [N], or scores [N, C] with C >= "
                                   "2 (compare a single score with a threshold first)",
                                   name, v));
    }
  }
  return labels;
}

}  // namespace

std::vector<double> numbers_of(std::string_view op, std::string_view name, const Tensor& tensor) {
  const Array wide = tensor.array().to(float64);
  const auto values = wide.values<double>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i]))
      fail<ValueError>(op, fmt::format("{}: got NaN at element {}; expected numbers", name, i));
  }
  return {values.begin(), values.end()};
}

Labels labels_of(std::string_view op, std::string_view name, const Tensor& tensor) {
  const Shape& shape = tensor.shape();
  if (shape.rank() == 2 && shape[1] >= 2) return columns_of(op, name, tensor);
  if (shape.rank() != 1 && !(shape.rank() == 2 && shape[1] == 1)) {
    fail<ShapeError>(op,
                     fmt::format("{}: not classes: got shape {}; expected [N], [N, 1] or [N, C]", name, shape.str()));
  }
  if (is_floating(tensor.dtype())) return whole_numbers(op, name, tensor);
  const Array whole = tensor.array().to(int64);
  return {whole.values<std::int64_t>().begin(), whole.values<std::int64_t>().end()};
}

Pair pair_of(std::string_view op, const Tensor& prediction, const Tensor& target) {
  Pair pair{labels_of(op, "prediction", prediction), labels_of(op, "target", target)};
  if (pair.prediction.size() != pair.target.size()) {
    fail<ShapeError>(op, fmt::format("different numbers of examples: got prediction {}, target {}; expected "
                                     "prediction.shape[0] == target.shape[0]",
                                     prediction.shape().str(), target.shape().str()));
  }
  if (pair.target.empty()) fail<ValueError>(op, "no examples: got N = 0; expected at least one");
  return pair;
}

Weights weights_of(std::string_view op, const Tensor& tensor, std::size_t n) {
  if (!tensor.defined()) return Weights(n, 1);
  if (tensor.numel() != static_cast<std::int64_t>(n) || tensor.dim() != 1) {
    fail<ShapeError>(
        op, fmt::format("sample_weight: got shape {}; expected [{}], one for each example", tensor.shape().str(), n));
  }
  Weights weights = numbers_of(op, "sample_weight", tensor);
  for (const double w : weights) {
    if (w < 0 || std::isinf(w))
      fail<ValueError>(op, fmt::format("sample_weight: got {}; expected finite numbers >= 0", w));
  }
  if (!(std::accumulate(weights.begin(), weights.end(), 0.) > 0))
    fail<ValueError>(op, "sample_weight: got zeros alone; expected a sum above 0");
  return weights;
}

Labels distinct(Labels labels) {
  std::sort(labels.begin(), labels.end());
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end());
  return labels;
}

LabelIndex::LabelIndex(std::string_view op, const Labels& labels) : place_(labels.size()) {
  std::iota(place_.begin(), place_.end(), std::int64_t{0});
  std::sort(place_.begin(), place_.end(), [&](std::int64_t a, std::int64_t b) {
    return labels[static_cast<std::size_t>(a)] < labels[static_cast<std::size_t>(b)];
  });
  for (const std::int64_t p : place_) {
    const std::int64_t label = labels[static_cast<std::size_t>(p)];
    if (!sorted_.empty() && sorted_.back() == label)
      fail<ValueError>(op, fmt::format("labels: got {} twice; expected each class once", label));
    sorted_.push_back(label);
  }
}

std::int64_t LabelIndex::operator()(std::int64_t label) const {
  const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), label);
  return found == sorted_.end() || *found != label ? -1 : place_[static_cast<std::size_t>(found - sorted_.begin())];
}

}  // namespace xgrad::train::detail
