#pragma once
/// Augmentation: images shifted, turned, zoomed, mirrored, bent and made noisy, anew in every epoch.

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include "data/dataset.hpp"

namespace xgrad::data {

/// One way to move an image, about its centre ((W - 1) / 2, (H - 1) / 2): it is mirrored, then zoomed, then turned,
/// then shifted.
struct ImageTransform {
  double rotate = 0;   ///< degrees, counterclockwise as one sees it (row 0 on top)
  double shift_x = 0;  ///< pixels to the right
  double shift_y = 0;  ///< pixels down
  double zoom = 1;     ///< above 1 enlarges
  bool flip = false;   ///< left and right change places
};

/// Moves each image by its own transform. `images` is (N, C, H, W), float32 or float64; there are N transforms. A pixel
/// of the result is the bilinear mean of the four pixels round the place that it comes from; beyond the edge lies
/// `fill`. Whole shifts, mirrors and, for square images, quarter turns are exact: they move values and change none.
///
/// Throws ShapeError for other shapes and numbers of transforms, DTypeError for other dtypes, ValueError for numbers
/// that are not finite and zooms that are not positive.
Array transform_images(const Array& images, std::span<const ImageTransform> transforms, double fill = 0);

/// Moves each pixel by its own displacement: the result at (y, x) is taken from (y + d[n, 0, y, x], x + d[n, 1, y, x]),
/// bilinearly as above. `images` is (N, C, H, W), `displacements` (N, 2, H, W) float32, in pixels. Errors as above.
Array displace_images(const Array& images, const Array& displacements, double fill = 0);

/// What `augment` draws for each image, independently. Everything is off by default.
struct AugmentOptions {
  double rotate = 0;  ///< an angle uniform in [-rotate, rotate], degrees
  double shift = 0;   ///< along each axis, uniform in [-shift, shift], pixels
  double zoom = 0;    ///< a factor uniform in [1 - zoom, 1 + zoom]; 0 <= zoom < 1
  double flip = 0;    ///< the probability of being mirrored left to right
  double noise = 0;   ///< standard deviation of the normal noise added to each pixel, after all else
  /// Pixels displaced by random fields, uniform in [-1, 1], smoothed by a Gaussian of `elastic_sigma` pixels, times
  /// `elastic` (P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual
  /// document analysis", 2003). 34 with a sigma of 4 bends digits of 28 x 28 pixels as a hand does.
  double elastic = 0;
  double elastic_sigma = 4;
  double fill = 0;  ///< what lies beyond the edges
};

/// A data set whose inputs, images (N, C, H, W) in float32 or float64, are changed at random on their way into a batch;
/// targets stay. Movements and bending are one resampling. Augmented sets can be augmented again.
///
/// Each call of `batch` takes one block of `default_generator()`; what happens to an example depends on that and its
/// number alone, not on its place in the batch or the number of threads. A DataLoader sets a generator up for every
/// batch, so an epoch is a function of its seed and number. The options do not share draws: switching one on leaves
/// what another does as it was.
///
/// (Keras' layers RandomRotation, RandomTranslation, RandomZoom measure in fractions, resample for each, and reflect at
/// the edges by default; torchvision's RandomAffine has `fill` 0, too.)
class AugmentedDataset : public Dataset {
 public:
  /// Throws ValueError for a null pointer and options out of range.
  AugmentedDataset(std::shared_ptr<const Dataset> dataset, AugmentOptions options);
  std::int64_t size() const override { return dataset_->size(); }
  Batch batch(std::span<const std::int64_t> indices) const override;
  const AugmentOptions& options() const noexcept { return options_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
  AugmentOptions options_;
};

/// `DataLoader(data::augment(digits.train, {.rotate = 10, .shift = 2, .zoom = 0.1}), {.shuffle = true})`. Takes a copy
/// of the data set, which is cheap for those that share their arrays.
inline AugmentedDataset augment(std::shared_ptr<const Dataset> dataset, AugmentOptions options) {
  return {std::move(dataset), options};
}
template <class D>
requires std::derived_from<std::remove_cvref_t<D>, Dataset> AugmentedDataset augment(D&& dataset,
                                                                                     AugmentOptions options) {
  using Kept = std::remove_cvref_t<D>;
  return {std::shared_ptr<const Dataset>(std::make_shared<const Kept>(std::forward<D>(dataset))), options};
}

}  // namespace xgrad::data
