// Softmax and its kin along any axis, against closed forms in long double.

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/cross_entropy.hpp"
#include "tensor/kernels/softmax.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// For every index, f(the elements of its line along `axis` as long double, where it stands in the line).
template <class F>
Values by_line(const Array& x, int axis, const F& f) {
  const Values values = values_of(x);
  Values result;
  for_each_index(x.shape(), [&](const Index& index) {
    std::vector<long double> line;
    Index i = index;
    for (std::int64_t k = 0; k < (x.dim() == 0 ? 1 : x.shape()[axis]); ++k) {
      if (x.dim() > 0) i[static_cast<std::size_t>(axis)] = k;
      line.push_back(values[place(x.shape(), i)]);
    }
    const std::size_t at = x.dim() == 0 ? 0 : static_cast<std::size_t>(index[static_cast<std::size_t>(axis)]);
    result.push_back(static_cast<double>(f(line, at)));
  });
  return result;
}

long double log_sum_exp(const std::vector<long double>& line) {
  const long double top = *std::max_element(line.begin(), line.end());
  long double sum = 0;
  for (const long double v : line) sum += std::exp(v - top);
  return top + std::log(sum);
}
long double log_softmax_of(const std::vector<long double>& line, std::size_t i) { return line[i] - log_sum_exp(line); }
long double softmax_of(const std::vector<long double>& line, std::size_t i) {
  return std::exp(log_softmax_of(line, i));
}

double tolerance(DType t) { return t == float32 ? 4e-6 : 1e-14; }

void check(const Array& x) {
  for (int axis = 0; axis < std::max(1, x.dim()); ++axis) {
    CAPTURE(axis);
    const double eps = tolerance(x.dtype());
    CHECK(difference(kernels::softmax(x, axis), x.shape(), by_line(x, axis, softmax_of), eps, 1e-37) == "");
    CHECK(difference(kernels::log_softmax(x, axis), x.shape(), by_line(x, axis, log_softmax_of), eps, eps) == "");
  }
}

/// Logits of a given size, whole numbers so that float32 and long double start from the same.
Array logits(const Shape& shape, DType t, std::int64_t size, Random& random) {
  Values values;
  for (std::int64_t i = shape.numel(); i > 0; --i)
    values.push_back(static_cast<double>(random.below(2 * size + 1) - size));
  return Array::copy_of(values, shape).to(t);
}
}  // namespace

TEST_CASE("softmax and log_softmax along any axis are the closed forms") {
  Random random(1);
  for (const DType t : {float32, float64})
    for (const Shape& shape : {Shape{}, Shape{1}, Shape{7}, Shape{0}, Shape{5, 10}, Shape{10, 1}, Shape{3, 4, 5},
                               Shape{2, 1, 33}, Shape{0, 3}, Shape{3, 0}, Shape{2, 3, 2, 4}, Shape{300, 17}})
      check(random.array(shape, t));
}

