#include "data/augment.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/loader.hpp"
#include "tensor/parallel.hpp"
#include "tests/throws.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::AugmentOptions;
using data::ImageTransform;
using data::transform_images;

namespace {

/// Images of different random pixels.
Array noise(const Shape& shape, DType dtype = float32) {
  Generator g(7);
  return randn(shape, dtype, g).array();
}

/// The images whose pixel (n, c, y, x) is `from(n, c, y, x)`.
using Pixel = std::function<double(std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x)>;
Array made(const Shape& shape, const Pixel& from) {
  std::vector<float> out;
  for (std::int64_t n = 0; n < shape[0]; ++n)
    for (std::int64_t c = 0; c < shape[1]; ++c)
      for (std::int64_t y = 0; y < shape[2]; ++y)
        for (std::int64_t x = 0; x < shape[3]; ++x) out.push_back(static_cast<float>(from(n, c, y, x)));
  return Array::copy_of(out, shape);
}
/// A pixel of `a`, or `fill` outside.
double at(const Array& a, std::int64_t n, std::int64_t c, std::int64_t y, std::int64_t x, double fill = 0) {
  const Shape& s = a.shape();
  if (y < 0 || y >= s[2] || x < 0 || x >= s[3]) return fill;
  return a.data<float>()[((n * s[1] + c) * s[2] + y) * s[3] + x];
}

Array moved(const Array& images, const ImageTransform& t, double fill = 0) {
  const std::vector<ImageTransform> all(static_cast<std::size_t>(images.size(0)), t);
  return transform_images(images, all, fill);
}

data::TensorDataset blank(std::int64_t n, const Shape& image = {1, 12, 12}, float value = 1) {
  Shape shape{n};
  for (const std::int64_t size : image) shape.push_back(size);
  std::vector<std::int64_t> labels(static_cast<std::size_t>(n));
  std::iota(labels.begin(), labels.end(), std::int64_t{0});
  return {Array::full(shape, value, float32), Array::copy_of(labels)};
}

Array first_batch(const data::Dataset& d, std::vector<std::int64_t> indices, std::uint64_t seed = 3) {
  Generator g(seed);
  const GeneratorGuard guard(g);
  return d.batch(indices).x.array();
}

/// Image i of a batch.
std::vector<float> image(const Array& images, std::int64_t i) {
  const std::int64_t numel = images.numel() / images.size(0);
  const float* from = images.data<float>() + i * numel;
  return {from, from + numel};
}

}  // namespace

TEST_CASE("augment: the transform that does nothing gives the very same images") {
  for (const Shape& shape : {Shape{3, 2, 7, 9}, Shape{1, 1, 1, 1}, Shape{2, 3, 28, 28}, Shape{0, 1, 4, 4}}) {
    CHECK(same_bytes(moved(noise(shape), {}), noise(shape)));
    CHECK(same_bytes(moved(noise(shape, float64), {}), noise(shape, float64)));
    CHECK(same_bytes(moved(noise(shape), {.rotate = 360}), noise(shape)));
  }
}

TEST_CASE("augment: whole shifts move pixels and fill what is left free") {
  const Array a = noise({2, 2, 5, 8});
  for (const auto& [right, down] : {std::pair{1, 0}, {0, 2}, {-3, 1}, {7, -4}, {8, 0}, {0, -50}}) {
    const Array expected = made(
        a.shape(), [&, r = right, d = down](auto n, auto c, auto y, auto x) { return at(a, n, c, y - d, x - r, -7); });
    CHECK(same_bytes(moved(a, {.shift_x = double(right), .shift_y = double(down)}, -7), expected));
  }
}

TEST_CASE("augment: quarter turns and mirrors are permutations, counterclockwise as numpy.rot90") {
  for (const std::int64_t size : {5, 6, 28}) {
    const Array a = noise({2, 3, size, size});
    const auto check = [&](const ImageTransform& t, const Pixel& from) {
      CHECK(same_bytes(moved(a, t), made(a.shape(), from)));
    };
    check({.rotate = 90}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, x, size - 1 - y); });
    check({.rotate = -270}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, x, size - 1 - y); });
    check({.rotate = 180}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, size - 1 - y, size - 1 - x); });
    check({.rotate = -90}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, size - 1 - x, y); });
    check({.flip = true}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, y, size - 1 - x); });
    // mirrored first, turned then
    check({.rotate = 90, .flip = true}, [&](auto n, auto c, auto y, auto x) { return at(a, n, c, x, y); });
    // turned first, shifted then
    check({.rotate = 180, .shift_x = 1},
          [&](auto n, auto c, auto y, auto x) { return at(a, n, c, size - 1 - y, size - 1 - (x - 1)); });
  }
  // NumPy: np.rot90([[1, 2], [3, 4]]) is [[2, 4], [1, 3]]
  CHECK(same_bytes(moved(Array::copy_of(std::vector<float>{1, 2, 3, 4}, Shape{1, 1, 2, 2}), {.rotate = 90}),
                   Array::copy_of(std::vector<float>{2, 4, 1, 3}, Shape{1, 1, 2, 2})));
}

