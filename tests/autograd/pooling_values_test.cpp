// Pooling against its definition; ties, NaN, padding and sizes.

#include <limits>
#include <random>

#include "tests/operations/oracle.hpp"
#include "tests/throws.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> numbers(const Tensor& t) {
  const Tensor wide = t.to(float64);
  return {wide.values<double>().begin(), wide.values<double>().end()};
}

/// The gradient of sum(f(x)).
std::vector<double> slope(const Tensor& x, const std::function<Tensor(const Tensor&)>& f) {
  const Tensor leaf = x.detach().clone().requires_grad_();
  return numbers(grad(sum(f(leaf)), leaf));
}

struct Axis {
  std::int64_t in, kernel, stride, padding, dilation;
  bool ceil_mode;

  /// The definition: as many windows as begin inside the input or its front padding (rounded up), or fit (down).
  std::int64_t windows() const {
    std::int64_t n = 0;
    for (;; ++n) {
      const std::int64_t start = n * stride - padding, end = start + dilation * (kernel - 1) + 1;
      const std::int64_t over = end - (in + padding);
      if (ceil_mode ? over >= stride || start >= in : over > 0) return n;
    }
  }
};

struct Written {
  double largest = -kInf, sum = 0;
  std::int64_t index = -1, inside = 0, padded = 0;
};
Written window(const double* x, const Axis& h, const Axis& w, std::int64_t r, std::int64_t q) {
  Written result;
  for (std::int64_t i = 0; i < h.kernel; ++i)
    for (std::int64_t j = 0; j < w.kernel; ++j) {
      const std::int64_t row = r * h.stride + i * h.dilation - h.padding,
                         column = q * w.stride + j * w.dilation - w.padding;
      if (row < h.in + h.padding && column < w.in + w.padding) ++result.padded;
      if (row < 0 || row >= h.in || column < 0 || column >= w.in) continue;
      const double v = x[row * w.in + column];
      ++result.inside;
      result.sum += v;
      if (v > result.largest) result.largest = v, result.index = row * w.in + column;
    }
  return result;
}

void check_close(const Tensor& got, const std::vector<double>& expected, const std::string& what) {
  const std::vector<double> values = numbers(got);
  REQUIRE_MESSAGE(values.size() == expected.size(), what);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::abs(values[i] - expected[i]) <= (got.dtype() == float32 ? 1e-6 : 1e-14) || values[i] == expected[i])
      continue;
    FAIL_CHECK(what << ", element " << i << ": got " << values[i] << ", expected " << expected[i]);
  }
}

