#include "train/pictures/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "train/pictures/detail/axes.hpp"
#include "train/pictures/detail/cells.hpp"
#include "train/pictures/detail/text.hpp"

namespace xgrad::train::plot {
namespace {

constexpr std::int64_t kMost = 400, kLargest = 512;

void check_size(const char* op, const Shape& shape, std::int64_t height, std::int64_t width) {
  if (height < 1 || width < 1 || height > kLargest || width > kLargest)
    fail<ShapeError>(op, fmt::format("got {}, images of {} x {}; expected sides from 1 to {}", shape.str(), height,
                                     width, kLargest));
}

}  // namespace

Files images(const std::filesystem::path& file, const Tensor& images, const ImagesOptions& options) {
  constexpr const char* kOp = "train::plot::images";
  detail::Tiles tiles{.values = detail::doubles(kOp, images)};
  const Shape& shape = images.shape();
  const int axes = images.dim();
  if (axes != 3 && !(axes == 4 && (shape[1] == 1 || shape[1] == 3)))
    fail<ShapeError>(kOp, fmt::format("got {}; expected [N, H, W], [N, 1, H, W] or [N, 3, H, W]", shape.str()));
  tiles.n = shape[0];
  tiles.channels = axes == 4 ? shape[1] : 1;
  tiles.height = images.size(-2), tiles.width = images.size(-1);
  if (tiles.n < 1 || tiles.n > kMost)
    fail<ValueError>(kOp, fmt::format("got {} images; expected 1 to {}", tiles.n, kMost));
  check_size(kOp, shape, tiles.height, tiles.width);
  if (!options.labels.empty() && static_cast<std::int64_t>(options.labels.size()) != tiles.n)
    fail<ValueError>(kOp,
                     fmt::format("labels: got {} for {} images; expected as many", options.labels.size(), tiles.n));
  tiles.labels = options.labels;
  detail::Extent extent;
  extent.take(tiles.values);
  if (extent.empty()) (void)extent.padded(kOp);
  const auto [low, high] = *extent.exact();
  Figure figure = detail::tiled(file, tiles,
                                {.title = options.title,
                                 .columns = options.columns,
                                 .low = low,
                                 .high = high > low ? high : low + 1,
                                 .size = options.size});
  figure.about = fmt::format("{} images of {} x {}", tiles.n, tiles.height, tiles.width);
  if (!options.labels.empty()) figure.about += fmt::format("; labels: {}", fmt::join(options.labels, ", "));
  return figure.save();
}

Files first_layer(const std::filesystem::path& file, const Tensor& weight, const FirstLayerOptions& options) {
  constexpr const char* kOp = "train::plot::first_layer";
  detail::Tiles tiles{.values = detail::doubles(kOp, weight)};
  const Shape& shape = weight.shape();
  if (weight.dim() == 4) {
    tiles.n = shape[0] * shape[1], tiles.height = shape[2], tiles.width = shape[3];
  } else if (weight.dim() == 2) {
    const auto side = static_cast<std::int64_t>(std::llround(std::sqrt(static_cast<double>(shape[1]))));
    tiles.n = shape[0];
    tiles.height = options.height > 0 ? options.height : options.width > 0 ? shape[1] / options.width : side;
    tiles.width = options.width > 0 ? options.width : options.height > 0 ? shape[1] / options.height : side;
    if (tiles.height > shape[1] || tiles.width > shape[1] || tiles.height * tiles.width != shape[1])
      fail<ShapeError>(kOp,
                       fmt::format("got {}, {} inputs; expected height x width of an image, which are {} x {}; say "
                                   ".height and .width",
                                   shape.str(), shape[1], tiles.height, tiles.width));
  } else {
    fail<ShapeError>(kOp, fmt::format("got {}; expected [units, inputs] or [units, channels, H, W]", shape.str()));
  }
  if (options.most < 1 || options.most > kMost)
    fail<ValueError>(kOp, fmt::format("most: got {}; expected 1 to {}", options.most, kMost));
  if (tiles.n < 1) fail<ShapeError>(kOp, fmt::format("got {}; expected a unit or more", shape.str()));
  check_size(kOp, shape, tiles.height, tiles.width);
  const std::int64_t units = tiles.n;
  tiles.n = std::min(tiles.n, options.most);
  tiles.values.resize(static_cast<std::size_t>(tiles.n * tiles.height * tiles.width));
  detail::Extent extent;
  extent.take(tiles.values);
  if (extent.empty()) (void)extent.padded(kOp);
  const double largest = std::max(std::abs(extent.exact()->low), std::abs(extent.exact()->high));
  const double reach = largest > 0 ? largest : 1;
  Figure figure = detail::tiled(file, tiles,
                                {.title = options.title,
                                 .columns = options.columns,
                                 .low = -reach,
                                 .high = reach,
                                 .scale_label = "weight",
                                 .size = options.size});
  figure.about =
      fmt::format("Weights of {} of {} units as images of {} x {}, on one scale from {} (black) to {} (white)", tiles.n,
                  units, tiles.height, tiles.width, detail::number(-reach, 3), detail::number(reach, 3));
  return figure.save();
}

}  // namespace xgrad::train::plot
