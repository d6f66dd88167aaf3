#include "tensor/array.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

std::vector<std::int64_t> integers_of(const Array& a) {
  return {a.values<std::int64_t>().begin(), a.values<std::int64_t>().end()};
}

template <class T>
bool copies(DType dtype) {
  const std::vector<T> values{T(0), T(1), T(1), T(0), T(1), T(0)};
  const Array a = Array::copy_of(values, Shape{2, 3});
  const Array b = Array::copy_of(values);
  const T plain[] = {T(1), T(0)};
  const Array c = Array::copy_of(plain, {2, 1});
  return a.dtype() == dtype && difference(a, {2, 3}, {0, 1, 1, 0, 1, 0}) == "" && b.shape() == Shape{6} &&
         difference(c, {2, 1}, {1, 0}) == "" && c.dtype() == dtype && a.reshape({6}).numel() == 6;
}
}  // namespace

TEST_CASE("zeros, full and empty have the shape and dtype asked for") {
  for (const DType t : kTypes) {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 0, 4}, Shape{2, 3, 4}, Shape{1, 1, 1, 1, 1, 1, 1, 2}}) {
      CAPTURE(name_of(t));
      const auto n = static_cast<std::size_t>(shape.numel());
      CHECK(difference(Array::zeros(shape, t), shape, Values(n, 0)) == "");
      CHECK(difference(Array::full(shape, 1, t), shape, Values(n, 1)) == "");
      CHECK(Array::empty(shape, t).shape() == shape);
      CHECK(Array::empty(shape, t).dtype() == t);
      CHECK(Array::empty(shape, t).nbytes() == n * size_of(t));
      CHECK(Array::empty(shape, t).version() == 0);
      CHECK(Array::empty_like(Array::zeros(shape, t)).shape() == shape);
      CHECK(Array::empty_like(Array::zeros(shape, t)).dtype() == t);
    }
  }
  CHECK(Array::empty({2}).dtype() == float32);
  CHECK(difference(Array::full({2}, 7, uint8), {2}, {7, 7}) == "");
  CHECK(difference(Array::full({2}, 0.5, float64), {2}, {0.5, 0.5}) == "");
}

TEST_CASE("copy_of takes every arithmetic type, and widens other integers than uint8 to int64") {
  CHECK(copies<float>(float32));
  CHECK(copies<double>(float64));
  CHECK(copies<long double>(float64));
  CHECK(copies<bool>(bool_));
  CHECK(copies<unsigned char>(uint8));
  CHECK(copies<char>(int64));
  CHECK(copies<signed char>(int64));
  CHECK(copies<short>(int64));
  CHECK(copies<unsigned short>(int64));
  CHECK(copies<int>(int64));
  CHECK(copies<unsigned>(int64));
  CHECK(copies<long>(int64));
  CHECK(copies<unsigned long>(int64));
  CHECK(copies<long long>(int64));
  CHECK(copies<unsigned long long>(int64));
  CHECK(integers_of(Array::copy_of(std::vector<short>{-3, 4})) == std::vector<std::int64_t>{-3, 4});
  CHECK(Array::copy_of(std::vector<float>{}).shape() == Shape{0});
}

TEST_CASE("copy_of a vector needs as many values as the shape has elements") {
  const std::vector<int> five(5);
  CHECK(error_of<ShapeError>([&] { Array::copy_of(five, Shape{2, 3}); }) == "copy_of: got 5 values for shape [2, 3]");
  CHECK(throws<ShapeError>([&] { Array::copy_of(five, Shape{-5}); }));
  CHECK(throws<ShapeError>([&] { Array::copy_of(five, Shape{std::int64_t{1} << 40, std::int64_t{1} << 40}); }));
}

TEST_CASE("nested braces give the array they show") {
  const Array m = Array::of({{1., 2., 3.}, {4., 5., 6.}});
  CHECK(difference(m, {2, 3}, {1, 2, 3, 4, 5, 6}) == "");
  CHECK(difference(Array::of({{{1, 2}}, {{3, 4}}}), {2, 1, 2}, {1, 2, 3, 4}) == "");
  CHECK(difference(Array::of({{1, 2}}), {1, 2}, {1, 2}) == "");
  CHECK(difference(Array::of({{1}, {2}}), {2, 1}, {1, 2}) == "");
  CHECK(difference(Array::of(5), {}, {5}) == "");
  CHECK(difference(Array::of({}), {0}, {}) == "");
  CHECK(difference(Array::of({{}, {}}), {2, 0}, {}) == "");
}

