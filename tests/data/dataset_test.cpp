#include "data/dataset.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "data/data.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tests/data/files.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using namespace xgrad::test;
using data::Batch;
using data::TensorDataset;

namespace {

using Indices = std::vector<std::int64_t>;

template <class T>
std::vector<T> list(const Tensor& a) {
  return {a.values<T>().begin(), a.values<T>().end()};
}

/// Example i has the inputs 10 i, 10 i + 1 and the target i.
TensorDataset counting(std::int64_t n, DType dtype = float32) {
  std::vector<std::int64_t> x, y;
  for (std::int64_t i = 0; i < n; ++i) {
    x.insert(x.end(), {10 * i, 10 * i + 1});
    y.push_back(i);
  }
  return {Array::copy_of(x, Shape{n, 2}).to(dtype), Array::copy_of(y)};
}

/// Squares, made when they are asked for.
class Squares : public data::Dataset {
 public:
  std::int64_t size() const override { return 5; }
  Batch batch(std::span<const std::int64_t> indices) const override {
    std::vector<std::int64_t> x(indices.begin(), indices.end()), y;
    for (const std::int64_t i : x) y.push_back(i * i);
    return {Array::copy_of(x), Array::copy_of(y)};
  }
};

}  // namespace

TEST_CASE("TensorDataset: a batch has the examples asked for, in that order, repeated if so asked") {
  const TensorDataset d = counting(5);
  const auto [x, y] = d.batch(Indices{3, 0, 3});
  CHECK(x.dtype() == float32);
  CHECK(x.shape() == Shape{3, 2});
  CHECK(list<float>(x) == std::vector<float>{30, 31, 0, 1, 30, 31});
  CHECK(y.dtype() == int64);
  CHECK(y.shape() == Shape{3});
  CHECK(list<std::int64_t>(y) == Indices{3, 0, 3});
  CHECK(d.batch(Indices{}).x.shape() == Shape{0, 2});
  CHECK_FALSE(x.requires_grad());
}

TEST_CASE("TensorDataset: uint8 inputs become float32 times the scale, other dtypes stay") {
  std::vector<std::uint8_t> pixels(256);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  const Array x = Array::copy_of(pixels, Shape{2, 1, 8, 16});
  const Array y = Array::copy_of(std::vector<std::uint8_t>{7, 9});
  const TensorDataset scaled(x, y, {.scale = 1.0 / 255});
  const Batch all = scaled.all();
  CHECK(all.x.dtype() == float32);
  CHECK(all.x.shape() == Shape{2, 1, 8, 16});
  for (int v = 0; v < 256; ++v) {
    CAPTURE(v);
    CHECK(all.x.data<float>()[v] == static_cast<float>(v) / 255.0f);  // to the last bit
  }
  CHECK(all.y.dtype() == uint8);
  CHECK(scaled.scale() == 1.0 / 255);
  CHECK(scaled.inputs().dtype() == uint8);
  CHECK(scaled.inputs().shares_buffer_with(x));
  CHECK(scaled.targets().shares_buffer_with(y));
  CHECK(TensorDataset(x, y).all().x.data<float>()[255] == 255.0f);
  CHECK(counting(3, float64).all().x.dtype() == float64);
  CHECK(counting(3, int64).all().x.dtype() == int64);
}

TEST_CASE("TensorDataset: a batch owns its values, a data set shares its arrays") {
  Array x = Array::zeros({2, 3});
  const TensorDataset d(x, Array::zeros({2, 1}));
  const Batch before = d.all();
  x.mutable_data<float>()[0] = 5;
  CHECK(before.x.data<float>()[0] == 0);
  CHECK(d.all().x.data<float>()[0] == 5);
  CHECK(d.all().y.shape() == Shape{2, 1});
}

