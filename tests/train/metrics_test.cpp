#include "train/metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "autograd/autograd.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("train");

using namespace xgrad;
using doctest::Approx;
using train::Average;
using train::Normalize;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

template <class T>
std::vector<T> list(const Tensor& t) {
  return {t.values<T>().begin(), t.values<T>().end()};
}

bool close(const Tensor& got, const std::vector<double>& expected) {
  const std::vector<double> v = list<double>(got);
  bool equal = v.size() == expected.size();
  for (std::size_t i = 0; equal && i < v.size(); ++i) equal = std::abs(v[i] - expected[i]) < 1e-12;
  if (!equal) MESSAGE("got " << got.str());
  return equal;
}

Tensor wide(const Nested& values) { return tensor(values, float64); }

// From the manual of scikit-learn's precision_score.
const Tensor kTruth = tensor({0, 1, 2, 0, 1, 2}), kPredicted = tensor({0, 2, 1, 0, 0, 1});

}  // namespace

// ---- accuracy --------------------------------------------------------------------------------------------------------

TEST_CASE("accuracy is the share of classes predicted, or their number") {
  const Tensor p = tensor({0, 2, 1, 3}), t = tensor({0, 1, 2, 3});
  CHECK(train::accuracy(p, t) == 0.5);
  CHECK(train::accuracy(p, t, {.normalize = false}) == 2);
  CHECK(train::accuracy(p, t, {.sample_weight = wide({3, 1, 1, 0})}) == 0.6);
  CHECK(train::accuracy(p, t, {.normalize = false, .sample_weight = wide({3, 1, 1, 0})}) == 3);
}

TEST_CASE("classes come as integers, whole numbers, columns, scores or one-hot") {
  const Tensor t = tensor({0, 2, 1});
  const Tensor scores = tensor({{.1, .0, .0}, {.2, .1, .3}, {.5, .5, .4}});  // of two largest the first
  CHECK(train::accuracy(scores, t) == Approx(2. / 3));
  CHECK(train::accuracy(scores, tensor({{1, 0, 0}, {0, 0, 1}, {0, 1, 0}})) == Approx(2. / 3));
  CHECK(train::accuracy(tensor({{0.}, {2.}, {1.}}), t) == 1);
  CHECK(train::accuracy(t.to(uint8), t.to(float64)) == 1);
  CHECK(train::accuracy(tensor({true, false}), tensor({1, 1})) == 0.5);
  CHECK(train::accuracy(tensor({{-kInf, kInf}}), tensor({1})) == 1);
}

TEST_CASE("binary_accuracy compares with a threshold, of any shape") {
  const Tensor p = tensor({{0.5, 0.6}, {0.4, 0.9}}), t = tensor({{0., 1.}, {1., 1.}});
  CHECK(train::binary_accuracy(p, t) == 0.75);
  CHECK(train::binary_accuracy(p, t, 0.39) == 0.75);
  CHECK(train::binary_accuracy(tensor({{0.2}, {0.7}}), tensor({0, 1})) == 1);
  CHECK(throws<ValueError>([&] { train::binary_accuracy(p, p); }, "target: got 0.5; expected 0 or 1"));
  CHECK(throws<ShapeError>(
      [&] {
        train::binary_accuracy(p, tensor({1, 0, 1, 0}));
      },
      "got prediction [2, 2], target [4]"));
  CHECK(throws<ValueError>([] { train::binary_accuracy(Array::empty({0}), Array::empty({0})); }, "no examples"));
}

TEST_CASE("top_k_accuracy: scikit-learn's manual, ties for the example, ends of k") {
  const Tensor scores = wide({{.5, .2, .2}, {.3, .4, .2}, {.2, .4, .3}, {.7, .2, .1}}), t = tensor({0, 1, 2, 2});
  CHECK(train::top_k_accuracy(scores, t, 2) == 0.75);
  CHECK(train::top_k_accuracy(scores, t, 1) == 0.5);
  CHECK(train::top_k_accuracy(scores, t) == 1);
  CHECK(train::top_k_accuracy(wide({{1, 1, 1}}), tensor({2}), 1) == 1);
  CHECK(throws<ValueError>([&] { train::top_k_accuracy(scores, t, 0); }, "k: got 0; expected at least 1"));
  CHECK(throws<IndexError>([&] { train::top_k_accuracy(scores, tensor({0, 1, 2, 3})); }, "got 3; expected 0 to 2"));
  CHECK(throws<ShapeError>([&] { train::top_k_accuracy(t, t); }, "scores: got shape [4]; expected [N, C]"));
  CHECK(throws<ValueError>([&] { train::top_k_accuracy(wide({{kNaN, 1}}), tensor({0})); }, "scores: got NaN"));
}

