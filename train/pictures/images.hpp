#pragma once
/// Pictures made of pictures: examples with their labels, weights of the first layer.

#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {

struct ImagesOptions {
  std::string title = {};
  std::vector<std::string> labels = {};  ///< below each image; none, or as many as images
  std::int64_t columns = 0;              ///< 0: what suits their number
  Size size = {};
};
/// Images (N, H, W), (N, 1, H, W) in grey, or (N, 3, H, W) in colours, side by side on one scale from the least value
/// of all to the largest: small is black. ShapeError for other shapes, ValueError for no images, more than 400, or
/// labels that are not as many.
Files images(const std::filesystem::path& file, const Tensor& images, const ImagesOptions& options = {});

struct FirstLayerOptions {
  std::string title = {};
  std::int64_t height = 0, width = 0;  ///< of an image; 0: a square, where the inputs are as many as one has
  std::int64_t most = 64;              ///< the first so many units are shown, 1 to 400
  std::int64_t columns = 0;
  Size size = {};
};
/// What each unit of a first layer looks for: its weights as an image, all on one grey scale that is symmetric about 0
/// and shown beside them. `weight` is that of a Dense layer (units, inputs) or of a convolution (units, channels, H,
/// W), of which every channel is an image by itself. ShapeError where the inputs are not height x width.
Files first_layer(const std::filesystem::path& file, const Tensor& weight, const FirstLayerOptions& options = {});

}  // namespace xgrad::train::plot
