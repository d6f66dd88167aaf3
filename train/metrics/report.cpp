#include "train/metrics/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "tensor/error.hpp"
#include "train/metrics/detail/counts.hpp"

namespace xgrad::train {
namespace {

using detail::Count;
using detail::Labels;

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Right-aligned in `width` characters.
std::string right(std::string_view text, std::size_t width) {
  const std::size_t n = characters(text);
  return std::string(n < width ? width - n : 0, ' ') + std::string(text);
}

/// A number of examples as Python prints it: that of weights is a float, which shows its point.
std::string shown(double support, bool weighted) {
  if (!weighted) return fmt::format("{:.0f}", support);
  return fmt::format("{}", support).find_first_of(".en") == std::string::npos ? fmt::format("{:.1f}", support)
                                                                              : fmt::format("{}", support);
}

class Report {
 public:
  Report(std::size_t width, int digits, bool weighted) : width_(width), digits_(digits), weighted_(weighted) {
    text_ = right("", width_) + " ";
    for (const char* heading : {"precision", "recall", "f1-score", "support"}) text_ += " " + right(heading, 9);
    text_ += "\n\n";
  }
  void row(std::string_view name, double precision, double recall, double f1, double support) {
    text_ += right(name, width_) + " ";
    for (const double v : {precision, recall, f1}) text_ += " " + number(v);
    text_ += " " + right(shown(support, weighted_), 9) + "\n";
  }
  void accuracy(double value, double support) {
    text_ += right("accuracy", width_) + " " + std::string(20, ' ') + " " + number(value) + " " +
             right(shown(support, weighted_), 9) + "\n";
  }
  void gap() { text_ += "\n"; }
  std::string text() && { return std::move(text_); }

 private:
  std::string number(double v) const { return right(fmt::format("{:.{}f}", v, digits_), 9); }

  std::size_t width_;
  int digits_;
  bool weighted_;
  std::string text_;
};

double precision_score(const Count& c, double, double zero_division) { return detail::precision_of(c, zero_division); }
double recall_score(const Count& c, double, double zero_division) { return detail::recall_of(c, zero_division); }

}  // namespace

std::string classification_report(const Tensor& prediction, const Tensor& target, const ReportOptions& options) {
  constexpr std::string_view op = "train::classification_report";
  detail::check_zero_division(op, options.zero_division);
  if (options.digits < 0 || options.digits > 17)
    fail<ValueError>(op, fmt::format("digits: got {}; expected 0 to 17", options.digits));
  const detail::Pair pair = detail::pair_of(op, prediction, target);
  Labels all = pair.prediction;
  all.insert(all.end(), pair.target.begin(), pair.target.end());
  all = detail::distinct(std::move(all));
  const Labels labels = options.labels.empty() ? all : options.labels;
  std::vector<std::string> names = options.target_names;
  if (names.empty())
    for (const std::int64_t label : labels) names.push_back(std::to_string(label));
  if (names.size() != labels.size())
    fail<ValueError>(
        op, fmt::format("target_names: got {} names; expected {}, one for each class", names.size(), labels.size()));

  const auto weights = detail::weights_of(op, options.sample_weight, pair.target.size());
  const std::vector<Count> counts = detail::counts_of(op, pair, labels, weights);
  std::size_t width = std::max<std::size_t>(characters("weighted avg"), static_cast<std::size_t>(options.digits));
  for (const std::string& name : names) width = std::max(width, characters(name));

  const double zero = options.zero_division;
  Report report(width, options.digits, options.sample_weight.defined());
  double support = 0;
  for (std::size_t k = 0; k < labels.size(); ++k) {
    const Count& c = counts[k];
    report.row(names[k], detail::precision_of(c, zero), detail::recall_of(c, zero), detail::fbeta_of(c, 1, zero),
               c.truth);
    support += c.truth;
  }
  report.gap();
  const auto average = [&](Average kind, detail::Score score) { return averaged(counts, kind, score, 1, zero); };
  const auto averages = [&](std::string_view name, Average kind) {
    report.row(name, average(kind, precision_score), average(kind, recall_score), average(kind, detail::fbeta_of),
               support);
  };
  // Where every class is reported, precision, recall and F1 of all together are one number, the accuracy.
  if (detail::distinct(labels) == all) report.accuracy(average(Average::micro, detail::fbeta_of), support);
  else averages("micro avg", Average::micro);
  averages("macro avg", Average::macro);
  averages("weighted avg", Average::weighted);
  return std::move(report).text();
}

}  // namespace xgrad::train