TEST_CASE("metrics of classes say what is wrong") {
  CHECK(throws<ShapeError>(
      [] {
        train::accuracy(tensor({1, 2}), tensor({1, 2, 3}));
      },
      "got prediction [2], target [3]"));
  CHECK(throws<ValueError>([] { train::accuracy(Array::empty({0}, int64), Array::empty({0}, int64)); },
                           "train::accuracy: no examples: got N = 0"));
  CHECK(throws<ValueError>(
      [] {
        train::accuracy(tensor({0.3, 0.7}), tensor({0, 1}));
      },
      "prediction: not a class: got 0.3"));
  CHECK(throws<ValueError>(
      [] {
        train::accuracy(wide({{kNaN, 1}}), tensor({0}));
      },
      "prediction: got NaN at element 0"));
  CHECK(throws<ValueError>([] { train::accuracy(tensor({{1, 1}}), tensor({0})); }, "row 0 of integers is not one-hot"));
  CHECK(throws<ValueError>([] { train::accuracy(wide({kInf}), tensor({0})); }, "not a class: got inf"));
  CHECK(throws<ShapeError>([] { train::accuracy(tensor(1), tensor({0})); },
                           "got shape []; expected [N], [N, 1] or [N, C]"));
  CHECK(throws<ShapeError>(
      [] {
        train::accuracy(kPredicted, kTruth, {.sample_weight = tensor({1, 2})});
      },
      "sample_weight: got shape [2]; expected [6]"));
  CHECK(
      throws<ValueError>([] { train::accuracy(tensor({1}), tensor({1}), {.sample_weight = tensor({-1})}); }, "got -1"));
  CHECK(throws<ValueError>([] { train::accuracy(tensor({1}), tensor({1}), {.sample_weight = tensor({0})}); },
                           "zeros alone"));
}

// ---- confusion matrix, precision, recall, F1 -------------------------------------------------------------------------

TEST_CASE("confusion_matrix has the truth in rows, as scikit-learn's manual shows") {
  const Tensor t = tensor({2, 0, 2, 2, 0, 1}), p = tensor({0, 0, 2, 2, 0, 2});
  const Tensor m = train::confusion_matrix(p, t);
  CHECK(m.dtype() == int64);
  CHECK(list<std::int64_t>(m) == std::vector<std::int64_t>{2, 0, 0, 0, 0, 1, 1, 0, 2});
  CHECK(list<std::int64_t>(train::confusion_matrix(p, t, {.labels = {2, 0}})) == std::vector<std::int64_t>{2, 1, 0, 2});
  CHECK(close(train::confusion_matrix(p, t, {.normalize = Normalize::truth}), {1, 0, 0, 0, 0, 1, 1. / 3, 0, 2. / 3}));
  CHECK(close(train::confusion_matrix(p, t, {.normalize = Normalize::prediction}),
              {2. / 3, 0, 0, 0, 0, 1. / 3, 1. / 3, 0, 2. / 3}));
  CHECK(close(train::confusion_matrix(p, t, {.normalize = Normalize::all}),
              {2. / 6, 0, 0, 0, 0, 1. / 6, 1. / 6, 0, 2. / 6}));
  CHECK(
      close(train::confusion_matrix(p, t, {.sample_weight = wide({.5, 1, 1, 1, 1, 1})}), {2, 0, 0, 0, 0, 1, .5, 0, 2}));
  CHECK(throws<ValueError>(
      [&] {
        train::confusion_matrix(p, t, {.labels = {7, 8}});
      },
      "none of which is in the target"));
  CHECK(throws<ValueError>([&] { train::confusion_matrix(p, t, {.labels = {1, 1}}); }, "labels: got 1 twice"));
}

