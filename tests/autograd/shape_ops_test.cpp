// One row per operation on shapes and parts; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      Row("reshape",
          [](In x) {
            return square(reshape(x[0], {3, -1}));
          },
          {spread({2, 3})})
          .also({spread({3, 1})})
          .fails<ShapeError>(
              [] {
                reshape(ones({2, 3}), {4, -1});
              },
              "reshape: got 6 elements of shape [2, 3]"),
      Row("flatten", [](In x) { return square(flatten(x[0], 1)); }, {spread({2, 3, 2})})
          .also({spread({0, 3, 2})})
          .fails<ValueError>(
              [] {
                flatten(ones({2, 3}), 1, 0);
              },
              "flatten: got axes 1 to 0"),
      Row("unsqueeze", [](In x) { return square(unsqueeze(x[0], -1)); }, {spread({2, 3})})
          .also({spread({})})
          .fails<IndexError>(
              [] {
                unsqueeze(ones({2, 3}), 3);
              },
              "unsqueeze: axis out of range: got axis 3")
          .fails<ShapeError>(
              [] {
                unsqueeze(ones({1, 1, 1, 1, 1, 1, 1, 1}), 0);
              },
              "more axes than 8"),
      Row("squeeze",
          [](In x) {
            return square(squeeze(x[0], {0, 2}));
          },
          {spread({1, 3, 2})})
          .also({spread({1, 0, 1})})
          .fails<ValueError>(
              [] {
                squeeze(ones({1, 2}), {0, -2});
              },
              "squeeze: axis -2 is named twice")
          .fails<IndexError>(
              [] {
                squeeze(ones({1, 2}), 2);
              },
              "squeeze: axis out of range"),
      Row("transpose", [](In x) { return square(transpose(x[0], 0, -1)); }, {spread({2, 3, 4})})
          .also({spread({0, 2})})
          .large({spread({700, 400, 2})})
          .large({spread({513, 1025})})
          .fails<IndexError>(
              [] {
                transpose(ones({2, 3}), 0, 2);
              },
              "transpose: axis out of range"),
      Row("swapaxes", [](In x) { return square(swapaxes(x[0], 0, 2)); }, {spread({2, 3, 2})}),
      Row("permute",
          [](In x) {
            return square(permute(x[0], {2, 0, 1}));
          },
          {spread({2, 3, 4})})
          .also({spread({2, 1, 0})})
          .large({spread({3, 300, 500})})
          .large({spread({300, 500, 3})})
          .fails<ValueError>(
              [] {
                permute(ones({2, 3}), {0, 0});
              },
              "permute: got axes [0, 0]")
          .fails<ValueError>(
              [] {
                permute(ones({2, 3}), {0});
              },
              "each axis once")
          .fails<IndexError>(
              [] {
                permute(ones({2, 3}), {0, 2});
              },
              "permute: axis out of range"),
      Row("movedim",
          [](In x) {
            return square(movedim(x[0], {0, -1}, {1, 0}));
          },
          {spread({2, 3, 4})})
          .fails<ValueError>(
              [] {
                movedim(ones({2, 3}), {0, 1}, {0});
              },
              "expected as many")
          .fails<ValueError>(
              [] {
                movedim(ones({2, 3}), {0, 1}, {1, 1});
              },
              "movedim: axis 1 is named twice in [1, 1]")
          .fails<IndexError>(
              [] {
                movedim(ones({2, 3}), 0, 2);
              },
              "movedim: axis out of range"),
      Row("expand",
          [](In x) {
            return square(expand(x[0], {4, -1, 3}));
          },
          {spread({2, 1})})
          .also({spread({1, 1})})
          .also({spread({0, 1})})
          .large({spread({40000, 1})})
          .fails<ShapeError>(
              [] {
                expand(ones({2, 3}), {2, 4});
              },
              "expand: got [2, 3] for shape [2, 4]")
          .fails<ShapeError>(
              [] {
                expand(ones({2, 3}), {3});
              },
              "expected one it broadcasts to")
          .fails<ShapeError>(
              [] {
                expand(ones({3}), {-1, 3});
              },
              "expand: got [3] for shape [-1, 3]")
          .fails<ShapeError>([] { expand(ones({1}), {-2}); }, "expand: got [1] for shape [-2]"),
      Row("broadcast_to",
          [](In x) {
            return square(broadcast_to(x[0], {2, 2, 3}));
          },
          {spread({2, 1})}),
      Row("broadcast_tensors",
          [](In x) {
            const auto y = broadcast_tensors({x[0], x[1]});
            return square(y[0]) * y[1];
          },
          {spread({2, 1}), spread({3}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                broadcast_tensors({ones({2}), ones({3})});
              },
              "broadcast_tensors: shapes do not"),
      Row("slice", [](In x) { return square(slice(x[0], 1, 1, {}, 2)); }, {spread({2, 5})})
          .also({spread({2, 1})})
          .also({spread({0, 3})})
          .large({spread({3, 700000})})
          .fails<ValueError>([] { slice(ones({4}), 0, 0, 4, 0); }, "step: got 0")
          .fails<IndexError>([] { slice(ones({}), 0, 0); }, "slice: a scalar has no axes"),
      Row("slice, backwards", [](In x) { return square(slice(x[0], 0, {}, {}, -2)); }, {spread({5, 2})}),
      Row("select", [](In x) { return square(select(x[0], 1, -1)); }, {spread({2, 3})})
          .fails<IndexError>([] { select(ones({4}), 0, 4); }, "select: got index 4")
          .fails<IndexError>([] { select(ones({4}), 0, -5); }, "expected -4 to 3")
          .fails<IndexError>(
              [] {
                select(ones({2, 0}), 1, 0);
              },
              "select: got index 0"),
      Row("narrow", [](In x) { return square(narrow(x[0], -1, -3, 2)); }, {spread({2, 4})})
          .fails<IndexError>([] { narrow(ones({4}), 0, 2, 3); }, "narrow: got start 2, length 3")
          .fails<IndexError>([] { narrow(ones({4}), 0, 0, -1); }, "expected entries of 0 to 4")
          .fails<IndexError>([] { narrow(ones({4}), 0, -5, 1); }, "start -5"),
      Row("place",
          [](In x) {
            return square(place(x[0], {2, 5}, 1, 2));
          },
          {spread({2, 3})})
          .fails<ShapeError>([] { place(ones({2}), {3}, 0, 2); }, "place: got part [2]"),
      Row("to", [](In x) { return to(square(x[0]), x[0].dtype()) * x[0].to(x[0].dtype()); }, {spread({3})})
          .also({spread({0, 2})}),
      Row("clone", [](In x) { return square(x[0].clone()); }, {spread({3})}),
  };
  return all;
}