TEST_CASE("TensorDataset: slices count from their own start and share the arrays") {
  const TensorDataset d = counting(10);
  const TensorDataset middle = d.slice(2, 7), inner = middle.slice(1, 3);
  CHECK(middle.size() == 5);
  CHECK(list<std::int64_t>(middle.all().y) == Indices{2, 3, 4, 5, 6});
  CHECK(list<std::int64_t>(inner.all().y) == Indices{3, 4});
  CHECK(list<float>(inner.batch(Indices{1}).x) == std::vector<float>{40, 41});
  CHECK(list<std::int64_t>(Tensor(inner.targets())) == Indices{3, 4});
  CHECK(list<float>(Tensor(inner.inputs())) == std::vector<float>{30, 31, 40, 41});
  CHECK(list<std::int64_t>(d.take(2).all().y) == Indices{0, 1});
  CHECK(list<std::int64_t>(d.slice(8).all().y) == Indices{8, 9});
  CHECK(d.slice(10).size() == 0);
  CHECK(d.slice(10).inputs().shape() == Shape{0, 2});
  CHECK(d.take(10).inputs().shares_buffer_with(d.inputs()));

  std::vector<std::uint8_t> pixels{0, 51, 102, 255};
  const TensorDataset images(Array::copy_of(pixels, Shape{4, 1}), Array::zeros({4}), {.scale = 1.0 / 255});
  CHECK(list<float>(images.slice(2).all().x) == std::vector<float>{0.4f, 1});
}

TEST_CASE("TensorDataset: examples that are not there are an IndexError") {
  const TensorDataset d = counting(5), part = d.slice(1, 3);
  const std::string text = error_of<IndexError>([&] { d.batch(Indices{0, 5}); });
  CHECK(text == "data::TensorDataset::batch: no such example: got 5; expected 0 to 4, for there are 5 examples");
  CHECK_THROWS_AS(d.batch(Indices{-1}), IndexError);
  CHECK_THROWS_AS(part.batch(Indices{2}), IndexError);
  CHECK_THROWS_AS(counting(0).batch(Indices{0}), IndexError);
  CHECK(error_of<IndexError>([&] { d.slice(2, 6); }) ==
        "data::TensorDataset::slice: not a range of the examples: got 2 to 6; expected 0 <= first <= last <= 5");
  CHECK_THROWS_AS(d.slice(-1, 2), IndexError);
  CHECK_THROWS_AS(d.slice(3, 2), IndexError);
  CHECK_THROWS_AS(d.take(6), IndexError);
  CHECK_THROWS_AS(part.slice(0, 3), IndexError);
  CHECK_THROWS_AS(part.slice(std::numeric_limits<std::int64_t>::max()), IndexError);
}

TEST_CASE("TensorDataset: inputs and targets must have the same first axis") {
  CHECK(error_of<ShapeError>([] {
          TensorDataset(Array::zeros({3, 2}), Array::zeros({4}));
        }) ==
        "data::TensorDataset: inputs and targets do not match: got x [3, 2], y [4]; expected x.shape[0] == y.shape[0], "
        "the number of examples");
  CHECK_THROWS_AS(TensorDataset(Array::zeros({}), Array::zeros({})), ShapeError);
  CHECK_THROWS_AS(TensorDataset(Array(), Array::zeros({1})), ValueError);
}

TEST_CASE("TensorDataset: large batches are the same with one thread and with four") {
  constexpr std::int64_t n = 3000, row = 1000;
  std::vector<std::uint8_t> pixels(n * row);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * 2654435761u >> 8);
  const Array x = Array::copy_of(pixels, Shape{n, row});
  const Array y = x.to(float64);
  const TensorDataset d(x, y, {.scale = 0.5});
  Indices backwards(n);
  for (std::int64_t i = 0; i < n; ++i) backwards[static_cast<std::size_t>(i)] = n - 1 - i;

  const int threads = num_threads();
  for (const int count : {1, 4}) {
    CAPTURE(count);
    set_num_threads(count);
    const Batch b = d.batch(backwards);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t k = 0; k < row; ++k) {
        const double expected = pixels[static_cast<std::size_t>((n - 1 - i) * row + k)];
        wrong += b.x.data<float>()[i * row + k] != 0.5 * expected || b.y.data<double>()[i * row + k] != expected;
      }
    }
    CHECK(wrong == 0);
  }
  set_num_threads(threads);
}

TEST_CASE("TensorDataset: examples without elements") {
  const TensorDataset d(Array::empty({3, 0}, uint8), Array::empty({3, 0}));
  CHECK(d.all().x.shape() == Shape{3, 0});
  CHECK(d.slice(1).inputs().shape() == Shape{2, 0});
}

TEST_CASE("Dataset: a subclass hands out what it likes") {
  const Squares squares;
  CHECK(list<std::int64_t>(squares.all().y) == Indices{0, 1, 4, 9, 16});
}

TEST_SUITE_END();
