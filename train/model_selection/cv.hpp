#pragma once
/// Cv: how examples are split into training and test parts.

#include <functional>
#include <utility>
#include <vector>

#include "data/split.hpp"

namespace xgrad::train {

/// A number of folds, a splitter of data/split.hpp, lists of indices, or a function of the targets that gives some.
///
/// A number stands for StratifiedKFold where the targets are the labels of classes (integers (N) or (N, 1), or whole
/// numbers of a floating dtype for a model that tells classes apart), and for KFold elsewhere, one-hot targets among
/// it; neither is shuffled. All of it is scikit-learn's rule.
class Cv {
 public:
  using Function = std::function<std::vector<data::Fold>(const Tensor& target)>;

  /// ValueError for fewer than two.
  Cv(int n_splits = 5);
  Cv(data::KFold splitter);
  Cv(data::StratifiedKFold splitter);
  Cv(data::ShuffleSplit splitter);
  Cv(data::StratifiedShuffleSplit splitter);
  Cv(std::vector<data::Fold> folds);
  Cv(Function f);

  /// The folds of examples with these targets (N, ...). Throws as the splitters do; ValueError for no folds and for a
  /// part without examples, IndexError for an index out of range.
  std::vector<data::Fold> split(const Tensor& target, bool classifier) const;

 private:
  std::function<std::vector<data::Fold>(const Tensor& target, bool classifier)> split_;
};

/// Whether these are labels of classes, as `Cv` has it.
bool class_labels(const Tensor& target, bool classifier);

}  // namespace xgrad::train
