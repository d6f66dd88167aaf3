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
constexpr int kYLabelTag = 9000, kHeadingTag = 9001, kKeyTag = 9010, kMostKeys = 40;
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
  const bool few = rows.size() <= 24;
  if (s.joined)
    lines.push_back(fmt::format("{} using 1:2 with {} linewidth {} dashtype {} linecolor rgb '{}' {} notitle", table,
                                s.marked || few ? "linespoints" : "lines", s.width, s.dash, s.color,
                                s.marked || few ? "pointtype 7 pointsize 0.4" : ""));
  else
    lines.push_back(
        fmt::format("{} using 1:2 with points pointtype 7 pointsize 0.5 linecolor rgb '{}' notitle", table, s.color));
}

}  // namespace

std::string labels(const Figure& figure, const std::string& x, const std::string& y) {
  std::string out = fmt::format("set xlabel {}\nunset label {}\n", script_text(shortened(x, 48)), kYLabelTag);
  if (y.empty()) return out;
  // not gnuplot's own, whose place depends on how wide it takes the numbers to be
  return out + fmt::format("set label {} {} at screen {:.5g}, graph 0.5 center rotate by 90 textcolor rgb '{}'\n",
                           kYLabelTag, script_text(shortened(y, 40)), 16. / figure.width(), kInk);
}

Figure titled(const std::filesystem::path& file, const std::string& title, Size size, Size usual) {
  Figure figure(file, {size.width ? size.width : usual.width, size.height ? size.height : usual.height});
  figure.title = title;
  return figure;
}

namespace {

/// The legend from height y on, row by row, each in the middle.
double draw_keys(Figure& figure, const std::vector<Key>& keys, double y) {
  const double w = figure.width(), h = figure.height();
  constexpr double kSample = 22, kGap = 18, kRow = 18;
  const auto width = [&](const Key& k) {
    return kSample + 6 + 8.2 * static_cast<double>(shortened_length(k.name, kLongestName));
  };
  int tag = kKeyTag;
  for (std::size_t first = 0; first < keys.size();) {
    double row = width(keys[first]);
    std::size_t last = first + 1;
    while (last < keys.size() && row + kGap + width(keys[last]) <= w - 24) row += kGap + width(keys[last++]);
    double x = (w - row) / 2;
    const double middle = 1 - (y + kRow / 2) / h;
    for (; first < last; ++first, ++tag) {
      const Key& key = keys[first];
      if (key.point > 0)
        figure << fmt::format(
            "set label {} '' at screen {:.5g}, screen {:.5g} point pointtype {} pointsize 0.7 linecolor "
            "rgb '{}'",
            tag + 100, (x + kSample / 2 + 4) / w, middle, key.point, key.color);
      else
        figure << fmt::format(
            "set arrow {} from screen {:.5g}, screen {:.5g} to screen {:.5g}, screen {:.5g} nohead "
            "linewidth 2 dashtype {} linecolor rgb '{}'",
            tag, x / w, middle, (x + kSample) / w, middle, key.dash, key.color);
      figure << fmt::format("set label {} {} at screen {:.5g}, screen {:.5g} left textcolor rgb '{}' font ',13'", tag,
                            script_text(shortened(key.name, kLongestName)), (x + kSample + 6) / w, middle, kInk);
      x += width(key) + kGap;
    }
    y += kRow;
  }
  return y;
}

}  // namespace

double heading(Figure& figure, const std::string& title, const std::string& subtitle, const std::vector<Key>& keys) {
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
  const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(keys.size(), kMostKeys));
  return draw_keys(figure, {keys.begin(), keys.begin() + shown}, y + 3) + 8;
}

std::string heading_drawn() {
  return fmt::format("unset for [i={}:{}] label i\nunset for [i={}:{}] arrow i", kHeadingTag, kKeyTag + 100 + kMostKeys,
                     kKeyTag, kKeyTag + kMostKeys);
}

std::string margins(const Figure& figure, const Margins& m) {
  const double w = figure.width(), h = figure.height();
  return fmt::format(
      "set lmargin at screen {:.5g}\nset rmargin at screen {:.5g}\nset tmargin at screen {:.5g}\n"
      "set bmargin at screen {:.5g}",
      m.left / w, 1 - m.right / w, 1 - m.top / h, m.bottom / h);
}

std::string color_scale(const Figure& figure, const std::string& label, double top, double height) {
  const double w = figure.width(), h = figure.height();
  std::string out = fmt::format(
      "set colorbox user origin screen {:.5g}, screen {:.5g} size screen {:.5g}, screen {:.5g} noborder\n"
      "set cbtics autofreq scale 0 font ',12' textcolor rgb '{}'\n",
      1 - 72 / w, 1 - (top + height) / h, 12 / w, height / h, kInk);
  if (!label.empty())
    out += fmt::format("set label 8999 {} at screen {:.5g}, screen {:.5g} right textcolor rgb '{}' font ',12'\n",
                       script_text(shortened(label, 20)), 1 - 10 / w, 1 - (top - 11) / h, kInk);
  return out;
}

std::vector<Key> keys_of(const std::vector<Stroke>& strokes) {
  std::vector<Key> keys;
  for (const Stroke& s : strokes)
    if (!s.line.name.empty()) keys.push_back({s.line.name, s.color, s.dash, s.joined ? 0 : 7});
  return keys;
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
  figure << (panel.counting_x ? counting_axis("x", x) : axis("x", x, panel.log_x, 8))
         << axis("y", y, panel.log_y, panel.y_tics);
  std::vector<std::string> parts, lines;
  for (const Stroke& s : strokes) plotted(figure, s, panel, parts, lines);
  parts.insert(parts.end(), lines.begin(), lines.end());
  parts.insert(parts.end(), panel.commands.begin(), panel.commands.end());
  figure << fmt::format("plot {}", fmt::join(parts, ", \\\n  "));
}

}  // namespace xgrad::train::plot::detail
