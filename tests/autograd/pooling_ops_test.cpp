// Pooling: derivatives, dtypes, threads and errors. Values: pooling_values_test.cpp.

#include <limits>

#include "tests/operations/row.hpp"

using namespace xgrad;
using namespace operations;

namespace {

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

Rows max_rows() {
  return {
      Row("max_pool1d", [](In x) { return square(max_pool1d(x[0], 2)); }, {spread({2, 2, 5})})
          .also({spread({2, 4})})
          .also({spread({0, 2, 4})})
          .fails<ShapeError>([] { max_pool1d(ones({4}), 2); }, "max_pool1d: got [4]; expected [N, C, L] or [C, L]")
          .fails<ShapeError>(
              [] {
                max_pool1d(ones({2, 2, 3}), 4);
              },
              "max_pool1d: no window fits")
          .fails<ValueError>(
              [] {
                max_pool1d(ones({2, 2, 3}), 2, {.stride = 0});
              },
              "max_pool1d: stride: got 0")
          .fails<DTypeError>(
              [] {
                max_pool1d(ones({2, 2, 3}, bool_), 2);
              },
              "max_pool1d: got bool"),
      Row("max_pool2d", [](In x) { return square(max_pool2d(x[0], 2)); }, {spread({2, 2, 4, 5})})
          .also({spread({2, 5, 4})})  // without a batch axis
          .also({spread({0, 2, 4, 5})})
          .large({spread({16, 16, 64, 64})})
          .fails<ShapeError>(
              [] {
                max_pool2d(ones({4, 4}), 2);
              },
              "expected [N, C, H, W] or [C, H, W]")
          .fails<ShapeError>(
              [] {
                max_pool2d(ones({1, 0, 4, 4}), 2);
              },
              "only the batch may be empty")
          .fails<ShapeError>(
              [] {
                max_pool2d(ones({1, 1, 0, 4}), 2);
              },
              "only the batch may be empty")
          .fails<ShapeError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), {2, 5});
              },
              "max_pool2d: no window fits")
          .fails<ShapeError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 3, {.dilation = 2});
              },
              "no window fits")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 0);
              },
              "max_pool2d: kernel: got 0")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 2, {.stride = {1, 0}});
              },
              "stride: got 0")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 2, {.stride = {1, -1}});
              },
              "stride: got -1")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 2, {.dilation = 0});
              },
              "dilation: got 0")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 2, {.padding = -1});
              },
              "padding: got -1")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), 3, {.padding = 2});
              },
              "max_pool2d: padding: got 2 for a kernel of 3; expected at most 1")
          .fails<ValueError>(
              [] {
                max_pool2d(ones({1, 1, 4, 4}), kHuge);
              },
              "max_pool2d: kernel: "),
      Row("max_pool2d, every option",
          [](In x) {
            return square(
                max_pool2d(x[0], {2, 3}, {.stride = {2, 1}, .padding = 1, .dilation = {2, 1}, .ceil_mode = true}));
          },
          {spread({1, 2, 6, 5})})
          .large({spread({16, 16, 64, 64})}),
      Row("max_pool2d, overlapping", [](In x) { return square(max_pool2d(x[0], 3, {.stride = 2, .padding = 1})); },
          {spread({1, 2, 5, 6})})
          .large({spread({16, 16, 64, 64})}),
      Row("max_pool2d, large windows",
          [](In x) {
            return square(max_pool2d(x[0], {16, 17}, {.stride = 2, .padding = 8}));
          },
          {spread({1, 1, 3, 4})}),
      Row("max_pool2d_with_indices", [](In x) { return square(max_pool2d_with_indices(x[0], 2).values); },
          {spread({2, 2, 4, 5})}),
      Row("max_pool1d_with_indices", [](In x) { return square(max_pool1d_with_indices(x[0], 2).values); },
          {spread({2, 2, 4})}),
      Row("adaptive_max_pool1d", [](In x) { return square(adaptive_max_pool1d(x[0], 3)); }, {spread({2, 2, 5})}),
      Row("adaptive_max_pool1d_with_indices",
          [](In x) { return square(adaptive_max_pool1d_with_indices(x[0], 3).values); }, {spread({2, 5})}),
      Row("adaptive_max_pool2d",
          [](In x) {
            return square(adaptive_max_pool2d(x[0], {3, 2}));
          },
          {spread({2, 2, 4, 5})})
          .also({spread({2, 4, 5})})
          .also({spread({0, 2, 4, 5})})
          .also({spread({1, 1, 1, 1})})
          .large({spread({16, 16, 64, 64})})
          .fails<ShapeError>(
              [] {
                adaptive_max_pool2d(ones({4, 4}), 2);
              },
              "adaptive_max_pool2d: got [4, 4]")
          .fails<ShapeError>(
              [] {
                adaptive_max_pool2d(ones({1, 4, 4}), 2147483647);
              },
              "adaptive_max_pool2d: ")
          .fails<ValueError>(
              [] {
                adaptive_max_pool2d(ones({1, 4, 4}), {2, -1});
              },
              "output_size: got -1")
          .fails<DTypeError>(
              [] {
                adaptive_max_pool2d(ones({1, 4, 4}, bool_), 2);
              },
              "got bool"),
      Row("adaptive_max_pool2d_with_indices",
          [](In x) { return square(adaptive_max_pool2d_with_indices(x[0], 2).values); }, {spread({1, 2, 4, 4})}),
      Row("global_max_pool2d", [](In x) { return square(global_max_pool2d(x[0])); }, {spread({2, 2, 3, 4})})
          .also({spread({2, 3, 4})})
          .fails<ShapeError>(
              [] {
                global_max_pool2d(ones({4, 4}));
              },
              "global_max_pool2d: got [4, 4]"),
  };
}

