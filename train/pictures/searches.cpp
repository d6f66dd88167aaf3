#include "train/pictures/searches.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "autograd/create.hpp"
#include "tensor/error.hpp"
#include "train/pictures/curves.hpp"
#include "train/pictures/predictions.hpp"

namespace xgrad::train::plot {
namespace {

constexpr const char* kOp = "train::plot::search";

std::string value_text(const Params& p, const std::string& name) {
  const ParamValue* value = p.find(name);
  return value ? value->repr() : "-";
}

/// The names of the parameters that do not have the same value everywhere, sorted.
std::vector<std::string> varying(const std::vector<Params>& all) {
  std::map<std::string, std::vector<std::string>> values;
  for (const Params& p : all)
    for (const auto& entry : p) values[entry.first];
  std::vector<std::string> names;
  for (const auto& entry : values) {
    const std::string& name = entry.first;
    const auto other = [&](const Params& p) { return value_text(p, name) != value_text(all.front(), name); };
    if (std::any_of(all.begin(), all.end(), other)) names.push_back(name);
  }
  if (names.empty()) fail<ValueError>(kOp, "no parameter has more than one value");
  return names;
}

/// The place of a label, which is added where it is new.
std::size_t place_of(std::vector<std::string>& labels, const std::string& label) {
  const auto at = std::find(labels.begin(), labels.end(), label);
  const auto place = static_cast<std::size_t>(at - labels.begin());
  if (at == labels.end()) labels.push_back(label);
  return place;
}

}  // namespace

Files search(const std::filesystem::path& file, const CvResults& results, const SearchOptions& options) {
  const std::vector<double>& means = results["mean_test_" + options.scorer];
  const std::vector<double>& deviations = results["std_test_" + options.scorer];
  std::vector<std::string> names = varying(results.params());
  const std::string last = names.back(), score = "mean " + options.scorer;
  names.pop_back();
  if (names.empty()) {
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < means.size(); ++i)
      bars.push_back({fmt::format("{} {}", last, value_text(results.params()[i], last)), means[i], deviations[i]});
    return plot::bars(file, bars,
                      {.title = options.title, .label = score, .digits = options.digits, .size = options.size});
  }
  std::vector<std::string> rows, columns;
  std::map<std::pair<std::size_t, std::size_t>, double> cells;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const Params& p = results.params()[i];
    std::vector<std::string> row;
    for (const std::string& name : names) row.push_back(value_text(p, name));
    const std::size_t down = place_of(rows, fmt::format("{}", fmt::join(row, ", ")));
    cells[{down, place_of(columns, value_text(p, last))}] = means[i];
  }
  std::vector<double> values(rows.size() * columns.size(), std::nan(""));
  for (const auto& cell : cells) values[cell.first.first * columns.size() + cell.first.second] = cell.second;
  const Shape shape{static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns.size())};
  return heat_map(file, tensor(values, shape),
                  {.title = options.title,
                   .x_label = last,
                   .y_label = fmt::format("{}", fmt::join(names, ", ")),
                   .column_labels = columns,
                   .row_labels = rows,
                   .value_label = score,
                   .digits = options.digits,
                   .size = options.size});
}

}  // namespace xgrad::train::plot