TEST_CASE("nested braces: any real number makes float32, else any integer int64, else bool") {
  CHECK(Array::of({1, 2.5, true}).dtype() == float32);
  CHECK(Array::of({1.f, 2.f}).dtype() == float32);
  CHECK(Array::of({1, true}).dtype() == int64);
  CHECK(Array::of({true, false}).dtype() == bool_);
  CHECK(Array::of({}).dtype() == float32);
  CHECK(Array::of({1, 2}, float64).dtype() == float64);
  CHECK(difference(Array::of({1.75, -2.5}, int64), {2}, {1, -2}) == "");
  CHECK(difference(Array::of({3, 0}, bool_), {2}, {1, 0}) == "");
}

TEST_CASE("nested braces of unequal length or depth are ShapeErrors") {
  CHECK(throws<ShapeError>([] { Array::of({{1, 2}, {3}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{1}, {2, 3}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{1, 2}, 3}); }));
  CHECK(throws<ShapeError>([] { Array::of({1, {2}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{}, {1}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{1}, {}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{{1}, {2}}, {{1}, {2, 3}}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{{1}}, {{{1}}}}); }));
  CHECK(throws<ShapeError>([] { Array::of({{{{{{{{{1}}}}}}}}}); }));  // nine deep
  CHECK(Array::of({{{{{{{{1}}}}}}}}).dim() == 8);
}

TEST_CASE("more than 8 axes, negative and absurd sizes are ShapeErrors, before anything is allocated") {
  CHECK(throws<ShapeError>([] { Array::zeros({1, 1, 1, 1, 1, 1, 1, 1, 1}); }));
  CHECK(throws<ShapeError>([] { Array::empty({-1}); }));
  CHECK(throws<ShapeError>([] { Array::empty({0, -1}); }));
  CHECK(throws<ShapeError>([] { Array::empty({kLowest}); }));
  CHECK(throws<ShapeError>([] { Array::zeros({kLargest}); }));
  CHECK(throws<ShapeError>([] { Array::full({std::int64_t{1} << 32, std::int64_t{1} << 32}, 1, uint8); }));
  CHECK(throws<ShapeError>([] { Array::empty({(std::int64_t{1} << 45) + 1}, float32); }));
  CHECK(error_of<ShapeError>([] {
          Array::empty({2, -3});
        }) == "empty: negative size: got shape [2, -3]; expected sizes of 0 or more");
  CHECK(Array::empty({kLargest, 0, kLargest}).numel() == 0);
}

TEST_CASE("everything but defined() throws ValueError for an undefined handle") {
  const Array none;
  Array writable;
  CHECK_FALSE(none.defined());
  CHECK(throws<ValueError>([&] { none.dtype(); }));
  CHECK(throws<ValueError>([&] { none.shape(); }));
  CHECK(throws<ValueError>([&] { none.dim(); }));
  CHECK(throws<ValueError>([&] { none.numel(); }));
  CHECK(throws<ValueError>([&] { none.nbytes(); }));
  CHECK(throws<ValueError>([&] { none.size(0); }));
  CHECK(throws<ValueError>([&] { none.raw(); }));
  CHECK(throws<ValueError>([&] { none.data<float>(); }));
  CHECK(throws<ValueError>([&] { none.values<float>(); }));
  CHECK(throws<ValueError>([&] { none.version(); }));
  CHECK(throws<ValueError>([&] { none.item<int>(); }));
  CHECK(throws<ValueError>([&] { none.clone(); }));
  CHECK(throws<ValueError>([&] { Array::empty_like(none); }));
  CHECK(throws<ValueError>([&] { none.reshape({1}); }));
  CHECK(throws<ValueError>([&] { none.reshape({-1, -1}); }));
  CHECK(throws<ValueError>([&] { none.to(float32); }));
  CHECK(throws<ValueError>([&] { writable.mutable_raw(); }));
  CHECK(throws<ValueError>([&] { writable.mutable_data<float>(); }));
  CHECK(throws<ValueError>([&] { same_bytes(none, Array::zeros({1})); }));
  CHECK_FALSE(none.shares_buffer_with(none));
  const Array copy = none;
  CHECK_FALSE(copy.defined());
}

