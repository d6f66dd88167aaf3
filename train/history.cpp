#include "train/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "data/formats/atomic.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

/// As Python's repr shows a float: the shortest digits that give the number back.
std::string text_of(double value) { return fmt::format("{}", value); }

std::string json_number(double value) { return std::isfinite(value) ? text_of(value) : "null"; }

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<int>(c));
    else out += c;
  }
  return out + '"';
}

std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

template <class Entries, class Name>
[[noreturn]] void no_such(const char* op, std::string_view name, const Entries& entries, Name name_of) {
  std::string names;
  for (const auto& entry : entries) names += (names.empty() ? "" : ", ") + std::string(name_of(entry));
  fail<ValueError>(op, fmt::format("there is no value named \"{}\"; there are: {}", name, names));
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  data::atomic_write(file, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << text;
    out.close();
    if (!out) fail<IoError>("train::History", file.string() + ": cannot be written");
  });
}

/// f(row, value or null) for every epoch of a history and one of its series.
template <class F>
void each_row(const std::vector<std::int64_t>& all, const std::vector<std::int64_t>& measured,
              const std::vector<double>& values, F f) {
  std::size_t k = 0;
  for (std::size_t row = 0; row < all.size(); ++row) {
    const bool there = k < measured.size() && measured[k] == all[row];
    f(row, there ? &values[k] : nullptr);
    k += there;
  }
}

}  // namespace

const double* Logs::find(std::string_view name) const noexcept {
  for (const Entry& entry : entries_)
    if (entry.first == name) return &entry.second;
  return nullptr;
}

double Logs::operator[](std::string_view name) const {
  if (const double* value = find(name)) return *value;
  no_such("train::Logs", name, entries_, [](const Entry& entry) { return entry.first; });
}

void Logs::set(std::string_view name, double value) {
  for (Entry& entry : entries_)
    if (entry.first == name) {
      entry.second = value;
      return;
    }
  entries_.emplace_back(name, value);
}

const History::Series& History::series(std::string_view name) const {
  for (const Series& s : series_)
    if (s.name == name) return s;
  no_such("train::History", name, series_, [](const Series& s) { return s.name; });
}

const std::vector<double>& History::operator[](std::string_view name) const { return series(name).values; }
const std::vector<std::int64_t>& History::epochs(std::string_view name) const { return series(name).epochs; }

bool History::contains(std::string_view name) const noexcept {
  return std::any_of(series_.begin(), series_.end(), [&](const Series& s) { return s.name == name; });
}

std::vector<std::string> History::names() const {
  std::vector<std::string> names;
  for (const Series& s : series_) names.push_back(s.name);
  return names;
}

void History::record(std::int64_t number, const Logs& logs) {
  if (!epoch.empty() && number < epoch.back())
    fail<ValueError>("train::History",
                     fmt::format("epochs come in order: got {} after {}; expected a later one", number, epoch.back()));
  if (epoch.empty() || number > epoch.back()) {
    epoch.push_back(number);
    seconds.resize(epoch.size());
  }
  for (const auto& [name, value] : logs) {
    auto found = std::find_if(series_.begin(), series_.end(), [&, &n = name](const Series& s) { return s.name == n; });
    if (found == series_.end()) found = series_.insert(found, Series{name, {}, {}});
    if (!found->epochs.empty() && found->epochs.back() == number) {
      found->values.back() = value;
    } else {
      found->epochs.push_back(number);
      found->values.push_back(value);
    }
  }
}

std::string History::csv() const {
  std::vector<std::string> rows(epoch.size());
  std::string head = "epoch";
  for (std::size_t row = 0; row < rows.size(); ++row) rows[row] = std::to_string(epoch[row]);
  for (const Series& s : series_) {
    head += "," + csv_text(s.name);
    each_row(epoch, s.epochs, s.values,
             [&](std::size_t row, const double* value) { rows[row] += "," + (value ? text_of(*value) : ""); });
  }
  std::string text = head + ",seconds\n";
  for (std::size_t row = 0; row < rows.size(); ++row) text += rows[row] + "," + text_of(seconds[row]) + "\n";
  return text;
}

std::string History::json() const {
  std::string text = fmt::format("{{\n  \"epoch\": [{}]", fmt::join(epoch, ", "));
  for (const Series& s : series_) {
    std::vector<std::string> values;
    each_row(epoch, s.epochs, s.values,
             [&](std::size_t, const double* value) { values.push_back(value ? json_number(*value) : "null"); });
    text += fmt::format(",\n  {}: [{}]", json_text(s.name), fmt::join(values, ", "));
  }
  std::vector<std::string> times;
  for (const double t : seconds) times.push_back(json_number(t));
  return text + fmt::format(",\n  \"seconds\": [{}]\n}}\n", fmt::join(times, ", "));
}

void History::write_csv(const std::filesystem::path& file) const { write_text(file, csv()); }
void History::write_json(const std::filesystem::path& file) const { write_text(file, json()); }

bool History::same_values(const History& other) const {
  if (epoch != other.epoch || series_.size() != other.series_.size()) return false;
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  for (std::size_t i = 0; i < series_.size(); ++i) {
    const Series &a = series_[i], &b = other.series_[i];
    if (a.name != b.name || a.epochs != b.epochs || a.values.size() != b.values.size()) return false;
    if (!std::equal(a.values.begin(), a.values.end(), b.values.begin(), same)) return false;
  }
  return true;
}

}  // namespace xgrad::train
