#include <cmath>

#include "tests/throws.hpp"
#include "tests/train/runs.hpp"
#include "train/metric.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {
double accuracy(const Tensor& prediction, const Tensor& target, train::AccuracyMetricOptions o = {}) {
  train::Accuracy metric(o);
  metric.update(prediction, target);
  return metric.result();
}
}  // namespace

TEST_SUITE_BEGIN("train");

TEST_CASE("accuracy: binary where there is one number a sample, strictly above the threshold") {
  const Tensor p = tensor({{0.5}, {0.51}, {0.9}, {0.1}});
  CHECK(accuracy(p, tensor({{0}, {1}, {0}, {0}})) == 0.75);
  CHECK(accuracy(p.reshape({4}), tensor({{0.}, {1.}, {0.}, {0.}})) == 0.75);
  CHECK(accuracy(p, tensor({1, 1, 1, 0})) == 0.75);
  CHECK(accuracy(tensor({-1., 2.}), tensor({false, true}), {.threshold = 0}) == 1);
  CHECK(accuracy(tensor({std::nan("")}), tensor({0})) == 1);  // not above
}

TEST_CASE("accuracy: categorical for targets of the same shape, the first of equal classes") {
  CHECK(accuracy(tensor({{1., 1., 0.}, {0., 2., 3.}}), tensor({{1, 0, 0}, {0, 1, 0}})) == 0.5);
}

TEST_CASE("accuracy: sparse for labels, classes on axis 1 or last") {
  const Tensor p = tensor({{0., 9., 0.}, {5., 1., 2.}});
  CHECK(accuracy(p, tensor({1, 0})) == 1);
  CHECK(accuracy(p, tensor({{1}, {2}})) == 0.5);
  CHECK(accuracy(p, tensor({1., 2.})) == 0.5);
  // [N, C, T] = [1, 3, 2]: classes of positions 0 and 1 are 1 and 2
  CHECK(accuracy(tensor({{{0., 0.}, {1., 0.}, {0., 1.}}}), tensor({{1, 2}})) == 1);
  // [N, T, C] = [1, 2, 3]
  CHECK(accuracy(tensor({{{0., 1., 0.}, {0., 0., 1.}}}), tensor({{1, 0}})) == 0.5);
}

TEST_CASE("accuracy: batches count by samples, and shapes that do not go together are refused") {
  train::Accuracy metric;
  CHECK(std::isnan(metric.result()));
  metric.update(tensor({0.9, 0.9, 0.9}), tensor({1, 1, 1}));
  metric.update(tensor({0.9}), tensor({0}));
  CHECK(metric.result() == 0.75);
  metric.reset();
  metric.update(tensor({0.9}), tensor({0}));
  CHECK(metric.result() == 0);
  CHECK(throws<ShapeError>([&] { metric.update(zeros({2, 3}), zeros({3})); }, "got [2, 3], [3]"));
  CHECK(throws<ShapeError>([&] { metric.update(zeros({2, 1}), zeros({3})); }, "got [2, 1], [3]"));
  CHECK(throws<ShapeError>([&] { metric.update(zeros({2, 0}), zeros({2})); }, "got [2, 0], [2]"));
}

TEST_CASE("a function becomes a metric, weighted by samples, and copies have their own counts") {
  train::AnyMetric mse = train::MeanMetric("mse", nn::MSE{});
  mse->update(column({1, 1, 1}), column({0, 0, 0}));
  train::AnyMetric copy = mse;
  copy->update(column({3}), column({0}));
  CHECK(copy->result() == 3);
  CHECK(mse->result() == 1);
  CHECK(mse->name() == "mse");
}

TEST_CASE("metrics by name are the functions of the same name over the whole epoch, whatever the batches") {
  const Tensor scores = tensor({{3., 1., 0.}, {0., 2., 1.}, {1., 0., 2.}, {2., 1., 0.}, {0., 1., 3.}});
  const Tensor labels = tensor({0, 1, 1, 0, 2});
  for (const char* name : {"f1_macro", "precision_weighted", "recall_micro"}) {
    train::AnyMetric metric(name);
    metric->update(scores.slice(0, 0, 2), labels.slice(0, 0, 2));
    metric->update(scores.slice(0, 2), labels.slice(0, 2));
    CHECK(metric->name() == name);
    const double whole = metric->result();
    metric->reset();
    CHECK(std::isnan(metric->result()));
    metric->update(scores, labels);
    CHECK(metric->result() == whole);
  }
  train::AnyMetric f1("f1_macro");
  f1->update(scores, labels);
  CHECK(f1->result() == doctest::Approx((1. + 2. / 3 + 2. / 3) / 3));
  train::AnyMetric r2("r2");
  r2->update(column({1, 2, 3}), column({1, 2, 6}));
  CHECK(r2->result() == doctest::Approx(1. - 9. / 14));
  CHECK(throws<ValueError>([] { train::AnyMetric("f2"); },
                           "there is no metric called \"f2\"; by name there are: accuracy, f1_binary"));
}
