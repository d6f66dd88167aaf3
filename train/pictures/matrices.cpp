#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"
#include "train/pictures/predictions.hpp"

namespace xgrad::train::plot {
namespace {

struct Cells {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values = {};      ///< row by row
  std::vector<double> shade = {};       ///< 0 to 1, NaN where nothing is drawn
  std::vector<std::string> texts = {};  ///< in the cells; none when empty
  std::vector<std::string> column_labels = {}, row_labels = {};
  std::string (*color)(double share);
  bool palette = false;  ///< colours are those of the palette, so that gnuplot draws a scale
  const std::string& value_name;
};

/// White to dark blue, for shares of a whole.
std::string blue_of(double share) {
  constexpr double kLow[3] = {240, 245, 250}, kHigh[3] = {8, 69, 124};
  const auto mixed = [&](int c) { return static_cast<int>(std::lround(kLow[c] + share * (kHigh[c] - kLow[c]))); };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2));
}

/// Whether dark text reads better on a colour (relative luminance, WCAG 2).
bool is_light(const std::string& color) {
  const auto linear = [&](std::size_t at) {
    const double c = std::stoi(color.substr(at, 2), nullptr, 16) / 255.;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(1) + 0.7152 * linear(3) + 0.0722 * linear(5) > 0.18;
}

std::size_t longest(const std::vector<std::string>& texts) {
  std::size_t n = 0;
  for (const std::string& t : texts) n = std::max(n, t.size());
  return n;
}

/// Every so many labels, so that they do not run into each other.
std::string labelled_tics(const char* axis, const std::vector<std::string>& labels, std::size_t most,
                          std::size_t longest_label) {
  const std::size_t step = (labels.size() + most - 1) / most;
  std::string tics;
  for (std::size_t i = 0; i < labels.size(); i += step)
    tics += fmt::format("{}{} {}", i ? ", " : "", tic_text(detail::shortened(labels[i], longest_label)), i);
  return fmt::format("set {}tics scale 0 ({})", axis, tics);
}

/// One filled rectangle for each cell: sharp in SVG at any size, which an image of few pixels is not everywhere.
void draw_cells(Figure& figure, const Cells& cells, double cell_width, double cell_height) {
  std::vector<double> row, column, color;
  for (std::size_t i = 0; i < cells.values.size(); ++i) {
    row.push_back(static_cast<double>(i / cells.columns)), column.push_back(static_cast<double>(i % cells.columns));
    const std::string name = std::isnan(cells.shade[i]) ? "" : cells.color(cells.shade[i]);
    color.push_back(name.empty() ? std::nan("") : std::stoi(name.substr(1), nullptr, 16));
    const std::string text = cells.texts.empty() ? "" : cells.texts[i];
    const double room =
        std::min(cell_width / (0.62 * static_cast<double>(std::max<std::size_t>(text.size(), 2))), cell_height * 0.62);
    if (text.empty() || room < 5.5) continue;
    figure << fmt::format("set label {} at {},{} center front textcolor rgb '{}' font ',{:.3g}'", script_text(text),
                          column[i], row[i],
                          name.empty()     ? detail::kInk
                          : is_light(name) ? detail::kOnLight
                                           : detail::kOnDark,
                          std::min(room, 14.));
  }
  const std::string table =
      figure.table("cells", {{"row", row}, {"column", column}, {cells.value_name, cells.values}, {"color", color}});
  // boxes alone do not make gnuplot draw the scale
  const std::string scale =
      cells.palette ? ", \\\n  " + table + " using 2:1:3 with points pointsize 0 linecolor palette notitle" : "";
  figure << fmt::format(
      "plot {} using 2:1:(0.49):(0.485):{} fillstyle solid 1 noborder notitle{}", table,
      cells.palette ? "3 with boxxyerror fillcolor palette" : "4 with boxxyerror fillcolor rgb variable", scale);
}

std::vector<std::string> numbers_up_to(std::size_t n) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(std::to_string(i));
  return out;
}

void check_labels(const char* op, const char* what, const std::vector<std::string>& labels, std::size_t n) {
  if (labels.size() != n)
    fail<ValueError>(op, fmt::format("{}: got {} for {}; expected as many", what, labels.size(), n));
}

