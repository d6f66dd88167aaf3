// Matrix products against triple loops in double.

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tensor/kernels/matmul.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

namespace {

Shape with_batch(const Shape& batch, std::int64_t rows, std::int64_t columns) {
  Shape shape = batch;
  shape.push_back(rows);
  shape.push_back(columns);
  return shape;
}

/// op(a) op(b) for every matrix of the batch; `sizes` accumulates sum |a| |b|, which the error is measured by.
Values product(const Array& a, const Array& b, bool ta, bool tb, const Shape& batch, Values& sizes) {
  const std::int64_t ar = a.size(-2), ac = a.size(-1), br = b.size(-2), bc = b.size(-1);
  const std::int64_t m = ta ? ac : ar, k = ta ? ar : ac, n = tb ? br : bc;
  const auto outer = [](const Array& x) { return x.shape().without(x.dim() - 1).without(x.dim() - 2); };
  const Shape batch_a = outer(a), batch_b = outer(b);
  const Values x = values_of(a), y = values_of(b);
  Values z;
  for_each_index(batch, [&](const Index& index) {
    const double* p = x.data() + static_cast<std::int64_t>(place(batch_a, index)) * ar * ac;
    const double* q = y.data() + static_cast<std::int64_t>(place(batch_b, index)) * br * bc;
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0, size = 0;
        for (std::int64_t l = 0; l < k; ++l) {
          const double term = (ta ? p[l * ac + i] : p[i * ac + l]) * (tb ? q[j * bc + l] : q[l * bc + j]);
          sum += term;
          size += std::abs(term);
        }
        z.push_back(sum);
        sizes.push_back(size);
      }
  });
  return z;
}

/// "" when every element is as near as `eps` times what it is the sum of.
std::string compare(const Array& got, const Shape& shape, const Values& want, const Values& sizes, double eps) {
  if (got.shape() != shape) return "shape " + got.shape().str();
  const Values values = values_of(got);
  for (std::size_t i = 0; i < want.size(); ++i)
    if (!(std::abs(values[i] - want[i]) <= eps * (sizes[i] + 1e-30)))
      return "element " + std::to_string(i) + ": got " + std::to_string(values[i]) + ", not " + std::to_string(want[i]);
  return "";
}

double epsilon(DType t, std::int64_t k) {
  return (t == float32 ? 6e-8 : 1.2e-16) * (4 + std::sqrt(static_cast<double>(k)));
}

std::string check(const Shape& batch_a, const Shape& batch_b, const Shape& batch, std::int64_t m, std::int64_t k,
                  std::int64_t n, bool ta, bool tb, DType t, Random& random) {
  const Array a = random.array(with_batch(batch_a, ta ? k : m, ta ? m : k), t);
  const Array b = random.array(with_batch(batch_b, tb ? n : k, tb ? k : n), t);
  Values sizes;
  const Values want = product(a, b, ta, tb, batch, sizes);
  const Array got = kernels::bmm(a, b, ta, tb);
  if (got.dtype() != t) return "dtype";
  const std::string wrong = compare(got, with_batch(batch, m, n), want, sizes, epsilon(t, k));
  return wrong.empty() ? "" : a.shape().str() + (ta ? "^T " : " ") + b.shape().str() + (tb ? "^T: " : ": ") + wrong;
}

/// Fills the pool with NaN, so that results which are not fully written show it.
void litter(std::int64_t n, DType t) {
  for (int i = 0; i < 4; ++i) Array::full({n}, std::numeric_limits<double>::quiet_NaN(), t);
}
}  // namespace

TEST_CASE("bmm of two matrices of all small sizes, 0 and 1 included, with all transpositions") {
  Random random(1);
  for (const DType t : {float32, float64})
    for (const std::int64_t m : {0, 1, 2, 5, 17})
      for (const std::int64_t k : {0, 1, 3, 16})
        for (const std::int64_t n : {0, 1, 4, 33})
          for (const bool ta : {false, true})
            for (const bool tb : {false, true}) {
              litter(m * n, t);
              CHECK(check({}, {}, {}, m, k, n, ta, tb, t, random) == "");
            }
}

