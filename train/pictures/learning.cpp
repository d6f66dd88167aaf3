#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "tensor/error.hpp"
#include "train/callbacks/monitor.hpp"
#include "train/pictures/curves.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {
namespace {

std::vector<double> counted_from_one(const std::vector<std::int64_t>& epochs) {
  std::vector<double> out;
  for (const std::int64_t e : epochs) out.push_back(static_cast<double>(e) + 1);
  return out;
}

struct Best {
  double epoch, value;
};

std::optional<Best> best_of(const History& history, const std::string& monitor) {
  std::optional<Best> best;
  const auto& values = history[monitor];
  const auto epochs = counted_from_one(history.epochs(monitor));
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) &&
        improves(mode_of(monitor), values[i], best ? std::optional(best->value) : std::nullopt))
      best = Best{epochs[i], values[i]};
  return best;
}

/// What is measured in training, without learning_rate and what belongs to another as its "val_".
std::vector<std::string> metrics_of(const History& history, const std::vector<std::string>& asked) {
  if (!asked.empty()) {
    for (const std::string& name : asked)
      if (!history.contains("val_" + name)) (void)history[name];
    return asked;
  }
  std::vector<std::string> names;
  for (const std::string& name : history.names()) {
    if (name == "learning_rate") continue;
    const std::string base = name.rfind("val_", 0) == 0 ? name.substr(4) : name;
    if (std::find(names.begin(), names.end(), base) == names.end()) names.push_back(base);
  }
  return names;
}

std::vector<detail::Stroke> strokes_for(const History& history, const std::string& metric) {
  std::vector<detail::Stroke> strokes;
  for (const bool validation : {false, true}) {
    const std::string name = (validation ? "val_" : "") + metric;
    if (!history.contains(name) || history[name].empty()) continue;
    strokes.push_back({.line = {.name = validation ? "validation" : "training",
                                .x = counted_from_one(history.epochs(name)),
                                .y = history[name]},
                       .color = series_color(validation)});
  }
  return strokes;
}

/// From blue over purple to orange, none of them too dark or too light for either background.
std::string depth_color(double share) {
  constexpr double kStops[3][3] = {{43, 123, 214}, {160, 79, 181}, {224, 98, 27}};
  const int below = share < 0.5 ? 0 : 1;
  const auto mixed = [&](int c) {
    return static_cast<int>(
        std::lround(kStops[below][c] + (2 * share - below) * (kStops[below + 1][c] - kStops[below][c])));
  };
  return fmt::format("#{:02x}{:02x}{:02x}", mixed(0), mixed(1), mixed(2));
}

std::string guide_at(double x) {
  return fmt::format(
      "set arrow 1 from first {0:.12g}, graph 0 to first {0:.12g}, graph 1 nohead back dashtype 3 "
      "linewidth 1.2 linecolor rgb '{1}'",
      x, detail::kAxis);
}

}  // namespace

Files learning_curve(const std::filesystem::path& file, const History& history, const LearningCurveOptions& options) {
  constexpr const char* kOp = "train::plot::learning_curve";
  const std::vector<std::string> metrics = metrics_of(history, options.metrics);
  if (history.epoch.empty() || metrics.empty())
    fail<ValueError>(kOp, "the history is empty; expected an epoch or more");
  std::string monitor = options.monitor;
  if (monitor.empty() && history.contains("val_loss")) monitor = "val_loss";
  if (monitor.empty() && history.contains("loss")) monitor = "loss";
  const std::optional<Best> best = monitor.empty() ? std::nullopt : best_of(history, monitor);

  const int rows = static_cast<int>(metrics.size());
  Figure figure = detail::titled(file, options.title, options.size, {480, std::min(4000, 90 + 210 * rows)});
  if (options.title.empty()) figure.title = "Learning curve";
  figure.about = fmt::format("{} over {} epoch{}", fmt::join(metrics, ", "), history.epoch.size(),
                             history.epoch.size() == 1 ? "" : "s");
  std::string subtitle;
  if (best) {
    subtitle = fmt::format("best {}: {} in epoch {}", monitor, detail::number(best->value), best->epoch);
    figure.about += "; " + subtitle;
  }
  std::vector<detail::Key> keys;
  for (const std::string& metric : metrics)
    for (const detail::Key& key : detail::keys_of(strokes_for(history, metric)))
      if (std::none_of(keys.begin(), keys.end(), [&](const auto& k) { return k.name == key.name; }))
        keys.push_back(key);
  const double top = detail::heading(figure, options.title, subtitle, keys);
  const double height = (figure.height() - top - 32) / rows;
  figure << "set multiplot";
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const std::string& metric = metrics[i];
    std::vector<detail::Stroke> strokes = strokes_for(history, metric);
    detail::Panel panel{.log_y = options.log_loss && metric == "loss", .counting_x = true};
    if (best) figure << guide_at(best->epoch);
    if (best && (monitor == metric || monitor == "val_" + metric)) {
      const std::string table = figure.table("best", {{"epoch", {best->epoch}}, {monitor, {best->value}}});
      panel.commands.push_back(
          fmt::format("{} using 1:2 with points pointtype 7 pointsize 0.8 linecolor rgb '{}' notitle", table,
                      series_color(monitor == metric ? 0 : 1)));
    }
    const double above = top + height * static_cast<double>(i) + (i > 0 ? 10 : 0);
    const double below =
        figure.height() - top - height * static_cast<double>(i + 1) + 26 + (i + 1 == metrics.size() ? 6 : 0);
    figure << detail::margins(figure, {.top = above, .bottom = below})
           << detail::labels(figure, i + 1 == metrics.size() ? "epoch" : "", metric);
    for (detail::Stroke& stroke : strokes) stroke.marked = history.epoch.size() <= 24;
    detail::draw(figure, kOp, strokes, panel);
    figure << detail::heading_drawn();
  }
  figure << "unset multiplot";
  return figure.save();
}

