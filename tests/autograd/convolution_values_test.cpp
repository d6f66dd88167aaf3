// Convolutions against the sum written out; paddings, extremes and conventions.

#include <limits>
#include <random>

#include "tensor/memory.hpp"
#include "tests/operations/oracle.hpp"

using namespace xgrad;
using oracle::spread;

namespace {

Tensor weight(const Shape& shape) { return spread(shape, -1, 1, 1); }
Tensor bias(std::int64_t n) { return spread({n}, -1, 1, 2); }

struct Geometry {
  std::int64_t n, groups, c, o;  // channels in each group
  Size2d image, kernel, stride, padding, dilation;

  std::int64_t out(std::int64_t in, std::int64_t k, std::int64_t s, std::int64_t p, std::int64_t d) const {
    return (in + 2 * p - d * (k - 1) - 1) / s + 1;
  }
  Shape x() const { return {n, groups * c, image.h, image.w}; }
  Shape weight() const { return {groups * o, c, kernel.h, kernel.w}; }
  Shape y() const {
    return {n, groups * o, out(image.h, kernel.h, stride.h, padding.h, dilation.h),
            out(image.w, kernel.w, stride.w, padding.w, dilation.w)};
  }
  std::string str() const {
    return x().str() + " by " + weight().str() + ", stride " + stride.str() + ", padding " + padding.str() +
           ", dilation " + dilation.str() + ", groups " + std::to_string(groups);
  }
};

/// The sum written out, one product at a time: y, and the gradients of sum(y g).
struct Written {
  Tensor y, dx, dw;
};
Written written(const Geometry& k, const Tensor& x, const Tensor& weight, const Tensor& g) {
  Written r{zeros(k.y(), float64), zeros(k.x(), float64), zeros(k.weight(), float64)};
  double *y = r.y.mutable_data<double>(), *dx = r.dx.mutable_data<double>(), *dw = r.dw.mutable_data<double>();
  const double *px = x.data<double>(), *pw = weight.data<double>(), *pg = g.data<double>();
  const std::int64_t oh = k.y()[2], ow = k.y()[3], channels = k.groups * k.c, outs = k.groups * k.o;
  for (std::int64_t n = 0; n < k.n; ++n)
    for (std::int64_t o = 0; o < outs; ++o)
      for (std::int64_t r0 = 0; r0 < oh; ++r0)
        for (std::int64_t q0 = 0; q0 < ow; ++q0)
          for (std::int64_t c = 0; c < k.c; ++c)
            for (std::int64_t i = 0; i < k.kernel.h; ++i)
              for (std::int64_t j = 0; j < k.kernel.w; ++j) {
                const std::int64_t row = r0 * k.stride.h + i * k.dilation.h - k.padding.h;
                const std::int64_t column = q0 * k.stride.w + j * k.dilation.w - k.padding.w;
                if (row < 0 || row >= k.image.h || column < 0 || column >= k.image.w) continue;
                const std::int64_t at_x = ((n * channels + o / k.o * k.c + c) * k.image.h + row) * k.image.w + column;
                const std::int64_t at_w = ((o * k.c + c) * k.kernel.h + i) * k.kernel.w + j;
                const std::int64_t at_y = ((n * outs + o) * oh + r0) * ow + q0;
                y[at_y] += px[at_x] * pw[at_w];
                dx[at_x] += pg[at_y] * pw[at_w];
                dw[at_w] += pg[at_y] * px[at_x];
              }
  return r;
}

void check_close(const Tensor& got, const Tensor& expected, double error, const std::string& what) {
  REQUIRE_MESSAGE(got.shape() == expected.shape(), what);
  const Tensor wide = got.to(float64);
  double largest = 1;
  for (const double v : expected.values<double>()) largest = std::max(largest, std::abs(v));
  for (std::int64_t i = 0; i < expected.numel(); ++i) {
    const double a = wide.data<double>()[i], b = expected.data<double>()[i];
    if (!(std::abs(a - b) <= error * largest)) {
      FAIL_CHECK(what << ", element " << i << ": got " << a << ", the sum is " << b);
      return;
    }
  }
}

void check_against_sum(const Geometry& k) {
  const Tensor x = spread(k.x()), w = weight(k.weight()), g = spread(k.y(), -1, 1, 5), b = bias(k.groups * k.o);
  const Written sum_of = written(k, x, w, g);
  const Conv2dOptions options{.stride = k.stride, .padding = k.padding, .dilation = k.dilation, .groups = k.groups};
  for (const DType t : {float64, float32}) {
    const double error = t == float64 ? 1e-12 : 2e-5;
    Tensor a = x.to(t).clone().requires_grad_(), v = w.to(t).clone().requires_grad_();
    const Tensor y = conv2d(a, v, b.to(t), options);
    check_close(y, sum_of.y + reshape(b, {-1, 1, 1}), error, "conv2d " + k.str());
    y.backward(g.to(t));
    check_close(a.grad(), sum_of.dx, error, "gradient by the input, " + k.str());
    check_close(v.grad(), sum_of.dw, error, "gradient by the weight, " + k.str());
    // The transposed convolution is the same map as the gradient, wherever its options can name the size.
    const auto rest = [](std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t s, std::int64_t p,
                         std::int64_t d) { return in - ((out - 1) * s - 2 * p + d * (kernel - 1) + 1); };
    const Size2d more{rest(k.image.h, k.y()[2], k.kernel.h, k.stride.h, k.padding.h, k.dilation.h),
                      rest(k.image.w, k.y()[3], k.kernel.w, k.stride.w, k.padding.w, k.dilation.w)};
    const Tensor back = conv_transpose2d(
        g.to(t), w.to(t), {},
        {.stride = k.stride, .padding = k.padding, .output_padding = more, .groups = k.groups, .dilation = k.dilation});
    check_close(back, sum_of.dx, error, "conv_transpose2d " + k.str());
  }
}

std::vector<double> numbers(const Tensor& t) {
  const Tensor wide = t.to(float64);
  return {wide.values<double>().begin(), wide.values<double>().end()};
}

}  // namespace

