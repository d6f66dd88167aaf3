#include "data/split.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/detail/numpy_random.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::Fold;
using data::KFold;
using data::ShuffleSplit;
using data::StratifiedKFold;
using data::StratifiedShuffleSplit;
using data::train_test_split;
using Whole = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

namespace {

template <class T>
std::vector<T> list(const Tensor& t) {
  return {t.values<T>().begin(), t.values<T>().end()};
}

/// Train and test are sorted, disjoint, and all of 0 ... n-1; each example is tested once.
bool partition(const std::vector<Fold>& folds, std::int64_t n) {
  Whole tested(static_cast<std::size_t>(n));
  for (const Fold& f : folds) {
    Whole all;
    if (!std::is_sorted(f.train.begin(), f.train.end()) || !std::is_sorted(f.test.begin(), f.test.end())) return false;
    std::merge(f.train.begin(), f.train.end(), f.test.begin(), f.test.end(), std::back_inserter(all));
    for (std::size_t i = 0; i < all.size(); ++i)
      if (all[i] != static_cast<std::int64_t>(i)) return false;
    if (static_cast<std::int64_t>(all.size()) != n) return false;
    for (const std::int64_t i : f.test) ++tested[static_cast<std::size_t>(i)];
  }
  return std::all_of(tested.begin(), tested.end(), [](std::int64_t t) { return t == 1; });
}

}  // namespace

TEST_CASE("NumPy's random numbers: permutations, shuffles and reals of RandomState(0)") {
  using data::detail::NumpyRandom;
  CHECK(NumpyRandom(0).permutation(10) == Whole{2, 8, 4, 9, 1, 6, 7, 3, 0, 5});
  CHECK(NumpyRandom(0).random_sample() == 0.5488135039273248);
  CHECK(NumpyRandom(0).permutation(1) == Whole{0});
  CHECK(NumpyRandom(0).permutation(0).empty());
  NumpyRandom random(3);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(random.interval(4));
  CHECK(seen == std::set<std::uint64_t>{0, 1, 2, 3, 4});
  CHECK(random.interval(0) == 0);
}

TEST_CASE("KFold cuts in order: the first folds take what is left over") {
  const auto folds = KFold(3).split(10);
  REQUIRE(folds.size() == 3);
  CHECK(folds[0].test == Whole{0, 1, 2, 3});
  CHECK(folds[1].test == Whole{4, 5, 6});
  CHECK(folds[2].test == Whole{7, 8, 9});
  CHECK(folds[1].train == Whole{0, 1, 2, 3, 7, 8, 9});
  CHECK(partition(KFold(7).split(7), 7));
  CHECK(KFold().n_splits() == 5);
}

TEST_CASE("KFold shuffles as scikit-learn does for the same random_state") {
  const auto folds = KFold(3, {.shuffle = true, .random_state = 0}).split(10);
  CHECK(folds[0].test == Whole{2, 4, 8, 9});
  CHECK(folds[1].test == Whole{1, 6, 7});
  CHECK(folds[2].test == Whole{0, 3, 5});
  CHECK(partition(folds, 10));
  CHECK(partition(KFold(4, {.shuffle = true, .random_state = 4294967295}).split(103), 103));
}

TEST_CASE("without a random_state a split follows the default generator") {
  const KFold kfold(4, {.shuffle = true});
  Generator a(1), b(1), c(2);
  const auto tests_with = [&](Generator& g) {
    GeneratorGuard guard(g);
    return kfold.split(40)[0].test;
  };
  const Whole first = tests_with(a);
  CHECK(first == tests_with(b));
  CHECK(first != tests_with(c));
  CHECK(first != tests_with(a));
}

TEST_CASE("StratifiedKFold: scikit-learn's own folds, shuffled and not, whatever the classes are called") {
  const Whole y{0, 1, 1, 0, 2, 1, 0, 2, 1, 0, 1, 2};
  const auto folds = StratifiedKFold(3, {.shuffle = true, .random_state = 1}).split(tensor(y));
  CHECK(folds[0].test == Whole{1, 6, 9, 11});
  CHECK(folds[1].test == Whole{2, 3, 4, 10});
  CHECK(folds[2].test == Whole{0, 5, 7, 8});
  CHECK(partition(folds, 12));
  Texts names;
  for (const std::int64_t c : y) names.push_back(c == 0 ? "zebra" : c == 1 ? "ape" : "lion");
  CHECK(StratifiedKFold(3, {.shuffle = true, .random_state = 1}).split(names)[1].test == folds[1].test);
  // scikit-learn's manual: X of 4, y = [0, 0, 1, 1], two folds.
  const auto plain = StratifiedKFold(2).split(tensor({0, 0, 1, 1}));
  CHECK(plain[0].test == Whole{0, 2});
  CHECK(plain[1].test == Whole{1, 3});
}

