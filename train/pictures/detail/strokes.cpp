#include "train/pictures/detail/strokes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot::detail {
namespace {

constexpr std::size_t kMostPoints = 4000, kLongestName = 26;
constexpr int kHeadingTag = 9001;
constexpr std::string_view kSubtitle = "#6a737d";

void check(const char* op, const Line& line) {
  const std::size_t n = line.y.size();
  const auto fits = [&](const std::vector<double>& v) { return v.empty() || v.size() == n; };
  if (!fits(line.x) || !fits(line.low) || !fits(line.high) || line.low.size() != line.high.size())
    fail<ValueError>(op, fmt::format("line \"{}\": got {} values of x, {} of y, {} of low, {} of high; expected as "
                                     "many of each, or none of x, of low and high",
                                     shown(line.name), line.x.size(), n, line.low.size(), line.high.size()));
}

/// The rows that are drawn: of very long lines the least and the largest value of each of 2000 parts.
std::vector<std::size_t> rows_of(const std::vector<double>& y) {
  std::vector<std::size_t> rows;
  if (y.size() <= kMostPoints) {
    rows.resize(y.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
  }
  constexpr std::size_t kParts = kMostPoints / 2;
  for (std::size_t part = 0; part < kParts; ++part) {
    const std::size_t first = part * y.size() / kParts, last = (part + 1) * y.size() / kParts;
    std::size_t low = first, high = first;
    for (std::size_t i = first; i < last; ++i) {
      if (!(y[i] >= y[low])) low = i;
      if (!(y[i] <= y[high])) high = i;
    }
    rows.push_back(std::min(low, high));
    if (low != high) rows.push_back(std::max(low, high));
  }
  return rows;
}

std::vector<double> picked(const std::vector<double>& values, const std::vector<std::size_t>& rows, bool log) {
  std::vector<double> out;
  for (const std::size_t r : rows) out.push_back(log && !(values[r] > 0) ? std::nan("") : values[r]);
  return out;
}

/// How a `plot` command says what a stroke looks like; also writes its table.
void plotted(Figure& figure, const Stroke& s, const Panel& panel, std::vector<std::string>& bands,
             std::vector<std::string>& lines) {
  const Line& line = s.line;
  std::vector<double> x = line.x;
  if (x.empty()) {
    x.resize(line.y.size());
    std::iota(x.begin(), x.end(), 0.);
  }
  const auto rows = s.joined ? rows_of(line.y) : [&] {
    std::vector<std::size_t> all(line.y.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
  }();
  std::vector<std::pair<std::string, std::vector<double>>> columns{{"x", picked(x, rows, panel.log_x)},
                                                                   {"y", picked(line.y, rows, panel.log_y)}};
  if (!line.low.empty()) {
    columns.emplace_back("low", picked(line.low, rows, panel.log_y));
    columns.emplace_back("high", picked(line.high, rows, panel.log_y));
  }
  const std::string table = figure.table(line.name.empty() ? "line" : line.name, columns);
  if (!line.low.empty())
    bands.push_back(
        fmt::format("{} using 1:3:4 with filledcurves fillcolor rgb '{}' fillstyle transparent solid 0.18 "
                    "noborder notitle",
                    table, s.color));
  const std::string title = line.name.empty() ? "notitle" : "title " + script_text(shortened(line.name, kLongestName));
  const bool few = rows.size() <= 24;
  if (s.joined)
    lines.push_back(fmt::format("{} using 1:2 with {} linewidth {} dashtype {} linecolor rgb '{}' {} {}", table,
                                s.marked || few ? "linespoints" : "lines", s.width, s.dash, s.color,
                                s.marked || few ? "pointtype 7 pointsize 0.4" : "", title));
  else
    lines.push_back(
        fmt::format("{} using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '{}' {}", table, s.color, title));
}

}  // namespace

std::string label_line(const char* axis, const std::string& label) {
  if (label.empty()) return fmt::format("unset {}label\n", axis);
  return fmt::format("set {}label {}\n", axis, script_text(shortened(label, 48)));
}

Figure titled(const std::filesystem::path& file, const std::string& title, Size size, Size usual) {
  Figure figure(file, {size.width ? size.width : usual.width, size.height ? size.height : usual.height});
  figure.title = title;
  return figure;
}

double heading(Figure& figure, const std::string& title, const std::string& subtitle,
               const std::vector<std::string>& names) {
  const double w = figure.width(), h = figure.height();
  double y = 8;
  int tag = kHeadingTag;
  const auto line = [&](std::string_view text, int size) {
    figure << fmt::format("set label {} {} at screen 0.5, screen {:.5g} center textcolor rgb '{}' font ',{}'", tag++,
                          script_text(text), 1 - (y + size * 0.65) / h, size > 13 ? kInk : kSubtitle, size);
    y += size * 1.35;
  };
  for (const std::string& part : wrapped(title, static_cast<std::size_t>(w / 9)))
    if (!part.empty() && tag < kHeadingTag + 3) line(part, 15);
  if (!subtitle.empty()) line(shortened(subtitle, static_cast<std::size_t>(w / 7)), 12);
  if (names.empty()) {
    figure << "unset key";
    return y + 6;
  }
  std::size_t longest = 1;
  for (const std::string& name : names) longest = std::max(longest, shortened_length(name, kLongestName));
  const double entry = 48 + 7.9 * static_cast<double>(longest);
  const auto columns = std::clamp<std::size_t>(static_cast<std::size_t>(w / entry), 1, names.size());
  const std::size_t rows = (names.size() + columns - 1) / columns;
  figure << fmt::format("set key at screen 0.5, screen {:.5g} center top horizontal maxcols {} maxrows {}", 1 - y / h,
                        columns, rows);
  return y + 18 * static_cast<double>(rows) + 8;
}

std::string heading_drawn() {
  return fmt::format("unset key\nunset for [i={}:{}] label i", kHeadingTag, kHeadingTag + 4);
}

std::string margins(const Figure& figure, const Margins& m) {
  const double w = figure.width(), h = figure.height();
  return fmt::format(
      "set lmargin at screen {:.5g}\nset rmargin at screen {:.5g}\nset tmargin at screen {:.5g}\n"
      "set bmargin at screen {:.5g}",
      m.left / w, 1 - m.right / w, 1 - m.top / h, m.bottom / h);
}

std::vector<std::string> names_of(const std::vector<Stroke>& strokes) {
  std::vector<std::string> names;
  for (const Stroke& s : strokes)
    if (!s.line.name.empty()) names.push_back(s.line.name);
  return names;
}

std::vector<Stroke> strokes_of(std::vector<Line> lines) {
  std::vector<Stroke> strokes;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Stroke stroke{.line = std::move(lines[i]), .color = series_color(i), .dash = 1 + static_cast<int>(i / 8 % 5)};
    stroke.joined = !stroke.line.points;
    strokes.push_back(std::move(stroke));
  }
  return strokes;
}

void draw(Figure& figure, const char* op, const std::vector<Stroke>& strokes, const Panel& panel) {
  Extent xs(panel.log_x), ys(panel.log_y);
  for (const Stroke& s : strokes) {
    check(op, s.line);
    if (s.line.x.empty() && !s.line.y.empty()) {
      xs.take(0), xs.take(static_cast<double>(s.line.y.size() - 1));
    } else {
      xs.take(s.line.x);
    }
    ys.take(s.line.y), ys.take(s.line.low), ys.take(s.line.high);
  }
  const Range x = xs.padded(op, 0.02), y = ys.padded(op);
  figure << (panel.counting_x ? counting_axis("x", x) : axis("x", x, panel.log_x))
         << axis("y", y, panel.log_y, panel.y_tics);
  std::vector<std::string> parts, lines;
  for (const Stroke& s : strokes) plotted(figure, s, panel, parts, lines);
  parts.insert(parts.end(), lines.begin(), lines.end());
  parts.insert(parts.end(), panel.commands.begin(), panel.commands.end());
  figure << fmt::format("plot {}", fmt::join(parts, ", \\\n  "));
}

}  // namespace xgrad::train::plot::detail
