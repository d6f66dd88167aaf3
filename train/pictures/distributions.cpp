#include "train/pictures/distributions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {
namespace {

struct Bins {
  std::string name;
  std::vector<double> edges;  ///< one more than counts
  std::vector<double> counts;
};

std::vector<double> even_edges(detail::Range range, std::int64_t bins) {
  std::vector<double> edges;
  for (std::int64_t i = 0; i <= bins; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(bins);
    edges.push_back(range.low * (1 - share) + range.high * share);
  }
  return edges;
}

Bins binned(const std::string& name, const std::vector<double>& values, const std::vector<double>& edges) {
  Bins out{name, edges, std::vector<double>(edges.size() - 1)};
  for (const double v : values) {
    if (!std::isfinite(v) || v < edges.front() || v > edges.back()) continue;
    const auto above = std::upper_bound(edges.begin(), edges.end(), v);
    const auto place =
        std::clamp<std::ptrdiff_t>(above - edges.begin() - 1, 0, static_cast<std::ptrdiff_t>(out.counts.size()) - 1);
    ++out.counts[static_cast<std::size_t>(place)];
  }
  return out;
}

/// Steps, filled down to the axis, one over the other. With densities the bins of each may have other widths.
void draw(Figure& figure, const char* op, const std::vector<Bins>& all, bool log_y, bool density) {
  detail::Extent xs, ys(log_y);
  std::vector<std::vector<double>> heights;
  for (const Bins& bins : all) {
    double total = 0;
    for (const double c : bins.counts) total += c;
    xs.take(bins.edges);
    auto& h = heights.emplace_back();
    for (std::size_t i = 0; i < bins.counts.size(); ++i) {
      const double width = bins.edges[i + 1] - bins.edges[i];
      h.push_back(density && width > 0 && total > 0 ? bins.counts[i] / (total * width) : bins.counts[i]);
      ys.take(h[i]);
    }
  }
  const detail::Range x = xs.padded(op, 0.01);
  detail::Range y = ys.padded(op);
  if (log_y) y.low = std::min(y.low, density ? y.low : 0.7);
  else y.low = 0;
  figure << detail::axis("x", x, false, density ? 5 : 8) << detail::axis("y", y, log_y);
  if (density) figure << "unset ytics";
  std::string plot;
  for (std::size_t k = 0; k < all.size(); ++k) {
    std::vector<double> place, height;
    for (std::size_t i = 0; i < heights[k].size(); ++i)
      for (const std::size_t edge : {i, i + 1}) {
        place.push_back(all[k].edges[edge]);
        height.push_back(log_y && heights[k][i] <= 0 ? y.low : heights[k][i]);
      }
    const std::string table = figure.table(all[k].name.empty() ? "counts" : all[k].name,
                                           {{"value", place}, {density ? "density" : "count", height}});
    const std::string color = series_color(k);
    plot += fmt::format(
        "{0}{1} using 1:2 with filledcurves y1={2:.12g} fillcolor rgb '{3}' fillstyle transparent solid 0.25 noborder "
        "notitle, \\\n  {1} using 1:2 with lines linewidth 1.6 linecolor rgb '{3}' notitle",
        k ? ", \\\n  " : "plot ", table, y.low, color);
  }
  figure << plot;
}

std::vector<const WeightSnapshots::Snapshot*> of_parameter(const WeightSnapshots& snapshots, const std::string& name) {
  std::vector<const WeightSnapshots::Snapshot*> found;
  for (const auto& s : snapshots.snapshots)
    if (s.name == name) found.push_back(&s);
  return found;
}

Bins bins_of(const WeightSnapshots::Snapshot& snapshot, const std::string& name) {
  return {name, snapshot.edges, std::vector<double>(snapshot.counts.begin(), snapshot.counts.end())};
}

std::string when(const WeightSnapshots::Snapshot& snapshot) {
  return snapshot.epoch < 0 ? "before" : fmt::format("after epoch {}", snapshot.epoch + 1);
}

}  // namespace

