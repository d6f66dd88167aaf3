// Moments, norms, products, counts, scans and order over every set of axes, against plain loops.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <vector>

#include "tensor/kernels/histogram.hpp"
#include "tensor/kernels/scan.hpp"
#include "tensor/kernels/sort.hpp"
#include "tensor/kernels/statistics.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {

const Shape kShapes[] = {{},           {1},          {5},          {0},           {3, 4},
                         {1, 5},       {0, 3},       {3, 0},       {2, 3, 4},     {1, 3, 1},
                         {2, 0, 3},    {130, 2},     {3, 130},     {7, 65, 3},    {3, 2, 300},
                         {2, 3, 4, 5}, {1, 2, 1, 3}, {2, 1, 0, 3}, {3, 2, 17, 2}, {2, 2, 1, 2, 3}};
const Shape kLarge[] = {{300'000}, {4100, 3, 30}, {3, 70'000}, {150'000, 2}, {20, 30, 500}, {2, 3, 140'000}};

/// The elements that go into each result.
std::vector<Values> groups(const Array& a, unsigned mask) {
  const Shape kept = reduced(a.shape(), mask, true);
  std::vector<Values> result(static_cast<std::size_t>(kept.numel()));
  const Values x = values_of(a);
  std::size_t at = 0;
  for_each_index(a.shape(), [&](const Index& i) { result[place(kept, i)].push_back(x[at++]); });
  return result;
}

template <class F>
Values each(const std::vector<Values>& all, const F& f) {
  Values result;
  for (const Values& group : all) result.push_back(f(group));
  return result;
}

double mean_of(const Values& x) { return std::accumulate(x.begin(), x.end(), 0.) / static_cast<double>(x.size()); }
double variance_of(const Values& x) {
  double total = 0;
  const double mean = mean_of(x);
  for (const double v : x) total += (v - mean) * (v - mean);
  return total / std::max(0., static_cast<double>(x.size()) - 1);
}
double norm_of(const Values& x, double p) {
  double total = 0;
  for (const double v : x) total += std::pow(std::abs(v), p);
  return std::pow(total, 1 / p);
}

void check_all(const Array& a) {
  for (unsigned mask = 0; mask < 1u << a.dim(); ++mask) {
    CAPTURE(a.shape().str());
    CAPTURE(mask);
    CAPTURE(name_of(a.dtype()));
    const Shape shape = reduced(a.shape(), mask, false);
    const std::vector<Values> all = groups(a, mask);
    const auto nonzero = [](const Values& x) {
      return static_cast<double>(std::count_if(x.begin(), x.end(), [](double v) { return v != 0; }));
    };
    CHECK(difference(kernels::count_nonzero(a, mask, false), shape, each(all, nonzero)) == "");
    CHECK(kernels::count_nonzero(a, mask, true).shape() == reduced(a.shape(), mask, true));
    if (!is_floating(a.dtype())) continue;
    const double eps = a.dtype() == float32 ? 1e-6 : 1e-12;
    const bool few = all.empty() || all[0].size() <= 60;  // more would leave the range
    const auto product = [](const Values& x) { return std::accumulate(x.begin(), x.end(), 1., std::multiplies<>()); };
    if (few) CHECK(difference(kernels::prod(a, mask, false), shape, each(all, product), eps, 1e-30) == "");
    CHECK(difference(kernels::variance(a, mask, false, 1), shape, each(all, variance_of), eps) == "");
    for (const double p : {1., 2., 3., 0.5})
      CHECK(difference(kernels::norm(a, p, mask, false), shape,
                       each(all, [p](const Values& x) { return norm_of(x, p); }), eps) == "");
    const Shape kept = reduced(a.shape(), mask, true);
    const Values means = each(all, mean_of), x = values_of(a);
    Values deviations;
    for_each_index(a.shape(),
                   [&](const Index& i) { deviations.push_back(x[deviations.size()] - means[place(kept, i)]); });
    CHECK(difference(kernels::deviation(a, mask), a.shape(), deviations, eps, 4 * eps) == "");
  }
}

/// Calls f(elements along `axis`, where they lie) for every row.
template <class F>
void for_rows(const Array& a, int axis, const F& f) {
  std::map<std::size_t, std::vector<std::size_t>> rows;
  const Shape kept = reduced(a.shape(), a.dim() == 0 ? 0 : 1u << axis, true);
  std::size_t at = 0;
  for_each_index(a.shape(), [&](const Index& i) { rows[place(kept, i)].push_back(at++); });
  const Values x = values_of(a);
  for (const auto& [row, where] : rows) {
    Values values;
    for (const std::size_t i : where) values.push_back(x[i]);
    f(values, where);
  }
}

/// A row-wise function applied along an axis.
template <class F>
Values along(const Array& a, int axis, const F& f) {
  Values result(static_cast<std::size_t>(a.numel()));
  for_rows(a, axis, [&](const Values& x, const std::vector<std::size_t>& where) {
    const Values y = f(x);
    for (std::size_t k = 0; k < y.size(); ++k) result[where[k]] = y[k];
  });
  return result;
}

Values sorted_order(const Values& x, bool descending) {
  Values order(x.size());
  std::iota(order.begin(), order.end(), 0.);
  const auto at = [&](double i) { return x[static_cast<std::size_t>(i)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](double i, double j) { return descending ? at(i) > at(j) : at(i) < at(j); });
  return order;
}