TEST_CASE("StratifiedKFold: each fold has each class within one of its share, also where a class is rarer than folds") {
  Whole y;
  for (std::int64_t i = 0; i < 107; ++i) y.push_back(i % 7 == 0 ? 5 : i % 3);
  const auto folds = StratifiedKFold(4, {.shuffle = true, .random_state = 9}).split(tensor(y));
  CHECK(partition(folds, 107));
  for (const std::int64_t c : {0, 1, 2, 5}) {
    const auto all = std::count(y.begin(), y.end(), c);
    for (const Fold& f : folds) {
      const auto here = std::count_if(f.test.begin(), f.test.end(),
                                      [&](std::int64_t i) { return y[static_cast<std::size_t>(i)] == c; });
      CHECK(here >= all / 4);
      CHECK(here <= all / 4 + 1);
    }
  }
  CHECK(partition(StratifiedKFold(3).split(tensor({1., 1., 1., 0.})), 4));
}

TEST_CASE("ShuffleSplit: the splits of scikit-learn's manual") {
  const auto folds = ShuffleSplit(5, {.test_size = 0.25, .random_state = 0}).split(6);
  CHECK(folds[0].train == Whole{1, 3, 0, 4});
  CHECK(folds[0].test == Whole{5, 2});
  CHECK(folds[1].train == Whole{4, 0, 2, 5});
  CHECK(folds[1].test == Whole{1, 3});
  CHECK(folds[4].train == Whole{3, 5, 1, 0});
  CHECK(folds[4].test == Whole{2, 4});
  const auto half = ShuffleSplit(5, {.test_size = .25, .train_size = 0.5, .random_state = 0}).split(6);
  CHECK(half[0].train == Whole{1, 3, 0});
  CHECK(half[0].test == Whole{5, 2});
  CHECK(ShuffleSplit().split(10).size() == 10);
  CHECK(ShuffleSplit().split(10)[0].test.size() == 1);
}

TEST_CASE("StratifiedShuffleSplit: the splits of scikit-learn's manual, ties broken by the same lots") {
  const auto folds = StratifiedShuffleSplit(5, {.test_size = 0.5, .random_state = 0}).split(tensor({0, 0, 0, 1, 1, 1}));
  CHECK(folds[0].train == Whole{5, 2, 3});
  CHECK(folds[0].test == Whole{4, 1, 0});
  CHECK(folds[1].train == Whole{5, 1, 4});
  CHECK(folds[1].test == Whole{0, 2, 3});
  CHECK(folds[2].train == Whole{5, 0, 2});
  CHECK(folds[2].test == Whole{4, 3, 1});
  CHECK(folds[3].train == Whole{4, 1, 0});
  CHECK(folds[3].test == Whole{2, 3, 5});
  CHECK(folds[4].train == Whole{0, 5, 1});
  CHECK(folds[4].test == Whole{3, 4, 2});
}

TEST_CASE("train_test_split: scikit-learn's own indices, in their random order") {
  const Fold quarter = train_test_split(10, {.random_state = 0});
  CHECK(quarter.train == Whole{9, 1, 6, 7, 3, 0, 5});
  CHECK(quarter.test == Whole{2, 8, 4});
  const Fold ordered = train_test_split(10, {.test_size = 0.33, .shuffle = false});
  CHECK(ordered.train == Whole{0, 1, 2, 3, 4, 5});
  CHECK(ordered.test == Whole{6, 7, 8, 9});
  const Fold counted = train_test_split(10, {.test_size = 2, .train_size = 3, .shuffle = false});
  CHECK(counted.train == Whole{0, 1, 2});
  CHECK(counted.test == Whole{3, 4});
  CHECK(train_test_split(10, {.train_size = 0.75}).test.size() == 3);
}

TEST_CASE("train_test_split of tensors: the arrays of scikit-learn's manual") {
  const Tensor x = tensor({{0, 1}, {2, 3}, {4, 5}, {6, 7}, {8, 9}}), y = tensor({0, 1, 2, 3, 4});
  const auto [x_train, x_test, y_train, y_test] = train_test_split(x, y, {.test_size = 0.33, .random_state = 42});
  CHECK(list<std::int64_t>(x_train) == Whole{4, 5, 0, 1, 6, 7});
  CHECK(list<std::int64_t>(x_test) == Whole{2, 3, 8, 9});
  CHECK(list<std::int64_t>(y_train) == Whole{2, 0, 3});
  CHECK(list<std::int64_t>(y_test) == Whole{1, 4});
}

