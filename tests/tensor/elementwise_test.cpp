// Arithmetic, comparisons and where, with broadcasting, against a walk over indices in double.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/arithmetic.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

using Kernel = Array (*)(const Array&, const Array&);
using Number = double (*)(double, double);
struct Row {
  const char* name;
  Kernel kernel;
  Number number;
};
const Row kArithmetic[] = {
    {"add", kernels::add, [](double a, double b) { return a + b; }},
    {"sub", kernels::sub, [](double a, double b) { return a - b; }},
    {"mul", kernels::mul, [](double a, double b) { return a * b; }},
};
const Row kDivision{"div", kernels::div, [](double a, double b) { return a / b; }};
const Row kComparisons[] = {
    {"equal", kernels::equal, [](double a, double b) { return a == b ? 1. : 0.; }},
    {"not_equal", kernels::not_equal, [](double a, double b) { return a != b ? 1. : 0.; }},
    {"less", kernels::less, [](double a, double b) { return a < b ? 1. : 0.; }},
    {"less_equal", kernels::less_equal, [](double a, double b) { return a <= b ? 1. : 0.; }},
};

/// A result computed in double, as `dtype` stores it. (Sums, products and quotients of two floats rounded to double and
/// then to float are those rounded once.)
double stored(double v, DType dtype) {
  if (dtype == float32) return static_cast<float>(v);
  if (dtype == uint8) return static_cast<double>(static_cast<std::int64_t>(v) & 255);
  return v;
}

/// "" when the kernel does element by element what the number does, in dtype `want`.
std::string check(const Row& row, const Array& a, const Array& b, DType want, const Shape& shape) {
  const Array got = row.kernel(a, b);
  if (got.dtype() != want) return std::string(row.name) + " gave dtype " + std::string(name_of(got.dtype()));
  const Values x = values_of(a.to(is_floating(want) ? want : a.dtype()));
  const Values y = values_of(b.to(is_floating(want) ? want : b.dtype()));
  Values expected;
  for_each_index(shape, [&](const Index& i) {
    expected.push_back(stored(row.number(x[place(a.shape(), i)], y[place(b.shape(), i)]), want));
  });
  const std::string wrong = difference(got, shape, expected);
  return wrong.empty() ? ""
                       : std::string(row.name) + " of " + a.shape().str() + " and " + b.shape().str() + ": " + wrong;
}

/// An operand that broadcasts to `shape`: leading axes dropped, others of size 1 instead.
Shape operand_of(const Shape& shape, Random& random) {
  Shape result;
  for (int i = static_cast<int>(random.below(3) == 0 ? random.below(shape.rank() + 1) : 0); i < shape.rank(); ++i)
    result.push_back(random.below(3) == 0 ? 1 : shape[i]);
  return result;
}

/// What two operands that broadcast to (part of) one shape have together.
Shape joined(const Shape& a, const Shape& b) {
  const Shape& longer = a.rank() > b.rank() ? a : b;
  Shape result = longer;
  for (int i = 1; i <= std::min(a.rank(), b.rank()); ++i) {
    const std::int64_t m = a[a.rank() - i], n = b[b.rank() - i];
    result[longer.rank() - i] = m == 1 ? n : m;
  }
  return result;
}

DType arithmetic_type(DType a, DType b) {
  const DType t = promote("test", a, b);
  return t == bool_ ? int64 : t;
}
bool mixed_precision(DType a, DType b) { return a != b && is_floating(a) && is_floating(b); }
}  // namespace

TEST_CASE("arithmetic and comparisons of random shapes and dtypes are what a walk over the indices gives") {
  Random random(1);
  const Index sizes{1, 1, 2, 3, 5, 7, 16, 17};
  for (int round = 0; round < 600; ++round) {
    const Shape full = random.shape(4, sizes);
    const Shape sa = operand_of(full, random), sb = operand_of(full, random), shape = joined(sa, sb);
    const DType ta = random.one_of(kTypes), tb = random.one_of(kTypes);
    if (mixed_precision(ta, tb)) continue;
    const Array a = random.array(sa, ta), b = random.array(sb, tb);
    CHECK(check(random.one_of(kArithmetic), a, b, arithmetic_type(ta, tb), shape) == "");
    CHECK(check(random.one_of(kComparisons), a, b, bool_, shape) == "");
    const DType t = arithmetic_type(ta, tb);
    CHECK(check(kDivision, a, b, is_floating(t) ? t : float32, shape) == "");
  }
}