TEST_SUITE_BEGIN("autograd");

TEST_CASE("conv2d, its gradients and conv_transpose2d are the sums written out, in random geometries") {
  std::mt19937 random(7);
  const auto below = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<unsigned>(n)); };
  for (int tried = 0; tried < 300; ++tried) {
    Geometry k{1 + below(3), 1 + below(3), 1 + below(4), 1 + below(4), 0, 0, 0, 0, 0};
    k.kernel = {1 + below(4), 1 + below(4)};
    k.stride = {1 + below(3), 1 + below(3)};
    k.padding = {below(4), below(4)};
    k.dilation = {1 + below(3), 1 + below(3)};
    const auto least = [](std::int64_t kernel, std::int64_t d, std::int64_t p) {
      return std::max<std::int64_t>(1, d * (kernel - 1) + 1 - 2 * p);
    };
    k.image = {least(k.kernel.h, k.dilation.h, k.padding.h) + below(6),
               least(k.kernel.w, k.dilation.w, k.padding.w) + below(20)};
    check_against_sum(k);
  }
}

TEST_CASE("images cut into tiles, of rows or of parts of rows, give the sums written out") {
  check_against_sum({2, 1, 16, 8, {40, 33}, 3, 1, 1, 1});            // tiles of rows
  check_against_sum({1, 1, 16, 8, {40, 35}, 3, 2, {0, 2}, 2});       // with a stride and a dilation
  check_against_sum({1, 1, 48, 4, {2, 700}, {1, 7}, 1, {0, 3}, 1});  // parts of rows
  check_against_sum({1, 1, 48, 4, {1, 900}, {1, 7}, {1, 2}, {0, 1}, {1, 3}});
  check_against_sum({2, 1, 80, 4, {40, 40}, 1, 1, 0, 1});  // one by one, cut
  check_against_sum({1, 1, 130, 16, {9, 9}, 3, 1, 1, 1});  // weights cut into blocks of channels
  check_against_sum({3, 2, 70, 3, {6, 6}, 4, 1, 2, 1});
  check_against_sum({20, 1, 4, 5, {12, 12}, 3, 1, 0, 1});    // a batch cut into chunks
  check_against_sum({40, 8, 1, 2, {12, 40}, 5, 1, 2, 1});    // depthwise, longer than a vector
  check_against_sum({2, 1, 3, 2, {5, 5}, {1, 1}, 2, 0, 1});  // one by one with a stride is no plain product
  check_against_sum({2, 1, 3, 2, {5, 5}, {1, 1}, 1, 1, 1});  // nor with padding
}

