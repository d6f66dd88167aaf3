#include "data/synthetic_digits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

TEST_SUITE_BEGIN("data");

using namespace xgrad;
using data::synthetic_digits;
using data::TensorDataset;

namespace {

constexpr int kSide = 28, kPixels = kSide * kSide;

bool equal(const TensorDataset& a, const TensorDataset& b) {
  return same_bytes(a.inputs(), b.inputs()) && same_bytes(a.targets(), b.targets());
}

/// Background regions of an image that the ink encloses, by flooding.
int holes(const std::uint8_t* image) {
  std::array<bool, kPixels> seen{};
  const auto flood = [&](int start) {
    int size = 0;
    std::vector<int> todo{start};
    seen[static_cast<std::size_t>(start)] = true;
    while (!todo.empty()) {
      const int p = todo.back(), x = p % kSide, y = p / kSide;
      todo.pop_back();
      ++size;
      for (const auto& [dx, dy] : {std::array{1, 0}, {-1, 0}, {0, 1}, {0, -1}}) {
        if (x + dx < 0 || x + dx >= kSide || y + dy < 0 || y + dy >= kSide) continue;
        const auto q = static_cast<std::size_t>(p + dx + dy * kSide);
        if (seen[q] || image[q] > 80) continue;
        seen[q] = true;
        todo.push_back(static_cast<int>(q));
      }
    }
    return size;
  };
  flood(0);
  int count = 0;
  for (int p = 0; p < kPixels; ++p) {
    if (!seen[static_cast<std::size_t>(p)] && image[p] <= 80) count += flood(p) >= 3;
  }
  return count;
}

/// Softmax regression, written here without the library: trained by gradient descent, gives the share of right answers.
double linear_accuracy(const data::ImageData& digits) {
  constexpr int kEpochs = 8;
  std::vector<float> w(10 * (kPixels + 1), 0.0f);
  const auto logits = [&](const float* x, std::array<float, 10>& z) {
    for (std::size_t c = 0; c < 10; ++c) {
      const float* row = w.data() + c * (kPixels + 1);
      float sum = row[kPixels];
      for (int i = 0; i < kPixels; ++i) sum += row[i] * x[i];
      z[c] = sum;
    }
  };
  const data::Batch train = digits.train.all(), test = digits.test.all();
  std::array<float, 10> z{};
  for (int e = 0; e < kEpochs; ++e) {
    const float rate = 0.02f * static_cast<float>(kEpochs - e) / kEpochs;
    for (std::int64_t n = 0; n < digits.train.size(); ++n) {
      const float* x = train.x.data<float>() + n * kPixels;
      logits(x, z);
      const float top = *std::max_element(z.begin(), z.end());
      float sum = 0;
      for (float& v : z) sum += v = std::exp(v - top);
      for (std::size_t c = 0; c < 10; ++c) {
        const float error = z[c] / sum - static_cast<float>(train.y.data<std::int64_t>()[n] == static_cast<int>(c));
        float* row = w.data() + c * (kPixels + 1);
        for (int i = 0; i < kPixels; ++i) row[i] -= rate * error * x[i];
        row[kPixels] -= rate * error;
      }
    }
  }
  int right = 0;
  for (std::int64_t n = 0; n < digits.test.size(); ++n) {
    logits(test.x.data<float>() + n * kPixels, z);
    right += std::max_element(z.begin(), z.end()) - z.begin() == test.y.data<std::int64_t>()[n];
  }
  return right / static_cast<double>(digits.test.size());
}

}  // namespace

TEST_CASE("synthetic_digits: in the shape of MNIST") {
  const data::ImageData digits = synthetic_digits(25, 7);
  CHECK(digits.train.size() == 25);
  CHECK(digits.test.size() == 7);
  CHECK(digits.train.inputs().dtype() == uint8);
  CHECK(digits.train.inputs().shape() == Shape{25, 1, 28, 28});
  CHECK(digits.train.targets().dtype() == int64);
  CHECK(digits.train.targets().shape() == Shape{25});
  const auto [x, y] = digits.train.all();
  CHECK(x.dtype() == float32);
  for (std::int64_t i = 0; i < 25; ++i) {
    CAPTURE(i);
    const float* image = x.data<float>() + i * kPixels;
    CHECK(*std::max_element(image, image + kPixels) > 0.7f);
    CHECK(*std::max_element(image, image + kPixels) <= 1.0f);
    const auto background = std::count_if(image, image + kPixels, [](float v) { return v < 0.15f; });
    CHECK(background > kPixels / 2);
    CHECK(background < kPixels - 20);
  }
}

