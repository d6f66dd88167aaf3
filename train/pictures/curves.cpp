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
  const auto strokes = detail::strokes_of(lines);
  const double top = detail::heading(figure, options.title, {}, detail::keys_of(strokes));
  figure << detail::margins(figure, {.top = top}) << detail::labels(figure, options.x_label, options.y_label);
  detail::draw(figure, kOp, strokes, {.log_x = options.log_x, .log_y = options.log_y});
  return figure.save();
}

namespace {

bool has_error(const Bar& bar) { return bar.error != 0 && std::isfinite(bar.error); }

/// The value to as many places as two digits of its error have.
std::string bar_text(const Bar& bar, int digits) {
  if (!has_error(bar) || !std::isfinite(bar.value)) return detail::number(bar.value, digits);
  const double error = std::abs(bar.error);
  const int places = 1 - static_cast<int>(std::floor(std::log10(error)));
  if (places < 0 || places > 8 || std::abs(bar.value) > 1e7)
    return detail::number(bar.value, digits) + " ± " + detail::number(error, 2);
  return fmt::format("{}{:.{}f} ± {:.{}f}", bar.value < 0 ? "−" : "", std::abs(bar.value), places, error, places);
}

struct BarTable {
  std::vector<double> place, value, low, high;
  std::vector<std::string> names, texts;
};

}  // namespace

Files bars(const std::filesystem::path& file, const std::vector<Bar>& bars, const BarsOptions& options) {
  constexpr const char* kOp = "train::plot::bars";
  if (bars.empty()) fail<ValueError>(kOp, "got no bars");
  if (options.digits < 1 || options.digits > 17)
    fail<ValueError>(kOp, fmt::format("digits: got {}; expected 1 to 17", options.digits));
  detail::Extent values(options.log);
  BarTable t;
  std::size_t longest_name = 1, longest_text = 1;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    const double error = has_error(bars[i]) ? std::abs(bars[i].error) : 0;
    const bool drawn = std::isfinite(bars[i].value) && (!options.log || bars[i].value > 0);
    t.place.push_back(static_cast<double>(i));
    t.value.push_back(drawn ? bars[i].value : std::nan(""));
    t.low.push_back(t.value[i] - error), t.high.push_back(t.value[i] + error);
    if (options.log && !(t.low[i] > 0)) t.low[i] = t.value[i];
    values.take(t.low[i]), values.take(t.high[i]);
    t.names.push_back(detail::shortened(bars[i].name, 20));
    t.texts.push_back(bar_text(bars[i], options.digits));
    longest_name = std::max(longest_name, detail::shortened_length(t.names[i], 20));
    longest_text = std::max(longest_text, detail::shortened_length(t.texts[i], 40));
  }
  if (!options.log && !values.empty()) values.take(0);
  detail::Range range = values.padded(kOp, 0);

  const auto n = std::min<std::size_t>(bars.size(), 100);
  Figure figure = detail::titled(file, options.title, options.size, {480, 90 + 34 * static_cast<int>(n)});
  const double top = detail::heading(figure, options.title);
  const detail::Margins space{.left = 22 + 8.4 * static_cast<double>(longest_name), .top = top};
  // room for the numbers, which stand beyond the whiskers
  const double text_share =
      std::min(0.6, (8.2 * static_cast<double>(longest_text) + 12) / (figure.width() - space.left - space.right));
  if (options.log) range.high *= std::pow(range.high / range.low, text_share / (1 - text_share));
  else if (values.exact()->high > 0) range.high += (range.high - range.low) * text_share / (1 - text_share);
  if (!options.log && values.exact()->low < 0) range.low -= (range.high - range.low) * text_share;

  std::string tics;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    figure.about += fmt::format("{}{}: {}", i ? "; " : "", bars[i].name, t.texts[i]);
    tics += fmt::format("{}{} {}", i ? ", " : "", tic_text(t.names[i]), i);
    if (std::isnan(t.value[i])) continue;
    const bool left = !options.log && bars[i].value < 0;
    figure << fmt::format("set label {} at {:.12g},{} {} offset {},0 front textcolor rgb '{}' font ',13'",
                          script_text(t.texts[i]), left ? t.low[i] : t.high[i], i, left ? "right" : "left",
                          left ? -0.7 : 0.7, detail::kInk);
  }
  const std::string table =
      figure.table("bars", {{"row", t.place}, {"value", t.value}, {"low", t.low}, {"high", t.high}});
  figure << detail::margins(figure, space) << "set grid noytics\nset border 1"
         << detail::labels(figure, options.label, "") << detail::axis("x", range, options.log)
         << fmt::format("set yrange [{}.5:-0.5]\nset ytics scale 0 ({})", bars.size() - 1, tics)
         << fmt::format("base = {:.12g}", options.log ? range.low : 0.)
         << fmt::format(
                "plot {0} using (base):1:(base):2:($1-0.34):($1+0.34) with boxxyerror fillstyle solid 1 noborder "
                "fillcolor rgb '{1}', \\\n  {0} using ($4>$3 ? $2 : NaN):1:3:4 with xerrorbars pointtype 7 "
                "pointsize 0 linewidth 1.6 linecolor rgb '{2}'",
                table, series_color(0), detail::kInk);
  return figure.save();
}

}  // namespace xgrad::train::plot