TEST_CASE("bmm broadcasts the axes before the matrices") {
  Random random(2);
  const Shape batches[][3] = {{{3}, {3}, {3}},
                              {{3}, {}, {3}},
                              {{}, {3}, {3}},
                              {{4, 1}, {3}, {4, 3}},
                              {{2, 1}, {1, 5}, {2, 5}},
                              {{1}, {1}, {1}},
                              {{0}, {1}, {0}},
                              {{2, 0}, {}, {2, 0}},
                              {{2, 3}, {2, 3}, {2, 3}},
                              {{2, 3}, {3}, {2, 3}},
                              {{1, 2, 1}, {3, 1, 2}, {3, 2, 2}}};
  for (const DType t : {float32, float64})
    for (const auto& [a, b, joined] : batches)
      for (const bool ta : {false, true})
        for (const bool tb : {false, true}) {
          CHECK(check(a, b, joined, 3, 4, 5, ta, tb, t, random) == "");
          CHECK(check(a, b, joined, 1, 7, 1, ta, tb, t, random) == "");
        }
  CHECK(check({2}, {2}, {2}, 3, 0, 2, false, false, float32, random) == "");
  CHECK(throws<ShapeError>([] { kernels::bmm(Array::zeros({2, 3, 4}), Array::zeros({5, 4, 3}), false, false); }));
}

TEST_CASE("bmm of products large enough to be cut in blocks, in either direction") {
  Random random(3);
  for (const bool ta : {false, true})
    for (const bool tb : {false, true}) {
      CHECK(check({}, {}, {}, 110, 100, 130, ta, tb, float32, random) == "");
      CHECK(check({}, {}, {}, 10, 60, 2100, ta, tb, float32, random) == "");
      CHECK(check({}, {}, {}, 2049, 40, 17, ta, tb, float64, random) == "");
      CHECK(check({8}, {8}, {8}, 64, 40, 50, ta, tb, float32, random) == "");
      CHECK(check({3}, {}, {3}, 101, 90, 99, ta, tb, float32, random) == "");
      CHECK(check({3}, {}, {3}, 3000, 7, 1, ta, tb, float32, random) == "");
    }
  CHECK(check({}, {}, {}, 3, 11, 8300, false, false, float64, random) == "");
  CHECK(check({}, {}, {}, 1, 100'000, 96, false, true, float64, random) == "");
}

TEST_CASE("linear is x W^T + bias, for any number of leading axes and sizes 0 and 1") {
  Random random(4);
  for (const DType t : {float32, float64})
    for (const Shape& lead : {Shape{}, Shape{1}, Shape{5}, Shape{0}, Shape{2, 3}, Shape{400}})
      for (const std::int64_t k : {0, 1, 7, 64})
        for (const std::int64_t n : {0, 1, 10, 100})
          for (const bool biased : {false, true}) {
            Shape shape = lead, result = lead;
            shape.push_back(k);
            result.push_back(n);
            const Array x = random.array(shape, t), w = random.array({n, k}, t), b = random.array({n}, t);
            const std::int64_t rows = lead.numel();
            Values sizes;
            Values want = product(x.reshape({rows, k}), w, false, true, {}, sizes);
            const Values bias = values_of(b);
            for (std::size_t i = 0; biased && i < want.size(); ++i) {
              want[i] += bias[i % static_cast<std::size_t>(n)];
              sizes[i] += std::abs(bias[i % static_cast<std::size_t>(n)]);
            }
            litter(rows * n, t);
            CHECK(compare(kernels::linear(x, w, biased ? b : Array()), result, want, sizes, epsilon(t, k)) == "");
          }
}

TEST_CASE("NaN and infinity go through products, also against zeros") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const DType t : {float32, float64}) {
    const Array a = Array::copy_of(std::vector<double>{nan, 0, inf, 0, 1, 2}, Shape{3, 2}).to(t);
    const Array b = Array::copy_of(std::vector<double>{0, 1, 1, 1}, Shape{2, 2}).to(t);
    CHECK(difference(kernels::bmm(a, b, false, false), {3, 2}, {nan, nan, nan, inf, 2, 3}) == "");
  }
}