TEST_CASE("same padding makes out = ceil(in / stride), with the odd zero behind") {
  const Tensor x = tensor({{{1., 2., 3., 4., 5.}}}, float64), w = tensor({{{1., 10.}}}, float64);
  CHECK(numbers(conv1d(x, w, {}, {.padding = Padding::same})) == std::vector<double>{21, 32, 43, 54, 5});
  CHECK(numbers(conv1d(x, w, {}, {.stride = 2, .padding = Padding::same})) == std::vector<double>{21, 43, 5});
  CHECK(numbers(conv1d(x, w, {}, {.padding = Padding::valid})) == std::vector<double>{21, 32, 43, 54});
  CHECK(numbers(conv1d(x, w, {}, {.padding = Padding::same, .dilation = 3})) ==
        std::vector<double>{20 + 10, 1 + 40, 2 + 50, 3, 4});  // one zero in front, two behind
  for (std::int64_t in = 1; in < 8; ++in)
    for (std::int64_t kernel = 1; kernel < 6; ++kernel)
      for (std::int64_t stride = 1; stride < 5; ++stride) {
        const Tensor image = spread({1, 1, in, 3}), taps = weight({1, 1, kernel, 1});
        const Tensor y = conv2d(image, taps, {}, {.stride = {stride, 1}, .padding = Padding::same});
        const std::int64_t out = (in + stride - 1) / stride;
        REQUIRE(y.shape() == Shape{1, 1, out, 3});
        // The same with zeros put on by hand.
        const std::int64_t total = std::max<std::int64_t>(0, (out - 1) * stride + kernel - in), before = total / 2;
        const Tensor padded = place(image, {1, 1, in + total, 3}, 2, before);
        const Tensor expected = slice(conv2d(padded, taps, {}, {.stride = {stride, 1}}), 2, 0, out);
        check_close(y, expected, 1e-14, "same");
      }
}

TEST_CASE("convolutions are differentiable as often as one likes") {
  // sum((x + t u) * (w + t v))^2 has the fourth derivative 24 sum(u * v)^2, exactly, and none after it.
  const auto check_fourth = [](const std::function<Tensor(const Tensor&, const Tensor&)>& f, const Shape& sx,
                               const Shape& sw) {
    const Tensor x = spread(sx), w = weight(sw), u = spread(sx, -1, 1, 3), v = spread(sw, -1, 1, 4);
    const Tensor t = tensor(0.3, float64).requires_grad_();
    Tensor d = sum(square(f(x + t * u, w + t * v)));
    for (int i = 0; i < 4; ++i) d = grad(d, t, {.create_graph = true});
    CHECK(d.item<double>() == doctest::Approx(24 * sum(square(f(u, v))).item<double>()).epsilon(1e-10));
  };
  check_fourth([](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.stride = 2, .padding = 1}); },
               {2, 2, 4, 4}, {3, 2, 3, 3});
  check_fourth([](const Tensor& x, const Tensor& w) { return conv2d(x, w, {}, {.groups = 2}); }, {2, 2, 4, 4},
               {2, 1, 3, 3});
  check_fourth([](const Tensor& x, const Tensor& w) { return conv_transpose2d(x, w, {}, {.stride = 2}); }, {2, 2, 3, 3},
               {2, 3, 2, 2});
  check_fourth([](const Tensor& x, const Tensor& w) { return conv1d(x, w); }, {2, 3, 4}, {2, 3, 1});
}

TEST_CASE("an empty batch gives an empty result and gradients of zeros; no channels give the bias") {
  Tensor x = zeros({0, 2, 5, 5}).requires_grad_(), w = ones({3, 2, 3, 3}).requires_grad_(),
         b = ones({3}).requires_grad_();
  const Tensor y = conv2d(x, w, b, {.stride = 2});
  CHECK(y.shape() == Shape{0, 3, 2, 2});
  sum(y).backward();
  CHECK(x.grad().shape() == Shape{0, 2, 5, 5});
  CHECK(numbers(w.grad()) == std::vector<double>(54, 0.));
  CHECK(numbers(b.grad()) == std::vector<double>(3, 0.));
  const Tensor none = conv2d(zeros({2, 0, 4, 4}), zeros({2, 0, 3, 3}), tensor({1., 2.}));
  CHECK(numbers(none) == std::vector<double>{1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 1, 1, 2, 2, 2, 2});
  CHECK(numbers(conv2d(zeros({1, 0, 3, 3}), zeros({2, 0, 3, 3}))) == std::vector<double>{0, 0});
  CHECK(conv_transpose2d(zeros({0, 2, 3, 3}), ones({2, 3, 2, 2})).shape() == Shape{0, 3, 4, 4});
  CHECK(conv1d(zeros({0, 2, 5}), ones({3, 2, 3})).shape() == Shape{0, 3, 3});
}

