#include "train/pictures/planes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "autograd/create.hpp"
#include "autograd/ops.hpp"
#include "tensor/error.hpp"
#include "train/pictures/detail/axes.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {
namespace {

struct Lattice {
  detail::Range x, y;
  std::size_t n;  ///< points along either axis
  double at(const detail::Range& r, std::size_t i) const {
    const double share = static_cast<double>(i) / static_cast<double>(n - 1);
    return r.low * (1 - share) + r.high * share;
  }
};

void check_resolution(const char* op, std::int64_t resolution) {
  if (resolution < 2 || resolution > 1000)
    fail<ValueError>(op, fmt::format("resolution: got {}; expected 2 to 1000", resolution));
}

double rounded(double v) { return std::stod(fmt::format("{:.6g}", v)); }

/// A value at each point, row by row, an empty line behind each row.
std::string grid_table(Figure& figure, const char* name, const Lattice& l, const std::vector<double>& values,
                       const std::string& what) {
  std::vector<double> xs, ys;
  std::vector<std::size_t> breaks;
  for (std::size_t j = 0; j < l.n; ++j) {
    if (j > 0) breaks.push_back(j * l.n);
    for (std::size_t i = 0; i < l.n; ++i) xs.push_back(rounded(l.at(l.x, i))), ys.push_back(rounded(l.at(l.y, j)));
  }
  return figure.table(name, {{"x", xs}, {"y", ys}, {what, values}}, breaks);
}

/// Plots contours that gnuplot keeps in a data block, which has blanks between numbers where the tables have commas.
std::string contour_lines(const std::string& name, std::string_view color, double width) {
  return fmt::format(
      "${} using (real(word(strcol(1),1))):(real(word(strcol(1),2))) with lines linewidth {} linecolor rgb "
      "'{}' notitle",
      name, width, color);
}

/// Has gnuplot find contours and keep them in the data block `$name`.
std::string contours(const std::string& name, const std::string& table, const std::vector<double>& levels) {
  return fmt::format(
      "set contour base\nunset surface\nset cntrparam levels discrete {:.12g}\nset table ${}\nsplot {} using 1:2:3\n"
      "unset table\nunset contour\nset surface\n",
      fmt::join(levels, ","), name, table);
}

/// What the model says at each point: its class, and how far the best other one is behind (0 on a boundary).
struct Answer {
  std::vector<double> label;
  std::vector<std::vector<double>> margins;  ///< of each class that has a boundary
};

Answer ask(const char* op, const std::function<Tensor(const Tensor&)>& model, const Lattice& l, DType dtype,
           double threshold) {
  std::vector<double> points;
  for (std::size_t j = 0; j < l.n; ++j)
    for (std::size_t i = 0; i < l.n; ++i) points.push_back(l.at(l.x, i)), points.push_back(l.at(l.y, j));
  const auto n = static_cast<std::int64_t>(l.n * l.n);
  const Tensor scores = model(tensor(points, Shape{n, 2}).to(dtype));
  const bool rows = scores.defined() && scores.dim() >= 1 && scores.dim() <= 2 && scores.size(0) == n;
  if (!rows || (scores.dim() == 2 && (scores.size(1) < 1 || scores.size(1) > 8)))
    fail<ShapeError>(op, fmt::format("the model: got {} for points {}; expected [{}], or scores of 1 to 8 classes",
                                     scores.defined() ? scores.shape().str() : "nothing", Shape{n, 2}.str(), n));
  const std::vector<double> s = detail::doubles(op, scores);
  const std::size_t classes = scores.dim() == 2 ? static_cast<std::size_t>(scores.size(1)) : 1;
  Answer answer;
  answer.label.resize(s.size() / classes);
  answer.margins.resize(classes <= 2 ? 1 : classes, std::vector<double>(answer.label.size()));
  for (std::size_t p = 0; p < answer.label.size(); ++p) {
    const double* score = &s[p * classes];
    if (classes == 1) {
      answer.margins[0][p] = score[0] - threshold;
      answer.label[p] = std::isnan(score[0]) ? -1 : score[0] > threshold;
      continue;
    }
    const bool known = std::none_of(score, score + classes, [](double v) { return std::isnan(v); });
    answer.label[p] = known ? static_cast<double>(std::max_element(score, score + classes) - score) : -1;
    for (std::size_t c = 0; c < answer.margins.size(); ++c) {
      double other = -std::numeric_limits<double>::infinity();
      for (std::size_t k = 0; k < classes; ++k)
        if (k != c) other = std::max(other, score[k]);
      answer.margins[c][p] = score[c] - other;
    }
  }
  return answer;
}

/// Arrays of the red, green and blue of the classes, for areas.
std::string class_colors() {
  std::string out;
  for (const auto& [name, at] : {std::pair{"R", 1}, {"G", 3}, {"B", 5}}) {
    out += fmt::format("array {}[8] = [", name);
    for (std::size_t c = 0; c < 8; ++c)
      out += fmt::format("{}{}", c ? "," : "",
                         std::stoi(series_color(c).substr(static_cast<std::size_t>(at), 2), nullptr, 16));
    out += "]\n";
  }
  return out;
}

struct Examples {
  std::vector<double> x, y, label;
  std::size_t classes = 0;
};

Examples examples_of(const char* op, const Tensor& inputs, const Tensor& classes) {
  const std::vector<double> xy = detail::doubles(op, inputs), c = detail::doubles(op, classes);
  if (inputs.dim() != 2 || inputs.size(1) != 2 || c.size() != xy.size() / 2)
    fail<ShapeError>(op, fmt::format("got inputs {}, classes {}; expected [N, 2] and [N]", inputs.shape().str(),
                                     classes.shape().str()));
  if (c.empty()) fail<ValueError>(op, "got no examples");
  Examples out;
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (!(c[i] >= 0 && c[i] <= 7 && c[i] == std::floor(c[i])))
      fail<ValueError>(op, fmt::format("classes: got {} for example {}; expected whole numbers from 0 to 7", c[i], i));
    out.x.push_back(xy[2 * i]), out.y.push_back(xy[2 * i + 1]), out.label.push_back(c[i]);
    out.classes = std::max(out.classes, static_cast<std::size_t>(c[i]) + 1);
  }
  return out;
}

}  // namespace