TEST_CASE("elements are read and written as their own type only") {
  Array a = Array::zeros({2}, float64);
  CHECK(error_of<DTypeError>([&] { a.data<float>(); }) == "data: element type: got float64; expected float32");
  CHECK(throws<DTypeError>([&] { a.values<std::int64_t>(); }));
  CHECK(throws<DTypeError>([&] { a.mutable_data<bool>(); }));
  CHECK(a.version() == 0);
  CHECK(throws<DTypeError>([&] { Array::zeros({2}, uint8).data<bool>(); }));
  CHECK(a.data<double>()[1] == 0.);
}

TEST_CASE("copies share the buffer, clone has its own") {
  Array a = Array::of({1., 2.});
  const Array b = a, c = a.clone(), r = a.reshape({2, 1});
  a.mutable_data<float>()[0] = 9;
  CHECK(b.data<float>()[0] == 9);
  CHECK(r.data<float>()[0] == 9);
  CHECK(c.data<float>()[0] == 1);
  CHECK(a.shares_buffer_with(b));
  CHECK(a.shares_buffer_with(r));
  CHECK_FALSE(a.shares_buffer_with(c));
  const Array still = Array::of({1, 2, 3}).reshape({3, 1});  // outlives the handle it was made from
  CHECK(integers_of(still) == std::vector<std::int64_t>{1, 2, 3});
}

TEST_CASE("the version counts writes to the buffer, whichever handle they come through") {
  Array a = Array::zeros({2, 2});
  Array b = a, r = a.reshape({4});
  const Array c = a.clone();
  a.mutable_data<float>();
  b.mutable_raw();
  r.mutable_raw();
  CHECK(a.version() == 3);
  CHECK(r.version() == 3);
  CHECK(c.version() == 0);
  CHECK(a.clone().version() == 0);
  a.data<float>();
  a.raw();
  CHECK(b.version() == 3);
}

TEST_CASE("assignment, also to itself, and moving leave the right handles behind") {
  Array a = Array::of({1, 2}), b = Array::of({3});
  const Array& alias = a;
  a = alias;
  CHECK(integers_of(a) == std::vector<std::int64_t>{1, 2});
  b = a;
  CHECK(b.shares_buffer_with(a));
  const Array moved = std::move(b);
  CHECK_FALSE(b.defined());  // NOLINT: what moving leaves behind is stated
  CHECK(moved.shares_buffer_with(a));
}

TEST_CASE("reshape keeps the elements and computes the size given as -1") {
  const Array a = Array::of({{1, 2, 3}, {4, 5, 6}});
  CHECK(difference(a.reshape({3, 2}), {3, 2}, {1, 2, 3, 4, 5, 6}) == "");
  CHECK(a.reshape({-1}).shape() == Shape{6});
  CHECK(a.reshape({1, -1, 2}).shape() == Shape{1, 3, 2});
  CHECK(a.reshape({2, 3, -1}).shape() == Shape{2, 3, 1});
  CHECK(Array::of(4).reshape({}).shape() == Shape{});
  CHECK(Array::of(4).reshape({1, 1}).shape() == Shape{1, 1});
  CHECK(Array::of({4}).reshape({}).shape() == Shape{});
  CHECK(Array::zeros({0, 3}).reshape({5, 0}).shape() == Shape{5, 0});
  CHECK(Array::zeros({0, 3}).reshape({-1, 3}).shape() == Shape{0, 3});
}

TEST_CASE("reshape to another number of elements is a ShapeError, absurd sizes included") {
  const Array a = Array::zeros({2, 3});
  const std::int64_t big = std::int64_t{1} << 32;
  for (const Shape& bad :
       {Shape{5}, Shape{-1, 4}, Shape{-1, -1}, Shape{-2, -3}, Shape{-1, 0}, Shape{}, Shape{6, 0}, Shape{big, big},
        Shape{big, big, 6}, Shape{kLargest}, Shape{kLowest}, Shape{-1, big, big}, Shape{3, kLargest / 3 + 3}}) {
    CAPTURE(bad.str());
    CHECK(throws<ShapeError>([&] { a.reshape(bad); }));
  }
  CHECK(throws<ShapeError>([&] { Array::zeros({0}).reshape({-1, 0}); }));
  CHECK(throws<ShapeError>([&] { Array::zeros({0}).reshape({big, big}); }));  // wraps to 0
  CHECK(error_of<ShapeError>([&] {
          a.reshape({4, -1});
        }) ==
        "reshape: got 6 elements of shape [2, 3] for shape [4, -1]; expected the same number, with at most one "
        "size -1");
}