TEST_CASE("logits of +-1e4 overflow nothing") {
  Random random(2);
  for (const DType t : {float32, float64}) check(logits({40, 10}, t, 10'000, random));
  const Array a = Array::of({{1e4, -1e4, 0.}, {-1e4, -1e4, -1e4}}, float64);
  CHECK(difference(kernels::softmax(a, 1), {2, 3}, {1, 0, 0, 1. / 3, 1. / 3, 1. / 3}, 1e-15) == "");
  CHECK(difference(kernels::log_softmax(a, 1), {2, 3}, {0, -2e4, -1e4, -std::log(3.), -std::log(3.), -std::log(3.)},
                   1e-15) == "");
}

TEST_CASE("rows longer than a stretch and many rows are right") {
  Random random(3);
  for (const Shape& shape : {Shape{3, 2500}, Shape{4, 30'000}, Shape{9000, 10}})
    for (const DType t : {float32, float64}) {
      const Array x = random.array(shape, t);
      const Values values = values_of(x), y = values_of(kernels::log_softmax(x, 1)),
                   z = values_of(kernels::softmax(x, 1));
      const std::int64_t n = shape[1], rows = shape[0];
      for (std::int64_t r = 0; r < rows; r += 1 + rows / 40) {
        const std::vector<long double> line(values.begin() + r * n, values.begin() + (r + 1) * n);
        const auto at = static_cast<std::size_t>(random.below(n)), i = static_cast<std::size_t>(r * n) + at;
        const auto want = static_cast<double>(log_softmax_of(line, at)), eps = 10 * tolerance(t);
        CHECK(y[i] == doctest::Approx(want).epsilon(eps));
        CHECK(z[i] == doctest::Approx(std::exp(want)).epsilon(eps));
      }
    }
}

TEST_CASE("a logit of -inf has probability 0; only infinities and NaN make NaN, in their own row") {
  for (const DType t : {float32, float64}) {
    const Array a =
        Array::copy_of(std::vector<double>{0, -kInf, 0, 1, 1, kNaN, -kInf, -kInf, -kInf, 0, kInf, 1, 5, 5, 5},
                       Shape{5, 3})
            .to(t);
    const double third = 1. / 3, log_half = -std::log(2.), log_third = -std::log(3.);
    CHECK(difference(kernels::softmax(a, 1), {5, 3},
                     {0.5, 0, 0.5, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN, third, third, third},
                     1e-6) == "");
    const Values y = values_of(kernels::log_softmax(a, 1));
    CHECK(y[0] == doctest::Approx(log_half));
    CHECK(y[1] == -kInf);
    for (std::size_t i = 3; i < 9; ++i) CHECK(std::isnan(y[i]));
    CHECK(std::isnan(y[10]));
    CHECK(y[13] == doctest::Approx(log_third));
  }
}

TEST_CASE("the fused derivatives of softmax and log_softmax are their closed forms along any axis") {
  Random random(4);
  for (const DType t : {float32, float64}) {
    const double eps = t == float32 ? 1e-5 : 1e-13;
    for (const Shape& shape : {Shape{}, Shape{6}, Shape{4, 10}, Shape{3, 4, 5}, Shape{0, 2}, Shape{70, 40}}) {
      const Array x = random.array(shape, t), g = random.array(shape, t);
      for (int axis = 0; axis < std::max(1, x.dim()); ++axis) {
        const Values p = by_line(x, axis, softmax_of), up = values_of(g);
        // Both sums along the axis, as the closed form of the products laid out like x.
        Values products;
        for (std::size_t i = 0; i < p.size(); ++i) products.push_back(p[i] * up[i]);
        const auto total = [](const std::vector<long double>& line, std::size_t) {
          long double sum = 0;
          for (const long double v : line) sum += v;
          return sum;
        };
        const Values dot = by_line(Array::copy_of(products, shape), axis, total), sum = by_line(g, axis, total);
        Values soft, log_soft;
        for (std::size_t i = 0; i < p.size(); ++i) {
          soft.push_back(p[i] * (up[i] - dot[i]));
          log_soft.push_back(up[i] - p[i] * sum[i]);
        }
        const Array y = kernels::softmax(x, axis), z = kernels::log_softmax(x, axis);
        CHECK(difference(kernels::softmax_backward(g, y, axis), shape, soft, eps, eps) == "");
        CHECK(difference(kernels::log_softmax_backward(g, z, axis), shape, log_soft, eps, eps * 4) == "");
      }
    }
  }
}

TEST_CASE("cross_entropy per row is the log of the sum less the label's logit, 0 for labels below 0") {
  Random random(5);
  for (const DType t : {float32, float64}) {
    for (const Shape& shape :
         {Shape{1, 1}, Shape{7, 10}, Shape{500, 3}, Shape{3, 2500}, Shape{0, 4}, Shape{5000, 10}}) {
      for (const std::int64_t size : {4, 10'000}) {
        if (shape.numel() > 10'000 && size > 4) continue;
        const std::int64_t n = shape[1];
        const Array x = logits(shape, t, size, random), g = random.array({shape[0]}, t);
        std::vector<std::int64_t> labels(static_cast<std::size_t>(shape[0]));
        for (auto& label : labels) label = random.below(5) == 0 ? -100 : random.below(n);
        const Values values = values_of(x), up = values_of(g);
        Values loss, sums, slope;
        for (std::size_t r = 0; r < labels.size(); ++r) {
          const auto first = values.begin() + static_cast<std::int64_t>(r) * n;
          const std::vector<long double> line(first, first + n);
          const long double sum = log_sum_exp(line);
          sums.push_back(static_cast<double>(sum));
          loss.push_back(labels[r] < 0 ? 0 : static_cast<double>(sum - line[static_cast<std::size_t>(labels[r])]));
          for (std::size_t i = 0; i < line.size(); ++i) {
            const double hot = static_cast<std::int64_t>(i) == labels[r] ? 1 : 0;
            slope.push_back(labels[r] < 0 ? 0 : up[r] * (static_cast<double>(std::exp(line[i] - sum)) - hot));
          }
        }
        const Array index = Array::copy_of(labels);
        const auto got = kernels::cross_entropy(x, index);
        const double eps = t == float32 ? 2e-6 : 1e-14;
        CHECK(difference(got.loss, {shape[0]}, loss, eps, eps) == "");
        CHECK(difference(got.log_sum, {shape[0]}, sums, eps, eps) == "");
        // log_sum near 1e4 is known to within an ulp, so that the slope is known to about 1e4 eps.
        const double slack = t == float32 ? (size > 4 ? 5e-3 : 2e-5) : (size > 4 ? 1e-11 : 1e-13);
        CHECK(difference(kernels::cross_entropy_backward(g, x, index, got.log_sum), shape, slope, slack, slack) == "");
      }
    }
  }
}

TEST_CASE("cross_entropy keeps small differences between large logits") {
  const Array x = Array::of({{10'000., 9'999., -10'000.}}, float32);
  const auto rows = kernels::cross_entropy(x, Array::of({0}));
  CHECK(rows.loss.item<double>() == doctest::Approx(std::log1p(std::exp(-1.))).epsilon(1e-6));
}

TEST_CASE("the same rows give the same bits again and again, however long") {
  Random random(6);
  for (const Shape& shape : {Shape{37, 10}, Shape{5, 3000}, Shape{3, 2047}}) {
    const Array x = random.array(shape, float32);
    const Array labels = Array::zeros({shape[0]}, int64);
    const Array y = kernels::log_softmax(x, 1), loss = kernels::cross_entropy(x, labels).loss;
    std::vector<std::vector<char>> litter;  // moves the heap about
    for (std::size_t i = 1; i < 20; ++i) {
      litter.emplace_back(i * 1000 + 8);
      CHECK(same_bytes(kernels::log_softmax(x, 1), y));
      CHECK(same_bytes(kernels::cross_entropy(x, labels).loss, loss));
    }
  }
}
