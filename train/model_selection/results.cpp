#include "train/model_selection/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <ostream>
#include <span>

#include "data/formats/atomic.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

using Row = std::vector<double>;

/// The sum in the order in which NumPy adds along an axis that is contiguous: eight partial sums for blocks of up to
/// 128, halves of what is longer.
double numpy_sum(std::span<const double> x) {
  const std::size_t n = x.size();
  if (n < 8) {
    double sum = 0;
    for (const double v : x) sum += v;
    return sum;
  }
  if (n > 128) {
    const std::size_t half = n / 2 - n / 2 % 8;
    return numpy_sum(x.first(half)) + numpy_sum(x.subspan(half));
  }
  double r[8];
  std::copy_n(x.begin(), 8, r);
  std::size_t i = 8;
  for (; i < n - n % 8; i += 8)
    for (std::size_t k = 0; k < 8; ++k) r[k] += x[i + k];
  double sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (; i < n; ++i) sum += x[i];
  return sum;
}

double mean_of(const Row& row) { return numpy_sum(row) / static_cast<double>(row.size()); }

double std_of(const Row& row) {
  const double mean = mean_of(row);
  Row squares;
  for (const double v : row) squares.push_back((v - mean) * (v - mean));
  return std::sqrt(mean_of(squares));
}

/// 1 for the largest; ties share the smallest rank; NaN ranks below all numbers.
Row ranks_of(const Row& means) {
  Row ranks;
  for (const double mine : means) {
    const auto better = std::count_if(means.begin(), means.end(), [mine](double other) {
      return std::isnan(mine) ? !std::isnan(other) : other > mine;
    });
    ranks.push_back(static_cast<double>(better + 1));
  }
  return ranks;
}

std::string number_text(double value) { return std::isnan(value) ? "nan" : fmt::format("{}", value); }

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

/// A value in a table: as Python prints it, texts without quotation marks.
std::string cell(const ParamValue& value) {
  const auto* text = std::get_if<std::string>(&value.data());
  return text ? *text : value.repr();
}

constexpr std::string_view kParam = "param_";

}  // namespace

CvResults::CvResults(std::vector<Params> candidates, std::int64_t folds, const std::vector<Fit>& fits,
                     const std::vector<std::string>& scorers, bool train)
    : params_(std::move(candidates)) {
  const auto k = static_cast<std::size_t>(folds);
  const auto rows = [&](auto value) {
    std::vector<Row> all;
    for (std::size_t c = 0; c < params_.size(); ++c) {
      Row row;
      for (std::size_t f = 0; f < k; ++f) row.push_back(value(fits[c * k + f]));
      all.push_back(std::move(row));
    }
    return all;
  };
  const auto column = [](const std::vector<Row>& all, double (*f)(const Row&)) {
    Row out;
    for (const Row& row : all) out.push_back(f(row));
    return out;
  };
  for (const auto& [name, time] : {std::pair{"fit_time", &Fit::fit_time}, std::pair{"score_time", &Fit::score_time}}) {
    const auto times = rows([t = time](const Fit& fit) { return fit.*t; });
    add(std::string("mean_") + name, column(times, mean_of));
    add(std::string("std_") + name, column(times, std_of));
  }
  for (const Params& p : params_)
    for (const auto& [name, value] : p)
      if (!contains(std::string(kParam) + name)) names_.push_back(std::string(kParam) + name);
  names_.emplace_back("params");
  for (std::size_t s = 0; s < scorers.size(); ++s) {
    add_scores("test_", scorers[s], folds, rows([s](const Fit& fit) { return fit.test[s]; }), true);
    if (train) add_scores("train_", scorers[s], folds, rows([s](const Fit& fit) { return fit.train[s]; }), false);
  }
}

void CvResults::add(std::string name, std::vector<double> values) {
  names_.push_back(name);
  columns_.emplace_back(std::move(name), std::move(values));
}

void CvResults::add_scores(const std::string& part, const std::string& scorer, std::int64_t folds,
                           const std::vector<std::vector<double>>& rows, bool rank) {
  for (std::size_t f = 0; f < static_cast<std::size_t>(folds); ++f) {
    Row column;
    for (const Row& row : rows) column.push_back(row[f]);
    add(fmt::format("split{}_{}{}", f, part, scorer), std::move(column));
  }
  Row means, deviations;
  for (const Row& row : rows) {
    means.push_back(mean_of(row));
    deviations.push_back(std_of(row));
  }
  add("mean_" + part + scorer, means);
  add("std_" + part + scorer, std::move(deviations));
  if (rank) add("rank_" + part + scorer, ranks_of(means));
}

bool CvResults::contains(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

const std::vector<double>& CvResults::operator[](std::string_view name) const {
  for (const auto& [other, values] : columns_)
    if (other == name) return values;
  std::string names;
  for (const auto& [other, values] : columns_) names += (names.empty() ? "" : ", ") + other;
  fail<ValueError>("train::CvResults",
                   fmt::format("there is no column of numbers called \"{}\"; there are: {}", name, names));
}

std::vector<CvResults::Value> CvResults::param(std::string_view name) const {
  std::string_view bare = name;
  if (!contains(std::string(kParam) + std::string(bare)) && bare.starts_with(kParam)) bare.remove_prefix(kParam.size());
  if (!contains(std::string(kParam) + std::string(bare)))
    fail<ValueError>("train::CvResults", fmt::format("there is no parameter called \"{}\"", name));
  std::vector<Value> values;
  for (const Params& p : params_) {
    const ParamValue* value = p.find(bare);
    values.push_back(value ? Value(*value) : Value());
  }
  return values;
}

std::string CvResults::csv(bool times) const {
  std::vector<std::vector<std::string>> columns;
  std::string text;
  for (const std::string& name : names_) {
    if (!times && name.ends_with("_time") && !name.starts_with(kParam)) continue;
    text += (columns.empty() ? "" : ",") + quoted(name);
    auto& column = columns.emplace_back();
    if (name == "params") {
      for (const Params& p : params_) column.push_back(quoted(p.repr()));
    } else if (name.starts_with(kParam)) {
      for (const Value& v : param(std::string_view(name).substr(kParam.size())))
        column.push_back(v ? quoted(cell(*v)) : "");
    } else {
      for (const double v : (*this)[name]) column.push_back(number_text(v));
    }
  }
  text += "\n";
  for (std::size_t row = 0; row < params_.size(); ++row) {
    for (std::size_t c = 0; c < columns.size(); ++c) text += (c > 0 ? "," : "") + columns[c][row];
    text += "\n";
  }
  return text;
}

void CvResults::write_csv(const std::filesystem::path& file) const {
  const std::string text = csv();
  data::atomic_write(file, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << text;
    out.close();
    if (!out) fail<IoError>("train::CvResults", "cannot write " + file.string());
  });
}

std::string CvResults::lines(std::string_view scorer) const {
  const auto& means = (*this)[fmt::format("mean_test_{}", scorer)];
  const auto& deviations = (*this)[fmt::format("std_test_{}", scorer)];
  std::string text;
  for (std::size_t i = 0; i < params_.size(); ++i)
    text += fmt::format("{:.6f} ({:.6f}) with: {}\n", means[i], deviations[i], params_[i].repr());
  return text;
}

std::ostream& operator<<(std::ostream& out, const CvResults& results) { return out << results.csv(); }

}  // namespace xgrad::train
