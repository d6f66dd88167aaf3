#include "data/synthetic_digits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "data/detail/digit_strokes.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"
#include "tensor/random.hpp"

namespace xgrad::data {
namespace {

constexpr int kSide = 28;
constexpr int kPixels = kSide * kSide;
constexpr int kClasses = 10;
constexpr double kUnit = 9.5;  // pixels per unit of the outlines, which are two units high

double between(Generator& g, double low, double high) { return low + (high - low) * g.uniform(); }
/// Normal, but never absurdly far out.
double around(Generator& g, double mean, double deviation) {
  return mean + deviation * std::clamp(g.normal(), -2.5, 2.5);
}

/// How one writer holds the pen: where a point of an outline comes to lie in the image.
class Hand {
 public:
  explicit Hand(Generator& g)
      : width_(kUnit * around(g, 1, 0.14)), height_(kUnit * around(g, 0.98, 0.1)), slant_(around(g, 0.12, 0.21)),
        turn_(around(g, 0, 0.11)), x_(around(g, 13.5, 1.3)), y_(around(g, 13.5, 1.3)) {
    for (Wave& w : waves_) {
      w = {around(g, 0, 0.055), between(g, 1.5, 3.5), between(g, 0, 2 * std::numbers::pi)};
    }
  }

  Knot place(const Knot& p) const {
    const double sway = p.x + waves_[0].at(p.y), heave = p.y + waves_[1].at(p.x);
    const double x = width_ * sway - slant_ * height_ * heave, y = height_ * heave;
    return {x_ + x * std::cos(turn_) - y * std::sin(turn_), y_ + x * std::sin(turn_) + y * std::cos(turn_)};
  }

 private:
  struct Wave {
    double size, frequency, phase;
    double at(double t) const { return size * std::sin(frequency * t + phase); }
  };

  double width_, height_, slant_, turn_, x_, y_;
  std::array<Wave, 2> waves_;
};

/// For every pixel the square of the distance to the nearest stroke, exact where it is below the reach.
class Distances {
 public:
  explicit Distances(double reach) : reach_(reach) { squared_.fill(static_cast<float>(reach * reach)); }

  /// Takes in the line from a to b.
  void add(const Knot& a, const Knot& b) {
    const int left = first(std::min(a.x, b.x)), right = last(std::max(a.x, b.x));
    const int top = first(std::min(a.y, b.y)), bottom = last(std::max(a.y, b.y));
    const auto ax = static_cast<float>(a.x), ay = static_cast<float>(a.y);
    const auto ux = static_cast<float>(b.x - a.x), uy = static_cast<float>(b.y - a.y);
    const float scale = 1 / std::max(ux * ux + uy * uy, 1e-6f);
    for (int y = top; y <= bottom; ++y) {
      float* row = squared_.data() + std::ptrdiff_t{y} * kSide;
      const float py = static_cast<float>(y) - ay;
      for (int x = left; x <= right; ++x) {
        const float px = static_cast<float>(x) - ax;
        const float t = std::clamp((px * ux + py * uy) * scale, 0.0f, 1.0f);
        const float dx = px - t * ux, dy = py - t * uy;
        row[x] = std::min(row[x], dx * dx + dy * dy);
      }
    }
  }

  float at(int pixel) const { return std::sqrt(squared_[static_cast<std::size_t>(pixel)]); }

 private:
  int first(double v) const { return std::clamp(static_cast<int>(std::ceil(v - reach_)), 0, kSide); }
  int last(double v) const { return std::clamp(static_cast<int>(std::floor(v + reach_)), -1, kSide - 1); }

  double reach_;
  std::array<float, kPixels> squared_;
};

/// Writes one digit.
void draw(int digit, Generator g, std::vector<Knot>& line, std::uint8_t* out) {
  constexpr double kEdge = 1.1;  // pixels over which the ink fades out
  const auto ways = glyphs_of(digit);
  const Glyph& glyph = ways[static_cast<std::size_t>(g.below(static_cast<std::int64_t>(ways.size())))];
  const Hand hand(g);
  const double tremor = between(g, 0.02, 0.085);
  const double radius = between(g, 0.65, 1.75);
  const auto ink = static_cast<float>(between(g, 0.8, 1));
  const auto grain = static_cast<float>(between(g, 0.02, 0.2));

  Distances distances(radius + kEdge / 2);
  for (Stroke stroke : glyph) {
    for (Knot& p : stroke) {
      p.x = around(g, p.x, tremor);
      p.y = around(g, p.y, tremor);
    }
    line.clear();
    flatten(stroke, line);
    for (Knot& p : line) p = hand.place(p);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) distances.add(line[i], line[i + 1]);
  }

  const auto outer = static_cast<float>(radius + kEdge / 2), fade = static_cast<float>(1 / kEdge);
  for (int i = 0; i < kPixels; i += 8) {
    std::uint64_t noise = g.bits();
    for (int k = i; k < i + 8; ++k, noise >>= 8) {
      const float covered = std::clamp((outer - distances.at(k)) * fade, 0.0f, 1.0f);
      const float speck = grain * (static_cast<float>(noise & 0xFF) / 255 - 0.5f);
      out[k] = static_cast<std::uint8_t>(std::nearbyint(255 * std::clamp(ink * covered + speck, 0.0f, 1.0f)));
    }
  }
}

/// The labels of ten images in a row: each digit once, in random order.
std::array<std::int64_t, kClasses> shuffled_digits(Generator g) {
  std::array<std::int64_t, kClasses> digits{};
  for (int i = 0; i < kClasses; ++i) {
    const auto k = static_cast<std::size_t>(g.below(i + 1));
    digits[static_cast<std::size_t>(i)] = digits[k];
    digits[k] = i;
  }
  return digits;
}

TensorDataset draw_all(std::int64_t n, const Generator& stream) {
  Array x = Array::empty({n, 1, kSide, kSide}, uint8);
  Array y = Array::empty({n}, int64);
  auto* images = x.mutable_data<std::uint8_t>();
  auto* labels = y.mutable_data<std::int64_t>();
  const Generator for_labels = stream.fork(0), for_images = stream.fork(1);
  parallel_for((n + kClasses - 1) / kClasses, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Knot> line;
    for (std::int64_t ten = begin; ten < end; ++ten) {
      const auto digits = shuffled_digits(for_labels.fork(static_cast<std::uint64_t>(ten)));
      for (std::int64_t i = ten * kClasses; i < std::min(n, (ten + 1) * kClasses); ++i) {
        labels[i] = digits[static_cast<std::size_t>(i - ten * kClasses)];
        draw(static_cast<int>(labels[i]), for_images.fork(static_cast<std::uint64_t>(i)), line, images + i * kPixels);
      }
    }
  });
  return {std::move(x), std::move(y), {.scale = 1.0 / 255}};
}

}  // namespace

ImageData synthetic_digits(std::int64_t n_train, std::int64_t n_test, SyntheticDigitsOptions options) {
  if (n_train < 0 || n_test < 0) {
    fail<ValueError>("data::synthetic_digits",
                     fmt::format("got {} and {} images; expected at least 0", n_train, n_test));
  }
  const Generator root(options.seed);
  return {draw_all(n_train, root.fork(0)), draw_all(n_test, root.fork(1))};
}

}  // namespace xgrad::data
