#pragma once
/// Images laid out as cells of one table of numbers.

#include <cstdint>
#include <string>
#include <vector>

#include "train/pictures/figure.hpp"

namespace xgrad::train::plot::detail {

/// Images of one size in a row after the other, in one channel or three.
struct Tiles {
  std::int64_t n = 0, height = 0, width = 0, channels = 1;
  std::vector<double> values;  ///< n x channels x height x width
  std::vector<std::string> labels = {};
};
struct TilesLook {
  std::string title = {};
  std::int64_t columns = 0;
  double low = 0, high = 1;      ///< shown black and white
  std::string scale_label = {};  ///< of the scale beside them; none when empty
  Size size = {};
};
/// A figure of them, all but saved.
Figure tiled(const std::filesystem::path& file, const Tiles& tiles, const TilesLook& look);

}  // namespace xgrad::train::plot::detail