TEST_CASE("train_test_split with stratify keeps the shares of the classes") {
  Whole y(80, 0);
  y.resize(100, 1);
  const Fold fold = train_test_split(100, {.test_size = 0.2, .random_state = 7, .stratify = tensor(y)});
  CHECK(fold.train.size() == 80);
  CHECK(std::count_if(fold.test.begin(), fold.test.end(), [](std::int64_t i) { return i >= 80; }) == 4);
  Whole all = fold.train;
  all.insert(all.end(), fold.test.begin(), fold.test.end());
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(all.size() == 100);
}

TEST_CASE("a data set is split with its bytes and its scale; a subset has the examples asked for") {
  const data::TensorDataset d(Array::of({{0, 1}, {2, 3}, {4, 5}, {255, 7}}, uint8), Array::of({0, 1, 2, 3}),
                              {.scale = 1. / 255});
  const auto [train, test] = train_test_split(d, {.test_size = 1, .shuffle = false});
  CHECK(train.size() == 3);
  CHECK(test.inputs().dtype() == uint8);
  CHECK(test.all().x.values<float>()[0] == 1);
  const auto part = data::subset(d.slice(1, 4), Whole{2, 0, 2});
  CHECK(list<std::int64_t>(part.targets()) == Whole{3, 1, 3});
  CHECK(throws<IndexError>([&] { data::subset(d, Whole{4}); }, "no such example: got 4; expected 0 to 3"));
}

TEST_CASE("splits say what is wrong") {
  CHECK(throws<ValueError>([] { KFold(1); }, "too few folds: got 1; expected at least 2"));
  CHECK(throws<ValueError>([] { KFold(3, {.random_state = 1}); }, "random_state has no effect without shuffling"));
  CHECK(
      throws<ValueError>([] { KFold(3, {.shuffle = true, .random_state = -1}); }, "got -1; expected 0 to 4294967295"));
  CHECK(throws<ValueError>([] { KFold(5).split(4); }, "got 5 folds, 4 examples"));
  CHECK(throws<ValueError>([] { KFold(5).split(0); }, "got 5 folds, 0 examples"));
  CHECK(throws<ValueError>([] { StratifiedKFold(3).split(tensor({0, 0, 1, 1})); }, "got 3 folds, at most 2 members"));
  CHECK(throws<ValueError>([] { StratifiedKFold(2).split(tensor({0.5, 1., 1.})); }, "not a class: got 0.5"));
  CHECK(throws<ValueError>([] { StratifiedKFold(2).split(Texts{}); }, "got 2 folds, 0 examples"));
  CHECK(throws<ValueError>([] { ShuffleSplit(0); }, "too few splits: got 0"));
  CHECK(throws<ValueError>([] { train_test_split(0); }, "nothing to split: got 0 examples"));
  CHECK(throws<ValueError>([] { train_test_split(1); }, "nothing is left to train on: got train 0, test 1 of 1"));
  CHECK(throws<ValueError>([] { train_test_split(10, {.test_size = 1.0}); }, "test_size is no share: got 1"));
  CHECK(throws<ValueError>([] { train_test_split(10, {.test_size = std::numeric_limits<double>::quiet_NaN()}); },
                           "test_size is no share: got nan"));
  CHECK(throws<ValueError>([] { train_test_split(10, {.test_size = 10}); },
                           "test_size does not fit 10 examples: got 10"));
  CHECK(throws<ValueError>([] { train_test_split(10, {.train_size = -2}); }, "train_size does not fit"));
  CHECK(throws<ValueError>([] { train_test_split(10, {.test_size = 0.6, .train_size = 0.6}); },
                           "got train 6, test 6 of 10 examples"));
  CHECK(throws<ValueError>(
      [] {
        train_test_split(4, {.shuffle = false, .stratify = tensor({0, 0, 1, 1})});
      },
      "stratified without shuffling"));
  CHECK(throws<ShapeError>(
      [] {
        train_test_split(5, {.stratify = tensor({0, 0, 1, 1})});
      },
      "got 4 classes, 5 examples"));
  CHECK(throws<ValueError>(
      [] {
        train_test_split(4, {.stratify = tensor({0, 0, 0, 1})});
      },
      "got 1; expected at least 2"));
  CHECK(throws<ValueError>(
      [] {
        train_test_split(4, {.test_size = 1, .stratify = tensor({0, 0, 1, 1})});
      },
      "got train 3, test 1; expected at least 2, the number of classes"));
  CHECK(throws<ShapeError>([] { train_test_split(tensor({1, 2}), tensor({1, 2, 3})); }, "got x [2], y [3]"));
}

TEST_SUITE_END();
