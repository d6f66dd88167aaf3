#pragma once
/// How pictures look.

#include <string>
#include <string_view>

namespace xgrad::train::plot::detail {

inline constexpr std::string_view kInk = "#24292f";      ///< text
inline constexpr std::string_view kAxis = "#8c959f";     ///< axes, and lines that guide the eye
inline constexpr std::string_view kGrid = "#e6e9ed";     ///< grid
inline constexpr std::string_view kPaper = "#ffffff";    ///< background
inline constexpr std::string_view kOnDark = "#fdfdfd";   ///< text on dark cells, the same in light and dark
inline constexpr std::string_view kOnLight = "#0a0a0a";  ///< and on light ones

/// The part of a script that sets fonts, colours, grid and margins.
std::string theme();
/// An SVG by gnuplot with title and description for readers of screens, and colours for readers who have set their
/// system to dark. What has them already is returned as it is.
std::string finished_svg(std::string svg, std::string_view title, std::string_view about);

}  // namespace xgrad::train::plot::detail