TEST_CASE("every operation works on every dtype, same shape, scalar operands and rows alike") {
  Random random(2);
  const std::pair<Shape, Shape> shapes[] = {{{3, 40}, {3, 40}},  {{3, 40}, {}},   {{}, {3, 40}},     {{}, {}},
                                            {{9, 10}, {10}},     {{10}, {9, 10}}, {{9, 10}, {9, 1}}, {{3, 1}, {1, 100}},
                                            {{2, 5, 3}, {5, 1}}, {{200, 3}, {3}}, {{1}, {64}},       {{0}, {1}},
                                            {{3, 0}, {3, 1}},    {{0, 4}, {4}}};
  for (const DType t : kTypes) {
    for (const auto& [sa, sb] : shapes) {
      const Array a = random.array(sa, t), b = random.array(sb, t);
      const DType want = t == bool_ ? int64 : t;
      for (const Row& row : kArithmetic) CHECK(check(row, a, b, want, joined(sa, sb)) == "");
      for (const Row& row : kComparisons) CHECK(check(row, a, b, bool_, joined(sa, sb)) == "");
      CHECK(check(kDivision, a, b, is_floating(t) ? t : float32, joined(sa, sb)) == "");
    }
  }
}

TEST_CASE("broadcasting of arrays large enough to be cut among threads is right") {
  Random random(3);
  const std::pair<Shape, Shape> shapes[] = {
      {{300, 1000}, {1000}},  {{1000, 300}, {1000, 1}}, {{300'001}, {}},    {{}, {300'001}},
      {{1, 200'003}, {2, 1}}, {{3, 1, 60'000}, {4, 1}}, {{90'000, 3}, {3}}, {{50, 1, 70}, {80, 1}},
      {{300'001}, {300'001}}, {{4, 5, 1, 700}, {30, 1}}};
  for (const auto& [sa, sb] : shapes) {
    const Array a = random.array(sa, float32), b = random.array(sb, float32);
    CHECK(check(kArithmetic[1], a, b, float32, joined(sa, sb)) == "");
    CHECK(check(kComparisons[2], a, b, bool_, joined(sa, sb)) == "");
  }
}

TEST_CASE("shapes that do not fit and mixed precisions are errors") {
  const Array a = Array::zeros({2, 3}), b = Array::zeros({2}), c = Array::zeros({2, 3}, float64);
  for (const Kernel kernel : {kernels::add, kernels::sub, kernels::mul, kernels::div, kernels::equal, kernels::less}) {
    CHECK(throws<ShapeError>([&] { kernel(a, b); }));
    CHECK(throws<DTypeError>([&] { kernel(a, c); }));
  }
}

TEST_CASE("arithmetic with a number keeps the dtype unless the number would lose its kind") {
  Random random(4);
  for (const DType t : kTypes) {
    for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 50}}) {
      const Array a = random.array(shape, t);
      const Values x = values_of(a);
      const auto same = [&](const Array& got, DType dtype, const std::function<double(double)>& f) {
        Values want;
        for (const double v : x) want.push_back(stored(f(v), dtype));
        return got.dtype() == dtype ? difference(got, shape, want) : "dtype " + std::string(name_of(got.dtype()));
      };
      CAPTURE(name_of(t));
      const DType with_int = t == bool_ ? int64 : t, with_real = is_floating(t) ? t : float32;
      CHECK(same(kernels::add(a, 3), with_int, [](double v) { return v + 3; }) == "");
      CHECK(same(kernels::mul(a, -3), with_int, [](double v) { return v * -3; }) == "");
      CHECK(same(kernels::rsub(a, 1), with_int, [](double v) { return 1 - v; }) == "");
      CHECK(same(kernels::add(a, true), with_int, [](double v) { return v + 1; }) == "");
      CHECK(same(kernels::mul(a, 0.5), with_real, [](double v) { return v * 0.5; }) == "");
      CHECK(same(kernels::rsub(a, 0.5), with_real, [](double v) { return 0.5 - v; }) == "");
      CHECK(same(kernels::div(a, 4), with_real, [](double v) { return v / 4; }) == "");
      CHECK(same(kernels::rdiv(a, 2), with_real, [](double v) { return 2 / v; }) == "");
      CHECK(same(kernels::neg(a), with_int, [](double v) { return -v; }) == "");
    }
  }
}

