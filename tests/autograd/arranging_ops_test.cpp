// One row per operation that arranges, repeats or pads; a new one adds its row here.

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

const Rows& rows() {
  static const Rows all = {
      Row("flip",
          [](In x) {
            return square(flip(x[0], {0, -1}));
          },
          {spread({2, 3, 2})})
          .also({spread({1, 0, 2})})
          .large({spread({700, 3, 300})})
          .fails<ValueError>(
              [] {
                flip(ones({2, 3}), {0, -2});
              },
              "flip: axis -2 is named twice")
          .fails<IndexError>(
              [] {
                flip(ones({2, 3}), 2);
              },
              "flip: axis out of range"),
      Row("roll",
          [](In x) {
            return square(roll(x[0], {2, -1}, {0, 1}));
          },
          {spread({3, 4})})
          .also({spread({1, 3})})
          .also({spread({0, 3})})
          .large({spread({700, 900})})
          .fails<ValueError>(
              [] {
                roll(ones({2, 3}), {1, 2}, {0});
              },
              "roll: got 2 shifts for 1 axes")
          .fails<ValueError>(
              [] {
                roll(ones({2, 3}), {1, 2}, {});
              },
              "roll: got 2 shifts for 0 axes")
          .fails<IndexError>([] { roll(ones({}), 1, 0); }, "roll: a scalar has no axes")
          .fails<IndexError>(
              [] {
                roll(ones({2, 3}), 1, 2);
              },
              "roll: axis out of range"),
      Row("roll, all elements", [](In x) { return square(roll(x[0], -2)); }, {spread({2, 3})}),
      Row("repeat",
          [](In x) {
            return square(repeat(x[0], {2, 1, 3}));
          },
          {spread({2, 2})})
          .also({spread({2, 3, 1})})
          .also({spread({0, 2})})
          .also({spread({})})
          .large({spread({300, 400})})
          .fails<ShapeError>(
              [] {
                repeat(ones({2, 3}), {2});
              },
              "repeat: got [2] for shape [2, 3]")
          .fails<ValueError>([] { repeat(ones({2}), {-1}); }, "repeat: got -1 times along axis 0")
          .fails<ShapeError>([] { repeat(ones({2}), {INT64_MAX}); }, "repeat: too large")
          .fails<ShapeError>(
              [] {
                repeat(ones({2}), {1 << 30, 1 << 30});
              },
              "too large")
          .fails<ShapeError>(
              [] {
                repeat(ones({2}), {1, 1, 1, 1, 1, 1, 1, 1, 1});
              },
              "repeat: got 9 numbers"),
      Row("repeat, no times",
          [](In x) {
            return square(repeat(x[0], {0, 2}));
          },
          {spread({2, 2})}),
      Row("tile", [](In x) { return square(tile(x[0], {2})); }, {spread({2, 3})})
          .also({spread({})})
          .fails<ValueError>([] { tile(ones({2}), {-1}); }, "tile: got -1 times"),
      Row("repeat_interleave", [](In x) { return square(repeat_interleave(x[0], 2, 0)); }, {spread({2, 3})})
          .also({spread({0, 3})})
          .fails<ValueError>([] { repeat_interleave(ones({2}), -1); }, "repeat_interleave: got -1 times")
          .fails<ShapeError>([] { repeat_interleave(ones({2}), INT64_MAX); }, "repeat_interleave: too large")
          .fails<IndexError>([] { repeat_interleave(ones({}), 2, 0); }, "a scalar has no axes")
          .fails<ShapeError>(
              [] {
                repeat_interleave(ones({3}), tensor({1, 2}));
              },
              "times: got [2]")
          .fails<ValueError>(
              [] {
                repeat_interleave(ones({2}), tensor({1, -2}));
              },
              "got -2 times")
          .fails<DTypeError>(
              [] {
                repeat_interleave(ones({2}), tensor({1., 2.}));
              },
              "expected int64"),
      Row("repeat_interleave, each its own",
          [](In x) {
            return square(repeat_interleave(x[0], tensor({2, 0, 3}), 1));
          },
          {spread({2, 3})}),
      Row("unfold", [](In x) { return square(unfold(x[0], 1, 3, 2)); }, {spread({2, 7, 2})})
          .also({spread({1, 3, 1})})
          .also({spread({0, 4, 2})})
          .large({spread({3, 60000, 2})})
          .large({spread({1, 400000, 1})})
          .fails<ValueError>([] { unfold(ones({4}), 0, 5, 1); }, "unfold: got size 5, step 1 along axis 0 of [4]")
          .fails<ValueError>([] { unfold(ones({4}), 0, 2, 0); }, "step 0")
          .fails<ValueError>([] { unfold(ones({4}), 0, -1, 1); }, "size -1"),
      Row("unfold, gaps between windows", [](In x) { return square(unfold(x[0], -1, 2, 3)); }, {spread({2, 9})}),
  };
  return all;
}