Files runs(const std::filesystem::path& file, const std::vector<Run>& runs, const RunsOptions& options) {
  constexpr const char* kOp = "train::plot::runs";
  if (runs.empty()) fail<ValueError>(kOp, "got no runs");
  std::vector<std::string> names;
  std::vector<std::map<double, std::vector<double>>> values;  // of a name: those of all repetitions, by epoch
  std::vector<std::size_t> repetitions;
  for (const Run& run : runs) {
    const auto found = std::find(names.begin(), names.end(), run.name);
    const auto at = static_cast<std::size_t>(found - names.begin());
    if (found == names.end()) names.push_back(run.name), values.emplace_back(), repetitions.push_back(0);
    const auto epochs = counted_from_one(run.history.epochs(options.metric));
    const auto& series = run.history[options.metric];
    for (std::size_t i = 0; i < series.size(); ++i)
      if (std::isfinite(series[i])) values[at][epochs[i]].push_back(series[i]);
    ++repetitions[at];
  }
  std::vector<Line> lines;
  for (std::size_t k = 0; k < names.size(); ++k) {
    Line line{.name = names[k]};
    for (const auto& [epoch, sample] : values[k]) {
      double mean = 0, square = 0;
      const auto n = static_cast<double>(sample.size());
      for (const double v : sample) mean += v / n;
      for (const double v : sample) square += (v - mean) * (v - mean);
      const double deviation = n > 1 ? std::sqrt(square / (n - 1)) : 0;
      line.x.push_back(epoch), line.y.push_back(mean);
      if (repetitions[k] > 1) line.low.push_back(mean - deviation), line.high.push_back(mean + deviation);
    }
    lines.push_back(std::move(line));
  }
  Figure figure = detail::titled(file, options.title, options.size);
  const bool bands = std::any_of(repetitions.begin(), repetitions.end(), [](std::size_t n) { return n > 1; });
  figure.about = fmt::format("{} of {}{}", options.metric, fmt::join(names, ", "),
                             bands ? "; mean and standard deviation of repetitions" : "");
  if (options.log_y)
    for (Line& line : lines)
      for (std::size_t i = 0; i < line.low.size(); ++i)
        if (!(line.low[i] > 0)) line.low[i] = line.y[i];
  const auto strokes = detail::strokes_of(std::move(lines));
  const double top =
      detail::heading(figure, options.title, bands ? "mean and standard deviation" : "", detail::keys_of(strokes));
  figure << detail::margins(figure, {.top = top}) << detail::labels(figure, "epoch", options.metric);
  detail::draw(figure, kOp, strokes, {.log_y = options.log_y, .counting_x = true});
  return figure.save();
}

Files gradient_norms(const std::filesystem::path& file, const GradientStats& stats,
                     const GradientNormsOptions& options) {
  constexpr const char* kOp = "train::plot::gradient_norms";
  std::vector<Line> lines;
  for (const GradientStats::Parameter& row : stats.parameters) {
    auto found = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.name == row.name; });
    if (found == lines.end()) found = lines.insert(found, Line{.name = row.name});
    found->x.push_back(static_cast<double>(row.step));
    found->y.push_back(row.gradient_norm);
  }
  const auto is_weight = [](const Line& line) {
    const std::size_t dot = line.name.rfind('.');
    return line.name.substr(dot == line.name.npos ? 0 : dot + 1) == "weight";
  };
  if (!options.parameters.empty()) {
    std::vector<Line> chosen;
    for (const std::string& name : options.parameters) {
      const auto found = std::find_if(lines.begin(), lines.end(), [&](const Line& l) { return l.name == name; });
      if (found == lines.end())
        fail<ValueError>(kOp, fmt::format("no gradient of \"{}\" was measured", detail::shown(name)));
      chosen.push_back(*found);
    }
    lines = std::move(chosen);
  } else if (std::any_of(lines.begin(), lines.end(), is_weight)) {
    lines.erase(std::remove_if(lines.begin(), lines.end(), [&](const Line& l) { return !is_weight(l); }), lines.end());
  }
  if (lines.empty()) fail<ValueError>(kOp, "no gradients were measured; expected a step with GradientStats or more");

  Figure figure = detail::titled(file, options.title, options.size, {480, 360});
  figure.about = fmt::format("Norms of the gradients of {} parameters over the steps, from {} (first) to {} (last)",
                             lines.size(), lines.front().name, lines.back().name);
  const std::size_t n = lines.size();
  std::vector<detail::Stroke> strokes = detail::strokes_of(std::move(lines));
  if (n > 2)
    for (std::size_t i = 0; i < n; ++i)
      strokes[i].color = depth_color(static_cast<double>(i) / static_cast<double>(n - 1)), strokes[i].dash = 1;
  const double top = detail::heading(figure, options.title, {}, detail::keys_of(strokes));
  figure << detail::margins(figure, {.top = top}) << detail::labels(figure, "step", "gradient norm");
  detail::draw(figure, kOp, strokes, {.log_y = true});
  return figure.save();
}

}  // namespace xgrad::train::plot