TEST_CASE("item gives the only element, converted") {
  CHECK(Array::of(2.75).item<float>() == 2.75f);
  CHECK(Array::of({{2.75}}).item<int>() == 2);
  CHECK(Array::of(3).item<double>() == 3.);
  CHECK(Array::of(0.5).item<bool>());
  CHECK(Array::of(true).item<long>() == 1);
  CHECK(Array::of(-1).item<unsigned char>() == 255);
  CHECK(Array::full({}, kNaN, float64).item<int>() == std::numeric_limits<int>::min());
  CHECK(Array::full({}, 3e9, float64).item<int>() == std::numeric_limits<int>::min());
  CHECK(Array::full({}, 3e9, float64).item<unsigned>() == 3000000000u);
  CHECK(Array::full({}, -kInf, float64).item<unsigned long>() == 0);
  CHECK(error_of<ShapeError>([] {
          Array::of({1, 2}).item<int>();
        }) == "item: got shape [2]; expected exactly one element");
  CHECK(throws<ShapeError>([] { Array::zeros({0}).item<float>(); }));
}

TEST_CASE("size counts negative axes from the end") {
  const Array a = Array::zeros({2, 3, 5});
  CHECK(a.size(0) == 2);
  CHECK(a.size(-1) == 5);
  CHECK(a.size(-3) == 2);
  CHECK(a.dim() == 3);
  CHECK(throws<IndexError>([&] { a.size(3); }));
  CHECK(throws<IndexError>([&] { a.size(-4); }));
  CHECK(throws<IndexError>([&] { a.size(kLowest); }));
  CHECK(throws<IndexError>([] { Array::of(1).size(0); }));
}

TEST_CASE("to converts between all dtypes, and is the array itself for its own") {
  const Values values{0, 1, 2, 200};
  for (const DType from : kTypes) {
    for (const DType to : kTypes) {
      CAPTURE(name_of(from));
      CAPTURE(name_of(to));
      const Array a = Array::copy_of(values).to(from);
      Values want = values;
      if (from == bool_ || to == bool_) want = {0, 1, 1, 1};
      CHECK(difference(a.to(to), {4}, want) == "");
      CHECK(a.to(to).dtype() == to);
      CHECK(a.to(to).shares_buffer_with(a) == (from == to));
    }
  }
}

TEST_CASE("to: reals truncate toward zero, and what no integer holds has a defined result") {
  const std::vector<double> reals{-2.9, -0.9, 0.9, 2.9, 255.9, 256., -1., kNaN, kInf, -kInf, 1e300, -1e300, 9.3e18};
  for (const DType t : {float32, float64}) {
    CAPTURE(name_of(t));
    const Array a = Array::copy_of(reals).to(t);
    CHECK(integers_of(a.to(int64)) ==
          std::vector<std::int64_t>{-2, 0, 0, 2, 255, 256, -1, kLowest, kLowest, kLowest, kLowest, kLowest, kLowest});
    CHECK(difference(a.to(uint8), {13}, {0, 0, 0, 2, 255, 0, 0, 0, 0, 0, 0, 0, 0}) == "");
    CHECK(difference(a.to(bool_), {13}, Values(13, 1)) == "");
  }
  CHECK(integers_of(Array::full({1}, -0x1p63, float64).to(int64)) == std::vector<std::int64_t>{kLowest});
  CHECK(difference(Array::of({-1, 256, 511}).to(uint8), {3}, {255, 0, 255}) == "");
  CHECK(difference(Array::full({1}, 1e300, float64).to(float32), {1}, {kInf}) == "");
  CHECK(difference(Array::full({1}, -0., float64).to(bool_), {1}, {0}) == "");
  CHECK(integers_of(Array::full({1}, kNaN, int64)) == std::vector<std::int64_t>{kLowest});
  CHECK(difference(Array::full({1}, -5.5, uint8), {1}, {0}) == "");
}