Rows average_rows() {
  return {
      Row("avg_pool1d", [](In x) { return square(avg_pool1d(x[0], 3, {.stride = 2, .padding = 1})); },
          {spread({2, 2, 6})})
          .also({spread({2, 6})})
          .also({spread({0, 2, 6})})
          .fails<ShapeError>([] { avg_pool1d(ones({4}), 2); }, "avg_pool1d: got [4]")
          .fails<ValueError>(
              [] {
                avg_pool1d(ones({2, 4}), 2, {.padding = 2});
              },
              "avg_pool1d: padding: got 2"),
      Row("avg_pool2d", [](In x) { return square(avg_pool2d(x[0], 2)); }, {spread({2, 2, 4, 5})})
          .also({spread({2, 4, 5})})
          .also({spread({0, 2, 4, 5})})
          .large({spread({16, 16, 64, 64})})
          .fails<ShapeError>(
              [] {
                avg_pool2d(ones({4, 4}), 2);
              },
              "avg_pool2d: got [4, 4]")
          .fails<ShapeError>(
              [] {
                avg_pool2d(ones({1, 1, 4, 4}), 5);
              },
              "avg_pool2d: no window fits")
          .fails<ShapeError>(
              [] {
                avg_pool2d(ones({1, 0, 4, 4}), 2);
              },
              "only the batch may be empty")
          .fails<ValueError>(
              [] {
                avg_pool2d(ones({1, 1, 4, 4}), {0, 2});
              },
              "avg_pool2d: kernel: got 0")
          .fails<ValueError>(
              [] {
                avg_pool2d(ones({1, 1, 4, 4}), 2, {.stride = 0});
              },
              "avg_pool2d: stride: got 0")
          .fails<ValueError>(
              [] {
                avg_pool2d(ones({1, 1, 4, 4}), 2, {.padding = {2, 0}});
              },
              "avg_pool2d: padding")
          .fails<ValueError>(
              [] {
                avg_pool2d(ones({1, 1, 4, 4}), 2, {.divisor_override = 0});
              },
              "avg_pool2d: divisor_override: got 0"),
      Row("avg_pool2d, padding not counted",
          [](In x) {
            return square(
                avg_pool2d(x[0], 3, {.stride = {2, 1}, .padding = 1, .ceil_mode = true, .count_include_pad = false}));
          },
          {spread({1, 2, 4, 5})})
          .large({spread({16, 16, 64, 64})}),
      Row("avg_pool2d, padding counted",
          [](In x) {
            return square(avg_pool2d(x[0], {3, 4}, {.stride = 3, .padding = {1, 2}, .ceil_mode = true}));
          },
          {spread({1, 2, 5, 6})}),
      Row("avg_pool2d, another divisor", [](In x) { return square(avg_pool2d(x[0], 2, {.divisor_override = -3})); },
          {spread({1, 2, 4, 5})}),
      Row("adaptive_avg_pool1d", [](In x) { return square(adaptive_avg_pool1d(x[0], 3)); }, {spread({2, 2, 5})}),
      Row("adaptive_avg_pool2d",
          [](In x) {
            return square(adaptive_avg_pool2d(x[0], {3, 2}));
          },
          {spread({2, 2, 4, 5})})
          .also({spread({2, 6, 4})})
          .also({spread({1, 1, 1, 1})})
          .also({spread({0, 2, 4, 5})})
          .large({spread({16, 16, 64, 64})})
          .fails<ShapeError>(
              [] {
                adaptive_avg_pool2d(ones({4, 4}), 2);
              },
              "adaptive_avg_pool2d: got [4, 4]")
          .fails<ShapeError>(
              [] {
                adaptive_avg_pool2d(ones({1, 4, 4}), 2147483647);
              },
              "adaptive_avg_pool2d: ")
          .fails<ShapeError>(
              [] {
                adaptive_avg_pool2d(ones({1, 1, 0, 4}), 2);
              },
              "only the batch may be empty")
          .fails<ValueError>(
              [] {
                adaptive_avg_pool2d(ones({1, 4, 4}), {-1, 2});
              },
              "output_size: got -1"),
      Row("adaptive_avg_pool2d to more",
          [](In x) {
            return square(adaptive_avg_pool2d(x[0], {5, 3}));
          },
          {spread({1, 2, 3, 2})}),
      Row("global_avg_pool2d", [](In x) { return square(global_avg_pool2d(x[0], true)); }, {spread({2, 2, 3, 4})})
          .also({spread({2, 3, 4})})
          .fails<ShapeError>(
              [] {
                global_avg_pool2d(ones({4, 4}));
              },
              "global_avg_pool2d: got [4, 4]"),
  };
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("max pooling operations") { check(max_rows()); }
TEST_CASE("average pooling operations") { check(average_rows()); }

TEST_SUITE_END();