/// A whole number as it is; others with two digits.
std::string count_text(double value) {
  if (std::isnan(value)) return "";
  return value == std::round(value) && std::abs(value) < 1e7 ? fmt::format("{:.0f}", value) : detail::number(value, 2);
}

/// With as many places for all as the largest needs for so many digits.
std::string cell_text(double v, double low, double high, int digits) {
  const double largest = std::max(std::abs(low), std::abs(high));
  if (largest < 1e-3 || largest >= 1e6) return detail::number(v, digits);
  const int places = std::max(0, digits - 1 - static_cast<int>(std::floor(std::log10(largest))));
  const std::string text = fmt::format("{:.{}f}", std::abs(v), places);
  return v < 0 ? "−" + text : text;
}

void frame(Figure& figure, const Cells& cells, const detail::Margins& space) {
  figure << detail::margins(figure, space) << "unset grid\nunset border";
  figure << fmt::format("set xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]", cells.columns - 1, cells.rows - 1);
}

}  // namespace

Files confusion_matrix(const std::filesystem::path& file, const Tensor& matrix, const ConfusionMatrixOptions& options) {
  constexpr const char* kOp = "train::plot::confusion_matrix";
  const std::string value_name = "count";
  Cells cells{.values = detail::doubles(kOp, matrix), .color = blue_of, .value_name = value_name};
  if (matrix.dim() != 2 || matrix.size(0) != matrix.size(1) || matrix.size(0) < 1 || matrix.size(0) > 60)
    fail<ShapeError>(kOp, fmt::format("got {}; expected [K, K], K from 1 to 60", matrix.shape().str()));
  const auto k = static_cast<std::size_t>(matrix.size(0));
  cells.rows = cells.columns = k;
  cells.row_labels = cells.column_labels = options.labels.empty() ? numbers_up_to(k) : options.labels;
  check_labels(kOp, "labels", cells.row_labels, k);
  double right = 0, all = 0;
  for (std::size_t i = 0; i < k; ++i) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) {
      const double v = cells.values[i * k + j];
      if (!std::isfinite(v) || v < 0)
        fail<ValueError>(kOp, fmt::format("got {} in row {}, column {}; expected counts or shares", v, i, j));
      sum += v;
      if (i == j) right += v;
    }
    all += sum;
    for (std::size_t j = 0; j < k; ++j) {
      const double v = cells.values[i * k + j];
      cells.shade.push_back(sum > 0 ? v / sum : 0);
      cells.texts.push_back(v == 0 ? "" : count_text(v));
    }
  }
  const double left = 54 + 7.5 * static_cast<double>(std::min<std::size_t>(longest(cells.row_labels), 12));
  const double bottom = 54, top = options.title.empty() ? 14 : 42;
  Figure figure =
      detail::titled(file, options.title, options.size, {480, static_cast<int>(480 - left - 14 + bottom + top - 40)});
  figure.about = fmt::format(
      "Confusion matrix of {} classes, truth downwards, prediction to the right; {} on the "
      "diagonal",
      k, all > 0 ? fmt::format("{:.1f} %", 100 * right / all) : "nothing");
  (void)detail::heading(figure, options.title);
  frame(figure, cells, {left, 14, top, bottom});
  const double width = (figure.width() - left - 14) / static_cast<double>(k);
  figure << labelled_tics("y", cells.row_labels, 30, 12)
         << labelled_tics(
                "x", cells.column_labels,
                static_cast<std::size_t>(std::max(
                    1., (figure.width() - left) /
                            (9. * static_cast<double>(std::min<std::size_t>(longest(cells.column_labels), 8)) + 6))),
                8)
         << detail::labels(figure, "prediction", "truth");
  draw_cells(figure, cells, width, (figure.height() - top - bottom) / static_cast<double>(k));
  return figure.save();
}