template <class Op>
Values running(const Values& x, Op op) {
  Values y(x.size());
  std::partial_sum(x.begin(), x.end(), y.begin(), op);
  return y;
}

void check_rows(const Array& a) {
  for (int axis = 0; axis < std::max(1, a.dim()); ++axis) {
    CAPTURE(a.shape().str());
    CAPTURE(axis);
    CAPTURE(name_of(a.dtype()));
    for (const bool descending : {false, true})
      CHECK(difference(kernels::argsort(a, axis, descending), a.shape(),
                       along(a, axis, [&](const Values& x) { return sorted_order(x, descending); })) == "");
    const double eps = a.dtype() == float32 ? 1e-5 : a.dtype() == float64 ? 1e-12 : 0;
    CHECK(difference(kernels::cumsum(a, axis, false), a.shape(),
                     along(a, axis, [](const Values& x) { return running(x, std::plus<>()); }), eps, 100 * eps) == "");
    const auto from_end = [](Values x) {
      std::reverse(x.begin(), x.end());
      Values y = running(x, std::plus<>());
      std::reverse(y.begin(), y.end());
      return y;
    };
    CHECK(difference(kernels::cumsum(a, axis, true), a.shape(), along(a, axis, from_end), eps, 100 * eps) == "");
    if (!is_floating(a.dtype())) continue;
    const auto log_sums = [](const Values& x) {
      Values y;
      for (double total = 0; const double v : x) y.push_back(std::log(total += std::exp(v)));
      return y;
    };
    CHECK(difference(kernels::logcumsumexp(a, axis), a.shape(), along(a, axis, log_sums), eps, eps) == "");
    if (a.numel() == 0) continue;
    Values medians;
    for_rows(a, axis,
             [&](const Values& x, const auto&) { medians.push_back(sorted_order(x, false)[(x.size() - 1) / 2]); });
    const Array found = kernels::median_index(a, axis);
    CHECK(difference(found, found.shape(), medians) == "");
  }
}

}  // namespace

TEST_CASE("moments, norms, products and counts over every set of axes are what plain loops give") {
  Random random(11);
  for (const DType t : kTypes)
    for (const Shape& shape : kShapes) check_all(random.array(shape, t));
}

TEST_CASE("moments, norms and counts of arrays large enough to be cut among threads are right") {
  Random random(12);
  for (const Shape& shape : kLarge) check_all(random.array(shape, float32));
  check_all(random.array({70'000, 5}, float64));
  check_all(random.array({5, 70'000}, bool_));
}

TEST_CASE("long products are right, whole ones modulo 2^64") {
  const Array near = Array::full({300'000, 2}, 1.0001, float64), odd = Array::full({600'000}, 3, int64);
  const double one = std::pow(1.0001, 300'000);
  CHECK(difference(kernels::prod(near, 1, false), {2}, {one, one}, 1e-10) == "");
  CHECK(difference(kernels::prod(near, 3, false), {}, {one * one}, 1e-10) == "");
  std::uint64_t power = 1;
  for (int i = 0; i < 600'000; ++i) power *= 3;
  CHECK(kernels::prod(odd, 1, false).item<std::int64_t>() == static_cast<std::int64_t>(power));
}

TEST_CASE("scans and order along every axis are what plain loops give") {
  Random random(13);
  for (const DType t : kTypes)
    for (const Shape& shape : kShapes) check_rows(random.array(shape, t));  // integers and bools tie often
}

TEST_CASE("scans and order of arrays large enough to be cut among threads are right") {
  Random random(14);
  for (const Shape& shape : {Shape{140, 2000}, Shape{3, 200, 500}, Shape{70'000, 2}}) {
    check_rows(random.array(shape, float64));
    check_rows(random.array(shape, int64));
  }
}

TEST_CASE("a linear recurrence runs either way, its weights between neighbours") {
  const Array b = Array::of({1., 2., 3.}, float64), w = Array::of({100., 10., 5.}, float64);
  CHECK(difference(kernels::recurrence(b, w, 0, false), {3}, {1, 12, 63}) == "");
  CHECK(difference(kernels::recurrence(b, w, 0, true), {3}, {171, 17, 3}) == "");
  const Array columns = Array::of({{1., 2.}, {3., 4.}}), weights = Array::of({{9., 9.}, {2., -1.}});
  CHECK(difference(kernels::recurrence(columns, weights, 0, false), {2, 2}, {1, 2, 5, 2}) == "");
  CHECK(difference(kernels::shift(b, 0, 1, 7), {3}, {7, 1, 2}) == "");
  CHECK(difference(kernels::shift(b, 0, -1, 7), {3}, {2, 3, 7}) == "");
  CHECK(difference(kernels::shift(columns, 0, 1, 0), {2, 2}, {0, 0, 1, 2}) == "");
  CHECK(kernels::shift(Array::zeros({2, 0}), 1, 1, 0).numel() == 0);
  CHECK(kernels::recurrence(Array::zeros({0, 2}), Array::zeros({0, 2}), 0, true).numel() == 0);
}

TEST_CASE("a histogram of many elements counts each of them once") {
  Random random(15);
  const Array x = random.array({500'000}, float32), edges = Array::of({-4., -1., 0., 0.5, 4.}, float64);
  Values want(4, 0);
  for (const double v : values_of(x)) want[v < -1 ? 0 : v < 0 ? 1 : v < 0.5 ? 2 : 3] += 1;
  CHECK(difference(kernels::histogram(x, edges, false), {4}, want) == "");
}

TEST_SUITE_END();