TEST_CASE("without a batch axis the result has none either") {
  const Tensor x = spread({2, 4, 5}), w = weight({3, 2, 2, 2}), b = bias(3);
  const Tensor one = conv2d(x, w, b), batch = conv2d(unsqueeze(x, 0), w, b);
  CHECK(one.shape() == Shape{3, 3, 4});
  CHECK(same_bytes(one.array(), squeeze(batch, 0).array()));
  CHECK(conv1d(spread({2, 5}), weight({3, 2, 2})).shape() == Shape{3, 4});
  CHECK(conv_transpose1d(spread({2, 5}), weight({2, 3, 2})).shape() == Shape{3, 6});
  CHECK(conv_transpose2d(spread({2, 5, 4}), weight({2, 3, 2, 2})).shape() == Shape{3, 6, 5});
}

TEST_CASE("a NaN or an infinity reaches the windows that hold it, and no others") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor w = ones({1, 1, 2}, float64);
  const std::vector<double> y =
      numbers(conv1d(tensor({{{1., 2., inf, 4., 5., 6., nan}}}, float64), w, {}, {.padding = 1}));
  CHECK(std::vector<double>(y.begin(), y.begin() + 6) == std::vector<double>{1, 3, inf, inf, 9, 11});
  CHECK(std::isnan(y[6]));
  CHECK(std::isnan(y[7]));
  const std::vector<double> z = numbers(conv_transpose1d(tensor({{{1., nan, 3., 4.}}}, float64), w));
  CHECK(z[0] == 1);
  CHECK(std::isnan(z[1]));
  CHECK(std::isnan(z[2]));
  CHECK(z[3] == 7);
  const Tensor big = full({1, 1, 1, 4}, 3e38);
  CHECK(numbers(conv2d(big, ones({1, 1, 1, 2})))[0] == inf);
  CHECK(numbers(conv2d(big, ones({1, 1, 1, 1})))[0] == doctest::Approx(3e38));
}

TEST_CASE("integers adopt the floating operand's dtype") {
  const Tensor y = conv2d(ones({1, 1, 3, 3}, uint8), ones({1, 1, 2, 2}, float64), ones({1}, int64));
  CHECK(y.dtype() == float64);
  CHECK(numbers(y) == std::vector<double>{5, 5, 5, 5});
}

TEST_CASE("a padding of any size is zeros") {
  const Tensor y = conv2d(ones({1, 1, 1, 1}), ones({1, 1, 2, 2}), {}, {.padding = 5});
  CHECK(y.shape() == Shape{1, 1, 10, 10});
  CHECK(sum(y).item<double>() == 4);
  CHECK(sum(conv2d(ones({1, 2, 1, 1}), ones({2, 1, 2, 2}), {}, {.padding = 5, .groups = 2})).item<double>() == 8);
}

TEST_CASE("the columns of a batch are never in memory together") {
  const auto used = [] { return memory_stats().live_bytes + memory_stats().cached_bytes; };
  const Tensor x = ones({64, 16, 32, 32}), w = ones({4, 16, 3, 3});
  release_cached_memory();
  const std::int64_t before = used();
  const Tensor y = conv2d(x, w, {}, {.padding = 1});
  CHECK(sum(slice(y, 0, 0, 1)).item<double>() == 4 * 16 * 94 * 94);
  CHECK(used() - before < 8'000'000);  // y has a megabyte, all columns would have 38
}

TEST_CASE("folding what was unfolded counts how many windows hold each element") {
  const Tensor x = ones({1, 1, 3, 3});
  CHECK(unfold(x, 2).shape() == Shape{1, 4, 4});
  CHECK(numbers(fold(unfold(x, 2), 3, 2)) == std::vector<double>{1, 2, 1, 2, 4, 2, 1, 2, 1});
  CHECK(numbers(unfold(tensor({{{1., 2., 3.}, {4., 5., 6.}}}), {1, 2})) == std::vector<double>{1, 2, 4, 5, 2, 3, 5, 6});
}

TEST_SUITE_END();