Files heat_map(const std::filesystem::path& file, const Tensor& values, const HeatMapOptions& options) {
  constexpr const char* kOp = "train::plot::heat_map";
  const std::string value_name = options.value_label.empty() ? "value" : options.value_label;
  Cells cells{.values = detail::doubles(kOp, values), .color = scale_color, .palette = true, .value_name = value_name};
  if (values.dim() != 2 || values.size(0) < 1 || values.size(1) < 1 || values.size(0) > 100 || values.size(1) > 100)
    fail<ShapeError>(kOp, fmt::format("got {}; expected [rows, columns], 1 to 100 of each", values.shape().str()));
  if (options.digits < 0 || options.digits > 17)
    fail<ValueError>(kOp, fmt::format("digits: got {}; expected 0 to 17", options.digits));
  cells.rows = static_cast<std::size_t>(values.size(0)), cells.columns = static_cast<std::size_t>(values.size(1));
  cells.row_labels = options.row_labels.empty() ? numbers_up_to(cells.rows) : options.row_labels;
  cells.column_labels = options.column_labels.empty() ? numbers_up_to(cells.columns) : options.column_labels;
  check_labels(kOp, "row_labels", cells.row_labels, cells.rows);
  check_labels(kOp, "column_labels", cells.column_labels, cells.columns);
  detail::Extent extent;
  extent.take(cells.values);
  if (extent.empty()) (void)extent.padded(kOp);
  const auto [low, high] = *extent.exact();
  std::size_t best = cells.values.size();
  const double sign = options.best == HeatMapOptions::Best::smallest ? -1 : 1;
  for (std::size_t i = 0; i < cells.values.size(); ++i) {
    const double v = cells.values[i];
    cells.shade.push_back(!std::isfinite(v) ? std::nan("") : high > low ? (v - low) / (high - low) : 0.5);
    if (options.digits > 0) cells.texts.push_back(std::isfinite(v) ? cell_text(v, low, high, options.digits) : "–");
    if (std::isfinite(v) && (best == cells.values.size() || sign * v > sign * cells.values[best])) best = i;
  }
  const double left = 54 + 7.5 * static_cast<double>(std::min<std::size_t>(longest(cells.row_labels), 12));
  const double right = 84, top = options.title.empty() ? 18 : 46, bottom = 56;
  const double cell_height = std::clamp((480 - left - right) / static_cast<double>(cells.columns), 12., 44.);
  Figure figure = detail::titled(
      file, options.title, options.size,
      {480, static_cast<int>(std::max(180., top + bottom + cell_height * static_cast<double>(cells.rows)))});
  (void)detail::heading(figure, options.title);
  frame(figure, cells, {left, right, top, bottom});
  figure.about =
      fmt::format("{} over {} and {}, from {} to {}", value_name, options.x_label.empty() ? "columns" : options.x_label,
                  options.y_label.empty() ? "rows" : options.y_label, detail::number(low), detail::number(high));
  if (options.best != HeatMapOptions::Best::none) {
    figure.about += fmt::format("; the best is {} at {}, {}", detail::number(cells.values[best]),
                                cells.column_labels[best % cells.columns], cells.row_labels[best / cells.columns]);
    const auto x = static_cast<double>(best % cells.columns), y = static_cast<double>(best / cells.columns);
    figure << fmt::format(
        "set object 1 rectangle from {},{} to {},{} front fillstyle empty border linecolor rgb '{}' "
        "linewidth 2.5",
        x - 0.49, y - 0.485, x + 0.49, y + 0.485, series_color(1));
  }
  std::string stops;
  for (int i = 0; i <= 8; ++i) stops += fmt::format("{}{} '{}'", i ? ", " : "", i, scale_color(i / 8.));
  figure << "set palette defined (" + stops + ")";
  const detail::Range shown = high > low ? detail::Range{low, high} : extent.padded(kOp);
  figure << fmt::format("set cbrange [{:.12g}:{:.12g}]", shown.low, shown.high)
         << detail::color_scale(figure, options.value_label, top, figure.height() - top - bottom)
         << detail::labels(figure, options.x_label, options.y_label) << labelled_tics("y", cells.row_labels, 40, 12)
         << labelled_tics(
                "x", cells.column_labels,
                static_cast<std::size_t>(std::max(
                    1., (figure.width() - left - right) /
                            (9. * static_cast<double>(std::min<std::size_t>(longest(cells.column_labels), 8)) + 6))),
                8);
  const double width = (figure.width() - left - right) / static_cast<double>(cells.columns);
  draw_cells(figure, cells, width, (figure.height() - top - bottom) / static_cast<double>(cells.rows));
  return figure.save();
}

}  // namespace xgrad::train::plot