Files decision_boundary(const std::filesystem::path& file, const std::function<Tensor(const Tensor&)>& model,
                        const Tensor& inputs, const Tensor& classes, const DecisionBoundaryOptions& options) {
  constexpr const char* kOp = "train::plot::decision_boundary";
  check_resolution(kOp, options.resolution);
  const Examples examples = examples_of(kOp, inputs, classes);
  detail::Extent xs, ys;
  xs.take(examples.x), ys.take(examples.y);
  const Lattice lattice{xs.padded(kOp, 0.12), ys.padded(kOp, 0.12), static_cast<std::size_t>(options.resolution)};
  const NoGradGuard no_grad;
  const DType dtype = inputs.dtype() == float64 ? float64 : float32;
  const Answer answer = ask(kOp, model, lattice, dtype, options.threshold);

  Figure figure = detail::titled(file, options.title, options.size, {480, 400});
  constexpr std::array<int, 4> kMarks{7, 5, 9, 13};  // told apart without colours too
  std::vector<detail::Key> keys;
  for (std::size_t c = 0; c < examples.classes; ++c)
    if (std::find(examples.label.begin(), examples.label.end(), static_cast<double>(c)) != examples.label.end())
      keys.push_back({c < options.classes.size() ? options.classes[c] : fmt::format("class {}", c), series_color(c), 1,
                      kMarks[c % 4]});
  const double top = detail::heading(figure, options.title, {}, keys);
  const std::string areas = grid_table(figure, "classes", lattice, answer.label, "class");
  figure << detail::margins(figure, {.top = top, .bottom = options.x_label.empty() ? 34. : 56.})
         << detail::labels(figure, options.x_label, options.y_label) << detail::axis("x", lattice.x, false, 8)
         << detail::axis("y", lattice.y, false, 6) << "unset grid" << class_colors();
  // see-through, so that they suit light paper and dark; class -1 stands for no answer
  std::string plot = fmt::format(
      "c(k) = k < 0 ? 1 : int(k) + 1\nplot {} using 1:2:(R[c($3)]):(G[c($3)]):(B[c($3)]):($3 < 0 ? 0 : 64) with "
      "rgbalpha notitle",
      areas);
  for (std::size_t c = 0; c < answer.margins.size(); ++c) {
    const auto& margin = answer.margins[c];
    const bool crosses = std::any_of(margin.begin(), margin.end(), [](double v) { return v > 0; }) &&
                         std::any_of(margin.begin(), margin.end(), [](double v) { return v < 0; });
    if (!crosses) continue;
    const std::string table = grid_table(figure, "margin", lattice, margin, "margin");
    figure << contours(fmt::format("boundary{}", c), table, {0});
    plot += ", \\\n  " + contour_lines(fmt::format("boundary{}", c), detail::kInk, 1.4);
  }
  for (std::size_t c = 0; c < examples.classes; ++c) {
    std::vector<double> x, y;
    for (std::size_t i = 0; i < examples.x.size(); ++i)
      if (examples.label[i] == static_cast<double>(c)) x.push_back(examples.x[i]), y.push_back(examples.y[i]);
    if (x.empty()) continue;
    const std::string points = figure.table("examples", {{"x", x}, {"y", y}});
    plot += fmt::format(", \\\n  {} using 1:2 with points pointtype {} pointsize 0.5 linecolor rgb '{}' notitle",
                        points, kMarks[c % 4], series_color(c));
  }
  figure.about = fmt::format("The classes that the model gives the points of the plane, and {} examples of {} classes",
                             examples.x.size(), examples.classes);
  figure << plot;
  return figure.save();
}