void check_against_definition(const Axis& h, const Axis& w) {
  const std::string what = "image " + Size2d(h.in, w.in).str() + ", kernel " + Size2d(h.kernel, w.kernel).str() +
                           ", stride " + Size2d(h.stride, w.stride).str() + ", padding " +
                           Size2d(h.padding, w.padding).str() + ", dilation " + Size2d(h.dilation, w.dilation).str() +
                           (h.ceil_mode ? ", ceil" : "");
  const Tensor x = spread({3, h.in, w.in}).to(float32).to(float64);
  const Shape shape{3, h.windows(), w.windows()};
  std::vector<double> largest, with, without, over, index;
  for (std::int64_t n = 0; n < 3; ++n)
    for (std::int64_t r = 0; r < shape[1]; ++r)
      for (std::int64_t q = 0; q < shape[2]; ++q) {
        const Written v = window(x.data<double>() + n * h.in * w.in, h, w, r, q);
        largest.push_back(v.largest);
        index.push_back(static_cast<double>(v.index));
        with.push_back(v.sum / static_cast<double>(v.padded));
        without.push_back(v.sum / static_cast<double>(v.inside));
        over.push_back(v.sum / 7);
      }
  const Size2d kernel{h.kernel, w.kernel}, stride{h.stride, w.stride}, padding{h.padding, w.padding};
  const MaxPool2dOptions options{stride, padding, {h.dilation, w.dilation}, h.ceil_mode};
  for (const DType t : {float32, float64}) {
    const Tensor y = x.to(t), leaf = y.clone().requires_grad_();
    REQUIRE_MESSAGE(max_pool2d(y, kernel, options).shape() == shape, what);
    check_close(max_pool2d(y, kernel, options), largest, what);
    check_close(max_pool2d(leaf, kernel, options), largest, what);
    check_close(max_pool2d_with_indices(y, kernel, options).indices, index, what);
    if (h.dilation * w.dilation > 1) continue;
    const auto average = [&](AvgPool2dOptions o) {
      o.stride = stride, o.padding = padding, o.ceil_mode = h.ceil_mode;
      return avg_pool2d(y, kernel, o);
    };
    check_close(average({}), with, what);
    check_close(average({.count_include_pad = false}), without, what);
    check_close(average({.divisor_override = 7}), over, what);
  }
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("pooling gives what its definition says, in random geometries") {
  std::mt19937 random(11);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  for (int tried = 0; tried < 400; ++tried) {
    const bool ceil_mode = below(2) == 1;
    const auto axis = [&](std::int64_t more) {
      Axis a{0, 1 + below(5), 1 + below(4), 0, tried % 2 == 0 ? 1 : 1 + below(3), ceil_mode};
      a.padding = below(a.kernel / 2 + 1);
      a.in = std::max<std::int64_t>(1, a.dilation * (a.kernel - 1) + 1 - 2 * a.padding) + below(more);
      return a;
    };
    const Axis h = axis(5), w = axis(40);
    check_against_definition(h, w);
  }
  for (std::int64_t width = 2; width < 70; ++width)  // the 2 x 2 form, with every tail
    check_against_definition({5, 2, 2, 0, 1, false}, {width, 2, 2, 0, 1, false});
}

TEST_CASE("adaptive windows cover the input, of sizes that differ") {
  const Tensor x = spread({2, 7, 5});
  for (std::int64_t out = 1; out < 10; ++out) {
    const auto [values, indices] = adaptive_max_pool2d_with_indices(x, {out, 3});
    const Tensor means = adaptive_avg_pool2d(x, {out, 3});
    REQUIRE(means.shape() == Shape{2, out, 3});
    for (std::int64_t n = 0; n < 2; ++n)
      for (std::int64_t r = 0; r < out; ++r)
        for (std::int64_t q = 0; q < 3; ++q) {
          const std::int64_t r0 = r * 7 / out, r1 = (r + 1) * 7 % out == 0 ? (r + 1) * 7 / out : (r + 1) * 7 / out + 1;
          const std::int64_t q0 = q * 5 / 3, q1 = ((q + 1) * 5 + 2) / 3;
          const Tensor part = slice(slice(select(x, 0, n), 0, r0, r1), 1, q0, q1);
          const std::int64_t k = (n * out + r) * 3 + q;
          CHECK(numbers(means)[static_cast<std::size_t>(k)] == doctest::Approx(mean(part).item<double>()));
          CHECK(numbers(values)[static_cast<std::size_t>(k)] == max(part).item<double>());
          CHECK(x.data<double>()[n * 35 + indices.data<std::int64_t>()[k]] == max(part).item<double>());
        }
  }
  CHECK(adaptive_avg_pool2d(x, {0, 3}).shape() == Shape{2, 0, 3});
  CHECK(adaptive_max_pool2d(x, {2, 0}).shape() == Shape{2, 2, 0});
  CHECK(adaptive_avg_pool2d(x, {1, 1}).shape() == Shape{2, 1, 1});
}

TEST_CASE("of equal maxima the first takes the gradient") {
  const Tensor x = full({1, 4, 4}, 2., float64);
  const std::vector<double> quarters = {1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0};
  CHECK(slope(x, [](const Tensor& t) { return max_pool2d(t, 2); }) == quarters);
  CHECK(slope(x, [](const Tensor& t) { return adaptive_max_pool2d(t, 2); }) == quarters);
  CHECK(slope(x.to(float32), [](const Tensor& t) { return max_pool2d(t, 2); }) == quarters);
  // Overlapping windows add up; padding is not the first.
  CHECK(slope(full({1, 2, 2}, -5., float64), [](const Tensor& t) {
          return max_pool2d(t, 3, {.stride = 1, .padding = 1});
        }) == std::vector<double>{4, 0, 0, 0});
  CHECK(numbers(max_pool2d_with_indices(x, 2).indices) == std::vector<double>{0, 2, 8, 10});
  CHECK(slope(full({1, 2, 3}, -kInf, float64), [](const Tensor& t) {
          return max_pool2d(t, {2, 3});
        }) == std::vector<double>{1, 0, 0, 0, 0, 0});
  // As amax, the global one shares.
  CHECK(slope(full({1, 1, 2}, 3., float64), [](const Tensor& t) { return global_max_pool2d(t); }) ==
        std::vector<double>{0.5, 0.5});
}

TEST_CASE("padding never wins, whatever the values; a window of nothing else is -inf and passes nothing") {
  CHECK(numbers(max_pool1d(tensor({{-7., -3.}}), 2, {.padding = 1})) == std::vector<double>{-7, -3});
  CHECK(numbers(max_pool1d(tensor({{-7, -3}}), 2, {.padding = 1})) == std::vector<double>{-7, -3});
  CHECK(numbers(max_pool1d(tensor({{-kInf, -kInf}}, float64), 3, {.padding = 1})) == std::vector<double>{-kInf});
  const auto f = [](const Tensor& t) { return max_pool1d(t, 2, {.stride = 3, .padding = 1, .dilation = 5}); };
  const Tensor x = tensor({{1., 2., 3., 4., 5., 6.}}, float64);  // windows {-1, 4}, and none more
  CHECK(numbers(f(x)) == std::vector<double>{5});
  const Tensor narrow = tensor({{1., 2., 3., 4.}}, float64);  // the window {-1, 4}, both outside
  CHECK(numbers(f(narrow)) == std::vector<double>{-kInf});
  CHECK(slope(narrow, f) == std::vector<double>{0, 0, 0, 0});
  CHECK(numbers(max_pool1d_with_indices(narrow, 2, {.padding = 1, .dilation = 5}).indices) == std::vector<double>{-1});
  // A window too large for a byte.
  const auto g = [](const Tensor& t) { return max_pool2d(t, {256, 2}, {.padding = {128, 1}, .dilation = {1, 5}}); };
  const Tensor strip = tensor({{{1., 2., 3., 4.}}}, float64);
  CHECK(numbers(g(strip)) == std::vector<double>{-kInf});
  CHECK(slope(strip, g) == std::vector<double>{0, 0, 0, 0});
  CHECK(numbers(max_pool2d(tensor({{{1, 2, 3, 4}}}), {300, 1}, {.padding = {150, 0}})).front() == 1);
}

TEST_CASE("NaN wins, and of several the last takes the gradient") {
  for (const DType t : {float32, float64}) {
    const Tensor x = tensor({{{kNaN, 1., 2., 9.}, {3., kNaN, 5., kInf}}}, t);
    const Tensor y = max_pool2d(x, 2);
    CHECK(std::isnan(numbers(y)[0]));
    CHECK(numbers(y)[1] == kInf);
    CHECK(slope(x, [](const Tensor& v) { return max_pool2d(v, 2); }) == std::vector<double>{0, 0, 0, 0, 0, 1, 0, 1});
    CHECK(slope(x, [](const Tensor& v) { return max_pool2d(v, {2, 3}, {.stride = {2, 1}}); })[5] == 2);
    CHECK(slope(x, [](const Tensor& v) { return adaptive_max_pool2d(v, {1, 2}); })[5] == 1);
    CHECK(std::isnan(numbers(max_pool1d(reshape(x, {1, 8}), 3))[0]));
    CHECK(std::isnan(numbers(avg_pool2d(x, 2))[0]));
    CHECK(numbers(avg_pool2d(x, 2))[1] == kInf);
  }
}

TEST_CASE("max pooling keeps the dtype, averages of integers are float32") {
  const Tensor x = tensor({{{1, 9, 3}, {4, 5, 6}}});
  CHECK(max_pool2d(x, 2).dtype() == int64);
  CHECK(max_pool2d(x, 2).item<int>() == 9);
  CHECK(max_pool2d(x.to(uint8), 2, {.stride = 1}).dtype() == uint8);
  CHECK(numbers(max_pool2d(x.to(uint8), 2, {.stride = 1})) == std::vector<double>{9, 9});
  CHECK(adaptive_max_pool2d(x, 1).item<int>() == 9);
  CHECK(max_pool2d_with_indices(x, 2).indices.item<int>() == 1);
  CHECK(max_pool2d_with_indices(x, 2).values.dtype() == int64);
  CHECK(avg_pool2d(x, 2).dtype() == float32);
  CHECK(avg_pool2d(x, 2).item<double>() == 4.75);
  CHECK(global_avg_pool2d(x).shape() == Shape{1});
  CHECK(global_max_pool2d(x, true).shape() == Shape{1, 1, 1});
  const Tensor far =
      tensor({{{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::max() - 1}}});
  CHECK(max_pool2d(far, {1, 2}).item<std::int64_t>() == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("with ceil_mode no window begins behind the input and its front padding") {
  CHECK(max_pool1d(ones({1, 6}), 2, {.stride = 3, .ceil_mode = true}).shape() == Shape{1, 2});
  CHECK(max_pool1d(ones({1, 7}), 2, {.stride = 3, .ceil_mode = true}).shape() == Shape{1, 3});
  CHECK(max_pool1d(ones({1, 7}), 2, {.stride = 3}).shape() == Shape{1, 2});
  CHECK(max_pool1d(ones({1, 5}), 2, {.stride = 4, .padding = 1, .ceil_mode = true}).shape() == Shape{1, 2});
  CHECK(max_pool1d(ones({1, 3}), 4, {.stride = 2, .ceil_mode = true}).shape() == Shape{1, 1});
  CHECK(throws<ShapeError>([] { max_pool1d(ones({1, 2}), 4, {.stride = 2, .ceil_mode = true}); }, "no window fits"));
  // Beyond the padding nothing counts: 5 and two zeros, by three.
  CHECK(numbers(avg_pool1d(tensor({{3., 3., 3., 3., 6.}}), 3, {.stride = 3, .padding = 1, .ceil_mode = true})) ==
        std::vector<double>{2, 4});
  CHECK(numbers(avg_pool1d(tensor({{3., 3., 3., 6.}}), 3, {.stride = 3, .ceil_mode = true})) ==
        std::vector<double>{3, 6});
}

TEST_CASE("no places are kept where nothing is recorded, and the values are the same") {
  const Tensor x = spread({2, 3, 9, 9}), leaf = x.clone().requires_grad_();
  const Tensor recorded = max_pool2d(leaf, 3, {.stride = 2});
  CHECK(recorded.requires_grad());
  CHECK(same_bytes(recorded.array(), max_pool2d(x, 3, {.stride = 2}).array()));
  const NoGradGuard guard;
  CHECK(same_bytes(recorded.array(), max_pool2d(leaf, 3, {.stride = 2}).array()));
  CHECK_FALSE(max_pool2d(leaf, 3).requires_grad());
}

TEST_SUITE_END();
