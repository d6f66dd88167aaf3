// Convolutions: one row each for derivatives, dtypes, threads and errors.
// Values: convolution_values_test.cpp.

#include <limits>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

Tensor conv(In x, const Conv2dOptions& o = {}) { return conv2d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(), o); }
Tensor conv_t(In x, const ConvTranspose2dOptions& o = {}) {
  return conv_transpose2d(x[0], x[1], x.size() > 2 ? x[2] : Tensor(), o);
}
Tensor weight(const Shape& shape) { return spread(shape, -1, 1, 1); }
Tensor bias(std::int64_t n) { return spread({n}, -1, 1, 2); }

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

const Rows& rows() {
  static const Rows all = {
      Row("conv1d", [](In x) { return conv1d(x[0], x[1], x[2]); }, {spread({2, 2, 5}), weight({3, 2, 3}), bias(3)})
          .also({spread({2, 5}), weight({2, 2, 2}), bias(2)})
          .also({spread({0, 2, 5}), weight({2, 2, 2}), bias(2)})
          .fails<ShapeError>(
              [] {
                conv1d(ones({2, 2, 3, 4}), ones({3, 2, 3}));
              },
              "conv1d: input: got input [2, 2, 3, 4]")
          .fails<ShapeError>(
              [] {
                conv1d(ones({2, 2, 4}), ones({3, 2, 3, 3}));
              },
              "conv1d: weight: ")
          .fails<ShapeError>(
              [] {
                conv1d(ones({2, 2, 4}), ones({3, 3, 3}));
              },
              "expected 3 input channels")
          .fails<ShapeError>(
              [] {
                conv1d(ones({2, 2, 4}), ones({3, 2, 5}));
              },
              "conv1d: the kernel is larger than the padded input: got input [2, 2, 4], weight [3, 2, 5]")
          .fails<ValueError>(
              [] {
                conv1d(ones({2, 2, 4}), ones({3, 2, 3}), {}, {.padding = {1, 2}});
              },
              "conv1d: padding: got [1, 2]; expected one number"),
      Row("conv1d, every option",
          [](In x) { return conv1d(x[0], x[1], x[2], {.stride = 2, .padding = 2, .dilation = 2, .groups = 2}); },
          {spread({2, 4, 6}), weight({2, 2, 3}), bias(2)}),
      Row("conv1d, same", [](In x) { return conv1d(x[0], x[1], {}, {.stride = 2, .padding = Padding::same}); },
          {spread({1, 2, 6}), weight({2, 2, 3})}),

      Row("conv2d", [](In x) { return conv(x); }, {spread({2, 2, 4, 3}), weight({2, 2, 3, 2}), bias(2)})
          .also({spread({2, 4, 3}), weight({2, 2, 3, 2}), bias(2)})  // without a batch axis
          .also({spread({0, 2, 4, 3}), weight({2, 2, 3, 2}), bias(2)})
          .also({spread({2, 0, 4, 3}), weight({2, 0, 3, 2}), bias(2)})
          .also({spread({1, 1, 1, 1}), weight({1, 1, 1, 1}), bias(1)})
          .large({spread({9, 16, 20, 20}), weight({24, 16, 3, 3}), bias(24)})
          .fails<ShapeError>(
              [] {
                conv2d(ones({3, 4}), ones({3, 2, 3, 3}));
              },
              "expected [N, C, H, W] or [C, H, W]")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3}));
              },
              "expected a weight [O, C / groups, KH, KW]")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 3, 3, 3}));
              },
              "conv2d: channels: got input [1, 2, 4, 4], weight [3, 3, 3, 3], groups 1; expected 3 input "
              "channels")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 5, 3}));
              },
              "conv2d: the kernel is larger than the padded input")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.dilation = {1, 2}});
              },
              "dilation * (kernel - 1) + 1 <= 4")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 0, 3}));
              },
              "conv2d: got an empty kernel")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 0, 4}), ones({3, 2, 1, 3}), {}, {.padding = 1});
              },
              "conv2d: got an empty image")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({0, 2, 3, 3}));
              },
              "conv2d: groups: ")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), ones({2}));
              },
              "conv2d: bias: got [2] for weight [3, 2, 3, 3]; expected [3]")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), ones({3, 1}));
              },
              "conv2d: bias: ")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 4, 4, 4}), ones({3, 2, 3, 3}), {}, {.groups = 2});
              },
              "to be a multiple of groups")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.groups = 0});
              },
              "conv2d: groups: got 0; expected at least 1")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.stride = {1, 0}});
              },
              "conv2d: stride: got 0; expected 1 to 2^31 - 1")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.stride = kHuge});
              },
              "conv2d: stride: ")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.padding = {0, -1}});
              },
              "conv2d: padding: got -1")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.padding = kHuge});
              },
              "conv2d: padding: ")
          .fails<ShapeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.padding = 2'000'000'000});
              },
              "conv2d: ")
          .fails<ValueError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), {}, {.dilation = 0});
              },
              "conv2d: dilation: got 0")
          .fails<DTypeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}, float64));
              },
              "conv2d: ")
          .fails<DTypeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}), ones({3, 2, 3, 3}), ones({3}, float64));
              },
              "conv2d: ")
          .fails<DTypeError>(
              [] {
                conv2d(ones({1, 2, 4, 4}, int64), ones({3, 2, 3, 3}, uint8));
              },
              "conv2d: got int64 and uint8; expected a floating operand"),
      Row("conv2d, every option",
          [](In x) {
            return conv(x, {.stride = {2, 1}, .padding = {1, 2}, .dilation = {1, 2}, .groups = 2});
          },
          {spread({2, 4, 4, 3}), weight({4, 2, 2, 3}), bias(4)})
          .large({spread({6, 32, 24, 24}), weight({32, 16, 3, 3}), bias(32)}),
      Row("conv2d, same",
          [](In x) {
            return conv(x, {.stride = {1, 2}, .padding = Padding::same});
          },
          {spread({1, 2, 4, 4}), weight({2, 2, 2, 3})}),
      Row("conv2d, one by one", [](In x) { return conv(x); }, {spread({2, 3, 2, 3}), weight({2, 3, 1, 1}), bias(2)})
          .large({spread({6, 64, 24, 24}), weight({64, 64, 1, 1}), bias(64)}),
      Row("conv2d, depthwise", [](In x) { return conv(x, {.padding = 1, .groups = 3}); },
          {spread({2, 3, 3, 4}), weight({6, 1, 3, 3}), bias(6)}),
      Row("conv2d, depthwise with a stride", [](In x) { return conv(x, {.stride = 2, .padding = 1, .groups = 2}); },
          {spread({2, 2, 4, 5}), weight({2, 1, 3, 3}), bias(2)}),
      Row("conv2d, large depthwise", [](In x) { return conv(x, {.padding = 1, .groups = 32}); },
          {spread({1, 32, 2, 1}), weight({32, 1, 1, 1}), bias(32)})
          .large({spread({8, 32, 32, 32}), weight({64, 1, 3, 3}), bias(64)}),
      Row("conv2d, one image cut by channels", [](In x) { return conv(x, {.padding = 1}); },
          {spread({1, 1, 3, 3}), weight({1, 1, 3, 3})})
          .large({spread({1, 160, 16, 16}), weight({32, 160, 3, 3})}),

      Row("conv_transpose1d", [](In x) { return conv_transpose1d(x[0], x[1], x[2], {.stride = 2, .padding = 1}); },
          {spread({2, 2, 4}), weight({2, 3, 3}), bias(3)})
          .also({spread({2, 4}), weight({2, 1, 3}), bias(1)})
          .also({spread({0, 2, 4}), weight({2, 1, 3}), bias(1)})
          .fails<ShapeError>(
              [] {
                conv_transpose1d(ones({1, 2, 4}), ones({3, 2, 3}));
              },
              "expected 3 input channels")
          .fails<ShapeError>(
              [] {
                conv_transpose1d(ones({1, 2, 4}), ones({2, 2}));
              },
              "expected a weight [C, O / groups, K]"),
      Row("conv_transpose1d, every option",
          [](In x) {
            return conv_transpose1d(x[0], x[1], x[2],
                                    {.stride = 2, .padding = 1, .output_padding = 2, .groups = 2, .dilation = 3});
          },
          {spread({1, 4, 3}), weight({4, 1, 2}), bias(2)}),
      Row("conv_transpose2d", [](In x) { return conv_t(x); }, {spread({2, 2, 2, 3}), weight({2, 3, 3, 2}), bias(3)})
          .also({spread({2, 2, 3}), weight({2, 3, 1, 1}), bias(3)})
          .also({spread({0, 2, 2, 3}), weight({2, 3, 3, 2}), bias(3)})
          .large({spread({9, 24, 20, 20}), weight({24, 16, 3, 3}), bias(16)})
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.output_padding = 1});
              },
              "conv_transpose2d: output_padding: got 1 with stride 1, dilation 1")
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.stride = 3, .output_padding = {3, 0}});
              },
              "output_padding: got 3 with stride 3")
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.output_padding = -1});
              },
              "output_padding: got -1")
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.padding = -1});
              },
              "conv_transpose2d: padding: got -1")
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.stride = 0});
              },
              "conv_transpose2d: stride: got 0")
          .fails<ValueError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.groups = -1});
              },
              "conv_transpose2d: groups: got -1")
          .fails<ShapeError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), {}, {.groups = kHuge});
              },
              "conv_transpose2d: ")
          .fails<ShapeError>(
              [] {
                conv_transpose2d(ones({1, 2, 1, 4}), ones({2, 3, 2, 2}), {}, {.padding = 1});
              },
              "conv_transpose2d: nothing is left of the output")
          .fails<ShapeError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}), ones({2}));
              },
              "conv_transpose2d: bias: got [2] for weight [2, 3, 3, 3]; expected [3]")
          .fails<ShapeError>(
              [] {
                conv_transpose2d(ones({1, 2, 3, 3}), ones({2, 3, 3, 3}), {}, {.stride = 2'000'000'000});
              },
              "conv_transpose2d: ")
          .fails<DTypeError>(
              [] {
                conv_transpose2d(ones({1, 2, 4, 4}), ones({2, 3, 3, 3}, float64));
              },
              "conv_transpose2d: "),
      Row("conv_transpose2d, every option",
          [](In x) {
            return conv_t(x,
                          {.stride = {2, 1}, .padding = 1, .output_padding = {1, 0}, .groups = 2, .dilation = {1, 2}});
          },
          {spread({2, 4, 2, 3}), weight({4, 2, 3, 2}), bias(4)}),
      Row("conv_transpose2d, depthwise", [](In x) { return conv_t(x, {.stride = 2, .groups = 3}); },
          {spread({1, 3, 2, 2}), weight({3, 1, 3, 3}), bias(3)}),

      Row("unfold",
          [](In x) {
            return square(unfold(x[0], {2, 3}, {.dilation = {1, 2}, .padding = 1, .stride = {2, 1}}));
          },
          {spread({2, 2, 3, 4})})
          .also({spread({1, 3, 4})})
          .also({spread({0, 2, 3, 4})})
          .large({spread({3, 16, 64, 64})})
          .fails<ShapeError>(
              [] {
                unfold(ones({2, 3}), 2);
              },
              "unfold: got [2, 3]")
          .fails<ShapeError>(
              [] {
                unfold(ones({2, 3, 3}), 4);
              },
              "unfold: no window fits")
          .fails<ValueError>(
              [] {
                unfold(ones({2, 3, 3}), 0);
              },
              "unfold: kernel: got 0")
          .fails<ValueError>(
              [] {
                unfold(ones({2, 3, 3}), 2, {.padding = -1});
              },
              "unfold: padding: got -1"),
      Row("fold",
          [](In x) {
            return square(fold(x[0], {4, 3}, 2, {.padding = {0, 1}, .stride = 2}));
          },
          {spread({2, 8, 4})})
          .also({spread({8, 4})})
          .also({spread({0, 8, 4})})
          .fails<ShapeError>(
              [] {
                fold(ones({2, 8, 5}), {4, 4}, 2, {.stride = 2});
              },
              "a multiple of 4 rows and 4 windows")
          .fails<ShapeError>(
              [] {
                fold(ones({2, 6, 4}), {4, 4}, 2, {.stride = 2});
              },
              "fold: got columns [2, 6, 4]")
          .fails<ShapeError>(
              [] {
                fold(ones({8}), {4, 4}, 2);
              },
              "fold: got [8]")
          .fails<ValueError>(
              [] {
                fold(ones({2, 8, 4}), {0, 4}, 2);
              },
              "fold: output_size: got 0"),
  };
  return all;
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("convolution operations") { check(rows()); }

TEST_SUITE_END();
