#pragma once
/// What pictures of lines have in common.

#include <string>
#include <vector>

#include "train/pictures/curves.hpp"
#include "train/pictures/detail/axes.hpp"
#include "train/pictures/figure.hpp"

namespace xgrad::train::plot::detail {

/// A figure with a title drawn over it.
Figure titled(const std::filesystem::path& file, const std::string& title, Size size, Size usual = {480, 330});
/// The commands that set a title, and the labels of the axes.
std::string title_line(const std::string& title, int width);
std::string label_line(const char* axis, const std::string& label);

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
  std::vector<std::string> commands = {};  ///< further parts of the `plot` command
};
/// Writes the tables of the strokes and plots them.
void draw(Figure& figure, const char* op, const std::vector<Stroke>& strokes, const Panel& panel);

}  // namespace xgrad::train::plot::detail
