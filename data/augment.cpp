#include "data/augment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "autograd/autograd.hpp"
#include "data/detail/resample.hpp"
#include "tensor/error.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::data {
namespace {

constexpr std::int64_t kGrain = 1 << 14;  // pixels resampled by one piece of parallel work

/// Calls `work(n)` for every image, in parallel where that is worth it.
template <class F>
void for_images(const Array& images, F work) {
  const std::int64_t pixels = std::max<std::int64_t>(1, images.shape().without(0).numel());
  parallel_for(images.size(0), std::max<std::int64_t>(1, kGrain / pixels), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) work(n);
  });
}

void check_fill(std::string_view op, double fill) {
  if (!std::isfinite(fill)) fail<ValueError>(op, fmt::format("fill: got {}; expected a finite number", fill));
}

void check(std::string_view op, const ImageTransform& t) {
  if (!std::isfinite(t.rotate) || !std::isfinite(t.shift_x) || !std::isfinite(t.shift_y) || !std::isfinite(t.zoom) ||
      t.zoom <= 0)
    fail<ValueError>(op, fmt::format("not a transform: got rotate {}, shift {} {}, zoom {}; expected finite numbers "
                                     "and a zoom above 0",
                                     t.rotate, t.shift_x, t.shift_y, t.zoom));
}

void check_options(const AugmentOptions& o) {
  const auto check_one = [](const char* name, double value, double most) {
    if (!(value >= 0 && value <= most))
      fail<ValueError>("data::augment", fmt::format("{}: got {}; expected 0 to {}", name, value, most));
  };
  check_one("rotate", o.rotate, 360);
  check_one("shift", o.shift, 1e4);
  check_one("flip", o.flip, 1);
  check_one("noise", o.noise, 1e30);
  check_one("elastic", o.elastic, 1e6);
  check_one("elastic_sigma", o.elastic_sigma, 1e3);
  if (!(o.zoom >= 0 && o.zoom < 1))
    fail<ValueError>("data::augment", fmt::format("zoom: got {}; expected 0 <= zoom < 1", o.zoom));
  check_fill("data::augment", o.fill);
}

// The draws for an example, each from a stream of its own.
enum Stream : std::uint64_t { kMovement, kBending, kNoise };

ImageTransform draw_transform(const AugmentOptions& o, Generator random) {
  const auto either_way = [&](double most) { return most * (2 * random.uniform() - 1); };
  ImageTransform t;
  t.rotate = either_way(o.rotate);
  t.shift_x = either_way(o.shift);
  t.shift_y = either_way(o.shift);
  t.zoom = 1 + either_way(o.zoom);
  t.flip = random.uniform() < o.flip;
  return t;
}

template <class T>
void add_noise(T* image, std::int64_t numel, double deviation, Generator random) {
  const Array noise = randn({numel}, dtype_of<T>(), random).array();
  const T* z = noise.data<T>();
  for (std::int64_t i = 0; i < numel; ++i) image[i] += static_cast<T>(deviation) * z[i];
}

/// Image n of the batch, changed as the example's generator says.
void augment_one(const Array& images, std::int64_t n, const AugmentOptions& o, const Generator& random, void* out) {
  const std::int64_t height = images.size(2), width = images.size(3);
  std::vector<float> field;
  if (o.elastic > 0) {
    field.resize(static_cast<std::size_t>(2 * height * width));
    Generator bending = random.fork(kBending);
    detail::draw_field(field.data(), height, width, o.elastic, o.elastic_sigma, bending);
  }
  const ImageTransform transform = draw_transform(o, random.fork(kMovement));
  detail::resample(images, n, detail::origin_of(transform, height, width), field.empty() ? nullptr : field.data(),
                   o.fill, out);
  if (o.noise <= 0) return;
  const std::int64_t numel = images.shape().without(0).numel();
  if (images.dtype() == float32) add_noise(static_cast<float*>(out) + n * numel, numel, o.noise, random.fork(kNoise));
  else add_noise(static_cast<double*>(out) + n * numel, numel, o.noise, random.fork(kNoise));
}

}  // namespace

Array transform_images(const Array& images, std::span<const ImageTransform> transforms, double fill) {
  constexpr std::string_view op = "data::transform_images";
  detail::check_images(op, images);
  check_fill(op, fill);
  if (std::ssize(transforms) != images.size(0))
    fail<ShapeError>(op, fmt::format("got {} transforms for images {}; expected one for each", transforms.size(),
                                     images.shape().str()));
  for (const ImageTransform& t : transforms) check(op, t);
  Array out = Array::empty_like(images);
  void* const to = out.mutable_raw();
  for_images(images, [&](std::int64_t n) {
    const auto origin = detail::origin_of(transforms[static_cast<std::size_t>(n)], images.size(2), images.size(3));
    detail::resample(images, n, origin, nullptr, fill, to);
  });
  return out;
}

Array displace_images(const Array& images, const Array& displacements, double fill) {
  constexpr std::string_view op = "data::displace_images";
  detail::check_images(op, images);
  check_fill(op, fill);
  const Shape expected{images.size(0), 2, images.size(2), images.size(3)};
  if (displacements.shape() != expected)
    fail<ShapeError>(op, fmt::format("displacements do not fit: got images {}, displacements {}; expected {}",
                                     images.shape().str(), displacements.shape().str(), expected.str()));
  const float* fields = displacements.data<float>();
  for (const float d : displacements.values<float>())
    if (!std::isfinite(d)) fail<ValueError>(op, fmt::format("a displacement is {}; expected finite numbers", d));
  Array out = Array::empty_like(images);
  void* const to = out.mutable_raw();
  const std::int64_t numel = expected.without(0).numel();
  for_images(images, [&](std::int64_t n) { detail::resample(images, n, {}, fields + n * numel, fill, to); });
  return out;
}

AugmentedDataset::AugmentedDataset(std::shared_ptr<const Dataset> dataset, AugmentOptions options)
    : dataset_(std::move(dataset)), options_(options) {
  if (!dataset_) fail<ValueError>("data::augment", "no data set: got a null pointer");
  check_options(options_);
}

Batch AugmentedDataset::batch(std::span<const std::int64_t> indices) const {
  const Generator here(default_generator().bits());  // first of all: another set below draws after it
  Batch batch = dataset_->batch(indices);
  const Array images = batch.x.array();
  detail::check_images("data::augment", images);
  if (images.size(0) != std::ssize(indices))
    fail<ShapeError>("data::augment",
                     fmt::format("got a batch {} for {} examples", images.shape().str(), indices.size()));
  Array out = Array::empty_like(images);
  void* const to = out.mutable_raw();
  for_images(images, [&](std::int64_t n) {
    const auto example = static_cast<std::uint64_t>(indices[static_cast<std::size_t>(n)]);
    augment_one(images, n, options_, here.fork(example), to);
  });
  return {Tensor(std::move(out)), std::move(batch.y)};
}

}  // namespace xgrad::data
