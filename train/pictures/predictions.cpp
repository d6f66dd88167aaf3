#include "train/pictures/predictions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tensor/error.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {
namespace {

using detail::Range;

void check_same(const char* op, const Tensor& a, const char* a_name, const Tensor& b, const char* b_name) {
  if (a.numel() != b.numel())
    fail<ShapeError>(op, fmt::format("got {} {}, {} {}; expected as many elements", a_name, a.shape().str(), b_name,
                                     b.shape().str()));
}

/// The figure and the panel above.
Figure two_panels(const std::filesystem::path& file, const PredictionOptions& options,
                  const std::vector<detail::Key>& keys) {
  Figure figure = detail::titled(file, options.title, options.size, {480, options.residuals ? 460 : 350});
  const double top = detail::heading(figure, options.title, {}, keys);
  if (options.residuals) figure << "set multiplot";
  figure << detail::margins(figure, {.top = top, .bottom = options.residuals ? 56 + 130. : 56.});
  return figure;
}

std::string points(const std::string& table, const std::string& color, const std::string& title) {
  return fmt::format("{} using 1:2 with points pointtype 7 pointsize 0.45 linecolor rgb '{}' {}", table, color, title);
}

/// The panel below: what is left over, 0 in the middle.
void residual_panel(Figure& figure, const Range& x_range, const std::vector<double>& x,
                    const std::vector<double>& residual, const std::string& x_label) {
  double reach = 0;
  for (const double r : residual)
    if (std::isfinite(r)) reach = std::max(reach, std::abs(r));
  reach = reach > 0 ? 1.12 * reach : 1;
  const std::string table = figure.table("residuals", {{"x", x}, {"residual", residual}});
  figure << detail::heading_drawn() << detail::margins(figure, {.top = figure.height() - 56 - 94., .bottom = 56})
         << detail::labels(figure, x_label, "residual") << detail::axis("x", x_range, false, 8)
         << detail::axis("y", {-reach, reach}, false, 3)
         << fmt::format(
                "plot 0 with lines linewidth 1.2 linecolor rgb '{0}', \\\n  {1} using 1:2 with impulses linewidth "
                "0.8 linecolor rgb '{0}', \\\n  {2}",
                detail::kAxis, table, points(table, series_color(1), "notitle"))
         << "unset multiplot";
}

double deviation_of(const std::vector<double>& residual) {
  double sum = 0, n = 0;
  for (const double r : residual)
    if (std::isfinite(r)) sum += r * r, n += 1;
  return n > 0 ? std::sqrt(sum / n) : std::nan("");
}

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  for (std::size_t i = 0; i < a.size(); ++i) out.push_back(a[i] - b[i]);
  return out;
}

}  // namespace

Files prediction_against_target(const std::filesystem::path& file, const Tensor& prediction, const Tensor& target,
                                const PredictionOptions& options) {
  constexpr const char* kOp = "train::plot::prediction_against_target";
  const std::vector<double> p = detail::doubles(kOp, prediction), t = detail::doubles(kOp, target);
  check_same(kOp, prediction, "prediction", target, "target");
  detail::Extent both;
  for (std::size_t i = 0; i < p.size(); ++i)
    if (std::isfinite(p[i]) && std::isfinite(t[i])) both.take(p[i]), both.take(t[i]);
  const Range range = both.padded(kOp, 0.04);
  const std::vector<double> residual = difference(t, p);

  Figure figure = two_panels(file, options, {{"prediction = target", std::string(detail::kAxis), 2}});
  figure.about = fmt::format("{} predictions over their targets; root of the mean squared residual {}", p.size(),
                             detail::number(deviation_of(residual)));
  const std::string x_label = options.x_label.empty() ? "target" : options.x_label;
  const std::string table = figure.table("predictions", {{"target", t}, {"prediction", p}});
  figure << detail::labels(figure, options.residuals ? "" : x_label,
                           options.y_label.empty() ? "prediction" : options.y_label)
         << detail::axis("x", range, false, 8) << detail::axis("y", range, false, 6)
         << fmt::format(
                "plot x with lines linewidth 1.4 dashtype 2 linecolor rgb '{}' notitle, "
                "\\\n  {}",
                detail::kAxis, points(table, series_color(0), "notitle"));
  if (options.residuals) residual_panel(figure, range, t, residual, x_label);
  return figure.save();
}

Files curve_fit(const std::filesystem::path& file, const Tensor& x, const Tensor& target, const Tensor& prediction,
                const PredictionOptions& options) {
  constexpr const char* kOp = "train::plot::curve_fit";
  const std::vector<double> xs = detail::doubles(kOp, x), t = detail::doubles(kOp, target),
                            p = detail::doubles(kOp, prediction);
  check_same(kOp, x, "x", target, "target");
  check_same(kOp, x, "x", prediction, "prediction");
  detail::Extent across, up;
  across.take(xs), up.take(t), up.take(p);
  const Range x_range = across.padded(kOp, 0.03), y_range = up.padded(kOp);
  std::vector<std::size_t> order(xs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::isnan(xs[b]) ? !std::isnan(xs[a]) : xs[a] < xs[b];
  });
  std::vector<double> line_x, line_y;
  for (const std::size_t i : order) line_x.push_back(xs[i]), line_y.push_back(p[i]);
  const std::vector<double> residual = difference(t, p);

  Figure figure = two_panels(file, options, {{"fit", series_color(0)}, {"data", series_color(1), 1, 7}});
  figure.about = fmt::format("{} points and the curve fitted to them; root of the mean squared residual {}", xs.size(),
                             detail::number(deviation_of(residual)));
  const std::string data = figure.table("data", {{"x", xs}, {"target", t}});
  const std::string curve = figure.table("fit", {{"x", line_x}, {"prediction", line_y}});
  figure << detail::labels(figure, options.residuals ? "" : options.x_label, options.y_label)
         << detail::axis("x", x_range, false, 8) << detail::axis("y", y_range, false, 6)
         << fmt::format("plot {} using 1:2 with lines linewidth 1.8 linecolor rgb '{}' notitle, \\\n  {}", curve,
                        series_color(0), points(data, series_color(1), "notitle"));
  if (options.residuals) residual_panel(figure, x_range, xs, residual, options.x_label);
  return figure.save();
}

}  // namespace xgrad::train::plot