TEST_CASE("precision, recall, F1: scikit-learn's manual") {
  CHECK(train::precision(kPredicted, kTruth, {.average = Average::macro}) == Approx(2. / 9).epsilon(1e-14));
  CHECK(train::precision(kPredicted, kTruth, {.average = Average::micro}) == Approx(1. / 3).epsilon(1e-14));
  CHECK(train::precision(kPredicted, kTruth, {.average = Average::weighted}) == Approx(2. / 9).epsilon(1e-14));
  CHECK(train::recall(kPredicted, kTruth, {.average = Average::macro}) == Approx(1. / 3).epsilon(1e-14));
  CHECK(train::f1(kPredicted, kTruth, {.average = Average::macro}) == Approx(4. / 15).epsilon(1e-14));
  CHECK(train::fbeta(kPredicted, kTruth, 0.5, {.average = Average::macro}) == Approx(0.238095238095).epsilon(1e-11));
  const train::ClassScores s = train::precision_recall_f1_support(kPredicted, kTruth);
  CHECK(close(s.precision, {2. / 3, 0, 0}));
  CHECK(close(s.recall, {1, 0, 0}));
  CHECK(close(s.f1, {0.8, 0, 0}));
  CHECK(list<std::int64_t>(s.support) == std::vector<std::int64_t>{2, 2, 2});
  CHECK(list<std::int64_t>(s.labels) == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("binary scores are those of pos_label") {
  const Tensor t = tensor({0, 1, 1, 0, 1, 1}), p = tensor({0, 1, 0, 1, 1, 0});
  CHECK(train::precision(p, t) == Approx(2. / 3));
  CHECK(train::recall(p, t) == 0.5);
  CHECK(train::f1(p, t) == Approx(4. / 7));
  CHECK(train::precision(p, t, {.pos_label = 0}) == Approx(1. / 3));
  CHECK(train::recall(p, t, {.pos_label = 0}) == 0.5);
  CHECK(train::recall(tensor({0, 0}), tensor({0, 0})) == 0);  // a single class: no positives
  CHECK(throws<ValueError>([] { train::f1(kPredicted, kTruth); }, "got 3 of them; expected two, or another average"));
  CHECK(throws<ValueError>([] { train::f1(tensor({2, 4}), tensor({2, 4})); }, "got 1; expected 2 or 4"));
}

TEST_CASE("scores over some of the classes count what was taken for them, and what they were taken for") {
  CHECK(train::precision(kPredicted, kTruth, {.average = Average::micro, .labels = {0, 1}}) == Approx(2. / 5));
  CHECK(train::recall(kPredicted, kTruth, {.average = Average::micro, .labels = {0, 1}}) == 0.5);
  CHECK(train::recall(kPredicted, kTruth, {.average = Average::macro, .labels = {0, 9}}) == 0.5);
  CHECK(train::recall(kPredicted, kTruth, {.average = Average::weighted, .labels = {9}, .zero_division = 1}) == 1);
}

TEST_CASE("0 / 0 is zero_division") {
  const Tensor t = tensor({0, 0, 1}), p = tensor({0, 0, 0});
  CHECK(train::precision(p, t) == 0);
  CHECK(train::precision(p, t, {.zero_division = 1}) == 1);
  CHECK(train::recall(p, t, {.zero_division = 1}) == 0);
  CHECK(train::f1(p, t, {.zero_division = 1}) == 0);
  CHECK(train::f1(tensor({0}), tensor({0}), {.zero_division = 1}) == 1);
  CHECK(
      throws<ValueError>([&] { train::f1(p, t, {.zero_division = 0.5}); }, "zero_division: got 0.5; expected 0 or 1"));
  CHECK(throws<ValueError>([&] { train::fbeta(p, t, -1); }, "beta: got -1"));
  CHECK(train::fbeta(p, tensor({1, 0, 1}), 0, {.pos_label = 0}) ==
        train::precision(p, tensor({1, 0, 1}), {.pos_label = 0}));
  CHECK(train::fbeta(p, tensor({1, 0, 1}), kInf, {.pos_label = 0}) == 1);
}

TEST_CASE("weights count as examples that come more than once") {
  const Tensor weights = wide({3, 1, 2, 1, 1, 1});
  const Tensor t = tensor({0, 0, 0, 1, 2, 2, 0, 1, 2}), p = tensor({0, 0, 0, 2, 1, 1, 0, 0, 1});
  for (const Average a : {Average::micro, Average::macro, Average::weighted}) {
    const train::ScoreOptions weighted{.average = a, .sample_weight = weights};
    CHECK(train::precision(kPredicted, kTruth, weighted) == Approx(train::precision(p, t, {.average = a})));
    CHECK(train::recall(kPredicted, kTruth, weighted) == Approx(train::recall(p, t, {.average = a})));
    CHECK(train::f1(kPredicted, kTruth, weighted) == Approx(train::f1(p, t, {.average = a})));
  }
}

// ---- report ----------------------------------------------------------------------------------------------------------

TEST_CASE("classification_report prints what scikit-learn's manual shows") {
  const Tensor t = tensor({0, 1, 2, 2, 2}), p = tensor({0, 0, 2, 2, 1});
  CHECK(train::classification_report(p, t, {.target_names = {"class 0", "class 1", "class 2"}}) ==
        R"(              precision    recall  f1-score   support

     class 0       0.50      1.00      0.67         1
     class 1       0.00      0.00      0.00         1
     class 2       1.00      0.67      0.80         3

    accuracy                           0.60         5
   macro avg       0.50      0.56      0.49         5
weighted avg       0.70      0.60      0.61         5
)");
  CHECK(train::classification_report(tensor({1, 1, 0}), tensor({1, 1, 1}), {.labels = {1, 2, 3}}) ==
        R"(              precision    recall  f1-score   support

           1       1.00      0.67      0.80         3
           2       0.00      0.00      0.00         0
           3       0.00      0.00      0.00         0

   micro avg       1.00      0.67      0.80         3
   macro avg       0.33      0.22      0.27         3
weighted avg       1.00      0.67      0.80         3
)");
}

TEST_CASE("classification_report: long names in any script, digits, weights, and wrong options") {
  const Tensor t = tensor({0, 1}), p = tensor({0, 1});
  CHECK(train::classification_report(
            p, t, {.target_names = {"Ærøskøbing-Søby", "b"}, .digits = 3, .sample_weight = wide({1, 2.5})}) ==
        R"(                 precision    recall  f1-score   support

Ærøskøbing-Søby      1.000     1.000     1.000       1.0
              b      1.000     1.000     1.000       2.5

       accuracy                          1.000       3.5
      macro avg      1.000     1.000     1.000       3.5
   weighted avg      1.000     1.000     1.000       3.5
)");
  CHECK(throws<ValueError>([&] { train::classification_report(p, t, {.target_names = {"a"}}); },
                           "got 1 names; expected 2"));
  CHECK(throws<ValueError>([&] { train::classification_report(p, t, {.digits = 18}); }, "digits: got 18"));
}

// ---- probabilities and scores ----------------------------------------------------------------------------------------

TEST_CASE("log_loss: scikit-learn's manual, by columns, by one probability, and one-hot") {
  const Tensor t = tensor({1, 0, 0, 1}), p = wide({{.1, .9}, {.9, .1}, {.8, .2}, {.35, .65}});
  const double expected = -(std::log(.9) + std::log(.9) + std::log(.8) + std::log(.65)) / 4;
  CHECK(expected == Approx(0.21616).epsilon(1e-4));
  CHECK(train::log_loss(p, t) == Approx(expected).epsilon(1e-14));
  CHECK(train::log_loss(wide({.9, .1, .2, .65}), t) == Approx(expected).epsilon(1e-14));
  CHECK(train::log_loss(wide({{.9}, {.1}, {.2}, {.65}}), t + 4) == Approx(expected).epsilon(1e-14));
  CHECK(train::log_loss(p, tensor({{0, 1}, {1, 0}, {1, 0}, {0, 1}})) == Approx(expected).epsilon(1e-14));
  CHECK(train::log_loss(p, t, {.normalize = false}) == Approx(4 * expected).epsilon(1e-14));
}

TEST_CASE("log_loss clips by the epsilon of the dtype, and divides rows by their sum") {
  const double eps = std::numeric_limits<double>::epsilon();
  CHECK(train::log_loss(wide({0, 1}), tensor({1, 0})) == Approx(-std::log(eps)).epsilon(1e-12));
  CHECK(train::log_loss(tensor({0., 1.}), tensor({1, 0})) == Approx(-std::log(1.1920929e-7)).epsilon(1e-6));
  CHECK(train::log_loss(wide({0, 1}), tensor({1, 0}), {.eps = 1e-3}) == Approx(-std::log(1e-3)).epsilon(1e-12));
  CHECK(train::log_loss(wide({{.2, .2}, {.6, .2}}), tensor({0, 1})) == Approx(-(std::log(.5) + std::log(.25)) / 2));
  CHECK(train::log_loss(wide({0, 1}), tensor({1, 0}), {.eps = 0.}) == kInf);
}

TEST_CASE("log_loss: labels where the target lacks classes, and what is wrong otherwise") {
  const Tensor p = wide({{.2, .3, .5}, {.6, .3, .1}}), t = tensor({2, 0});
  CHECK(train::log_loss(p, t, {.labels = {0, 1, 2}}) == Approx(-(std::log(.5) + std::log(.6)) / 2));
  CHECK(throws<ShapeError>([&] { train::log_loss(p, t); }, "got 3 columns, 2 classes; expected as many (give .labels"));
  CHECK(throws<ValueError>([&] { train::log_loss(p, t, {.labels = {0, 1, 3}}); }, "target: got 2; expected one of"));
  CHECK(throws<ValueError>([] { train::log_loss(wide({.5, .5}), tensor({1, 1})); }, "fewer than two classes: got 1"));
  CHECK(train::log_loss(wide({.5, .5}), tensor({1, 1}), {.labels = {0, 1}}) == Approx(std::log(2)));
  CHECK(throws<ValueError>([] { train::log_loss(wide({2, -1}), tensor({0, 1})); }, "not a probability: got 2"));
  CHECK(throws<ValueError>([] { train::log_loss(wide({kNaN, 1}), tensor({0, 1})); }, "probability: got NaN"));
  CHECK(throws<ShapeError>([] { train::log_loss(wide({.5}), tensor({0, 1})); }, "got probability [1], target [2]"));
  CHECK(throws<ValueError>([] { train::log_loss(wide({.5, .5}), tensor({0, 1}), {.eps = 0.5}); }, "eps: got 0.5"));
  CHECK(throws<ShapeError>([] { train::log_loss(wide({{.5, .5}}), tensor({{1, 0, 0}})); }, "got probability [1, 2]"));
}

TEST_CASE("roc_auc is the share of pairs in the right order, equal ones counting half") {
  const Tensor t = tensor({0, 0, 1, 1});
  CHECK(train::roc_auc(wide({.1, .4, .35, .8}), t) == 0.75);
  CHECK(train::roc_auc(wide({.5, .5, .5, .5}), t) == 0.5);
  CHECK(train::roc_auc(wide({1, 2, 3, 4}), t) == 1);
  CHECK(train::roc_auc(wide({4, 3, 2, 1}), t) == 0);
  CHECK(train::roc_auc(wide({-kInf, .4, .4, kInf}), t) == 0.875);
  CHECK(train::roc_auc(wide({{.1}, {.4}, {.35}, {.8}}), t * 2 - 5) == 0.75);
  Generator g(5);
  std::vector<std::int64_t> labels;
  std::vector<double> scores;
  for (int i = 0; i < 60; ++i) labels.push_back(g.below(2)), scores.push_back(static_cast<double>(g.below(7)));
  double won = 0, pairs = 0;
  for (std::size_t i = 0; i < 60; ++i)
    for (std::size_t j = 0; j < 60; ++j)
      if (labels[i] == 1 && labels[j] == 0)
        pairs += 1, won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
  CHECK(train::roc_auc(tensor(scores), tensor(labels)) == Approx(won / pairs).epsilon(1e-14));
}

TEST_CASE("roc_auc of several classes: each against the rest, or in pairs") {
  using namespace train;
  const Tensor t = tensor({0, 0, 1, 2, 2, 2});
  const Tensor s = wide({{.7, .2, .1}, {.3, .3, .4}, {.2, .5, .3}, {.4, .1, .5}, {.1, .2, .7}, {.2, .6, .2}});
  // By hand: class 0 wins 7 of 8 pairs, class 1 4 of 5, class 2 7 of 9.
  CHECK(roc_auc(s, t) == Approx((7. / 8 + 4. / 5 + 7. / 9) / 3).epsilon(1e-14));
  CHECK(roc_auc(s, t, {.average = AucAverage::weighted}) ==
        Approx((2 * 7. / 8 + 4. / 5 + 3 * 7. / 9) / 6).epsilon(1e-14));
  // 0 and 1: 1 and 1; 0 and 2: 5/6 and 5/6; 1 and 2: 2/3 and 2/3.
  CHECK(roc_auc(s, t, {.multi_class = MultiClass::ovo}) == Approx((1 + 5. / 6 + 2. / 3) / 3).epsilon(1e-14));
  CHECK(roc_auc(s, t, {.multi_class = MultiClass::ovo, .average = AucAverage::weighted}) ==
        Approx((3 * 1 + 5 * 5. / 6 + 4 * 2. / 3) / 12).epsilon(1e-14));
}

TEST_CASE("roc_auc says what is wrong") {
  CHECK(throws<ValueError>([] { train::roc_auc(wide({.1, .2}), tensor({1, 1})); }, "a single class in the target"));
  CHECK(throws<ValueError>([] { train::roc_auc(wide({.1, kNaN}), tensor({0, 1})); }, "score: got NaN at element 1"));
  CHECK(throws<ShapeError>([] { train::roc_auc(wide({.1}), tensor({0, 1})); }, "got score [1], target [2]"));
  CHECK(throws<ShapeError>(
      [] {
        train::roc_auc(wide({{.1, .9}, {.2, .8}}), tensor({0, 1}));
      },
      "expected [N], the scores"));
  CHECK(throws<ShapeError>([] { train::roc_auc(wide({.1, .9, .2}), tensor({0, 1, 2})); }, "expected [N, 3]"));
  CHECK(throws<ValueError>([] { train::roc_auc(Array::empty({0}), Array::empty({0}, int64)); }, "no examples"));
  CHECK(throws<ValueError>(
      [] {
        train::roc_auc(wide({.1, .2}), tensor({0, 1}), {.sample_weight = wide({1, 0})});
      },
      "a single class"));
}

// ---- regression ------------------------------------------------------------------------------------------------------

TEST_CASE("mse, mae, rmse, R2: scikit-learn's manual, one output and two") {
  using train::Multioutput;
  const Tensor t = tensor({3., -0.5, 2., 7.}), p = tensor({2.5, 0., 2., 8.});
  CHECK(train::mse(p, t) == 0.375);
  CHECK(train::rmse(p, t) == std::sqrt(0.375));
  CHECK(train::mae(p, t) == 0.5);
  CHECK(train::r2(p, t) == Approx(0.948608137).epsilon(1e-9));
  const Tensor t2 = wide({{0.5, 1}, {-1, 1}, {7, -6}}), p2 = wide({{0, 2}, {-1, 2}, {8, -5}});
  CHECK(train::mse(p2, t2) == Approx(17. / 24).epsilon(1e-14));
  CHECK(train::rmse(p2, t2) == Approx((std::sqrt(5. / 12) + 1) / 2).epsilon(1e-14));
  CHECK(train::mae(p2, t2) == 0.75);
  CHECK(train::r2(p2, t2, {.multioutput = Multioutput::variance_weighted}) == Approx(0.938256658).epsilon(1e-9));
  CHECK(close(train::mse_per_output(p2, t2), {5. / 12, 1}));
  CHECK(close(train::mae_per_output(p2, t2), {0.5, 1}));
  CHECK(train::r2_per_output(p2, t2).shape() == Shape{2});
}

TEST_CASE("R2 of constants, of the mean, of what is worse than the mean, and of one example") {
  CHECK(train::r2(wide({1, 2, 3}), wide({1, 2, 3})) == 1);
  CHECK(train::r2(wide({2, 2, 2}), wide({1, 2, 3})) == 0);
  CHECK(train::r2(wide({3, 2, 1}), wide({1, 2, 3})) == -3);
  CHECK(train::r2(wide({2, 2}), wide({2, 2})) == 1);
  CHECK(train::r2(wide({2, 3}), wide({2, 2})) == 0);
  CHECK(std::isnan(train::r2(wide({2}), wide({2}))));
}

TEST_CASE("metrics of real numbers: weights, columns, and what is wrong") {
  const Tensor t = wide({1, 2, 4}), p = wide({1, 3, 7});
  CHECK(train::mse(p, t, {.sample_weight = wide({0, 3, 1})}) == 3);
  CHECK(train::mse(p.reshape({3, 1}), t) == Approx(10. / 3));
  CHECK(train::mae(tensor({1, 3}), tensor({2, 2})) == 1);
  CHECK(train::mse(wide({1e200}), wide({-1e200})) == kInf);
  CHECK(throws<ShapeError>([&] { train::mse(p, wide({1, 2})); }, "got prediction [3], target [2]"));
  CHECK(throws<ShapeError>([] { train::mae(tensor(1.), tensor(1.)); }, "got prediction [], target []"));
  CHECK(throws<ValueError>([] { train::r2(Array::empty({0}), Array::empty({0})); }, "no examples: got shape [0]"));
  CHECK(throws<ValueError>([] { train::mse(wide({kNaN}), wide({1})); }, "prediction: got NaN at element 0"));
  CHECK(throws<ValueError>([] { train::mse(wide({1}), wide({kInf})); }, "target: got inf; expected finite"));
  CHECK(throws<ValueError>([&] { train::mse(p, t, {.multioutput = train::Multioutput::variance_weighted}); },
                           "got variance_weighted"));
}

TEST_SUITE_END();