TEST_CASE("augment: between pixels lies their bilinear mean") {
  const Array a = Array::copy_of(std::vector<float>{1, 2, 4, 8}, Shape{1, 1, 2, 2});
  // by half a pixel: the mean with the left neighbour, which is the fill at the edge
  CHECK(same_bytes(moved(a, {.shift_x = 0.5}, 10),
                   Array::copy_of(std::vector<float>{5.5, 1.5, 7, 6}, Shape{1, 1, 2, 2})));
  CHECK(same_bytes(moved(a, {.shift_y = 0.25}),
                   Array::copy_of(std::vector<float>{0.75, 1.5, 3.25, 6.5}, Shape{1, 1, 2, 2})));
  // linear images stay linear under any movement, away from the edges
  const auto plane = [](double y, double x) { return 0.25 * y - 0.5 * x + 3; };
  const Array b = made({1, 1, 41, 41}, [&](auto, auto, auto y, auto x) { return plane(double(y), double(x)); });
  const ImageTransform t{.rotate = 30, .shift_x = 1.5, .shift_y = -2.25, .zoom = 1.25};
  const Array result = moved(b, t);
  const double angle = std::acos(-1.) / 6;
  double worst = 0;
  for (std::int64_t y = 14; y < 27; ++y) {
    for (std::int64_t x = 14; x < 27; ++x) {
      // where (y, x) was: shift back, turn clockwise, zoom out
      const double dx = double(x) - 20 - 1.5, dy = double(y) - 20 + 2.25;
      const double from_x = 20 + (std::cos(angle) * dx - std::sin(angle) * dy) / 1.25;
      const double from_y = 20 + (std::sin(angle) * dx + std::cos(angle) * dy) / 1.25;
      worst = std::max(worst, std::abs(at(result, 0, 0, y, x) - plane(from_y, from_x)));
    }
  }
  CHECK(worst < 2e-5);
}

TEST_CASE("augment: a zoom of 2 keeps the centre and shows half the image") {
  const Array a = noise({1, 1, 5, 5}), b = moved(a, {.zoom = 2});
  for (std::int64_t y = 0; y < 5; y += 2)
    for (std::int64_t x = 0; x < 5; x += 2) CHECK(at(b, 0, 0, y, x) == at(a, 0, 0, 1 + y / 2, 1 + x / 2));
  const Array c = moved(a, {.zoom = 0.5}, 9);
  CHECK(at(c, 0, 0, 2, 2) == at(a, 0, 0, 2, 2));
  CHECK(at(c, 0, 0, 1, 2) == at(a, 0, 0, 0, 2));
  CHECK(at(c, 0, 0, 0, 0) == 9);
}

TEST_CASE("augment: displacements say where each pixel comes from") {
  const Array a = noise({2, 2, 4, 6});
  CHECK(same_bytes(data::displace_images(a, Array::zeros({2, 2, 4, 6})), a));
  const Array d = made({2, 2, 4, 6}, [](auto n, auto axis, auto y, auto x) {
    return n == 0 ? (axis == 0 ? 1 : -2) : (axis == 0 ? double(3 - 2 * y) : double(5 - 2 * x));
  });
  const Array expected = made(a.shape(), [&](auto n, auto c, auto y, auto x) {
    return n == 0 ? at(a, n, c, y + 1, x - 2, 5) : at(a, n, c, 3 - y, 5 - x);
  });
  CHECK(same_bytes(data::displace_images(a, d, 5), expected));
}

TEST_CASE("augment: without options, and with an elastic strength of 0, nothing changes") {
  const data::TensorDataset set(noise({5, 2, 9, 8}), Array::zeros({5}, int64));
  CHECK(same_bytes(first_batch(data::augment(set, {}), {0, 1, 2, 3, 4}), set.inputs()));
  CHECK(same_bytes(first_batch(data::augment(set, {.elastic = 0, .elastic_sigma = 2}), {0, 1, 2, 3, 4}), set.inputs()));
  const data::Batch b = data::augment(set, {.rotate = 10}).batch(std::vector<std::int64_t>{3, 3});
  CHECK(b.y.shape() == Shape{2});
}

