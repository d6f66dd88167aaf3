// One row per operation of autograd/ops/scan.hpp; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

const Tensor kZeros = tensor({{2., 0., 3., 1.}, {0., 5., 0., 4.}, {1., -2., 4., 0.}}, float64);

Rows rows() {
  return {
      Row("cumsum", [](In x) { return square(cumsum(x[0], 1)); }, {spread({2, 3, 2})})
          .also({spread({2, 1})})
          .also({spread({2, 0})})
          .also({spread({0, 2})})
          .large({spread({300, 1000})})
          .large({spread({3, 1000, 100})})
          .fails<IndexError>([] { cumsum(ones({2}), 1); }, "cumsum: axis out of range: got axis 1"),
      {"cumsum of a scalar", [](In x) { return square(cumsum(x[0], 0)); }, {spread({})}},
      Row("cumprod", [](In x) { return cumprod(x[0], -1); }, {spread({2, 4})})
          .also({kZeros})
          .also({zeros({1, 4}, float64)})
          .also({spread({2, 1})})
          .also({spread({2, 0})})
          .large({spread({300, 1000}, 0.9, 1.1)})
          .fails<IndexError>([] { cumprod(ones({2}), -2); }, "cumprod: axis out of range: got axis -2"),
      Row("cumprod over the first axis", [](In x) { return square(cumprod(x[0], 0)); }, {spread({4, 2})})
          .also({kZeros})
          .large({spread({300, 1000}, 0.9, 1.1)}),
      {"cumprod of a scalar", [](In x) { return square(cumprod(x[0], 0)); }, {spread({})}},
      Row("logcumsumexp", [](In x) { return logcumsumexp(x[0], 1); }, {spread({2, 4, 2})})
          .also({spread({2, 1, 1})})
          .also({spread({2, 0, 1})})
          .also({spread({1, 4, 1}, -500, 500)})
          .large({spread({100, 1000, 1})})
          .fails<IndexError>([] { logcumsumexp(ones({2}), 1); }, "logcumsumexp: axis out of range"),
      Row("cummax", [](In x) { return square(cummax(x[0], 0).values); }, {spread({4, 3})})
          .also({spread({0, 3})})
          .also({spread({})})
          .large({spread({300, 1000})})
          .fails<IndexError>([] { cummax(ones({2}), 1); }, "cummax: axis out of range"),
      Row("cummin", [](In x) { return square(cummin(x[0], 1).values); }, {spread({3, 4})})
          .large({spread({300, 1000})})
          .fails<IndexError>([] { cummin(ones({2}), 1); }, "cummin: axis out of range"),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("running operations") { check(rows()); }

TEST_CASE("cumsum and cumprod keep whole numbers and carry float32 in float64") {
  CHECK(unlike(cumsum(tensor({{1, 2}, {3, 4}}), 0), {1, 2, 4, 6}) == "");
  CHECK(unlike(cumsum(tensor({true, true, false}), 0), {1, 2, 2}) == "");
  CHECK(cumsum(tensor({200, 200}, uint8), 0).dtype() == int64);
  CHECK(unlike(cumsum(tensor({200, 200}, uint8), 0), {200, 400}) == "");
  CHECK(unlike(cumprod(tensor({2, 3, 4}), 0), {2, 6, 24}) == "");
  CHECK(cumsum(full({20'000'000}, 1.f), 0).data<float>()[19'999'999] == 2e7f);  // a float stops at 2^24
  CHECK(unlike(cumprod(tensor({1e30, 1e30, 1e-30}), 0), {1e30, kInf, 1e30}, 1e-6) == "");
  CHECK(unlike(cumsum(tensor({1., kInf, -kInf, 2.}), 0), {1, kInf, kNaN, kNaN}) == "");
}

TEST_CASE("cumprod: derivatives of every order are right at several zeros") {
  const auto last = [](const Tensor& x) { return slice(cumprod(x, 0), 0, -1); };  // the product of all
  CHECK(unlike(derivative(last, tensor({2., 0., 4.}, float64)), {0, 8, 0}) == "");
  CHECK(unlike(derivative(last, tensor({0., 0., 4.}, float64), 2), {4, 4, 0}) == "");
  CHECK(unlike(derivative(last, tensor({0., 0., 4., 0.}, float64), 3), {8, 8, 0, 8}) == "");
  const auto all = [](const Tensor& x) { return cumprod(x, 0); };  // a + ab + abc
  CHECK(unlike(derivative(all, tensor({0., 0., 5.}, float64)), {1, 0, 0}) == "");
  CHECK(unlike(derivative(all, tensor({3., 0., 5.}, float64)), {1, 18, 0}) == "");
}

TEST_CASE("logcumsumexp: beyond exp's range, and from -inf on") {
  CHECK(unlike(logcumsumexp(tensor({1000., 1000., -1000.}, float64), 0),
               {1000, 1000 + std::log(2.), 1000 + std::log(2.)}, 1e-15) == "");
  CHECK(unlike(logcumsumexp(tensor({-kInf, -kInf, 1., kInf, 2., kNaN, 1.}, float64), 0),
               {-kInf, -kInf, 1, kInf, kInf, kNaN, kNaN}) == "");
  const auto f = [](const Tensor& x) { return logcumsumexp(x, 0); };
  CHECK(unlike(derivative(f, tensor({-kInf, -kInf, 1., -1e4}, float64)), {0, 0, 2, 0}, 1e-15) == "");
  CHECK(unlike(derivative(f, tensor({-1e4, 0., 1e4}, float64)), {1, 1, 1}, 1e-15) == "");
  CHECK(unlike(derivative(f, tensor({-kInf, 0., 0.}, float64), 2), {0, 0, 0}) == "");
  CHECK(logcumsumexp(tensor({0, 0}), 0).dtype() == float32);
}

TEST_CASE("cummax and cummin: the last of equal ones; NaN stays from where it comes") {
  const auto [values, indices] = cummax(tensor({1., 3., 3., 2., kNaN, 9., kNaN}, float64), 0);
  CHECK(unlike(values, {1, 3, 3, 3, kNaN, kNaN, kNaN}) == "");
  CHECK(unlike(indices, {0, 1, 2, 2, 4, 4, 6}) == "");
  CHECK(unlike(cummin(tensor({2, 1, 1, 3}), 0).indices, {0, 1, 2, 2}) == "");
  CHECK(cummin(tensor({2, 1}, uint8), 0).values.dtype() == uint8);
  CHECK(unlike(derivative([](const Tensor& x) { return cummax(x, 0).values; }, tensor({1., 3., 2.}, float64)),
               {1, 2, 0}) == "");
}

TEST_SUITE_END();
