// One row per operation that reads or writes by index; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

/// Indices 0 ... size - 1 in an order that visits some twice and some not at all.
Tensor scattered(const Shape& shape, std::int64_t size) {
  Array index = Array::empty(shape, int64);
  auto* at = index.mutable_data<std::int64_t>();
  for (std::int64_t i = 0; i < index.numel(); ++i) at[i] = i * i * 7919 % size;
  return index;
}

const Rows& rows() {
  static const Rows all = {
      Row("gather",
          [](In x) {
            return square(gather(x[0], 1, tensor({{0, 0, 2}, {1, 1, 1}})));
          },
          {spread({2, 3})})
          .fails<IndexError>(
              [] {
                gather(ones({2, 3}), 1, tensor({{0}, {3}}));
              },
              "gather: index out of range: got 3 at position 1")
          .fails<IndexError>(
              [] {
                gather(ones({2, 3}), 1, tensor({{-1}}));
              },
              "got -1 at position 0; expected 0 to 2")
          .fails<IndexError>(
              [] {
                gather(ones({2, 0}), 1, tensor({{0}}));
              },
              "got 0 into nothing")
          .fails<ShapeError>(
              [] {
                gather(ones({2, 3}), 1, tensor({0}));
              },
              "as many axes")
          .fails<ShapeError>(
              [] {
                gather(ones({2, 3}), 1, tensor({{0}, {0}, {0}}));
              },
              "gather: got x [2, 3], index [3, 1]")
          .fails<DTypeError>(
              [] {
                gather(ones({2, 3}), 1, ones({2, 3}));
              },
              "gather: indices: got float32; expected int64"),
      Row("gather, smaller index",
          [](In x) {
            return square(gather(x[0], 0, tensor({{2, 0}})));
          },
          {spread({3, 3})}),
      Row("scatter_add",
          [](In x) {
            return square(scatter_add(x[0], 1, tensor({{0, 0}, {2, 1}}), x[1]));
          },
          {spread({2, 3}), spread({2, 2}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                scatter_add(ones({2, 3}), 1, tensor({{0, 1}}), ones({1, 1}));
              },
              "scatter_add: got source [1, 1]")
          .fails<ShapeError>(
              [] {
                scatter_add(ones({2, 3}), 1, tensor({{0}, {0}, {0}}), ones({3, 1}));
              },
              "scatter_add: got x [2, 3], index [3, 1]")
          .fails<ShapeError>(
              [] {
                scatter_add(ones({2, 3}), 1, tensor({0}), ones({1}));
              },
              "as many axes")
          .fails<IndexError>(
              [] {
                scatter_add(ones({2, 3}), 0, tensor({{2}}), ones({1, 1}));
              },
              "scatter_add: index out of range")
          .fails<DTypeError>([] { scatter_add(zeros({2}, bool_), 0, tensor({0}), zeros({1}, bool_)); },
                             "scatter_add: got bools"),
      Row("scatter_add, smaller index",
          [](In x) {
            return square(scatter_add(x[0], 1, tensor({{0, 0, 2}}), x[1]));
          },
          {spread({2, 3}), spread({3, 4}, -1, 1, 1)}),
      Row("scatter",
          [](In x) {
            return square(scatter(x[0], 0, tensor({{0, 1, 1}, {0, 2, 1}}), x[1]));
          },
          {spread({3, 3}), spread({2, 3}, -1, 1, 1)})
          .fails<DTypeError>([] { scatter(zeros({2}, int64), 0, tensor({0}), ones({1})); },
                             "scatter: source: got float32 for a tensor of int64")
          .fails<IndexError>([] { scatter(ones({2}), 0, tensor({2}), ones({1})); }, "scatter: index out of range")
          .fails<ShapeError>(
              [] {
                scatter(ones({2}), 0, tensor({{0}}), ones({1, 1}));
              },
              "scatter: got x [2], index [1, 1]")
          .fails<ValueError>([] { scatter(zeros({2}, uint8), 0, tensor({0}), -1); }, "scatter: value: got -1"),
      Row("scatter, smaller index",
          [](In x) {
            return square(scatter(x[0], 1, tensor({{2, 0}}), x[1]));
          },
          {spread({2, 3}), spread({2, 3}, -1, 1, 1)}),
      Row("scatter, a number",
          [](In x) {
            return square(scatter(x[0], 1, tensor({{2}, {0}}), 3));
          },
          {spread({2, 3})}),
      Row("index_select",
          [](In x) {
            return square(index_select(x[0], -1, tensor({2, 0, 2})));
          },
          {spread({2, 3})})
          .also({spread({0, 3})})
          .fails<IndexError>(
              [] {
                index_select(ones({2, 3}), 0, tensor({-1}));
              },
              "index_select: index out of range: got -1")
          .fails<IndexError>(
              [] {
                index_select(ones({2, 3}), 2, tensor({0}));
              },
              "index_select: axis out of range")
          .fails<ShapeError>(
              [] {
                index_select(ones({2, 3}), 0, tensor({{0}}));
              },
              "index_select: index: got [1, 1]")
          .fails<DTypeError>(
              [] {
                index_select(ones({2, 3}), 0, tensor({0.}));
              },
              "index_select: indices: got float32"),
      Row("index_select, rows", [](In x) { return square(index_select(x[0], 0, scattered({5}, 3))); }, {spread({3, 2})})
          .also({spread({4, 1})}),
      Row("index_add",
          [](In x) {
            return square(index_add(x[0], 1, tensor({1, 1, 0}), x[1]));
          },
          {spread({2, 2}), spread({2, 3}, -1, 1, 1)})
          .also({spread({0, 2}), spread({0, 3}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                index_add(ones({2, 3}), 0, tensor({0}), ones({2, 3}));
              },
              "index_add: source: got [2, 3]")
          .fails<IndexError>([] { index_add(ones({2}), 0, tensor({2}), ones({1})); }, "index_add: index out of range")
          .fails<DTypeError>([] { index_add(zeros({2}, bool_), 0, tensor({0}), zeros({1}, bool_)); },
                             "index_add: got bools"),
      Row("take_along",
          [](In x) {
            return square(take_along(x[0], tensor({{0, 2}, {1, 1}}), 1));
          },
          {spread({2, 3})})
          .also({spread({1, 3})})
          .fails<ShapeError>(
              [] {
                take_along(ones({2, 3}), tensor({0}), 0);
              },
              "take_along: got x [2, 3], index [1]")
          .fails<ShapeError>(
              [] {
                take_along(ones({2, 3}), tensor({{0}, {0}, {0}}), 1);
              },
              "take_along: shapes do not broadcast")
          .fails<IndexError>(
              [] {
                take_along(ones({2, 3}), tensor({{3}}), 1);
              },
              "take_along: index out of range: got 3")
          .fails<IndexError>(
              [] {
                take_along(ones({2, 3}), tensor({{-1}}), 1);
              },
              "got -1")
          .fails<DTypeError>(
              [] {
                take_along(ones({2, 3}), ones({2, 3}), 1);
              },
              "take_along: indices: got float32"),
      Row("take_along_dim",
          [](In x) {
            return square(take_along_dim(x[0], tensor({{0}, {1}}), 1));
          },
          {spread({2, 3})}),
      Row("one_hot", [](In x) { return one_hot((x[0] > 0).to(int64), 3); }, {spread({2, 3})})
          .also({spread({0})})
          .without_gradient(),
      Row("take_along, one index for all",
          [](In x) {
            return square(take_along(x[0], tensor({{1, 0}}), -1));
          },
          {spread({3, 2})}),
      Row("take_along, all elements",
          [](In x) {
            return square(take_along(x[0], tensor({{5, 0}, {5, 1}})));
          },
          {spread({2, 3})}),
  };
  return all;
}

/// Large ones need their index made for their shape.
const Rows& large_rows() {
  static const Rows all = {
      Row("gather",
          [](In x) {
            return square(gather(x[0], 0, scattered({500, 900}, 700)));
          },
          {})
          .large({spread({700, 900})}),
      Row("gather, last axis",
          [](In x) {
            return square(gather(x[0], 1, scattered({900, 500}, 700)));
          },
          {})
          .large({spread({900, 700})}),
      Row("scatter_add",
          [](In x) {
            return square(scatter_add(x[0], 0, scattered({900, 700}, 30), x[1]));
          },
          {})
          .large({spread({30, 700}), spread({900, 700}, -1, 1, 1)}),
      Row("scatter",
          [](In x) {
            return square(scatter(x[0], 1, scattered({3, 400, 500}, 60), x[1]));
          },
          {})
          .large({spread({3, 60, 500}), spread({3, 400, 500}, -1, 1, 1)}),
      Row("index_select", [](In x) { return square(index_select(x[0], 0, scattered({2000}, 300))); }, {})
          .large({spread({300, 400})}),
      Row("index_select, last axis", [](In x) { return square(index_select(x[0], 1, scattered({900}, 400))); }, {})
          .large({spread({700, 400})}),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("indexing operations") { check(rows()); }

TEST_CASE("indexing in parallel") {
  Rows large = large_rows();
  for (Row& row : large) row.points.clear();  // too large for finite differences
  check(large);
}

TEST_CASE("of entries scattered to one place the last stays, and it alone has a gradient") {
  Tensor source = tensor({1., 2., 3.}, float64).requires_grad_();
  const Tensor y = scatter(zeros({2}, float64), 0, tensor({1, 1, 1}), source);
  CHECK(y.str() == "[0. 3.]");
  sum(y).backward();
  CHECK(source.grad().str() == "[0. 0. 1.]");
}

TEST_CASE("index_select, gather and take_along at their edges") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(index_select(x, 0, tensor(1)).shape() == Shape{1, 3});
  CHECK(index_select(x, 1, zeros({0}, int64)).shape() == Shape{2, 0});
  CHECK(index_select(zeros({0, 3}), 1, tensor({2, 2})).shape() == Shape{0, 2});
  CHECK(index_select(tensor(7), 0, tensor({0})).item<int>() == 7);
  CHECK(index_select(x, 0, tensor({1, 0}, uint8)).str() == "[[3 4 5]\n [0 1 2]]");
  CHECK(gather(x, 1, zeros({2, 0}, int64)).shape() == Shape{2, 0});
  CHECK(gather(zeros({2, 0}), 1, zeros({2, 0}, int64)).shape() == Shape{2, 0});
  CHECK(take_along(x, argmax(x, 1, true), 1).str() == "[[2]\n [5]]");
  CHECK(take_along(tensor({{1, 2}}), tensor({{0}, {1}, {1}}), 1).str() == "[[1]\n [2]\n [2]]");
  CHECK(take_along(tensor(3), tensor(0)).str() == "[3]");
  CHECK(take_along_dim(x, tensor({4, 4})).str() == "[4 4]");
  CHECK(scatter_add(zeros({2}, uint8), 0, tensor({1, 1}), tensor({200, 100}, uint8)).str() == "[ 0 44]");
  CHECK(index_add(zeros({2, 1}), 0, zeros({0}, int64), zeros({0, 1})).str() == "[[0.]\n [0.]]");
  CHECK(gather(tensor(3), 0, tensor({0, 0})).str() == "[3 3]");
  CHECK(gather(x[0], 0, tensor(2)).shape() == Shape{});
  CHECK(scatter_add(tensor(4.), 0, tensor(0), tensor(1.)).str() == "5.");
  CHECK(scatter(tensor(4.), -1, tensor(0), tensor(1.)).item<float>() == 1.f);
  CHECK(index_add(tensor(4.), 0, tensor({0, 0}), tensor({1., 2.})).item<float>() == 7.f);
  CHECK(index_add(zeros({2}), 0, tensor({1, 1}), tensor({1., 2.})).str() == "[0. 3.]");
}

TEST_CASE("one_hot takes labels of any shape and refuses what is no class") {
  CHECK(one_hot(tensor({{2, 0}})).str() == "[[[0 0 1]\n  [1 0 0]]]");
  CHECK(one_hot(tensor(1), 3).str() == "[0 1 0]");
  CHECK(one_hot(zeros({0}, int64), 4).shape() == Shape{0, 4});
  CHECK(one_hot(tensor({1, 0}, uint8)).dtype() == int64);
  CHECK(throws<ValueError>([] { one_hot(zeros({0}, int64)); }, "one_hot: got -1 classes for 0 labels"));
  CHECK(throws<IndexError>([] { one_hot(tensor({-1})); }, "one_hot: label out of range: got -1"));
  CHECK(throws<IndexError>([] { one_hot(tensor({0}), 0); }, "got 0 into nothing"));
  CHECK(throws<IndexError>([] { one_hot(tensor({INT64_MAX})); }, "label out of range"));
}

TEST_SUITE_END();
