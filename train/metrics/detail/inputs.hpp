#pragma once
/// What metrics are given, checked and brought to one form.

#include <cstdint>
#include <string_view>
#include <vector>

#include "autograd/tensor.hpp"

namespace xgrad::train::detail {

using Labels = std::vector<std::int64_t>;
using Weights = std::vector<double>;

/// The classes of N examples, as train/metrics/classification.hpp describes them. `name` is that of the argument.
Labels labels_of(std::string_view op, std::string_view name, const Tensor& tensor);

/// Prediction and target of the same number of examples, at least one.
struct Pair {
  Labels prediction, target;
};
Pair pair_of(std::string_view op, const Tensor& prediction, const Tensor& target);

/// A weight for each of n examples, 1 where `tensor` is undefined. Throws ShapeError for another number of them,
/// ValueError for negative ones, NaN and infinity, and for a sum of 0.
Weights weights_of(std::string_view op, const Tensor& tensor, std::size_t n);

/// The elements as double. Throws ValueError where one is NaN.
std::vector<double> numbers_of(std::string_view op, std::string_view name, const Tensor& tensor);

/// The distinct values, sorted.
Labels distinct(Labels labels);

/// Where each of some labels stands in a list of them.
class LabelIndex {
 public:
  /// Throws ValueError for a label that comes twice.
  LabelIndex(std::string_view op, const Labels& labels);
  /// The place of a label, or -1.
  std::int64_t operator()(std::int64_t label) const;

 private:
  Labels sorted_, place_;
};

}  // namespace xgrad::train::detail
