// One row per operation that reads or writes by mask; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

/// A mask of this shape, true for every third element from the second on.
Tensor thirds(const Shape& shape) {
  Array mask = Array::empty(shape, bool_);
  bool* m = mask.mutable_data<bool>();
  for (std::int64_t i = 0; i < mask.numel(); ++i) m[i] = i % 3 == 1;
  return mask;
}

const Rows& rows() {
  static const Rows all = {
      Row("masked_fill",
          [](In x) {
            return square(masked_fill(x[0], thirds({2, 3}), -7.5));
          },
          {spread({2, 3})})
          .also({spread({3})})
          .also({spread({4, 2, 3})})
          .large({spread({70000, 2, 3})})
          .fails<DTypeError>([] { masked_fill(ones({2}), ones({2}), 0); },
                             "masked_fill: mask: got float32; expected bool")
          .fails<ShapeError>([] { masked_fill(ones({2}), thirds({3}), 0); }, "masked_fill: shapes do not broadcast")
          .fails<ValueError>([] { masked_fill(zeros({2}, int64), thirds({2}), INFINITY); },
                             "masked_fill: value: got inf for a tensor of int64"),
      Row("masked_fill, mask down the columns",
          [](In x) {
            return square(masked_fill(x[0], thirds({3, 1}), 2));
          },
          {spread({3, 2})})
          .also({spread({0})})
          .also({spread({2, 3, 1})}),
      Row("masked_fill, a tensor",
          [](In x) {
            return square(masked_fill(x[0], thirds({2, 4}), x[1]));
          },
          {spread({2, 4}), spread({}, -1, 1, 1)})
          .fails<ShapeError>([] { masked_fill(ones({2}), thirds({2}), ones({2})); },
                             "masked_fill: value: got [2]; expected a scalar")
          .fails<DTypeError>([] { masked_fill(zeros({2}, int64), thirds({2}), ones({})); },
                             "masked_fill: value: got float32"),
      Row("masked_select",
          [](In x) {
            return square(masked_select(x[0], thirds({2, 4})));
          },
          {spread({2, 4})})
          .also({spread({4})})
          .fails<DTypeError>([] { masked_select(ones({2}), zeros({2}, uint8)); }, "masked_select: mask: got uint8")
          .fails<ShapeError>([] { masked_select(ones({2}), thirds({3})); }, "masked_select: shapes do not broadcast"),
      Row("masked_select, mask broadcast", [](In x) { return square(masked_select(x[0], thirds({2}))); },
          {spread({3, 2})})
          .also({spread({0, 2})})
          .large({spread({300000, 2})}),
      Row("nonzero", [](In x) { return nonzero(x[0] > 0); }, {spread({2, 3, 2})})
          .also({spread({0, 2})})
          .large({spread({400, 3, 500})})
          .without_gradient(),
      Row("argwhere", [](In x) { return argwhere(x[0] > 0); }, {spread({5})}).without_gradient(),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("masking operations") { check(rows()); }

TEST_CASE("masked_fill gives no gradient and keeps no NaN where the mask is true") {
  Tensor x = tensor({NAN, 2., INFINITY}, float64).requires_grad_();
  const Tensor y = masked_fill(x, tensor({true, false, true}), -INFINITY);
  CHECK(y.str() == "[-inf   2. -inf]");
  y.backward(tensor({NAN, 1., INFINITY}, float64));
  CHECK(x.grad().str() == "[0. 1. 0.]");
}

TEST_CASE("masked_fill broadcasts both ways and keeps the dtype") {
  CHECK(masked_fill(tensor(1), tensor({true, false}), 5).str() == "[5 1]");
  CHECK(masked_fill(tensor({1, 2}, uint8), tensor({true, false}), 200).dtype() == uint8);
  CHECK(masked_fill(tensor({{1, 2}, {3, 4}}), tensor({{true}, {false}}), 0).str() == "[[0 0]\n [3 4]]");
  CHECK(masked_fill(tensor({true, true}), tensor({true, false}), false).str() == "[False  True]");
  CHECK(masked_fill(zeros({0, 3}), tensor({true, false, true}), 1).shape() == Shape{0, 3});
  CHECK(masked_fill(ones({2}, float64), tensor({true, false}), tensor(3)).dtype() == float64);
}

TEST_CASE("masked_select and nonzero have as many entries as there are") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(masked_select(x, x > 2).str() == "[3 4 5]");
  CHECK(masked_select(x, tensor({{true}, {false}})).str() == "[0 1 2]");
  CHECK(masked_select(x, x > 9).shape() == Shape{0});
  CHECK(masked_select(tensor(4), tensor({true, false, true})).str() == "[4 4]");
  CHECK(masked_select(tensor(4), tensor(true)).shape() == Shape{1});
  CHECK(nonzero(x > 2).str() == "[[1 0]\n [1 1]\n [1 2]]");
  CHECK(argwhere(tensor({0., NAN, -0., -1.})).str() == "[[1]\n [3]]");
  CHECK(nonzero(tensor(3)).shape() == Shape{1, 0});
  CHECK(nonzero(tensor(0)).shape() == Shape{0, 0});
  CHECK(nonzero(zeros({2, 3})).shape() == Shape{0, 2});
  Tensor none = zeros({3}).requires_grad_();
  sum(masked_select(none, none > 0)).backward();
  CHECK(none.grad().str() == "[0. 0. 0.]");
}

TEST_CASE("masked_select and nonzero of more elements than one piece of work") {
  const std::int64_t n = 400001;
  const Tensor x = arange(n), mask = thirds({n});
  const Tensor picked = masked_select(x, mask);
  REQUIRE(picked.numel() == (n + 1) / 3);
  bool right = true;
  for (std::int64_t i = 0; i < picked.numel(); ++i) right = right && picked.data<std::int64_t>()[i] == 3 * i + 1;
  CHECK(right);
  CHECK(same_bytes(nonzero(mask).array(), reshape(picked, {-1, 1}).array()));
}

TEST_SUITE_END();