TEST_CASE("synthetic_digits: each image depends on seed and number alone") {
  const data::ImageData digits = synthetic_digits(203, 101, {.seed = 5});
  CHECK(equal(synthetic_digits(203, 101, {.seed = 5}).train, digits.train));
  const data::ImageData fewer = synthetic_digits(37, 0, {.seed = 5});
  CHECK(equal(fewer.train, digits.train.take(37)));
  CHECK(fewer.test.size() == 0);
  CHECK(equal(synthetic_digits(0, 55, {.seed = 5}).test, digits.test.take(55)));

  const int threads = num_threads();
  for (const int count : {1, 4}) {
    set_num_threads(count);
    CHECK(equal(synthetic_digits(203, 101, {.seed = 5}).train, digits.train));
    CHECK(equal(synthetic_digits(203, 101, {.seed = 5}).test, digits.test));
  }
  set_num_threads(threads);
}

TEST_CASE("synthetic_digits: no image comes twice, neither in one part, nor in both, nor under another seed") {
  std::set<std::string> seen;
  std::size_t count = 0;
  for (const std::uint64_t seed : {0u, 1u}) {
    const data::ImageData digits = synthetic_digits(500, 500, {.seed = seed});
    for (const TensorDataset* part : {&digits.train, &digits.test}) {
      const Array x = part->inputs();
      const auto* bytes = static_cast<const char*>(x.raw());
      for (std::int64_t i = 0; i < 500; ++i, ++count) seen.emplace(bytes + i * kPixels, kPixels);
    }
  }
  CHECK(seen.size() == count);
}

TEST_CASE("synthetic_digits: labels are balanced, in random order") {
  const data::ImageData digits = synthetic_digits(1000, 0);
  const Array y = digits.train.targets();
  const std::int64_t* labels = y.data<std::int64_t>();
  std::set<std::vector<std::int64_t>> orders;
  std::array<int, 10> first{};
  for (int ten = 0; ten < 100; ++ten) {
    std::vector<std::int64_t> some(labels + 10 * ten, labels + 10 * ten + 10);
    orders.insert(some);
    ++first[static_cast<std::size_t>(some[0])];
    std::sort(some.begin(), some.end());
    CHECK(some == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  CHECK(orders.size() == 100);
  CHECK(*std::min_element(first.begin(), first.end()) > 0);
  CHECK(*std::max_element(first.begin(), first.end()) < 30);
}

TEST_CASE("synthetic_digits: the ink encloses what a digit encloses") {
  const data::ImageData digits = synthetic_digits(2000, 0);
  const Array x = digits.train.inputs(), y = digits.train.targets();
  std::array<std::array<int, 4>, 10> counts{};
  for (std::int64_t i = 0; i < 2000; ++i) {
    const int h = std::min(holes(x.data<std::uint8_t>() + i * kPixels), 3);
    ++counts[static_cast<std::size_t>(y.data<std::int64_t>()[i])][static_cast<std::size_t>(h)];
  }
  struct Expected {
    std::size_t digit, holes;
  };
  for (const Expected e : {Expected{0, 1}, {1, 0}, {3, 0}, {5, 0}, {7, 0}, {8, 2}, {9, 1}}) {
    const auto& c = counts[e.digit];
    INFO("digit " << e.digit << "; no, 1, 2, more holes: " << c[0] << " " << c[1] << " " << c[2] << " " << c[3]);
    CHECK(c[e.holes] > 180);  // of 200
  }
}

TEST_CASE("synthetic_digits: a linear model learns most of them and not all") {
  const double accuracy = linear_accuracy(synthetic_digits(5000, 1000));
  CHECK(accuracy > 0.80);
  CHECK(accuracy < 0.95);
}

TEST_CASE("synthetic_digits: negative counts are a ValueError") {
  CHECK_THROWS_AS(synthetic_digits(-1, 0), ValueError);
  CHECK_THROWS_AS(synthetic_digits(0, -1), ValueError);
}

TEST_SUITE_END();