TEST_CASE("to converts every element of arrays large enough to be cut among threads") {
  std::vector<std::int64_t> values(300'001);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int64_t>(i) - 7;
  const Array a = Array::copy_of(values);
  CHECK(same_bytes(a.to(float64).to(int64), a));
  CHECK(a.to(uint8).data<std::uint8_t>()[300'000] == static_cast<std::uint8_t>(299'993));
}

TEST_CASE("same_bytes compares dtype, shape and bits") {
  const Array a = Array::of({1, 2});
  CHECK(same_bytes(a, a.clone()));
  CHECK_FALSE(same_bytes(a, a.reshape({2, 1})));
  CHECK_FALSE(same_bytes(a, Array::of({1, 3})));
  CHECK_FALSE(same_bytes(Array::full({1}, 0., float32), Array::full({1}, -0., float32)));
  CHECK(same_bytes(Array::full({1}, kNaN, float32), Array::full({1}, kNaN, float32)));
  CHECK_FALSE(same_bytes(Array::zeros({2}, uint8), Array::zeros({2}, bool_)));
  CHECK(same_bytes(Array::zeros({0, 2}), Array::zeros({0, 2})));
}

TEST_CASE("promote: integers adopt the floating dtype, float32 with float64 is a DTypeError") {
  const DType want[4][4] = {// by row, with: float32, int64, uint8, bool
                            {float32, float32, float32, float32},
                            {float32, int64, int64, int64},
                            {float32, int64, uint8, uint8},
                            {float32, int64, uint8, bool_}};
  const DType types[] = {float32, int64, uint8, bool_};
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 4; ++k) CHECK(promote("op", types[i], types[k]) == want[i][k]);
  CHECK(promote("op", float64, bool_) == float64);
  CHECK(promote("op", uint8, float64) == float64);
  CHECK(error_of<DTypeError>([] { promote("add", float32, float64); }) ==
        "add: operands of different precision: got float32 and float64; expected one of them throughout, convert with "
        ".to(float64) or .to(float32)");
  CHECK(throws<DTypeError>([] { promote("add", float64, float32); }));
}

TEST_CASE("a number adopts the dtype of the array it meets, unless it would lose its kind") {
  for (const DType t : kTypes) CHECK(Scalar(true).with(t) == t);
  CHECK(Scalar(2).with(uint8) == uint8);
  CHECK(Scalar(2).with(bool_) == int64);
  CHECK(Scalar(2).with(float64) == float64);
  CHECK(Scalar(2.5).with(float64) == float64);
  CHECK(Scalar(2.5f).with(int64) == float32);
  CHECK(Scalar(2.5).with(bool_) == float32);
  CHECK(Scalar(2.5).dtype() == float32);
  CHECK(Scalar(2u).dtype() == int64);
  CHECK(Scalar(false).dtype() == bool_);
  CHECK(Scalar(kNaN).to<std::int64_t>() == kLowest);
}

TEST_CASE("Access::replace changes what every handle on the Impl shows, and back again") {
  using detail::Access;
  Array a = Array::of({1., 2.});
  const Array original = a.reshape({2, 1});  // keeps the first buffer
  const Array handle = Access::share(a);
  const Array value = Array::of({{5, 6, 7}});
  Access::replace(a, value);
  CHECK(difference(handle, {1, 3}, {5, 6, 7}) == "");
  CHECK(handle.dtype() == int64);
  CHECK(handle.shares_buffer_with(value));
  CHECK(difference(original, {2, 1}, {1, 2}) == "");
  Access::replace(a, original);  // home again
  CHECK(difference(handle, {2, 1}, {1, 2}) == "");
  Access::replace(a, handle);  // by itself
  CHECK(difference(a, {2, 1}, {1, 2}) == "");
  for (int i = 0; i < 3; ++i) Access::replace(a, Array::full({4}, i, float32));
  CHECK(difference(handle, {4}, {2, 2, 2, 2}) == "");
  CHECK(difference(value, {1, 3}, {5, 6, 7}) == "");
}

TEST_CASE("Access::unique holds for one handle on a buffer with one face") {
  using detail::Access;
  Array a = Array::zeros({2});
  CHECK(Access::unique(a));
  {
    const Array b = a;
    CHECK_FALSE(Access::unique(a));
  }
  {
    const Array view = a.reshape({2, 1});
    CHECK_FALSE(Access::unique(a));
    CHECK_FALSE(Access::unique(view));
  }
  CHECK(Access::unique(a));
}
