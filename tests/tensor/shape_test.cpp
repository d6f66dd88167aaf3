#include "tensor/shape.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

TEST_CASE("a shape has rank, sizes, a product and a text") {
  const Shape s{32, 1, 28};
  CHECK(s.rank() == 3);
  CHECK(s[2] == 28);
  CHECK(s.back() == 28);
  CHECK(s.numel() == 896);
  CHECK(s.str() == "[32, 1, 28]");
  CHECK(Shape{}.str() == "[]");
  CHECK(Shape{}.numel() == 1);
  CHECK(Shape{3, 0}.numel() == 0);
  CHECK(Shape(std::vector<std::int64_t>{4, 5}) == Shape{4, 5});
  std::ostringstream out;
  out << s;
  CHECK(out.str() == s.str());
  CHECK(Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}.numel() == 0);  // wraps
}

TEST_CASE("shapes are equal with equal ranks and sizes") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK(Shape{2, 3} != Shape{3, 2});
  CHECK(Shape{2} != Shape{2, 1});
  CHECK(Shape{} == Shape{});
  CHECK(Shape{1} != Shape{});
}

TEST_CASE("axes are put in and taken out, up to 8 of them") {
  CHECK(Shape{2, 3, 4}.without(1) == Shape{2, 4});
  CHECK(Shape{2}.without(0) == Shape{});
  CHECK(Shape{2, 4}.with(1, 3) == Shape{2, 3, 4});
  CHECK(Shape{2, 4}.with(2, 5) == Shape{2, 4, 5});
  CHECK(Shape{}.with(0, 7) == Shape{7});
  Shape full{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(full.without(7).with(0, 9).rank() == 8);
  CHECK(throws<ShapeError>([&] { full.push_back(9); }));
  CHECK(throws<ShapeError>([&] { (void)full.with(0, 9); }));
  CHECK(full.rank() == 8);
  CHECK(error_of<ShapeError>([] { Shape(std::vector<std::int64_t>(9, 1)); }) ==
        "Shape: got 9 axes; expected at most 8");
}

TEST_CASE("normalize_axis counts negative axes from the end and names the operation out of range") {
  CHECK(normalize_axis("op", 0, 3) == 0);
  CHECK(normalize_axis("op", 2, 3) == 2);
  CHECK(normalize_axis("op", -1, 3) == 2);
  CHECK(normalize_axis("op", -3, 3) == 0);
  CHECK(normalize_axis("op", 0, 0) == 0);  // a scalar has one axis
  CHECK(normalize_axis("op", -1, 0) == 0);
  CHECK(error_of<IndexError>([] { normalize_axis("softmax", 3, 3); }) ==
        "softmax: axis out of range: got axis 3 of a tensor with 3 axes; expected -3 to 2");
  CHECK(throws<IndexError>([] { normalize_axis("op", -4, 3); }));
  CHECK(throws<IndexError>([] { normalize_axis("op", 1, 0); }));
  CHECK(throws<IndexError>([] { normalize_axis("op", std::numeric_limits<std::int64_t>::max(), 8); }));
  CHECK(throws<IndexError>([] { normalize_axis("op", std::numeric_limits<std::int64_t>::min(), 8); }));
}

TEST_CASE("axes become a mask with a bit for each") {
  CHECK(Axes().mask("op", 3) == 0b111u);
  CHECK(Axes().all());
  CHECK(Axes().mask("op", 0) == 0u);
  CHECK(Axes().mask("op", 8) == 0xFFu);
  CHECK(Axes(1).mask("op", 3) == 0b010u);
  CHECK(Axes(-1).mask("op", 3) == 0b100u);
  CHECK(Axes({0, -1}).mask("op", 4) == 0b1001u);
  CHECK(Axes(std::vector<std::int64_t>{2, 1}).mask("op", 3) == 0b110u);
  CHECK(Axes(std::vector<std::int64_t>{}).all());
  CHECK(Axes(0).mask("op", 0) == 0u);
  CHECK(throws<IndexError>([] { (void)Axes(3).mask("op", 3); }));
  CHECK(throws<IndexError>([] { (void)Axes({0, -4}).mask("op", 3); }));
  CHECK(error_of<ValueError>([] {
          (void)Axes({1, 0, -2}).mask("sum", 3);
        }) == "sum: axis -2 is named twice in [1, 0, -2]");
}

TEST_CASE("broadcast aligns at the last axis; sizes of 1 fit any") {
  CHECK(broadcast("op", {2, 3}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast("op", {2, 3}, {}) == Shape{2, 3});
  CHECK(broadcast("op", {3}, {2, 3}) == Shape{2, 3});
  CHECK(broadcast("op", {4, 1, 3}, {5, 1}) == Shape{4, 5, 3});
  CHECK(broadcast("op", {2, 1}, {1, 0}) == Shape{2, 0});
  CHECK(broadcast("op", {0}, {1}) == Shape{0});
  CHECK(broadcast("op", {1, 1, 1, 1, 1, 1, 1, 1}, {7}) == Shape{1, 1, 1, 1, 1, 1, 1, 7});
}

TEST_CASE("broadcast names both shapes and the axis when they do not fit") {
  CHECK(error_of<ShapeError>([] {
          broadcast("add", {2, 3}, {4});
        }) ==
        "add: shapes do not broadcast: got A [2, 3], B [4]; expected sizes, aligned at the last axis, to be equal or 1 "
        "(axis -1 has 3 and 4)");
  CHECK(
      error_of<ShapeError>([] {
        broadcast("mul", {5, 3}, {7, 2, 3});
      }) ==
      "mul: shapes do not broadcast: got A [5, 3], B [7, 2, 3]; expected sizes, aligned at the last axis, to be equal "
      "or 1 (axis -2 has 5 and 2)");
  CHECK(throws<ShapeError>([] { broadcast("op", {0}, {2}); }));
}

TEST_CASE("reduced removes axes, or keeps them at size 1") {
  CHECK(reduced({2, 3, 4}, 0b010, false) == Shape{2, 4});
  CHECK(reduced({2, 3, 4}, 0b101, true) == Shape{1, 3, 1});
  CHECK(reduced({2, 0}, 0b11, false) == Shape{});
  CHECK(reduced({2, 0}, 0, true) == Shape{2, 0});
}

TEST_CASE("checked_numel lets 2^47 bytes pass and no more") {
  CHECK(checked_numel("op", {std::int64_t{1} << 45}, 4) == std::int64_t{1} << 45);
  CHECK(checked_numel("op", {std::int64_t{1} << 47}, 1) == std::int64_t{1} << 47);
  CHECK(error_of<ShapeError>([] {
          checked_numel("rand", {1024, std::int64_t{1} << 36}, 4);
        }) == "rand: too large: got shape [1024, 68719476736]; expected at most 2^47 bytes");
  CHECK(throws<ShapeError>([] { checked_numel("op", {std::int64_t{1} << 62, 4}, 1); }));
  CHECK(throws<ShapeError>([] { checked_numel("op", {0, -1}, 1); }));
  CHECK(checked_numel("op", {std::int64_t{1} << 62, 1024, 0}, 8) == 0);
}
