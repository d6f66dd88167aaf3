#pragma once
/// Splitting examples into a part to train on and a part to test on, by scikit-learn's rules and, for the same
/// `random_state`, with scikit-learn's own indices (those of numpy.random.RandomState).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "data/column.hpp"
#include "data/dataset.hpp"

namespace xgrad::data {

/// One way to split examples: their numbers.
struct Fold {
  std::vector<std::int64_t> train, test;
};

struct KFoldOptions {
  bool shuffle = false;
  /// The seed of the shuffle, 0 to 2^32 - 1. Without, one is drawn from `default_generator()`.
  std::optional<std::int64_t> random_state = {};
};

/// k folds: each example is in the test part once. The first n % k test parts have n / k + 1 examples, the others n /
/// k; they are runs of neighbours or, shuffled, of a permutation. Indices come sorted.
class KFold {
 public:
  /// Throws ValueError for fewer than two folds, and for a random_state that has no use or does not fit 32 bits.
  explicit KFold(std::int64_t n_splits = 5, KFoldOptions options = {});
  std::int64_t n_splits() const noexcept { return n_splits_; }
  /// The folds of n examples. Throws ValueError for fewer examples than folds.
  std::vector<Fold> split(std::int64_t n) const;

 private:
  std::int64_t n_splits_;
  KFoldOptions options_;
};

/// k folds in each of which every class has about the share that it has in all. Indices come sorted; shuffling happens
/// within each class.
class StratifiedKFold {
 public:
  /// Throws as KFold does.
  explicit StratifiedKFold(std::int64_t n_splits = 5, KFoldOptions options = {});
  std::int64_t n_splits() const noexcept { return n_splits_; }
  /// The folds of examples of these classes: integers, whole numbers or texts (N). Throws ValueError for fewer examples
  /// than folds, where every class has fewer members than there are folds (scikit-learn warns where one has), and for
  /// numbers that are not whole.
  std::vector<Fold> split(const Column& y) const;

 private:
  std::int64_t n_splits_;
  KFoldOptions options_;
};

/// Sizes of the parts: an integer counts examples, a real number in (0, 1) is a share of them; test parts are rounded
/// up, training parts down. One that is missing gets what the other leaves.
struct ShuffleSplitOptions {
  std::optional<Scalar> test_size = {};  ///< by default a tenth
  std::optional<Scalar> train_size = {};
  std::optional<std::int64_t> random_state = {};  ///< as in KFoldOptions
};

/// Splits at random, each independent of the others. Indices come in random order.
class ShuffleSplit {
 public:
  /// Throws ValueError for less than one split.
  explicit ShuffleSplit(std::int64_t n_splits = 10, ShuffleSplitOptions options = {});
  std::int64_t n_splits() const noexcept { return n_splits_; }
  /// Throws ValueError for sizes that do not fit n examples or leave none to train on.
  std::vector<Fold> split(std::int64_t n) const;

 private:
  std::int64_t n_splits_;
  ShuffleSplitOptions options_;
};

/// The same, every class with about the share that it has in all.
class StratifiedShuffleSplit {
 public:
  explicit StratifiedShuffleSplit(std::int64_t n_splits = 10, ShuffleSplitOptions options = {});
  std::int64_t n_splits() const noexcept { return n_splits_; }
  /// Throws ValueError as ShuffleSplit does, for a class with one member, and for parts smaller than the number of
  /// classes.
  std::vector<Fold> split(const Column& y) const;

 private:
  std::int64_t n_splits_;
  ShuffleSplitOptions options_;
};

struct TrainTestOptions {
  std::optional<Scalar> test_size = {};  ///< as in ShuffleSplitOptions; by default a quarter
  std::optional<Scalar> train_size = {};
  bool shuffle = true;                            ///< else the first examples train and the next ones test
  std::optional<std::int64_t> random_state = {};  ///< as in KFoldOptions; passed over without shuffling
  std::optional<Column> stratify = {};            ///< classes (N) that keep their shares; only with shuffling
};

/// One split of n examples. Throws ValueError as ShuffleSplit and StratifiedShuffleSplit do, ShapeError for other than
/// n classes.
Fold train_test_split(std::int64_t n, const TrainTestOptions& options = {});

/// One split of inputs x (N, ...) and targets y (N, ...), copied out:
/// `auto [x_train, x_test, y_train, y_test] = data::train_test_split(x, y, {.test_size = 0.2, .random_state = 42});`
/// Throws ShapeError unless both have N examples.
struct SplitTensors {
  Tensor x_train, x_test, y_train, y_test;
};
SplitTensors train_test_split(const Tensor& x, const Tensor& y, const TrainTestOptions& options = {});

/// One split of a data set, copied out; bytes stay bytes. `auto [train, test] = data::train_test_split(digits, {...});`
struct SplitDatasets {
  TensorDataset train, test;
};
SplitDatasets train_test_split(const TensorDataset& dataset, const TrainTestOptions& options = {});

/// The examples with these numbers, in this order, copied out: with the indices of a fold, a part of a data set. Throws
/// IndexError for a number outside 0 ... size() - 1.
TensorDataset subset(const TensorDataset& dataset, std::span<const std::int64_t> indices);

}  // namespace xgrad::data
