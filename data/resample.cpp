#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/detail/resample.hpp"
#include "tensor/error.hpp"

namespace xgrad::data::detail {
namespace {

constexpr std::int64_t kBefore = 1, kBehind = 2;  // pixels of fill round an image

/// cos and sin, exact for quarter turns.
std::pair<double, double> direction(double degrees) {
  const double turn = std::remainder(degrees, 360.0);
  if (turn == 0) return {1, 0};
  if (turn == 90) return {0, 1};
  if (turn == -90) return {0, -1};
  if (std::abs(turn) == 180) return {-1, 0};
  const double angle = turn * std::numbers::pi / 180;
  return {std::cos(angle), std::sin(angle)};
}

/// Memory for one image, used again for the next.
template <class T>
struct Scratch {
  std::vector<T> padded;
  std::vector<float> across, down;   // for each pixel of a row: how far it lies beyond its corner
  std::vector<std::int32_t> corner;  // the place in `padded` of the pixel up and left of it

  void fit(std::int64_t height, std::int64_t width) {
    padded.resize(static_cast<std::size_t>((height + kBefore + kBehind) * (width + kBefore + kBehind)));
    across.resize(static_cast<std::size_t>(width));
    down.resize(static_cast<std::size_t>(width));
    corner.resize(static_cast<std::size_t>(width));
  }
};

template <class T>
void pad(const T* image, std::int64_t height, std::int64_t width, T fill, T* padded) {
  const std::int64_t stride = width + kBefore + kBehind;
  std::fill_n(padded, kBefore * stride, fill);
  padded += kBefore * stride;
  for (std::int64_t y = 0; y < height; ++y, padded += stride) {
    padded[0] = fill;
    std::copy_n(image + y * width, width, padded + kBefore);
    std::fill_n(padded + kBefore + width, kBehind, fill);
  }
  std::fill_n(padded, kBehind * stride, fill);
}

/// Row y of the result: the corners of its pixels and the distances to them. Places are held to [-1, size], where all
/// is fill.
template <class T>
void locate_row(const Affine& a, const float* field, std::int64_t y, std::int64_t height, std::int64_t width,
                Scratch<T>& s) {
  const float x_x = static_cast<float>(a.x_x), x_y = static_cast<float>(a.x_y), y_x = static_cast<float>(a.y_x),
              y_y = static_cast<float>(a.y_y);
  const auto row = static_cast<double>(y);
  const float x_start = static_cast<float>(a.x_y * row + a.x_1), y_start = static_cast<float>(a.y_y * row + a.y_1);
  const auto w = static_cast<float>(width), h = static_cast<float>(height);
  const auto stride = static_cast<std::int32_t>(width + kBefore + kBehind);
  const float *dy = field ? field + y * width : nullptr, *dx = field ? dy + height * width : nullptr;
  for (std::int64_t i = 0; i < width; ++i) {
    const auto column = static_cast<float>(i);
    float px = x_x * column + x_start, py = y_x * column + y_start;
    if (field) {
      px += x_x * dx[i] + x_y * dy[i];
      py += y_x * dx[i] + y_y * dy[i];
    }
    px = std::min(std::max(px, -1.f), w) + 1;  // from 0: so that cutting off rounds down
    py = std::min(std::max(py, -1.f), h) + 1;
    const auto cx = static_cast<std::int32_t>(px), cy = static_cast<std::int32_t>(py);
    s.across[static_cast<std::size_t>(i)] = px - static_cast<float>(cx);
    s.down[static_cast<std::size_t>(i)] = py - static_cast<float>(cy);
    s.corner[static_cast<std::size_t>(i)] = cy * stride + cx;
  }
}

template <class T>
void sample_row(const Scratch<T>& s, std::int64_t width, T* out) {
  const std::int64_t stride = width + kBefore + kBehind;
  const T* const padded = s.padded.data();
  const float *across = s.across.data(), *down = s.down.data();
  const std::int32_t* corner = s.corner.data();
  for (std::int64_t i = 0; i < width; ++i) {
    const T* p = padded + corner[i];
    const T x = across[i], y = down[i];
    const T upper = p[0] + x * (p[1] - p[0]), lower = p[stride] + x * (p[stride + 1] - p[stride]);
    out[i] = upper + y * (lower - upper);
  }
}

template <class T>
void resample_as(const Array& images, std::int64_t n, const Affine& origin, const float* field, double fill, T* out) {
  const std::int64_t channels = images.size(1), height = images.size(2), width = images.size(3);
  const T* image = images.data<T>() + n * channels * height * width;
  thread_local Scratch<T> scratch;
  scratch.fit(height, width);
  for (std::int64_t c = 0; c < channels; ++c, image += height * width) {
    pad(image, height, width, static_cast<T>(fill), scratch.padded.data());
    for (std::int64_t y = 0; y < height; ++y, out += width) {
      locate_row(origin, field, y, height, width, scratch);
      sample_row(scratch, width, out);
    }
  }
}

/// The weights of a Gaussian at whole distances up to 4 sigma, their sum over both sides 1.
std::vector<float> gaussian(double sigma) {
  const auto radius = static_cast<std::int64_t>(4 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (std::int64_t k = 0; k <= radius; ++k) {
    const double z = static_cast<double>(k) / std::max(sigma, 1e-30);
    weights.push_back(std::exp(-0.5 * z * z));
    sum += weights.back() * (k == 0 ? 1 : 2);
  }
  std::vector<float> out;
  for (const double w : weights) out.push_back(static_cast<float>(w / sum));
  return out;
}

/// out[i] += weight * in[i + shift] wherever both lie in [0, n).
void add_shifted(const float* in, std::int64_t shift, std::int64_t n, float weight, float* out) {
  const std::int64_t begin = std::max<std::int64_t>(0, -shift), end = std::min(n, n - shift);
  for (std::int64_t i = begin; i < end; ++i) out[i] += weight * in[i + shift];
}

/// Smooths a plane along both axes; outside it there are zeros.
void smooth(float* plane, std::int64_t height, std::int64_t width, const std::vector<float>& weights,
            std::vector<float>& other) {
  const auto radius = std::ssize(weights) - 1;
  const auto weight = [&](std::int64_t k) { return weights[static_cast<std::size_t>(std::abs(k))]; };
  other.assign(static_cast<std::size_t>(height * width), 0);
  for (std::int64_t y = 0; y < height; ++y)
    for (std::int64_t k = std::max(-radius, -width + 1); k <= std::min(radius, width - 1); ++k)
      add_shifted(plane + y * width, k, width, weight(k), other.data() + y * width);
  std::fill_n(plane, height * width, 0.f);
  for (std::int64_t k = std::max(-radius, -height + 1); k <= std::min(radius, height - 1); ++k)
    add_shifted(other.data(), k * width, height * width, weight(k), plane);
}

}  // namespace

Affine origin_of(const ImageTransform& t, std::int64_t height, std::int64_t width) {
  const auto [cosine, sine] = direction(t.rotate);
  const double cx = static_cast<double>(width - 1) / 2, cy = static_cast<double>(height - 1) / 2;
  const double mirror = t.flip ? -1 : 1;
  // Backwards: shift, turn (clockwise), zoom, mirror.
  Affine a{.x_x = mirror * cosine / t.zoom,
           .x_y = -mirror * sine / t.zoom,
           .x_1 = 0,
           .y_x = sine / t.zoom,
           .y_y = cosine / t.zoom,
           .y_1 = 0};
  const double from_x = cx + t.shift_x, from_y = cy + t.shift_y;
  a.x_1 = cx - (a.x_x * from_x + a.x_y * from_y);
  a.y_1 = cy - (a.y_x * from_x + a.y_y * from_y);
  return a;
}

void check_images(std::string_view op, const Array& images) {
  if (images.dim() != 4)
    fail<ShapeError>(op, fmt::format("not images: got {}; expected (N, C, H, W)", images.shape().str()));
  if (!is_floating(images.dtype()))
    fail<DTypeError>(op, fmt::format("images are {}; expected float32 or float64", name_of(images.dtype())));
  if (images.size(2) > (1 << 14) || images.size(3) > (1 << 14))
    fail<ShapeError>(
        op, fmt::format("images too large: got {}; expected at most 16384 pixels along an axis", images.shape().str()));
}

void resample(const Array& images, std::int64_t n, const Affine& origin, const float* field, double fill, void* out) {
  const std::int64_t numel = images.shape().without(0).numel();
  if (numel == 0) return;
  if (images.dtype() == float32)
    resample_as<float>(images, n, origin, field, fill, static_cast<float*>(out) + n * numel);
  else resample_as<double>(images, n, origin, field, fill, static_cast<double*>(out) + n * numel);
}

void draw_field(float* field, std::int64_t height, std::int64_t width, double alpha, double sigma,
                Generator& generator) {
  const std::int64_t numel = 2 * height * width;
  const Array drawn = rand({numel}, float32, generator).array();
  const float* u = drawn.data<float>();
  for (std::int64_t i = 0; i < numel; ++i) field[i] = 2 * u[i] - 1;
  const std::vector<float> weights = gaussian(sigma);
  std::vector<float> other;
  for (int axis = 0; axis < 2; ++axis) smooth(field + axis * height * width, height, width, weights, other);
  for (std::int64_t i = 0; i < numel; ++i) field[i] *= static_cast<float>(alpha);
}

}  // namespace xgrad::data::detail
