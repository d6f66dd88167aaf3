#include "data/pipeline.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "autograd/autograd.hpp"
#include "data/encoder.hpp"
#include "data/scaler.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::MinMaxScaler;
using data::OneHotEncoder;
using data::Pipeline;
using data::StandardScaler;

namespace {

std::vector<double> list(const Tensor& t) {
  const Array a = t.array().to(float64);
  return {a.values<double>().begin(), a.values<double>().end()};
}

const Tensor kTrain = tensor({{0., 10.}, {2., 30.}, {4., 20.}}, float64);
const Tensor kTest = tensor({{6., 40.}}, float64);

}  // namespace

TEST_CASE("Pipeline: the test part is scaled by what the training part is, step by step") {
  Pipeline p(
      MinMaxScaler({.min = -1, .max = 1}), [](const Tensor& x) { return x * 10; }, MinMaxScaler());
  CHECK(p.size() == 3);
  CHECK(list(p.fit_transform(kTrain)) == std::vector<double>{0, 0, 0.5, 1, 1, 0.5});
  CHECK(list(p.transform(kTest)) == std::vector<double>{1.5, 1.5});
  MinMaxScaler first({.min = -1, .max = 1}), second;
  const Tensor by_hand = second.fit_transform(first.fit_transform(kTrain) * 10);
  CHECK(list(by_hand) == list(p.transform(kTrain)));
}

TEST_CASE("Pipeline undoes its steps from the last one back, where they can be undone") {
  Pipeline p(StandardScaler{}, MinMaxScaler{});
  const Tensor back = p.inverse_transform(p.fit_transform(kTrain));
  for (std::size_t i = 0; i < 6; ++i) CHECK(list(back)[i] == doctest::Approx(list(kTrain)[i]).epsilon(1e-14));
  p.add([](const Tensor& x) { return x; });
  CHECK(throws<ValueError>([&] { p.inverse_transform(kTrain); }, "step 2 (counted from 0) cannot be undone"));
}

TEST_CASE("Pipeline: copies are independent, pipelines go into pipelines, encoders too, and none is no change") {
  Pipeline p(MinMaxScaler{});
  p.fit(kTrain);
  Pipeline copy = p;
  copy.fit(kTrain * 2);
  CHECK(list(p.transform(kTest)) == std::vector<double>{1.5, 1.5});
  Pipeline outer;
  CHECK(list(outer.fit_transform(kTrain)) == list(kTrain));
  outer.add(p).add(StandardScaler{});
  outer.fit(kTrain * 2);
  CHECK(list(p.transform(kTest)) == std::vector<double>{1.5, 1.5});
  CHECK(list(Pipeline(OneHotEncoder{}).fit_transform(tensor({{3}, {1}}))) == std::vector<double>{0, 1, 1, 0});
}

TEST_CASE("Pipeline: a fit that throws leaves every step as it was") {
  Pipeline p(
      MinMaxScaler{}, [](const Tensor& x) { return x.size(0) == 1 ? x.reshape({-1}) : x; }, MinMaxScaler{});
  p.fit(kTrain);
  CHECK_THROWS_AS(p.fit(kTest), ShapeError);
  CHECK(list(p.transform(kTrain)) == std::vector<double>{0, 0, 0.5, 1, 1, 0.5});
  CHECK(throws<ValueError>([] { Pipeline(StandardScaler{}).transform(kTest); }, "not fitted yet"));
}

TEST_SUITE_END();