namespace {

/// Levels between which equal parts of the plane lie: they suit any function, however steep.
std::vector<double> even_levels(std::vector<double> values, std::size_t n) {
  std::erase_if(values, [](double v) { return !std::isfinite(v); });
  std::vector<double> levels;
  if (values.empty()) return levels;
  std::sort(values.begin(), values.end());
  for (std::size_t k = 0; k < n; ++k) {
    // more of them towards the bottom, where paths end
    const double share = std::pow((static_cast<double>(k) + 0.5) / static_cast<double>(n), 1.5);
    const double v = values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    if (levels.empty() || v > levels.back()) levels.push_back(v);
  }
  return levels;
}

}  // namespace

Files paths(const std::filesystem::path& file, const std::function<double(double x, double y)>& f,
            const std::vector<Path>& paths, const PathsOptions& options) {
  constexpr const char* kOp = "train::plot::paths";
  check_resolution(kOp, options.resolution);
  if (paths.empty()) fail<ValueError>(kOp, "got no paths");
  detail::Extent xs, ys;
  for (const Path& path : paths) {
    if (path.x.size() != path.y.size())
      fail<ValueError>(kOp, fmt::format("path \"{}\": got {} values of x, {} of y; expected as many of each",
                                        detail::shown(path.name), path.x.size(), path.y.size()));
    bool any = false;
    for (std::size_t i = 0; i < path.x.size(); ++i)
      if (std::isfinite(path.x[i]) && std::isfinite(path.y[i])) xs.take(path.x[i]), ys.take(path.y[i]), any = true;
    if (!any) fail<ValueError>(kOp, fmt::format("path \"{}\" has no finite point", detail::shown(path.name)));
  }
  Lattice lattice{xs.padded(kOp, 0.12), ys.padded(kOp, 0.12), static_cast<std::size_t>(options.resolution)};
  lattice.x = {options.x_min.value_or(lattice.x.low), options.x_max.value_or(lattice.x.high)};
  lattice.y = {options.y_min.value_or(lattice.y.low), options.y_max.value_or(lattice.y.high)};
  if (!(lattice.x.low < lattice.x.high && lattice.y.low < lattice.y.high))
    fail<ValueError>(kOp, fmt::format("got x from {} to {}, y from {} to {}; expected each to end above its beginning",
                                      lattice.x.low, lattice.x.high, lattice.y.low, lattice.y.high));
  std::vector<double> values;
  for (std::size_t j = 0; j < lattice.n; ++j)
    for (std::size_t i = 0; i < lattice.n; ++i) values.push_back(f(lattice.at(lattice.x, i), lattice.at(lattice.y, j)));

  Figure figure = detail::titled(file, options.title, options.size, {480, 400});
  figure.about = "Contours of the function, and from ring to point the paths of:";
  for (const Path& path : paths) figure.about += " " + path.name;
  std::vector<detail::Key> keys;
  for (std::size_t k = 0; k < paths.size(); ++k)
    if (!paths[k].name.empty()) keys.push_back({paths[k].name, series_color(k), 1 + static_cast<int>(k / 8 % 5)});
  const double top = detail::heading(figure, options.title, {}, keys);
  figure << detail::margins(figure, {.top = top}) << detail::labels(figure, options.x_label, options.y_label)
         << detail::axis("x", lattice.x, false, 8) << detail::axis("y", lattice.y, false, 6) << "unset grid";
  std::vector<double> levels = options.levels;
  std::erase_if(levels, [](double v) { return !std::isfinite(v); });
  if (levels.empty()) levels = even_levels(values, 12);
  const auto [low, high] = std::minmax_element(values.begin(), values.end(), [](double a, double b) {
    return std::isfinite(a) && (!std::isfinite(b) ? false : a < b);
  });
  std::vector<std::string> parts;
  if (!levels.empty() && *low < *high) {
    const std::string grid = grid_table(figure, "function", lattice, values, "f");
    figure << contours("contours", grid, levels);
    parts.push_back(contour_lines("contours", detail::kAxis, 1));
  }
  for (std::size_t k = 0; k < paths.size(); ++k) {
    const Path& path = paths[k];
    const std::string table = figure.table(path.name.empty() ? "path" : path.name, {{"x", path.x}, {"y", path.y}});
    const std::string color = series_color(k);
    parts.push_back(
        fmt::format("{} using 1:2 with linespoints linewidth 1.6 dashtype {} pointtype 7 pointsize 0.25 "
                    "linecolor rgb '{}' notitle",
                    table, 1 + k / 8 % 5, color));
    parts.push_back(
        fmt::format("{} every ::0::0 using 1:2 with points pointtype 6 pointsize 0.9 linewidth 1.6 "
                    "linecolor rgb '{}' notitle",
                    table, color));
    parts.push_back(
        fmt::format("{} every ::{}::{} using 1:2 with points pointtype 7 pointsize 0.8 linecolor rgb '{}' "
                    "notitle",
                    table, path.x.size() - 1, path.x.size() - 1, color));
  }
  figure << fmt::format("plot {}", fmt::join(parts, ", \\\n  "));
  return figure.save();
}

}  // namespace xgrad::train::plot