TEST_CASE("augment: what happens to an example depends on the draw and its number alone") {
  const data::TensorDataset set(noise({40, 1, 16, 16}), Array::zeros({40}, int64));
  const auto augmented = data::augment(
      set, {.rotate = 20, .shift = 3, .zoom = 0.2, .flip = 0.5, .noise = 0.1, .elastic = 10, .elastic_sigma = 2});
  std::vector<std::int64_t> order(40);
  std::iota(order.rbegin(), order.rend(), std::int64_t{0});
  const int threads = num_threads();
  const Array whole = first_batch(augmented, order);
  set_num_threads(1);
  CHECK(same_bytes(first_batch(augmented, order), whole));
  set_num_threads(threads);
  const Array few = first_batch(augmented, {5, 17, 5});
  CHECK(image(few, 0) == image(whole, 34));
  CHECK(image(few, 1) == image(whole, 22));
  CHECK(image(few, 2) == image(few, 0));
  CHECK(image(first_batch(augmented, {5}, 4), 0) != image(few, 0));  // another seed
  CHECK(image(whole, 0) != image(set.inputs(), 39));
}

TEST_CASE("augment: a loader's epochs differ from each other, and come again with their seed and number") {
  const data::TensorDataset set(noise({10, 1, 8, 8}), Array::zeros({10}, int64));
  const auto epochs = [&](std::int64_t prefetch) {
    data::DataLoader loader(data::augment(set, {.shift = 2}),
                            {.batch_size = 4, .shuffle = true, .seed = 5, .prefetch = prefetch});
    std::vector<std::vector<float>> out;
    for (int epoch = 0; epoch < 2; ++epoch)
      for (const auto& [x, y] : loader)
        for (std::int64_t i = 0; i < x.shape()[0]; ++i) out.push_back(image(x.array(), i));
    return out;
  };
  const auto a = epochs(0), b = epochs(3);
  CHECK(a == b);
  CHECK(std::vector(a.begin(), a.begin() + 10) != std::vector(a.begin() + 10, a.end()));
}

TEST_CASE("augment: options do not share draws, and augmented sets can be augmented again") {
  const data::TensorDataset set(noise({4, 1, 9, 9}), Array::zeros({4}, int64));
  const Array flipped = first_batch(data::augment(set, {.flip = 0.5}), {0, 1, 2, 3});
  const Array noisy = first_batch(data::augment(set, {.flip = 0.5, .noise = 1e-4}), {0, 1, 2, 3});
  double apart = 0;
  for (std::int64_t i = 0; i < flipped.numel(); ++i)
    apart = std::max(apart, std::abs(double(flipped.data<float>()[i]) - noisy.data<float>()[i]));
  CHECK(apart > 0);
  CHECK(apart < 1e-3);
  const auto twice = data::augment(data::augment(set, {.flip = 1}), {.flip = 1});
  CHECK(same_bytes(first_batch(twice, {0, 1, 2, 3}), set.inputs()));
  const auto shifted_twice = data::augment(data::augment(set, {.shift = 2}), {.shift = 2});
  CHECK(!same_bytes(first_batch(shifted_twice, {0, 1, 2, 3}),
                    first_batch(data::augment(set, {.shift = 2}), {0, 1, 2, 3})));
}

TEST_CASE("augment: noise has the deviation asked for, and the mirror its probability") {
  const auto set = blank(400);
  const Array noisy = first_batch(data::augment(set, {.noise = 0.25}), [] {
    std::vector<std::int64_t> all(400);
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return all;
  }());
  double sum = 0, squares = 0;
  for (const float v : noisy.values<float>()) {
    sum += v - 1;
    squares += (v - 1.) * (v - 1.);
  }
  const double n = static_cast<double>(noisy.numel());  // 57,600: five standard errors
  CHECK(std::abs(sum / n) < 5 * 0.25 / std::sqrt(n));
  CHECK(std::abs(std::sqrt(squares / n) - 0.25) < 5 * 0.25 / std::sqrt(2 * n));

  const data::TensorDataset left(made({1000, 1, 1, 2}, [](auto, auto, auto, auto x) { return x == 0; }),
                                 Array::zeros({1000}, int64));
  std::vector<std::int64_t> all(1000);
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Array mirrored = first_batch(data::augment(left, {.flip = 0.3}), all);
  int count = 0;
  for (std::int64_t i = 0; i < 1000; ++i) count += mirrored.data<float>()[2 * i + 1] == 1;
  CHECK(std::abs(count - 300) < 5 * std::sqrt(1000 * 0.3 * 0.7));
}

