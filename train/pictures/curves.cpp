#include "train/pictures/curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/error.hpp"
#include "train/pictures/detail/strokes.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::plot {

Files lines(const std::filesystem::path& file, const std::vector<Line>& lines, const LinesOptions& options) {
  constexpr const char* kOp = "train::plot::lines";
  if (lines.empty()) fail<ValueError>(kOp, "got no lines");
  Figure figure = detail::titled(file, options.title, options.size);
  std::string names;
  for (const Line& line : lines)
    if (!line.name.empty()) names += (names.empty() ? "" : ", ") + line.name;
  figure.about = fmt::format("{}{}{}", options.y_label, options.x_label.empty() ? "" : " over " + options.x_label,
                             names.empty() ? "" : ": " + names);
  figure << detail::label_line("x", options.x_label) << detail::label_line("y", options.y_label);
  detail::draw(figure, kOp, detail::strokes_of(lines), {.log_x = options.log_x, .log_y = options.log_y});
  return figure.save();
}

Files bars(const std::filesystem::path& file, const std::vector<Bar>& bars, const BarsOptions& options) {
  constexpr const char* kOp = "train::plot::bars";
  if (bars.empty()) fail<ValueError>(kOp, "got no bars");
  if (options.digits < 1 || options.digits > 17)
    fail<ValueError>(kOp, fmt::format("digits: got {}; expected 1 to 17", options.digits));
  detail::Extent values(options.log);
  std::vector<double> place, value, low, high;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double error = std::isfinite(bars[i].error) ? std::abs(bars[i].error) : 0;
    const bool drawn = std::isfinite(bars[i].value) && (!options.log || bars[i].value > 0);
    place.push_back(static_cast<double>(i));
    value.push_back(drawn ? bars[i].value : std::nan(""));
    low.push_back(value[i] - error), high.push_back(value[i] + error);
    if (options.log && !(low[i] > 0)) low[i] = value[i];
    values.take(low[i]), values.take(high[i]);
  }
  if (!options.log && !values.empty()) values.take(0);
  detail::Range range = values.padded(kOp, 0.02);
  // room for the numbers, which stand behind the whiskers
  if (options.log) range.high *= std::pow(range.high / range.low, 0.28);
  else if (range.high > 0) range.high += 0.2 * (range.high - range.low);
  if (!options.log && range.low < 0 && values.exact()->low >= 0) range.low = 0;
  if (!options.log && values.exact()->low < 0) range.low -= 0.2 * (range.high - range.low);

  const int n = static_cast<int>(std::min<std::size_t>(bars.size(), 100));
  Figure figure = detail::titled(file, options.title, options.size, {480, 90 + 34 * n});
  figure.about = "";
  std::string names;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const bool error = bars[i].error != 0 && std::isfinite(bars[i].error);
    const std::string text = detail::number(bars[i].value, options.digits) +
                             (error ? " ± " + detail::number(std::abs(bars[i].error), 2) : "");
    figure.about += fmt::format("{}{}: {}", i ? "; " : "", bars[i].name, text);
    names += fmt::format("{}{} {}", i ? ", " : "", tic_text(detail::shortened(bars[i].name, 22)), i);
    if (std::isnan(value[i])) continue;
    const bool left = !options.log && bars[i].value < 0;
    figure << fmt::format("set label {} at {:.12g},{} {} offset {},0 front textcolor rgb '{}' font ',13'",
                          script_text(text), left ? low[i] : high[i], i, left ? "right" : "left", left ? -0.7 : 0.7,
                          detail::kInk);
  }
  const std::string table = figure.table("bars", {{"row", place}, {"value", value}, {"low", low}, {"high", high}});
  figure << "unset key\nset grid noytics\nset border 1\n"
         << detail::label_line("x", options.label) << detail::axis("x", range, options.log)
         << fmt::format("set yrange [{}.5:-0.5]\nset ytics scale 0 ({})", bars.size() - 1, names)
         << fmt::format("base = {:.12g}", options.log ? range.low : 0.)
         << fmt::format(
                "plot {0} using (base):1:(base):2:($1-0.32):($1+0.32) with boxxyerror fillstyle solid 1 noborder "
                "fillcolor rgb '{1}', \\\n  {0} using ($4>$3 ? $2 : NaN):1:3:4 with xerrorbars pointtype 7 "
                "pointsize 0 linewidth 1.6 linecolor rgb '{2}'",
                table, series_color(0), detail::kInk);
  return figure.save();
}

}  // namespace xgrad::train::plot