Files histogram(const std::filesystem::path& file, const std::vector<Values>& values, const HistogramOptions& options) {
  constexpr const char* kOp = "train::plot::histogram";
  if (values.empty()) fail<ValueError>(kOp, "got no values");
  if (options.bins < 1 || options.bins > 10000)
    fail<ValueError>(kOp, fmt::format("bins: got {}; expected 1 to 10000", options.bins));
  detail::Extent extent;
  std::vector<std::vector<double>> numbers;
  for (const Values& v : values) extent.take(numbers.emplace_back(detail::doubles(kOp, v.values)));
  const std::vector<double> edges = even_edges(extent.padded(kOp, 0), options.bins);

  Figure figure = detail::titled(file, options.title, options.size, {480, 310});
  std::vector<Bins> bins;
  for (std::size_t i = 0; i < values.size(); ++i) {
    bins.push_back(binned(values[i].name, numbers[i], edges));
    figure.about += fmt::format("{}{}{} values", i ? "; " : "", values[i].name.empty() ? "" : values[i].name + ": ",
                                numbers[i].size());
  }
  figure.about +=
      fmt::format(", from {} to {}", detail::number(extent.exact()->low), detail::number(extent.exact()->high));
  std::vector<detail::Key> keys;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!values[i].name.empty()) keys.push_back({values[i].name, series_color(i)});
  const double top = detail::heading(figure, options.title, {}, keys);
  figure << detail::margins(figure, {.top = top})
         << detail::labels(figure, options.x_label.empty() ? "value" : options.x_label, "count");
  draw(figure, kOp, bins, options.log_y, false);
  return figure.save();
}

Files histogram(const std::filesystem::path& file, const Tensor& values, const HistogramOptions& options) {
  return histogram(file, std::vector<Values>{{"", values}}, options);
}

Files weight_histograms(const std::filesystem::path& file, const WeightSnapshots& snapshots,
                        const WeightHistogramsOptions& options) {
  constexpr const char* kOp = "train::plot::weight_histograms";
  std::vector<std::string> names = options.parameters;
  if (names.empty())
    for (const auto& s : snapshots.snapshots)
      if (std::find(names.begin(), names.end(), s.name) == names.end()) names.push_back(s.name);
  if (names.empty()) fail<ValueError>(kOp, "there are no snapshots; expected those of one epoch or more");
  for (const std::string& name : names)
    if (of_parameter(snapshots, name).empty())
      fail<ValueError>(kOp, fmt::format("there is no snapshot of \"{}\"", detail::shown(name)));
  names.resize(std::min<std::size_t>(names.size(), 24));

  const std::size_t columns = names.size() > 1 ? 2 : 1, rows = (names.size() + columns - 1) / columns;
  Figure figure =
      detail::titled(file, options.title, options.size, {480, std::min(4000, 70 + 160 * static_cast<int>(rows))});
  if (options.title.empty()) figure.title = "Weights before and after";
  const auto shown = of_parameter(snapshots, names[0]);
  std::vector<std::string> legend{when(*shown.front())};
  if (shown.size() > 1) legend.push_back(when(*shown.back()));
  figure.about = fmt::format("Densities of {}: {}", fmt::join(names, ", "), fmt::join(legend, " and "));
  std::vector<detail::Key> keys;
  for (const std::string& name : legend) keys.push_back({name, series_color(keys.size())});
  const double top = detail::heading(figure, options.title, {}, keys);
  const double height = (figure.height() - top) / static_cast<double>(rows);
  const double width = figure.width() / static_cast<double>(columns);
  figure << "set multiplot\nset tics font ',12'\nset border 1\nset grid noytics";
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto own = of_parameter(snapshots, names[i]);
    std::vector<Bins> bins{bins_of(*own.front(), when(*own.front()))};
    if (own.size() > 1) bins.push_back(bins_of(*own.back(), when(*own.back())));
    std::erase_if(bins, [](const Bins& b) { return b.edges.size() < 2 || b.counts.size() + 1 != b.edges.size(); });
    if (bins.empty()) continue;
    const double left = static_cast<double>(i % columns) * width,
                 above = top + static_cast<double>(i / columns) * height;
    figure << detail::margins(figure, {.left = left + 16,
                                       .right = figure.width() - left - width + 16,
                                       .top = above + 26,
                                       .bottom = figure.height() - above - height + 28});
    figure << fmt::format("set label 1 {} at graph 0.5, graph 1 center offset 0,0.8 textcolor rgb '{}' font ',13'",
                          script_text(detail::shortened(names[i], 26)), detail::kInk);
    draw(figure, kOp, bins, false, true);
    figure << detail::heading_drawn();
  }
  figure << "unset multiplot";
  return figure.save();
}

}  // namespace xgrad::train::plot
