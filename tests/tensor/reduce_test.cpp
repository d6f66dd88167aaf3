// Reductions over every set of axes, against plain loops in double.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/reduce.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const Shape kShapes[] = {{},           {1},          {5},          {0},           {3, 4},       {1, 5},
                         {5, 1},       {0, 3},       {3, 0},       {2, 3, 4},     {1, 3, 1},    {2, 0, 3},
                         {2, 1, 3},    {130, 2},     {3, 130},     {7, 65, 3},    {5, 300, 3},  {2, 3, 4, 5},
                         {1, 2, 1, 3}, {2, 1, 0, 3}, {0, 1, 2, 0}, {3, 2, 17, 2}, {2, 9, 1, 70}};
const Shape kLarge[] = {{4100, 3}, {3, 70'000}, {300'000}, {600, 500}, {150'000, 2}, {20, 30, 500}};

/// Reduces the axes of `mask` by folding with f, in double and element by element.
template <class F>
Values folded(const Array& a, unsigned mask, double start, const F& f) {
  const Shape kept = reduced(a.shape(), mask, true);
  Values result(static_cast<std::size_t>(kept.numel()), start);
  const Values x = values_of(a);
  std::size_t at = 0;
  for_each_index(a.shape(), [&](const Index& i) {
    double& r = result[place(kept, i)];
    r = f(r, x[at++]);
  });
  return result;
}
double plus(double a, double b) { return a + b; }
double larger(double a, double b) { return std::isnan(a) || a > b ? a : b; }
double smaller(double a, double b) { return std::isnan(a) || a < b ? a : b; }

bool reduces_an_empty_axis(const Shape& shape, unsigned mask) {
  for (int i = 0; i < shape.rank(); ++i)
    if (mask >> i & 1u && shape[i] == 0) return true;
  return false;
}

/// Sum, amax and amin over every set of axes.
void check_all(const Array& a) {
  for (unsigned mask = 0; mask < 1u << a.dim(); ++mask) {
    CAPTURE(a.shape().str());
    CAPTURE(mask);
    CAPTURE(name_of(a.dtype()));
    for (const bool keepdim : {false, true}) {
      const Shape shape = reduced(a.shape(), mask, keepdim);
      const Array sum = kernels::sum(a, mask, keepdim);
      const double eps = a.dtype() == float32 ? 1e-5 : 1e-13;  // of the elements' size, below 4, times the root of n
      CHECK(difference(sum, shape, folded(a, mask, 0, plus), is_floating(a.dtype()) ? eps : 0,
                       is_floating(a.dtype()) ? eps * std::sqrt(static_cast<double>(a.numel())) : 0) == "");
      CHECK(sum.dtype() == (is_floating(a.dtype()) ? a.dtype() : int64));
      CHECK_FALSE(sum.shares_buffer_with(a));
      if (reduces_an_empty_axis(a.shape(), mask)) continue;
      const Array top = kernels::amax(a, mask, keepdim), bottom = kernels::amin(a, mask, keepdim);
      CHECK(difference(top, shape, folded(a, mask, -kInf, larger)) == "");
      CHECK(difference(bottom, shape, folded(a, mask, kInf, smaller)) == "");
      CHECK(top.dtype() == a.dtype());
    }
  }
}

/// The first index along `axis` that nothing is better than; NaN is best.
template <class Better>
Values first_best(const Array& a, int axis, const Better& better) {
  const Shape kept = reduced(a.shape(), 1u << axis, true);
  Values best(static_cast<std::size_t>(kept.numel()), 0), at(best.size(), -1);
  const Values x = values_of(a);
  std::size_t n = 0;
  for_each_index(a.shape(), [&](const Index& i) {
    const std::size_t k = place(kept, i);
    const double v = x[n++];
    if (at[k] >= 0 && (std::isnan(best[k]) || !(std::isnan(v) || better(v, best[k])))) return;
    best[k] = v;
    at[k] = static_cast<double>(i[static_cast<std::size_t>(axis)]);
  });
  return at;
}

void check_indices(const Array& a) {
  for (int axis = 0; axis < a.dim(); ++axis) {
    if (a.shape()[axis] == 0) continue;
    CAPTURE(a.shape().str());
    CAPTURE(axis);
    CAPTURE(name_of(a.dtype()));
    for (const bool keepdim : {false, true}) {
      const Shape shape = reduced(a.shape(), 1u << axis, keepdim);
      const Array top = kernels::argmax(a, axis, keepdim), bottom = kernels::argmin(a, axis, keepdim);
      CHECK(top.dtype() == int64);
      CHECK(difference(top, shape, first_best(a, axis, std::greater<>())) == "");
      CHECK(difference(bottom, shape, first_best(a, axis, std::less<>())) == "");
    }
  }
}
}  // namespace

TEST_CASE("sum, amax and amin over every set of axes of every dtype are what plain loops give") {
  Random random(1);
  for (const DType t : kTypes)
    for (const Shape& shape : kShapes) check_all(random.array(shape, t));
}

TEST_CASE("sum, amax and amin of arrays large enough to be cut among threads are right") {
  Random random(2);
  for (const Shape& shape : kLarge) check_all(random.array(shape, float32));
  check_all(random.array({70'000, 5}, float64));
  check_all(random.array({5, 70'000}, int64));
  check_all(random.array({300'000}, bool_));
}

TEST_CASE("argmax and argmin give the first index of the best along any axis") {
  Random random(3);
  for (const DType t : kTypes)  // integers and bools tie often
    for (const Shape& shape : kShapes) check_indices(random.array(shape, t));
  CHECK(kernels::argmax(Array::of(3.), 0, false).item<int>() == 0);
  CHECK(difference(kernels::argmax(Array::of({1, 3, 3}), 0, false), {}, {1}) == "");
  CHECK(difference(kernels::argmin(Array::of({{2, 0}, {0, 0}}), 1, true), {2, 1}, {1, 0}) == "");
}

TEST_CASE("a NaN wins amax, amin, argmax and argmin wherever it stands") {
  Random random(4);
  for (const DType t : {float32, float64}) {
    for (const std::int64_t n : {1, 2, 5, 63, 64, 127, 128, 129, 200, 1000}) {
      for (const std::int64_t at : {std::int64_t{0}, n / 2, n - 1}) {
        Values values = values_of(random.array({n}, t));
        values[static_cast<std::size_t>(at)] = kNaN;
        const Array row = Array::copy_of(values).to(t);
        CHECK(std::isnan(kernels::amax(row, 1, false).item<double>()));
        CHECK(std::isnan(kernels::amin(row, 1, false).item<double>()));
        CHECK(kernels::argmax(row, 0, false).item<std::int64_t>() == at);
        CHECK(kernels::argmin(row, 0, false).item<std::int64_t>() == at);
        const Array column = row.reshape({n, 1});
        const Array two = kernels::add(column, Array::zeros({2}, t));
        CHECK(difference(kernels::amax(two, 1, false), {2}, {kNaN, kNaN}) == "");
      }
    }
  }
  const Array two = Array::copy_of(std::vector<float>{1, kNaN, 3, kNaN});
  CHECK(kernels::argmax(two, 0, false).item<int>() == 1);
  CHECK(std::isnan(kernels::sum(two, 1, false).item<float>()));
}

TEST_CASE("infinities are ordinary largest and smallest numbers") {
  const Array a = Array::copy_of(std::vector<double>{-kInf, -kInf});
  CHECK(kernels::amax(a, 1, false).item<double>() == -kInf);
  CHECK(kernels::argmax(a, 0, false).item<int>() == 0);
  CHECK(kernels::sum(a, 1, false).item<double>() == -kInf);
}

TEST_CASE("2^25 float ones sum to 2^25, and their mean is 1") {
  constexpr std::int64_t n = std::int64_t{1} << 25;
  const Array ones = Array::full({n}, 1, float32);
  CHECK(kernels::sum(ones, 1, false).item<double>() == 33554432.);
  CHECK(kernels::div(kernels::sum(ones, 1, false), n).item<double>() == 1.);
  CHECK(kernels::sum(ones.reshape({n / 2, 2}), 1, false).data<float>()[1] == 16777216.f);
  CHECK(kernels::sum(ones.reshape({2, n / 2}), 2, false).data<float>()[1] == 16777216.f);
  CHECK(kernels::sum(ones.reshape({1 << 10, 1 << 5, 1 << 10}), 0b101, false).data<float>()[31] == 1048576.f);
}

TEST_CASE("long sums of float32 stay within 2e-6 along rows and 1e-4 along columns: a million times 0.1") {
  const Array a = Array::full({1'000'000}, 0.1f, float32);
  const double exact = 1e6 * static_cast<double>(0.1f);
  CHECK(kernels::sum(a, 1, false).item<double>() == doctest::Approx(exact).epsilon(2e-6));
  CHECK(kernels::sum(a.reshape({500'000, 2}), 1, false).data<float>()[0] == doctest::Approx(exact / 2).epsilon(1e-4));
}

TEST_CASE("sums of int64 wrap around; sums of uint8 and bool do not") {
  const auto largest = std::numeric_limits<std::int64_t>::max();
  CHECK(kernels::sum(Array::copy_of(std::vector<std::int64_t>{largest, 1}), 1, false).item<std::int64_t>() ==
        std::numeric_limits<std::int64_t>::min());
  CHECK(kernels::sum(Array::full({2, 200'000}, 255, uint8), 3, false).item<std::int64_t>() == 102'000'000);
  CHECK(kernels::sum(Array::full({300}, true, bool_), 1, false).item<std::int64_t>() == 300);
}

TEST_CASE("sum_to undoes broadcasting") {
  Random random(5);
  for (int round = 0; round < 100; ++round) {
    const Shape shape = random.shape(4, {1, 2, 3, 6});
    Shape target;
    for (int i = static_cast<int>(random.below(shape.rank() + 1)); i < shape.rank(); ++i)
      target.push_back(random.below(2) == 0 ? 1 : shape[i]);
    const Array a = random.array(shape, float64);
    Values want(static_cast<std::size_t>(target.numel()), 0);
    const Values x = values_of(a);
    std::size_t at = 0;
    for_each_index(shape, [&](const Index& i) { want[place(target, i)] += x[at++]; });
    CHECK(difference(kernels::sum_to(a, target), target, want, 1e-13, 1e-12) == "");
  }
  const Array a = Array::zeros({2, 3});
  CHECK(kernels::sum_to(a, {2, 3}).shares_buffer_with(a));
  CHECK(difference(kernels::sum_to(Array::zeros({0, 3}), {1, 3}), {1, 3}, {0, 0, 0}) == "");
}
