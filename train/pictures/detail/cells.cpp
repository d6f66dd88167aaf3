#include "train/pictures/detail/cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot::detail {
namespace {

/// Where the images stand, in cells of the size of a pixel.
struct Grid {
  std::int64_t columns, rows, across, down;  ///< from one image to the next
  std::int64_t wide, high;
};

Grid grid_of(const Tiles& t, std::int64_t columns) {
  if (columns <= 0) {
    const double square = std::sqrt(static_cast<double>(t.n * t.height) / static_cast<double>(t.width) * 1.6);
    columns = std::clamp<std::int64_t>(std::llround(std::ceil(square)), 1, 10);
  }
  columns = std::min(columns, t.n);
  const std::int64_t gap = std::max<std::int64_t>(1, std::llround(static_cast<double>(t.width) * 0.12));
  const std::int64_t below =
      t.labels.empty() ? gap : std::max<std::int64_t>(2, std::llround(static_cast<double>(t.width) * 0.34));
  Grid g{columns, (t.n + columns - 1) / columns, t.width + gap, t.height + below, 0, 0};
  g.wide = g.columns * g.across - gap;
  g.high = g.rows * g.down - (t.labels.empty() ? gap : 0);
  return g;
}

/// x, y (downwards) and the value or the three colours of every pixel, an index of the table for each image.
std::string pixels(Figure& figure, const Tiles& t, const TilesLook& look) {
  std::vector<std::pair<std::string, std::vector<double>>> columns{{"x", {}}, {"y", {}}};
  for (const char* name : {"value", "green", "blue"})
    if (static_cast<std::int64_t>(columns.size()) < 2 + t.channels) columns.push_back({name, {}});
  if (t.channels == 3) columns[2].first = "red";
  std::vector<std::size_t> breaks;
  const std::int64_t area = t.height * t.width;
  for (std::int64_t i = 0; i < t.n; ++i) {
    if (i > 0) breaks.insert(breaks.end(), 2, static_cast<std::size_t>(i * area));
    for (std::int64_t p = 0; p < area; ++p) {
      columns[0].second.push_back(static_cast<double>(p % t.width));
      columns[1].second.push_back(static_cast<double>(p / t.width));
      for (std::int64_t c = 0; c < t.channels; ++c) {
        const double v = t.values[static_cast<std::size_t>((i * t.channels + c) * area + p)];
        const double share = std::isfinite(v) ? std::clamp((v - look.low) / (look.high - look.low), 0., 1.) : 0;
        columns[static_cast<std::size_t>(2 + c)].second.push_back(t.channels == 3    ? std::round(255 * share)
                                                                  : std::isfinite(v) ? v
                                                                                     : look.low);
      }
    }
  }
  return figure.table("images", columns, breaks);
}

}  // namespace

Figure tiled(const std::filesystem::path& file, const Tiles& t, const TilesLook& look) {
  const Grid g = grid_of(t, look.columns);
  const bool scale = !look.scale_label.empty();
  const int width = look.size.width ? look.size.width : 480;
  const double top = look.title.empty() ? 12 : 36, right = scale ? 84 : 12;
  const double pixel = (width - 12 - right) / static_cast<double>(g.wide);
  const double natural = static_cast<double>(g.high) * pixel + top + 12;
  Figure figure =
      titled(file, look.title, {width, look.size.height}, {480, static_cast<int>(std::clamp(natural, 90., 4000.))});
  (void)heading(figure, look.title);
  figure << margins(figure, {.left = 12, .right = right, .top = top, .bottom = 12});
  figure << "unset border\nunset tics\nunset grid\nunset key\nset size ratio -1";
  figure << fmt::format("set xrange [-0.5:{}]\nset yrange [{}:-0.5]", static_cast<double>(g.wide) - 0.5,
                        static_cast<double>(g.high) - 0.5);
  figure << "set palette gray\nset cbrange [" + fmt::format("{:.12g}:{:.12g}]", look.low, look.high);
  figure << (scale ? color_scale(figure, look.scale_label, 0.2 * figure.height(), 0.6 * figure.height())
                   : "unset colorbox");
  const std::string table = pixels(figure, t, look);
  std::string plot;
  for (std::int64_t i = 0; i < t.n; ++i) {
    const std::int64_t x = i % g.columns * g.across, y = i / g.columns * g.down;
    if (!t.labels.empty())
      figure << fmt::format(
          "set label {} at {},{} center font ',13' textcolor rgb '{}'",
          script_text(
              shortened(t.labels[static_cast<std::size_t>(i)],
                        static_cast<std::size_t>(std::max<double>(3, static_cast<double>(g.across) * pixel / 8)))),
          static_cast<double>(x) + static_cast<double>(t.width - 1) / 2,
          static_cast<double>(y + t.height) - 0.5 + static_cast<double>(g.down - t.height) * 0.42, kInk);
    plot += fmt::format("{}{} index {} using ($1+{}):($2+{}):{}", i ? ", \\\n  " : "plot ", table, i, x, y,
                        t.channels == 3 ? "3:4:5 with rgbimage" : "3 with image");
  }
  figure << plot;
  return figure;
}

}  // namespace xgrad::train::plot::detail
