#include "data/split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "data/detail/categories.hpp"
#include "data/detail/numpy_random.hpp"
#include "tensor/error.hpp"
#include "tensor/random.hpp"

namespace xgrad::data {
namespace {

using detail::NumpyRandom;
using Indices = std::vector<std::int64_t>;

void check_seed(std::string_view op, const std::optional<std::int64_t>& seed) {
  if (seed && (*seed < 0 || *seed > std::numeric_limits<std::uint32_t>::max()))
    fail<ValueError>(op, fmt::format("random_state out of range: got {}; expected 0 to 4294967295", *seed));
}

NumpyRandom random_from(const std::optional<std::int64_t>& seed) {
  return NumpyRandom(static_cast<std::uint32_t>(seed ? static_cast<std::uint64_t>(*seed) : default_generator().bits()));
}

void check_folds(std::string_view op, std::int64_t n_splits, const KFoldOptions& options) {
  if (n_splits < 2) fail<ValueError>(op, fmt::format("too few folds: got {}; expected at least 2", n_splits));
  if (!options.shuffle && options.random_state)
    fail<ValueError>(op,
                     fmt::format("random_state has no effect without shuffling: got {}; expected .shuffle = true or "
                                 "no random_state",
                                 *options.random_state));
  check_seed(op, options.random_state);
}

void check_splits(std::string_view op, std::int64_t n_splits, const ShuffleSplitOptions& options) {
  if (n_splits < 1) fail<ValueError>(op, fmt::format("too few splits: got {}; expected at least 1", n_splits));
  check_seed(op, options.random_state);
}

void check_enough(std::string_view op, std::int64_t n, std::int64_t n_splits) {
  if (n < n_splits)
    fail<ValueError>(
        op, fmt::format("more folds than examples: got {} folds, {} examples; expected n_splits <= N", n_splits, n));
}

/// The folds when example i is tested in fold `fold_of[i]`.
std::vector<Fold> folds_from(const Indices& fold_of, std::int64_t n_splits) {
  std::vector<Fold> folds(static_cast<std::size_t>(n_splits));
  for (std::size_t k = 0; k < folds.size(); ++k)
    for (std::size_t i = 0; i < fold_of.size(); ++i)
      (fold_of[i] == static_cast<std::int64_t>(k) ? folds[k].test : folds[k].train)
          .push_back(static_cast<std::int64_t>(i));
  return folds;
}

/// The classes of examples, numbered in sorted order.
struct Classes {
  Indices of;      ///< the class of each example
  Indices counts;  ///< the members of each class
};

Classes classes_of(std::string_view op, const Column& y) {
  if (!y.is_text() && is_floating(y.numbers().dtype())) {
    const Array wide = y.numbers().array().to(float64);
    for (const double v : wide.values<double>())
      if (v != std::trunc(v) || std::isinf(v))  // also for NaN
        fail<ValueError>(op, fmt::format("not a class: got {}; expected whole numbers or texts", v));
  }
  const detail::Categories categories(y);
  Classes classes{categories.codes(op, y), Indices(static_cast<std::size_t>(categories.size()))};
  for (const std::int64_t c : classes.of) ++classes.counts[static_cast<std::size_t>(c)];
  return classes;
}

/// Numbers the classes anew, in the order in which they first come.
Classes by_appearance(const Classes& sorted) {
  Classes out{{}, {}};
  Indices number(sorted.counts.size(), -1);
  for (const std::int64_t c : sorted.of) {
    std::int64_t& mine = number[static_cast<std::size_t>(c)];
    if (mine < 0) {
      mine = static_cast<std::int64_t>(out.counts.size());
      out.counts.push_back(sorted.counts[static_cast<std::size_t>(c)]);
    }
    out.of.push_back(mine);
  }
  return out;
}

// ---- the sizes of two parts --------------------------------------------------------------------------------------

struct Sizes {
  std::int64_t train, test;
};

/// What one of the two sizes asks for; `round` says how shares become counts.
std::int64_t counted(std::string_view op, std::string_view name, Scalar size, std::int64_t n, double (*round)(double)) {
  if (size.is_real()) {
    const auto share = size.to<double>();
    if (!(share > 0 && share < 1))
      fail<ValueError>(op, fmt::format("{} is no share: got {}; expected a real number in (0, 1) or an integer in 1 to "
                                       "{}",
                                       name, share, n - 1));
    return static_cast<std::int64_t>(round(share * static_cast<double>(n)));
  }
  const auto count = size.to<std::int64_t>();
  if (size.is_bool() || count <= 0 || count >= n)
    fail<ValueError>(op, fmt::format("{} does not fit {} examples: got {}; expected an integer in 1 to {} or a real "
                                     "number in (0, 1)",
                                     name, n, count, n - 1));
  return count;
}

Sizes sizes_of(std::string_view op, std::int64_t n, const std::optional<Scalar>& test,
               const std::optional<Scalar>& train, double default_test) {
  if (n < 1) fail<ValueError>(op, fmt::format("nothing to split: got {} examples; expected at least one", n));
  const auto up = [](double v) { return std::ceil(v); };
  const auto down = [](double v) { return std::floor(v); };
  Sizes sizes{0, 0};
  if (train) sizes.train = counted(op, "train_size", *train, n, down);
  if (test || !train) sizes.test = counted(op, "test_size", test.value_or(Scalar(default_test)), n, up);
  else sizes.test = n - sizes.train;
  if (!train) sizes.train = n - sizes.test;
  if (sizes.train + sizes.test > n)
    fail<ValueError>(op, fmt::format("the parts are larger than the whole: got train {}, test {} of {} examples; "
                                     "expected train + test <= N",
                                     sizes.train, sizes.test, n));
  if (sizes.train == 0)
    fail<ValueError>(op, fmt::format("nothing is left to train on: got train 0, test {} of {} examples; expected at "
                                     "least one",
                                     sizes.test, n));
  return sizes;
}

std::vector<Fold> shuffled_splits(std::int64_t n, std::int64_t n_splits, Sizes sizes, NumpyRandom random) {
  std::vector<Fold> folds;
  for (std::int64_t k = 0; k < n_splits; ++k) {
    const Indices order = random.permutation(n);
    const auto middle = order.begin() + sizes.test;
    folds.push_back({Indices(middle, middle + sizes.train), Indices(order.begin(), middle)});
  }
  return folds;
}

/// How many of `draws` fall to each class: its share rounded down, and one more each for the largest remainders; among
/// equal ones the lot decides. (An approximation to the mode of the multivariate hypergeometric distribution.)
Indices apportioned(const Indices& counts, std::int64_t draws, NumpyRandom& random) {
  const double all = static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  Indices parts;
  std::vector<double> remainders;
  std::int64_t missing = draws;
  for (const std::int64_t count : counts) {
    const double share = static_cast<double>(count) / all * static_cast<double>(draws);
    parts.push_back(static_cast<std::int64_t>(std::floor(share)));
    remainders.push_back(share - std::floor(share));
    missing -= parts.back();
  }
  std::vector<double> values = remainders;
  std::sort(values.begin(), values.end(), std::greater<>());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  for (std::size_t v = 0; v < values.size() && missing > 0; ++v) {
    Indices equal;
    for (std::size_t c = 0; c < remainders.size(); ++c)
      if (remainders[c] == values[v]) equal.push_back(static_cast<std::int64_t>(c));
    random.shuffle(equal);
    if (static_cast<std::int64_t>(equal.size()) > missing) equal.resize(static_cast<std::size_t>(missing));
    for (const std::int64_t c : equal) ++parts[static_cast<std::size_t>(c)];
    missing -= static_cast<std::int64_t>(equal.size());
  }
  return parts;
}

Fold stratified_split(const std::vector<Indices>& members, const Indices& counts, Sizes sizes, NumpyRandom& random) {
  const Indices train = apportioned(counts, sizes.train, random);
  Indices left = counts;
  for (std::size_t c = 0; c < left.size(); ++c) left[c] -= train[c];
  const Indices test = apportioned(left, sizes.test, random);
  Fold fold;
  for (std::size_t c = 0; c < members.size(); ++c) {
    const Indices order = random.permutation(counts[c]);
    for (std::int64_t i = 0; i < train[c] + test[c]; ++i)
      (i < train[c] ? fold.train : fold.test)
          .push_back(members[c][static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
  }
  random.shuffle(fold.train);
  random.shuffle(fold.test);
  return fold;
}

std::vector<Fold> stratified_splits(std::string_view op, const Column& y, std::int64_t n_splits, Sizes sizes,
                                    NumpyRandom random) {
  const Classes classes = classes_of(op, y);
  const auto n_classes = static_cast<std::int64_t>(classes.counts.size());
  const std::int64_t fewest = *std::min_element(classes.counts.begin(), classes.counts.end());
  if (fewest < 2)
    fail<ValueError>(
        op, fmt::format("a class has too few members to be in both parts: got {}; expected at least 2", fewest));
  if (sizes.train < n_classes || sizes.test < n_classes)
    fail<ValueError>(op,
                     fmt::format("a part is too small to have every class: got train {}, test {}; expected at least "
                                 "{}, the number of classes",
                                 sizes.train, sizes.test, n_classes));
  std::vector<Indices> members(classes.counts.size());
  for (std::size_t i = 0; i < classes.of.size(); ++i)
    members[static_cast<std::size_t>(classes.of[i])].push_back(static_cast<std::int64_t>(i));
  std::vector<Fold> folds;
  for (std::int64_t k = 0; k < n_splits; ++k) folds.push_back(stratified_split(members, classes.counts, sizes, random));
  return folds;
}

/// Rows of an array, which must be there.
Array rows_of(const Array& from, std::span<const std::int64_t> indices) {
  Shape shape = from.shape();
  shape[0] = static_cast<std::int64_t>(indices.size());
  Array out = Array::empty(shape, from.dtype());
  const std::size_t row = static_cast<std::size_t>(from.shape().without(0).numel()) * size_of(from.dtype());
  const auto* in = static_cast<const std::byte*>(from.raw());
  auto* to = static_cast<std::byte*>(out.mutable_raw());
  if (row == 0) return out;
  for (const std::int64_t i : indices) {
    std::memcpy(to, in + static_cast<std::size_t>(i) * row, row);
    to += row;
  }
  return out;
}

}  // namespace

KFold::KFold(std::int64_t n_splits, KFoldOptions options) : n_splits_(n_splits), options_(options) {
  check_folds("data::KFold", n_splits, options);
}

std::vector<Fold> KFold::split(std::int64_t n) const {
  check_enough("data::KFold::split", n, n_splits_);
  Indices order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  if (options_.shuffle) random_from(options_.random_state).shuffle(order);
  Indices fold_of(order.size());
  std::size_t at = 0;
  for (std::int64_t k = 0; k < n_splits_; ++k)
    for (std::int64_t left = n / n_splits_ + (k < n % n_splits_ ? 1 : 0); left > 0; --left)
      fold_of[static_cast<std::size_t>(order[at++])] = k;
  return folds_from(fold_of, n_splits_);
}

StratifiedKFold::StratifiedKFold(std::int64_t n_splits, KFoldOptions options) : n_splits_(n_splits), options_(options) {
  check_folds("data::StratifiedKFold", n_splits, options);
}

std::vector<Fold> StratifiedKFold::split(const Column& y) const {
  constexpr std::string_view op = "data::StratifiedKFold::split";
  check_enough(op, y.size(), n_splits_);
  const Classes classes = by_appearance(classes_of(op, y));
  const std::int64_t most = *std::max_element(classes.counts.begin(), classes.counts.end());
  if (most < n_splits_)
    fail<ValueError>(op, fmt::format("more folds than members of any class: got {} folds, at most {} members; expected "
                                     "n_splits <= {}",
                                     n_splits_, most, most));
  std::optional<NumpyRandom> random;
  if (options_.shuffle) random = random_from(options_.random_state);
  Indices fold_of(classes.of.size());
  std::int64_t first = 0;  // place of the class, were the examples in the order of their classes
  for (std::size_t c = 0; c < classes.counts.size(); ++c) {
    // Dealt out like cards: example j in the order of the classes goes to fold j % k.
    Indices shares(static_cast<std::size_t>(n_splits_));
    for (std::int64_t j = first; j < first + classes.counts[c]; ++j) ++shares[static_cast<std::size_t>(j % n_splits_)];
    first += classes.counts[c];
    Indices folds;
    for (std::int64_t k = 0; k < n_splits_; ++k)
      folds.insert(folds.end(), static_cast<std::size_t>(shares[static_cast<std::size_t>(k)]), k);
    if (random) random->shuffle(folds);
    for (std::size_t i = 0, at = 0; i < classes.of.size(); ++i)
      if (classes.of[i] == static_cast<std::int64_t>(c)) fold_of[i] = folds[at++];
  }
  return folds_from(fold_of, n_splits_);
}

ShuffleSplit::ShuffleSplit(std::int64_t n_splits, ShuffleSplitOptions options)
    : n_splits_(n_splits), options_(options) {
  check_splits("data::ShuffleSplit", n_splits, options);
}

std::vector<Fold> ShuffleSplit::split(std::int64_t n) const {
  const Sizes sizes = sizes_of("data::ShuffleSplit::split", n, options_.test_size, options_.train_size, 0.1);
  return shuffled_splits(n, n_splits_, sizes, random_from(options_.random_state));
}

StratifiedShuffleSplit::StratifiedShuffleSplit(std::int64_t n_splits, ShuffleSplitOptions options)
    : n_splits_(n_splits), options_(options) {
  check_splits("data::StratifiedShuffleSplit", n_splits, options);
}

std::vector<Fold> StratifiedShuffleSplit::split(const Column& y) const {
  constexpr std::string_view op = "data::StratifiedShuffleSplit::split";
  const Sizes sizes = sizes_of(op, y.size(), options_.test_size, options_.train_size, 0.1);
  return stratified_splits(op, y, n_splits_, sizes, random_from(options_.random_state));
}

Fold train_test_split(std::int64_t n, const TrainTestOptions& options) {
  constexpr std::string_view op = "data::train_test_split";
  check_seed(op, options.random_state);
  const Sizes sizes = sizes_of(op, n, options.test_size, options.train_size, 0.25);
  if (!options.shuffle) {
    if (options.stratify)
      fail<ValueError>(op,
                       "stratified without shuffling: got .shuffle = false with .stratify; expected one of the two");
    Fold fold{Indices(static_cast<std::size_t>(sizes.train)), Indices(static_cast<std::size_t>(sizes.test))};
    std::iota(fold.train.begin(), fold.train.end(), std::int64_t{0});
    std::iota(fold.test.begin(), fold.test.end(), sizes.train);
    return fold;
  }
  if (!options.stratify) return shuffled_splits(n, 1, sizes, random_from(options.random_state)).front();
  if (options.stratify->size() != n)
    fail<ShapeError>(op, fmt::format("classes do not match the examples: got {} classes, {} examples; expected as many",
                                     options.stratify->size(), n));
  return stratified_splits(op, *options.stratify, 1, sizes, random_from(options.random_state)).front();
}

SplitTensors train_test_split(const Tensor& x, const Tensor& y, const TrainTestOptions& options) {
  if (x.dim() == 0 || y.dim() == 0 || x.size(0) != y.size(0))
    fail<ShapeError>("data::train_test_split", fmt::format("inputs and targets do not match: got x {}, y {}; expected "
                                                           "x.shape[0] == y.shape[0], the number of examples",
                                                           x.shape().str(), y.shape().str()));
  const Fold fold = train_test_split(x.size(0), options);
  return {rows_of(x.array(), fold.train), rows_of(x.array(), fold.test), rows_of(y.array(), fold.train),
          rows_of(y.array(), fold.test)};
}

SplitDatasets train_test_split(const TensorDataset& dataset, const TrainTestOptions& options) {
  const Fold fold = train_test_split(dataset.size(), options);
  return {subset(dataset, fold.train), subset(dataset, fold.test)};
}

TensorDataset subset(const TensorDataset& dataset, std::span<const std::int64_t> indices) {
  for (const std::int64_t i : indices) {
    if (i < 0 || i >= dataset.size())
      fail<IndexError>("data::subset", fmt::format("no such example: got {}; expected 0 to {}", i, dataset.size() - 1));
  }
  return {rows_of(dataset.inputs(), indices), rows_of(dataset.targets(), indices), {.scale = dataset.scale()}};
}

}  // namespace xgrad::data
