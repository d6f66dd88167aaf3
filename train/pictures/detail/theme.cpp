#include "train/pictures/detail/theme.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "train/pictures/detail/text.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot {
namespace {

struct Shade {
  std::string_view light, dark;
};
/// Okabe and Ito's colours, the lighter ones darkened so that lines stand out on white.
constexpr std::array<Shade, 8> kSeries{{
    {"#0072b2", "#4aa8e8"},  // blue
    {"#d55e00", "#ff8a4c"},  // vermilion
    {"#009e73", "#2fc29a"},  // green
    {"#b8609a", "#e39bc6"},  // purple
    {"#c98a00", "#f0b429"},  // amber
    {"#3a9bd0", "#8fd0f7"},  // sky
    {"#6a737d", "#a6afb9"},  // grey
    {"#8f7f00", "#d9c93a"},  // olive
}};
constexpr std::array<Shade, 6> kNeutral{{
    {detail::kInk, "#dbe1e8"},
    {detail::kAxis, "#78828d"},
    {detail::kGrid, "#2a3038"},
    {detail::kPaper, "#14181d"},
    {"black", "#dbe1e8"},
    {"gray", "#2a3038"},
}};

std::string dark_rules() {
  std::string rules;
  const auto add = [&](const Shade& shade) {
    for (const char* attribute : {"fill", "stroke", "color"})
      rules += fmt::format("[{0}=\"{1}\"]{{{0}:{2}}}", attribute, shade.light, shade.dark);
  };
  for (const Shade& shade : kNeutral) add(shade);
  for (const Shade& shade : kSeries) add(shade);
  return rules;
}

/// Every rgb(r, g, b) inside tags as #rrggbb, in which form rules can name it.
std::string with_hex_colors(const std::string& svg) {
  std::string out;
  bool in_tag = false;
  for (std::size_t i = 0; i < svg.size(); ++i) {
    if (svg[i] == '<') in_tag = true;
    if (svg[i] == '>') in_tag = false;
    unsigned r = 0, g = 0, b = 0;
    int used = 0;
    if (in_tag && svg.compare(i, 4, "rgb(") == 0 &&
        std::sscanf(svg.c_str() + i, "rgb(%3u,%3u,%3u)%n", &r, &g, &b, &used) == 3 && used > 0) {
      out += fmt::format("#{:02x}{:02x}{:02x}", r, g, b);
      i += static_cast<std::size_t>(used) - 1;
    } else {
      out += svg[i];
    }
  }
  return out;
}

}  // namespace

std::string series_color(std::size_t index) { return std::string(kSeries[index % kSeries.size()].light); }

std::string scale_color(double share) {
  constexpr double kMap[9][3] = {{68, 1, 84},    {72, 40, 120},  {62, 74, 137},  {49, 104, 142}, {38, 130, 142},
                                 {31, 158, 137}, {53, 183, 121}, {110, 206, 88}, {253, 231, 37}};
  const double at = std::clamp(std::isfinite(share) ? share : 0., 0., 1.) * 8;
  const int below = std::min(static_cast<int>(at), 7);
  std::array<int, 3> rgb{};
  for (std::size_t c = 0; c < 3; ++c)
    rgb[c] = static_cast<int>(std::lround(kMap[below][c] + (at - below) * (kMap[below + 1][c] - kMap[below][c])));
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

namespace detail {

std::string theme() {
  return fmt::format(
      "set border 3 linecolor rgb '{1}' linewidth 1\n"
      "set tics nomirror out scale 0.5 textcolor rgb '{0}'\n"
      "set xtics offset 0,0.35\n"
      "set cbtics textcolor rgb '{0}'\n"
      "set grid back linetype 1 linecolor rgb '{2}' linewidth 1\n"
      "set xlabel textcolor rgb '{0}' offset 0,0.6\n"
      "set ylabel textcolor rgb '{0}' offset 0.6,0\n"
      "set cblabel textcolor rgb '{0}' offset 1,0\n"
      "unset key\n"
      "set format '%g'\n"
      "set minussign\n",
      kInk, kAxis, kGrid);
}

std::string finished_svg(std::string svg, std::string_view title, std::string_view about) {
  constexpr std::string_view kMark = "<style>/* light and dark */";
  const std::size_t head = svg.find("<title>"), end = svg.find("</desc>");
  if (svg.find(kMark) != svg.npos || head == svg.npos || end == svg.npos || end < head) return svg;
  svg = svg.substr(0, head) + "\n@" + svg.substr(end + 7);
  svg = with_hex_colors(svg);
  const std::size_t place = svg.find("\n@");
  svg.replace(place, 2,
              fmt::format("<title>{}</title>\n<desc>{}</desc>\n{}image{{image-rendering:pixelated}}"
                          ":root{{color-scheme:light dark}}@media (prefers-color-scheme:dark){{{}}}</style>\n",
                          escaped(shown(title)), escaped(shown(about)), kMark, dark_rules()));
  return svg;
}

}  // namespace detail
}  // namespace xgrad::train::plot