TEST_CASE("augment: shifts, angles and zooms fill their ranges evenly") {
  // A ramp along x shows the shift: its middle pixel becomes x - shift.
  const data::TensorDataset ramp(made({2000, 1, 1, 21}, [](auto, auto, auto, auto x) { return double(x); }),
                                 Array::zeros({2000}, int64));
  std::vector<std::int64_t> all(2000);
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Array shifted = first_batch(
      data::augment(data::AugmentedDataset(std::make_shared<data::TensorDataset>(ramp), {}), {.shift = 4}), all);
  double low = 99, high = -99, sum = 0;
  int whole_rows = 0;
  for (std::int64_t i = 0; i < 2000; ++i) {
    // rows of height 1 fade with the vertical shift; where it is below 1, the ratio of two pixels still tells
    const double a = shifted.data<float>()[i * 21 + 10], b = shifted.data<float>()[i * 21 + 11];
    if (b - a < 0.05) continue;
    const double shift = 10 - a / (b - a);
    low = std::min(low, shift);
    high = std::max(high, shift);
    sum += shift;
    ++whole_rows;
  }
  CHECK(whole_rows > 300);
  CHECK(low < -3.8);
  CHECK(low >= -4.001);
  CHECK(high > 3.8);
  CHECK(high <= 4.001);
  CHECK(std::abs(sum / whole_rows) < 5 * (8 / std::sqrt(12.)) / std::sqrt(whole_rows));
}

TEST_CASE("augment: elastic fields are as strong as their formula says, and smooth") {
  // A ramp shows the displacement along x: alpha times a weighted sum of uniform numbers, of variance alpha^2 / 3 times
  // the sum of the squared weights of a Gaussian, (1 / (2 sqrt(pi) sigma))^2 in two dimensions, away from the edges.
  constexpr double alpha = 8, sigma = 3;
  const data::TensorDataset ramp(made({300, 1, 64, 64}, [](auto, auto, auto, auto x) { return double(x); }),
                                 Array::zeros({300}, int64));
  std::vector<std::int64_t> all(300);
  std::iota(all.begin(), all.end(), std::int64_t{0});
  const Array bent = first_batch(data::augment(ramp, {.elastic = alpha, .elastic_sigma = sigma}), all);
  double squares = 0, steps = 0;
  for (std::int64_t i = 0; i < 300; ++i) {
    const double d = at(bent, i, 0, 32, 32) - 32, next = at(bent, i, 0, 32, 33) - 33;
    squares += d * d;
    steps += (next - d) * (next - d);
  }
  const double expected = alpha * std::sqrt(1. / 3) / (2 * std::sqrt(std::acos(-1.)) * sigma);
  CHECK(std::abs(std::sqrt(squares / 300) / expected - 1) < 5 / std::sqrt(600.));
  CHECK(steps < squares / 4);  // neighbours: E (d - d')^2 = 2 var (1 - exp(-1 / (4 sigma^2))), 5 % of the variance
}

TEST_CASE("augment: wrong arguments are refused with the number and the range") {
  const Array a = noise({2, 1, 4, 4});
  const std::vector<ImageTransform> one(1), two(2);
  CHECK(throws<ShapeError>([&] { transform_images(a, one); }, "got 1 transforms for images [2, 1, 4, 4]"));
  CHECK(throws<ShapeError>([&] { transform_images(noise({2, 4, 4}), two); }, "got [2, 4, 4]; expected (N, C, H, W)"));
  CHECK(throws<DTypeError>([&] { transform_images(Array::zeros({2, 1, 4, 4}, uint8), two); }, "images are uint8"));
  CHECK(throws<ValueError>([&] { moved(a, {.zoom = 0}); }, "a zoom above 0"));
  CHECK(throws<ValueError>([&] { moved(a, {.rotate = std::numeric_limits<double>::infinity()}); }, "finite"));
  CHECK(throws<ValueError>([&] { moved(a, {}, std::numeric_limits<double>::quiet_NaN()); }, "fill: got nan"));
  CHECK(throws<ShapeError>([&] { data::displace_images(a, noise({2, 1, 4, 4})); }, "expected [2, 2, 4, 4]"));
  CHECK(throws<DTypeError>([&] { data::displace_images(a, noise({2, 2, 4, 4}, float64)); }, "float"));
  const auto set = blank(2);
  CHECK(throws<ValueError>([&] { data::augment(set, {.rotate = -1}); }, "rotate: got -1; expected 0 to 360"));
  CHECK(throws<ValueError>([&] { data::augment(set, {.zoom = 1}); }, "zoom: got 1; expected 0 <= zoom < 1"));
  CHECK(throws<ValueError>([&] { data::augment(set, {.flip = 1.5}); }, "flip: got 1.5; expected 0 to 1"));
  CHECK(throws<ValueError>([&] { data::augment(set, {.noise = std::numeric_limits<double>::quiet_NaN()}); },
                           "noise: got nan"));
  CHECK(throws<ValueError>([&] { data::augment(std::shared_ptr<const data::Dataset>(), {}); }, "null pointer"));
  const data::TensorDataset flat(Array::zeros({3, 4}), Array::zeros({3}, int64));
  CHECK(throws<ShapeError>([&] { data::augment(flat, {}).batch(std::vector<std::int64_t>{0}); },
                           "data::augment: not images"));
  CHECK(throws<IndexError>([&] { data::augment(set, {}).batch(std::vector<std::int64_t>{2}); }, "no such example"));
}

TEST_SUITE_END();