TEST_CASE("division by zero and NaN follow IEEE 754") {
  const Array a = Array::copy_of(std::vector<double>{1, -1, 0, kNaN, kInf});
  const Array zero = Array::zeros({}, float64);
  CHECK(difference(kernels::div(a, zero), {5}, {kInf, -kInf, kNaN, kNaN, kInf}) == "");
  CHECK(difference(kernels::div(Array::of({1, 0}), Array::of({0, 0})), {2}, {kInf, kNaN}) == "");
  CHECK(difference(kernels::equal(a, a), {5}, {1, 1, 1, 0, 1}) == "");
  CHECK(difference(kernels::not_equal(a, a), {5}, {0, 0, 0, 1, 0}) == "");
  CHECK(difference(kernels::less(a, zero), {5}, {0, 1, 0, 0, 0}) == "");
  CHECK(difference(kernels::less_equal(a, zero), {5}, {0, 1, 1, 0, 0}) == "");
}

TEST_CASE("integers wrap around, as in NumPy") {
  const Array ends = Array::copy_of(std::vector<std::int64_t>{kLowest, kLargest}), one = Array::of({1, 1});
  const auto first_two = [](const Array& a) { return std::pair(a.data<std::int64_t>()[0], a.data<std::int64_t>()[1]); };
  CHECK(first_two(kernels::add(ends, one)) == std::pair(kLowest + 1, kLowest));
  CHECK(first_two(kernels::sub(ends, one)) == std::pair(kLargest, kLargest - 1));
  CHECK(first_two(kernels::mul(ends, Array::of(2))) == std::pair(std::int64_t{0}, std::int64_t{-2}));
  CHECK(first_two(kernels::neg(ends)) == std::pair(kLowest, -kLargest));
  CHECK(first_two(kernels::add(ends, kLargest)) == std::pair(std::int64_t{-1}, std::int64_t{-2}));
  CHECK(first_two(kernels::rsub(ends, -2)) == std::pair(kLargest - 1, kLargest));
  CHECK(difference(kernels::add(Array::full({2}, 250, uint8), 10), {2}, {4, 4}) == "");
}

TEST_CASE("add_into adds in place and counts as one change") {
  Random random(5);
  for (const DType t : {float32, float64, int64}) {
    Array a = random.array({3, 1000}, t);
    const Array b = random.array({3, 1000}, t), sum = kernels::add(a, b), handle = a;
    kernels::add_into(a, b);
    CHECK(same_bytes(handle, sum));
    CHECK(a.version() == 1);
  }
}

TEST_CASE("where chooses element by element, all three broadcast together") {
  Random random(6);
  const Index sizes{1, 1, 2, 3, 5, 17};
  for (int round = 0; round < 150; ++round) {
    const Shape full = random.shape(4, sizes);
    const Shape sc = operand_of(full, random), sa = operand_of(full, random), sb = operand_of(full, random);
    const Shape shape = joined(joined(sc, sa), sb);
    const DType t = random.one_of(kTypes);
    const Array c = random.array(sc, bool_), a = random.array(sa, t), b = random.array(sb, t);
    const Values m = values_of(c), x = values_of(a), y = values_of(b);
    Values want;
    for_each_index(shape,
                   [&](const Index& i) { want.push_back(m[place(sc, i)] != 0 ? x[place(sa, i)] : y[place(sb, i)]); });
    const Array got = kernels::where(c, a, b);
    CHECK(got.dtype() == t);
    CHECK(difference(got, shape, want) == "");
  }
  const Array nan = Array::full({2}, kNaN, float32), one = Array::full({2}, 1, float32);
  CHECK(difference(kernels::where(Array::of({true, false}), one, nan), {2}, {1, kNaN}) == "");
  CHECK(kernels::where(Array::of(true), Array::zeros({0, 3}), Array::of(1.)).shape() == Shape{0, 3});
  CHECK(throws<ShapeError>([&] { kernels::where(Array::of({true, true, false}), one, nan); }));
}
