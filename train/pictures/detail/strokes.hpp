#pragma once
/// What pictures of lines have in common.

#include <string>
#include <vector>

#include "train/pictures/curves.hpp"
#include "train/pictures/detail/axes.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot::detail {

/// A figure of that size, or of the usual one, that knows its title; `heading` draws it.
Figure titled(const std::filesystem::path& file, const std::string& title, Size size, Size usual = {480, 330});
/// An entry of the legend: a line, or where `point` is one of gnuplot's point types a point.
struct Key {
  std::string name, color;
  int dash = 1;
  int point = 0;
};
/// Draws title, a line below it, and the legend at the top; gives the height that they take.
double heading(Figure& figure, const std::string& title, const std::string& subtitle = {},
               const std::vector<Key>& keys = {});
/// To be called in multiplots, behind the first plot.
std::string heading_drawn();
/// The space in CSS pixels that a plot leaves on each side of the figure.
struct Margins {
  double left = 74, right = 18, top = 14, bottom = 56;
};
std::string margins(const Figure& figure, const Margins& space);
/// Labels of the axes below the plot and on the left of the figure; none where empty.
std::string labels(const Figure& figure, const std::string& x, const std::string& y);

/// The scale of the palette on the right of the figure, that far below its top and so high, with a label over it. The
/// plot leaves 84 pixels to it.
std::string color_scale(const Figure& figure, const std::string& label, double top, double height);

struct Stroke {
  Line line;
  std::string color;
  int dash = 1;  ///< gnuplot's dash types: 1 is a solid line
  double width = 1.8;
  bool joined = true;   ///< false: points alone
  bool marked = false;  ///< points on the line too
};
/// The strokes for lines in the order of the colours; after eight of them dashed.
std::vector<Stroke> strokes_of(std::vector<Line> lines);

struct Panel {
  bool log_x = false, log_y = false, counting_x = false;
  int y_tics = 6;
  std::vector<std::string> commands = {};  ///< further parts of the `plot` command
};
/// What appears of them in a legend.
std::vector<Key> keys_of(const std::vector<Stroke>& strokes);
/// Writes the tables of the strokes and plots them.
void draw(Figure& figure, const char* op, const std::vector<Stroke>& strokes, const Panel& panel);

}  // namespace xgrad::train::plot::detail