const Rows& padding() {
  static const Rows all = {
      Row("pad",
          [](In x) {
            return square(pad(x[0], {1, 0, 2, 1}, PadMode::constant, 1.5));
          },
          {spread({2, 3, 2})})
          .also({spread({1, 0, 2})})
          .also({spread({0, 2, 2})})
          .large({spread({300, 30, 40})})
          .fails<ValueError>(
              [] {
                pad(ones({2, 3}), {1});
              },
              "pad: got 1 amounts; expected pairs")
          .fails<ShapeError>(
              [] {
                pad(ones({2}), {1, 1, 1, 1});
              },
              "pad: got 2 pairs for shape [2]")
          .fails<ShapeError>(
              [] {
                pad(ones({3}), {-2, -2});
              },
              "pad: got (-2, -2) for axis 0 of [3]; expected to cut off at most 3")
          .fails<ShapeError>(
              [] {
                pad(ones({3}), {-4, 5});
              },
              "got (-4, 5)")
          .fails<ShapeError>(
              [] {
                pad(ones({3}), {INT64_MAX, 1});
              },
              "pad: constant: got (9223372036854775807, 1)")
          .fails<ValueError>(
              [] {
                pad(zeros({3}, int64), {1, 1}, PadMode::constant, 0.5);
              },
              "pad: value: got 0.5 for a tensor of int64"),
      Row("pad, cutting off",
          [](In x) {
            return square(pad(x[0], {-1, 1, 1, -2}));
          },
          {spread({3, 3})}),
      Row("pad, first axis only",
          [](In x) {
            return square(pad(x[0], {0, 0, 1, 2}));
          },
          {spread({2, 3})}),
      Row("pad, reflect",
          [](In x) {
            return square(pad(x[0], {2, 1, 1, 2}, PadMode::reflect));
          },
          {spread({2, 3, 3})})
          .also({spread({0, 3, 3})})
          .large({spread({5, 300, 300})})
          .fails<ShapeError>(
              [] {
                pad(ones({1, 3}), {3, 0}, PadMode::reflect);
              },
              "pad: reflect: got (3, 0) for axis 1 of [1, 3]; expected at most 2 each")
          .fails<ShapeError>(
              [] {
                pad(ones({1, 0}), {0, 1}, PadMode::reflect);
              },
              "expected at most 0"),
      Row("pad, reflect and cut",
          [](In x) {
            return square(pad(x[0], {-1, 2}, PadMode::reflect));
          },
          {spread({2, 4})}),
      Row("pad, replicate",
          [](In x) {
            return square(pad(x[0], {1, 4, 0, 2}, PadMode::replicate));
          },
          {spread({2, 2, 3})})
          .also({spread({1, 1})})
          .large({spread({300, 40, 40})})
          .fails<ShapeError>(
              [] {
                pad(ones({0}), {1, 0}, PadMode::replicate);
              },
              "pad: replicate: got (1, 0)"),
      Row("pad, circular",
          [](In x) {
            return square(pad(x[0], {3, 1, 1, 0}, PadMode::circular));
          },
          {spread({2, 2, 3})})
          .fails<ShapeError>(
              [] {
                pad(ones({3}), {0, 4}, PadMode::circular);
              },
              "pad: circular: got (0, 4)"),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("arranging operations") { check(rows()); }
TEST_CASE("padding") { check(padding()); }

TEST_CASE("flip, roll and repeat put elements where PyTorch puts them") {
  const Tensor x = reshape(arange(6), {2, 3});
  CHECK(flip(x, {1}).str() == "[[2 1 0]\n [5 4 3]]");
  CHECK(flip(x, {}).str() == x.str());
  CHECK(flip(tensor(1), {}).item<int>() == 1);
  CHECK(roll(x, 1).str() == "[[5 0 1]\n [2 3 4]]");
  CHECK(roll(x, 4, 1).str() == "[[2 0 1]\n [5 3 4]]");
  CHECK(roll(x, {1, -1}, {0, 1}).str() == "[[4 5 3]\n [1 2 0]]");
  CHECK(roll(x, {1, 1}, {1, 1}).str() == roll(x, 2, 1).str());
  CHECK(roll(x, INT64_MIN, 1).str() == roll(x, -2, 1).str());
  CHECK(roll(x, {7}, {}).str() == roll(x, 1).str());
  CHECK(roll(zeros({0}), 3).numel() == 0);
  CHECK(repeat(tensor({1, 2}), {2, 2}).str() == "[[1 2 1 2]\n [1 2 1 2]]");
  CHECK(repeat(tensor({1, 2}), {0, 2}).shape() == Shape{0, 4});
  CHECK(tile(x, {2}).shape() == Shape{2, 6});
  CHECK(tile(x, {2, 1, 1}).shape() == Shape{2, 2, 3});
  CHECK(repeat_interleave(x, 2).str() == "[0 0 1 1 2 2 3 3 4 4 5 5]");
  CHECK(repeat_interleave(x, tensor({0, 2}), 0).str() == "[[3 4 5]\n [3 4 5]]");
  CHECK(repeat_interleave(x, tensor({2}), 0).shape() == Shape{4, 3});
}

TEST_CASE("windows are PyTorch's Tensor.unfold") {
  CHECK(unfold(arange(5), 0, 2, 2).str() == "[[0 1]\n [2 3]]");
  CHECK(unfold(arange(5), 0, 2, 1).shape() == Shape{4, 2});
  CHECK(unfold(arange(5), 0, 2, INT64_MAX).str() == "[[0 1]]");
  CHECK(unfold(zeros({2, 4}), 0, 0, 1).shape() == Shape{3, 4, 0});
  CHECK(unfold(tensor(3), 0, 1, 1).str() == "[3]");
  CHECK(unfold(reshape(arange(6), {3, 2}), 0, 2, 1).str() == "[[[0 2]\n  [1 3]]\n\n [[2 4]\n  [3 5]]]");
}

TEST_CASE("pads count from the last axis, and each mode continues the edge its own way") {
  const Tensor x = arange(1, 5);
  CHECK(pad(x, {2, 1}).str() == "[0 0 1 2 3 4 0]");
  CHECK(pad(x, {-1, -2}).str() == "[2]");
  CHECK(pad(x, {-3, 2}, PadMode::constant, 9).str() == "[4 9 9]");
  CHECK(pad(x, {-4, 2}).str() == "[0 0]");
  CHECK(pad(x, {-2, -2}).numel() == 0);
  CHECK(pad(x, {3, 2}, PadMode::reflect).str() == "[4 3 2 1 2 3 4 3 2]");
  CHECK(pad(x, {-2, 3}, PadMode::reflect).str() == "[3 4 3 2 1]");
  CHECK(pad(x, {2, 1}, PadMode::replicate).str() == "[1 1 1 2 3 4 4]");
  CHECK(pad(x, {2, 4}, PadMode::circular).str() == "[3 4 1 2 3 4 1 2 3 4]");
  CHECK(pad(x, {-1, 2}, PadMode::circular).str() == "[2 3 4 1 2]");
  CHECK(pad(zeros({1, 2}), {0, 0, 1, 0}).shape() == Shape{2, 2});
  CHECK(pad(zeros({0, 2}), {1, 0, 2, 1}, PadMode::constant, 1).str() == "[[1. 1. 1.]\n [1. 1. 1.]\n [1. 1. 1.]]");
  CHECK(pad(zeros({2}, uint8), {1, 0}, PadMode::constant, 255).dtype() == uint8);
  CHECK(pad(zeros({1}), {0, 1}, PadMode::constant, -INFINITY).str() == "[  0. -inf]");
  CHECK(pad(x, {}).str() == x.str());
  CHECK(pad(tensor(1), {}, PadMode::reflect).item<int>() == 1);
}

TEST_SUITE_END();
