// One row per operation of autograd/ops/counting.hpp; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

Rows rows() {
  return {
      Row("any", [](In x) { return any(x[0] > 1, 1); }, {spread({4, 3})})
          .without_gradient()
          .large({spread({300'000, 2})})
          .fails<IndexError>([] { any(ones({2}), 1); }, "any: axis out of range: got axis 1"),
      Row("all",
          [](In x) {
            return all(x[0] > -1, {0, 2}, true);
          },
          {spread({2, 4, 3})})
          .without_gradient()
          .large({spread({20, 30, 500})})
          .fails<IndexError>([] { all(ones({2}), -2); }, "all: axis out of range: got axis -2"),
      Row("count_nonzero", [](In x) { return count_nonzero(x[0] > 0, 0); }, {spread({4, 3})})
          .without_gradient()
          .also({spread({0, 3})})
          .large({spread({300'000, 2})})
          .fails<ValueError>(
              [] {
                count_nonzero(ones({2, 2}), {0, 0});
              },
              "count_nonzero: axis 0 is named twice"),
      Row("histc", [](In x) { return histc(x[0], 7).to(int64); }, {spread({50})})
          .without_gradient()
          .large({spread({300'000})})
          .fails<ValueError>([] { histc(ones({2}), 0); }, "histc: bins: got 0; expected 1 to")
          .fails<ValueError>([] { histc(ones({2}), 3, 2, 1); }, "histc: range: got 2 to 1; expected finite numbers")
          .fails<ValueError>([] { histc(ones({2}), 3, 0, kInf); }, "histc: range: got 0 to inf")
          .fails<ValueError>(
              [] {
                histc(tensor({1., kNaN}), 3);
              },
              "histc: range: got nan to nan"),
      Row("histogram", [](In x) { return histogram(x[0], 7).counts; }, {spread({50})})
          .without_gradient()
          .large({spread({300'000})})
          .fails<ValueError>([] { histogram(ones({2}), -1); }, "histogram: bins: got -1")
          .fails<ValueError>([] { histogram(ones({2}), INT64_MAX); }, "histogram: bins: got 9223372036854775807")
          .fails<ValueError>(
              [] {
                histogram(tensor({1., -kInf}), 3);
              },
              "histogram: range: got -inf to 1")
          .fails<ValueError>(
              [] {
                histogram(ones({2}), 3, {.range = {{1., 0.}}});
              },
              "histogram: range: got 1 to 0")
          .fails<ShapeError>([] { histogram(ones({2}), 3, {.weight = ones({3})}); }, "weight: got [3]; expected x's")
          .fails<DTypeError>([] { histogram(ones({2}), 3, {.weight = ones({2}, int64)}); }, "weight: got int64")
          .fails<ShapeError>([] { histogram(ones({2}), tensor({1.})); }, "edges: got [1]; expected [bins + 1]")
          .fails<ValueError>(
              [] {
                histogram(ones({2}), tensor({1., 3., 2.}));
              },
              "edges: got 3 before 2 at position 1")
          .fails<ValueError>(
              [] {
                histogram(ones({2}), tensor({1., kNaN}));
              },
              "edges: got 1 before nan")
          .fails<ValueError>(
              [] {
                histogram(ones({2}), tensor({1., 2.}), {.range = {{1., 2.}}});
              },
              "one of the two"),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("counting operations") { check(rows()); }

TEST_CASE("any, all and count_nonzero: of nothing, NaN and -0; of every dtype") {
  const Tensor x = tensor({{0., -0., 0.}, {1., 0., kNaN}, {1., 2., kNaN}});
  CHECK(unlike(any(x, 1), {0, 1, 1}) == "");
  CHECK(unlike(all(x, 1), {0, 0, 1}) == "");
  CHECK(unlike(count_nonzero(x, 1), {0, 2, 3}) == "");
  CHECK(any(x).dtype() == bool_);
  CHECK(all(x).dtype() == bool_);
  CHECK(count_nonzero(x).dtype() == int64);
  CHECK(count_nonzero(x).item<int>() == 5);
  CHECK(!any(zeros({0})).item<bool>());
  CHECK(all(zeros({0})).item<bool>());
  CHECK(unlike(all(zeros({2, 0}), 1), {1, 1}) == "");
  CHECK(all(zeros({2, 0}), 0, true).shape() == Shape{1, 0});
  CHECK(any(tensor({0, 256})).item<bool>());
  CHECK(all(tensor({true, true})).item<bool>());
  CHECK(!all(tensor({1, 0}, uint8)).item<bool>());
  CHECK(tensor(3.).any().item<bool>());
  CHECK(tensor({1., 0.}).all().item<bool>() == false);
}

TEST_CASE("histc counts as PyTorch does") {
  CHECK(unlike(histc(tensor({1., 2., 1.}), 4, 0, 3), {0, 2, 1, 0}) == "");  // the example of PyTorch's manual
  CHECK(histc(tensor({1., 2., 1.}), 4, 0, 3).dtype() == float32);
  CHECK(unlike(histc(tensor({0., 1., 2., 3.}, float64), 3), {1, 1, 2}) == "");      // the last bin has its right edge
  CHECK(unlike(histc(tensor({-1., 5., kNaN, kInf, 0.5}), 2, 0, 1), {0, 1}) == "");  // outside, NaN: left out
  CHECK(unlike(histc(tensor({2., 2.}), 2), {0, 2}) == "");                          // one value: from 1 to 3
  CHECK(unlike(histc(tensor({1, 2, 1})), [] {
          std::vector<double> counts(100, 0.);
          counts.front() = 2, counts.back() = 1;
          return counts;
        }()) == "");
  CHECK(unlike(histc(zeros({0}), 3), {0, 0, 0}) == "");
  CHECK(unlike(histc(zeros({0}), 3, 0, 1), {0, 0, 0}) == "");
}

TEST_CASE("histogram counts as NumPy does") {
  const Histogram h = histogram(tensor({1., 2., 1., 4.}, float64), 3);
  CHECK(unlike(h.counts, {2, 1, 1}) == "");
  CHECK(unlike(h.edges, {1, 2, 3, 4}) == "");
  CHECK(h.counts.dtype() == int64);
  CHECK(h.edges.dtype() == float64);
  CHECK(unlike(histogram(tensor({1., 2., 1.}), tensor({0., 1., 2., 3.})).counts, {0, 2, 1}) == "");
  CHECK(unlike(histogram(tensor({1, 2, 3, 4}), tensor({1, 2, 4})).counts, {1, 3}) == "");  // not evenly spaced
  CHECK(unlike(histogram(tensor({5.}), 2).edges, {4.5, 5, 5.5}) == "");
  CHECK(unlike(histogram(tensor({5.}), 2).counts, {0, 1}) == "");
  CHECK(unlike(histogram(zeros({0}), 2).edges, {0, .5, 1}) == "");
  CHECK(histogram(ones({3, 4})).counts.shape() == Shape{10});
  CHECK(unlike(histogram(tensor({0.5}), tensor({-kInf, 0., kInf})).counts, {0, 1}) == "");
  CHECK(unlike(histogram(tensor({1., 1., 2.}), tensor({1., 1., 2.})).counts, {0, 3}) == "");
}

TEST_CASE("histogram: every element lies between the edges that are returned, however they are rounded") {
  for (const DType t : {float32, float64}) {
    const Tensor x = rand({5000}, t) * 0.3;
    for (const std::int64_t bins : {1, 3, 7, 10, 1000}) {
      const Histogram h = histogram(concat({x, histogram(x, bins).edges}), bins);
      const Tensor all_x = concat({x, h.edges});
      for (std::int64_t b = 0; b < bins; ++b) {
        const double low = h.edges[b].item<double>(), high = h.edges[b + 1].item<double>();
        const Tensor below = b + 1 == bins ? all_x <= high : all_x < high;
        CHECK(h.counts[b].item<std::int64_t>() ==
              count_nonzero(where(all_x >= low, below, zeros({}, bool_))).item<int>());
      }
    }
  }
  CHECK(unlike(histogram(tensor({0.3}, float64), 10, {.range = {{0., 1.}}}).counts, {0, 0, 0, 1, 0, 0, 0, 0, 0, 0}) ==
        "");
  CHECK(unlike(histogram(tensor({-1.7e308, 0.5e308, 1.7e308}, float64), 2).counts, {1, 2}) == "");
  CHECK(unlike(histogram(tensor({1e20, 1e20}, float64), 3).counts, {0, 0, 2}) == "");  // no room between the edges
}

TEST_CASE("histogram: weights are added up, a density integrates to 1") {
  const Tensor x = tensor({0., 1., 1., 3.}, float64), w = tensor({1., 0.5, 0.25, 4.}, float64);
  CHECK(unlike(histogram(x, 3, {.weight = w}).counts, {1, .75, 4}) == "");
  CHECK(unlike(histogram(x, 3, {.density = true}).counts, {.25, .5, .25}) == "");
  const Histogram h = histogram(x, tensor({0., 1., 3.}, float64), {.density = true});
  CHECK(unlike(h.counts, {.25, .375}) == "");
  CHECK(unlike(histogram(x, 3, {.weight = w, .density = true}).counts, {1 / 5.75, .75 / 5.75, 4 / 5.75}, 1e-15) == "");
}

TEST_SUITE_END();
