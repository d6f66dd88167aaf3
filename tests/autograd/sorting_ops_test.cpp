// One row per operation of autograd/ops/sorting.hpp; a new one adds its row here.

#include <algorithm>
#include <numeric>

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

Rows rows() {
  return {
      Row("sort", [](In x) { return square(sort(x[0]).values) * cumsum(ones_like(x[0]), 1); }, {spread({2, 5})})
          .also({spread({2, 1})})
          .also({spread({2, 0})})
          .large({spread({300, 1000})})
          .large({spread({2, 200'000})})
          .fails<IndexError>([] { sort(ones({2}), 1); }, "sort: axis out of range: got axis 1"),
      {"sort, descending, first axis", [](In x) { return square(sort(x[0], 0, true).values); }, {spread({4, 3})}},
      {"sort of a scalar", [](In x) { return square(sort(x[0]).values); }, {spread({})}},
      Row("argsort", [](In x) { return argsort(x[0], 1, true); }, {spread({2, 5, 2})})
          .without_gradient()
          .large({spread({2, 200'000, 1})})
          .fails<IndexError>([] { argsort(ones({2}), -2); }, "argsort: axis out of range: got axis -2"),
      Row("topk", [](In x) { return square(topk(x[0], 2).values); }, {spread({2, 5})})
          .also({spread({0, 2})})
          .large({spread({300, 1000})})
          .fails<ValueError>(
              [] {
                topk(ones({2, 3}), 4);
              },
              "topk: k: got 4 along axis 1 of shape [2, 3]; expected 0 to 3")
          .fails<ValueError>(
              [] {
                topk(ones({2, 3}), -1, 0);
              },
              "topk: k: got -1 along axis 0")
          .fails<IndexError>([] { topk(ones({2}), 1, 1); }, "topk: axis out of range"),
      {"topk, smallest, first axis", [](In x) { return square(topk(x[0], 3, 0, false).values); }, {spread({5, 2})}},
      {"topk, not sorted", [](In x) { return topk(x[0], 3, -1, true, false).values * x[0][0]; }, {spread({3, 3})}},
      Row("unique", [](In x) { return unique(x[0]).counts; }, {spread({3, 2})}).without_gradient(),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("ordering operations") { check(rows()); }

TEST_CASE("sort is stable in either direction") {
  const Tensor x = tensor({2., 1., 2., 1., 3., 2.});
  CHECK(unlike(sort(x).values, {1, 1, 2, 2, 2, 3}) == "");
  CHECK(unlike(sort(x).indices, {1, 3, 0, 2, 5, 4}) == "");
  CHECK(unlike(sort(x, 0, true).values, {3, 2, 2, 2, 1, 1}) == "");
  CHECK(unlike(sort(x, 0, true).indices, {4, 0, 2, 5, 1, 3}) == "");
  CHECK(unlike(argsort(tensor({0., -0., 0.})), {0, 1, 2}) == "");
  CHECK(unlike(argsort(zeros({100})), [] {
          std::vector<double> order(100);
          std::iota(order.begin(), order.end(), 0.);
          return order;
        }()) == "");
}

TEST_CASE("sort: NaN is last ascending and first descending, infinities in their place") {
  const Tensor x = tensor({kNaN, 1., -kInf, kNaN, kInf, 0.});
  CHECK(unlike(sort(x).values, {-kInf, 0, 1, kInf, kNaN, kNaN}) == "");
  CHECK(unlike(sort(x).indices, {2, 5, 1, 4, 0, 3}) == "");
  CHECK(unlike(sort(x, -1, true).values, {kNaN, kNaN, kInf, 1, 0, -kInf}) == "");
  CHECK(unlike(sort(x, -1, true).indices, {0, 3, 4, 1, 5, 2}) == "");
  CHECK(unlike(topk(x, 3).indices, {0, 3, 4}) == "");
  CHECK(unlike(topk(x, 2, 0, false).values, {-kInf, 0}) == "");
}

TEST_CASE("sort along any axis, of every dtype") {
  CHECK(unlike(sort(tensor({{3, 1}, {2, 5}, {1, 4}}), 0).values, {1, 1, 2, 4, 3, 5}) == "");
  CHECK(unlike(sort(tensor({{3, 1}, {2, 5}, {1, 4}}), 0).indices, {2, 0, 1, 2, 0, 1}) == "");
  CHECK(unlike(sort(tensor({250, 3, 7}, uint8)).values, {3, 7, 250}) == "");
  CHECK(sort(tensor({250, 3}, uint8)).values.dtype() == uint8);
  CHECK(unlike(sort(tensor({true, false, true})).values, {0, 1, 1}) == "");
  CHECK(sort(tensor({true, false})).indices.dtype() == int64);
}

TEST_CASE("rows long enough to be sorted digit by digit come out as std::stable_sort has them") {
  for (const std::int64_t n : {255, 256, 1000, 200'001}) {
    const Tensor x = randint(-1000, 1000, {n}, float32) * 0.37;
    std::vector<std::int64_t> order(static_cast<std::size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const float* v = x.data<float>();
    std::stable_sort(order.begin(), order.end(), [v](auto a, auto b) { return v[a] < v[b]; });
    CHECK(same_bytes(argsort(x).array(), Array::copy_of(order)));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [v](auto a, auto b) { return v[a] > v[b]; });
    CHECK(same_bytes(argsort(x, 0, true).array(), Array::copy_of(order)));
  }
}

TEST_CASE("topk gives the first of equal ones, all of them or none") {
  const Tensor x = tensor({{1., 5., 5., 2., 5.}});
  CHECK(unlike(topk(x, 2).indices, {1, 2}) == "");
  CHECK(unlike(topk(x, 4).indices, {1, 2, 4, 3}) == "");
  CHECK(unlike(topk(x, 4, 1, true, false).indices, {1, 2, 3, 4}) == "");
  CHECK(unlike(topk(x, 5, 1, false).values, {1, 2, 5, 5, 5}) == "");
  CHECK(topk(x, 0).values.shape() == Shape{1, 0});
  CHECK(topk(zeros({3, 0}), 0).values.shape() == Shape{3, 0});
  CHECK(topk(tensor(7.), 1).values.shape() == Shape{});
  CHECK(topk(x, 2, 0 - 1).values.shape() == Shape{1, 2});
  CHECK(unlike(derivative([](const Tensor& a) { return topk(a, 2).values; }, x), {0, 1, 1, 0, 0}) == "");
}

TEST_CASE("unique: values ascending, which one each element is, and how often it occurs") {
  const Unique u = unique(tensor({{3, 1, 3}, {2, 1, 3}}));
  CHECK(unlike(u.values, {1, 2, 3}) == "");
  CHECK(unlike(u.inverse, {2, 0, 2, 1, 0, 2}) == "");
  CHECK(u.inverse.shape() == Shape{2, 3});
  CHECK(unlike(u.counts, {2, 1, 3}) == "");
  const Unique nan = unique(tensor({kNaN, 1., kNaN}));
  CHECK(unlike(nan.values, {1, kNaN, kNaN}) == "");
  CHECK(unlike(nan.inverse, {1, 0, 2}) == "");
  CHECK(unique(zeros({0, 2})).values.shape() == Shape{0});
  CHECK(unique(zeros({0, 2})).inverse.shape() == Shape{0, 2});
  CHECK(unique(tensor(4)).inverse.shape() == Shape{});
  CHECK(unique(tensor({true, true})).values.dtype() == bool_);
}

TEST_SUITE_END();
