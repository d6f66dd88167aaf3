// One row per operation of autograd/ops/softmax.hpp; a new one adds its row here.

#include "tests/autograd/values.hpp"
#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;
using namespace values;

namespace {

Rows rows() {
  return {
      Row("softmax", [](In x) { return softmax(x[0], 1); }, {spread({2, 3})})
          .also({spread({2, 1})})
          .also({spread({2, 0})})
          .also({spread({0, 2})})
          .large({spread({3000, 100})})
          .fails<IndexError>([] { softmax(ones({2}), 1); }, "softmax: axis out of range: got axis 1"),
      Row("softmax over the first axis", [](In x) { return softmax(x[0], 0); }, {spread({3, 2})})
          .also({spread({})})
          .large({spread({100, 3000})}),
      Row("log_softmax", [](In x) { return log_softmax(x[0], -1); }, {spread({2, 3})})
          .also({spread({})})
          .also({spread({2, 1})})
          .also({spread({2, 0})})
          .large({spread({3000, 100})})
          .fails<IndexError>([] { log_softmax(ones({2}), -2); }, "log_softmax: axis out of range: got axis -2"),
      {"log_softmax over a middle axis", [](In x) { return square(log_softmax(x[0], 1)); }, {spread({2, 3, 2})}},
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("softmax operations") { check(rows()); }

TEST_CASE("softmax: -inf has no share; a row of -inf, or with inf or NaN, is NaN, and no other row") {
  const Tensor x =
      tensor({{-kInf, 0., 0.}, {-kInf, -kInf, -kInf}, {kInf, 0., 0.}, {kNaN, 0., 0.}, {3., 3., -kInf}}, float64);
  CHECK(unlike(softmax(x, 1), {0, .5, .5, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, .5, .5, 0}) == "");
  const Tensor y = log_softmax(x, 1);
  CHECK(unlike(y[0], {-kInf, -std::log(2.), -std::log(2.)}, 1e-15) == "");
  CHECK(unlike(y[1], {kNaN, kNaN, kNaN}) == "");
  CHECK(unlike(derivative([](const Tensor& a) { return square(softmax(a, 0)); }, x[0]), {0, 0, 0}) == "");
}

TEST_CASE("softmax of one element is 1 with gradient 0, of integers float32") {
  CHECK(unlike(softmax(tensor(7., float64), 0), {1}) == "");
  CHECK(unlike(derivative([](const Tensor& x) { return softmax(x, 1); }, tensor({{1e4}, {-1e4}})), {0, 0}) == "");
  CHECK(unlike(log_softmax(tensor({{5.}}), 1), {0}) == "");
  CHECK(softmax(tensor({1, 2}), 0).dtype() == float32);
}

TEST_CASE("softmax of rows longer than float can count still sums to 1") {
  constexpr std::int64_t n = (std::int64_t{1} << 25) + 64;
  const Tensor y = softmax(zeros({n}), 0);
  CHECK(y.data<float>()[0] == doctest::Approx(1. / static_cast<double>(n)).epsilon(1e-6));
  CHECK(log_softmax(zeros({n}), 0).data<float>()[n - 1] == doctest::Approx(-std::log(static_cast<double>(n))));
}

TEST_SUITE_END();