const Rows& range_rows() {
  static const Rows all = {
      Row("index",
          [](In x) {
            return square(index(x[0], {Range{1, {}, 2}, -1, Range{{}, 2}}));
          },
          {spread({4, 2, 3})})
          .also({spread({1, 1, 1})})
          .also({spread({3, 2, 0})})
          .large({spread({300, 2, 1500})})
          .fails<IndexError>(
              [] {
                index(ones({2, 3}), {0, 3});
              },
              "index: got entry 3 of axis 1 of shape [2, 3]; expected -3 to 2")
          .fails<IndexError>(
              [] {
                index(ones({2}), {0, 0});
              },
              "index: got 2 picks for shape [2]")
          .fails<ValueError>(
              [] {
                index(ones({2}), {Range{0, 2, 0}});
              },
              "index: step of axis 0: got 0")
          .fails<ValueError>(
              [] {
                index(ones({2}), {Ellipsis{}, Ellipsis{}});
              },
              "index: got 2 times Ellipsis"),
      Row("index, backwards",
          [](In x) {
            return square(x[0].index({Range{.step = -1}, Ellipsis{}, 0}));
          },
          {spread({3, 2, 2})}),
      Row("assign",
          [](In x) {
            return square(assign(x[0], {Range{{}, {}, 2}, -1, Range{1, 3}}, x[1]));
          },
          {spread({3, 2, 3}), spread({2, 2}, -1, 1, 1)})
          .also({spread({3, 2, 3}), spread({2, 1}, -1, 1, 1)})
          .also({spread({3, 2, 3}), spread({}, -1, 1, 1)})
          .also({spread({0, 2, 3}), spread({2}, -1, 1, 1)})
          .large({spread({300, 2, 900}), spread({2}, -1, 1, 1)})
          .fails<ShapeError>(
              [] {
                assign(ones({2, 3}), {0}, ones({2}));
              },
              "assign: shapes do not broadcast")
          .fails<ShapeError>(
              [] {
                assign(ones({2, 3}), {0}, ones({2, 3}));
              },
              "assign: value: got [2, 3] for a part of shape [3]")
          .fails<ShapeError>(
              [] {
                assign(ones({2, 3}), {0, Range{0, 1}}, ones({3}));
              },
              "assign: value: got [3]")
          .fails<DTypeError>([] { assign(zeros({2}, int64), {0}, ones({})); },
                             "assign: value: got float32 for a tensor of int64")
          .fails<ValueError>([] { assign(zeros({2}, int64), {0}, 1.5); },
                             "assign: value: got 1.5 for a tensor of int64")
          .fails<IndexError>([] { assign(ones({2}), {2}, 0); }, "assign: got entry 2"),
      Row("assign, a number",
          [](In x) {
            return square(assign(x[0], {Ellipsis{}, Range{{}, {}, -2}}, 2));
          },
          {spread({2, 3})}),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("shape operations") { check(rows()); }
TEST_CASE("reading and replacing parts") { check(range_rows()); }

TEST_CASE("index reads what NumPy's x[...] reads") {
  const Tensor x = reshape(arange(24), {2, 3, 4});
  CHECK(x.index({1, 2, 3}).item<int>() == 23);
  CHECK(x.index({1, 2, 3}).shape() == Shape{});
  CHECK(x.index({}).str() == x.str());
  CHECK(x.index({Range{}, 1, Range{1, 3}}).str() == "[[ 5  6]\n [17 18]]");
  CHECK(x.index({0, Range{-1, -10, -1}, 0}).str() == "[8 4 0]");
  CHECK(x.index({Ellipsis{}, -1}).str() == "[[ 3  7 11]\n [15 19 23]]");
  CHECK(x.index({0, Ellipsis{}, 1}).str() == "[1 5 9]");
  CHECK(x.index({0, Ellipsis{}, 1, 1}).item<int>() == 5);
  CHECK(x.index({Range{2}}).shape() == Shape{0, 3, 4});
  CHECK(x.index({Range{0, 2, INT64_MAX}, Range{.step = -INT64_MAX}, 0}).shape() == Shape{1, 1});
}

TEST_CASE("assign leaves its argument as it was, and keeps its dtype") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(assign(x, {Range{}, 1}, tensor({7, 8})).str() == "[[0 7 2]\n [3 8 5]]");
  CHECK(assign(x, {1}, 9).str() == "[[0 1 2]\n [9 9 9]]");
  CHECK(assign(x, {Range{.step = -1}, Range{.step = -1}}, x).str() == "[[5 4 3]\n [2 1 0]]");
  CHECK(assign(x, {Range{2}}, 9).str() == x.str());
  CHECK(x.str() == "[[0 1 2]\n [3 4 5]]");
  CHECK(assign(ones({2}, float64), {0}, tensor(3)).dtype() == float64);
  CHECK(assign(zeros({2}, bool_), {0}, true).str() == "[ True False]");
}

TEST_CASE("the gradient of what assign replaced is exactly 0, whatever was there") {
  Tensor x = tensor({INFINITY, 1., NAN}, float64).requires_grad_();
  sum(assign(x, {Range{.step = 2}}, 0)).backward();
  CHECK(x.grad().str() == "[0. 1. 0.]");
}

TEST_CASE("axes of size 1 go, others stay, with squeeze") {
  CHECK(squeeze(ones({1, 2, 1})).shape() == Shape{2});
  CHECK(squeeze(ones({1, 2, 1}), 0).shape() == Shape{2, 1});
  CHECK(squeeze(ones({1, 2, 1}), 1).shape() == Shape{1, 2, 1});
  CHECK(squeeze(ones({1, 2, 1}), {0, 1, -1}).shape() == Shape{2});
  CHECK(squeeze(ones({1, 1})).shape() == Shape{});
  CHECK(squeeze(ones({})).shape() == Shape{});
}

TEST_CASE("axes move as in NumPy") {
  const Tensor x = zeros({2, 3, 4, 5});
  CHECK(movedim(x, 0, -1).shape() == Shape{3, 4, 5, 2});
  CHECK(movedim(x, {0, 1}, {-1, -2}).shape() == Shape{4, 5, 3, 2});
  CHECK(movedim(x, {3}, {0}).shape() == Shape{5, 2, 3, 4});
  CHECK(swapaxes(x, 1, 2).shape() == Shape{2, 4, 3, 5});
  CHECK(permute(zeros({}), {}).shape() == Shape{});
  CHECK(x.permute({3, 2, 1, 0}).shape() == Shape{5, 4, 3, 2});
}

TEST_CASE("an empty axis can be anywhere, and the others absurd") {
  const std::int64_t huge = std::int64_t{1} << 40;
  const Tensor x = zeros({0, huge, huge});
  CHECK(permute(x, {2, 0, 1}).shape() == Shape{huge, 0, huge});
  CHECK(slice(x, 1, 0, 5).shape() == Shape{0, 5, huge});
  CHECK(x.index({Range{}, 3, Range{.step = -7}}).shape() == Shape{0, (huge - 1) / 7 + 1});
  CHECK(expand(zeros({0, 1, 1}), {0, huge, huge}).numel() == 0);
  CHECK(concat({x, x}, 1).shape() == Shape{0, 2 * huge, huge});
  CHECK(flip(x, {0, 1}).numel() == 0);
  CHECK(pad(x, {1, 1}).shape() == Shape{0, huge, huge + 2});
}

TEST_SUITE_END();
