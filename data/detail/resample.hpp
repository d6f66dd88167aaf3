#pragma once
/// Images taken from displaced places. Private to augmentation.

#include <cstdint>
#include <optional>
#include <string_view>

#include "data/augment.hpp"
#include "tensor/array.hpp"
#include "tensor/random.hpp"

namespace xgrad::data::detail {

/// Where the pixel (y, x) of a result comes from: (y_x x + y_y y + y_1, x_x x + x_y y + x_1).
struct Affine {
  double x_x = 1, x_y = 0, x_1 = 0;
  double y_x = 0, y_y = 1, y_1 = 0;
};
/// The places that a transform takes its pixels from, for images of this size.
Affine origin_of(const ImageTransform& transform, std::int64_t height, std::int64_t width);

/// Throws ShapeError or DTypeError, from `op`, unless `images` is (N, C, H, W) and floating.
void check_images(std::string_view op, const Array& images);

/// Resamples image n into its place in a result that begins at `out`; `field` is null or (2, H, W) displacements, dy
/// before dx, added before the transform.
void resample(const Array& images, std::int64_t n, const Affine& origin, const float* field, double fill, void* out);

/// Fills `field`, (2, H, W), with smooth random displacements.
void draw_field(float* field, std::int64_t height, std::int64_t width, double alpha, double sigma,
                Generator& generator);

}  // namespace xgrad::data::detail
