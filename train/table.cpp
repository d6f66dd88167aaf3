#include "train/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "autograd/create.hpp"
#include "data/formats/csv.hpp"
#include "tensor/error.hpp"

namespace xgrad::train {
namespace {

bool is_text(const Cell& cell) { return std::holds_alternative<std::string>(cell.value()); }

double number_in(const Cell& cell) {
  if (const auto* whole = std::get_if<std::int64_t>(&cell.value())) return static_cast<double>(*whole);
  return std::get<double>(cell.value());
}

std::string text_of(const Cell& cell, int digits) {
  if (is_text(cell)) return std::get<std::string>(cell.value());
  if (const auto* whole = std::get_if<std::int64_t>(&cell.value())) return fmt::to_string(*whole);
  const double x = std::get<double>(cell.value());
  return std::isnan(x) ? "-" : fmt::format("{:.{}g}", x, digits);
}

/// Characters as a terminal counts them: bytes that do not continue a UTF-8 sequence.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool to_the_right) {
  const std::string blanks(width - std::min(width, width_of(text)), ' ');
  return to_the_right ? blanks + text : text + blanks;
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

struct Column {
  std::vector<std::string> texts;  ///< the name first
  std::size_t width = 0;
  bool numbers = true;
};

std::vector<Column> columns_of(const Table& table, int digits, std::string (*change)(const std::string&)) {
  if (digits < 1 || digits > 17) fail<ValueError>("Table", fmt::format("digits: got {}; expected 1 to 17", digits));
  std::vector<Column> columns(table.names().size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    columns[c].texts.push_back(change(table.names()[c]));
    for (const auto& row : table.rows()) {
      columns[c].texts.push_back(change(text_of(row[c], digits)));
      columns[c].numbers = columns[c].numbers && !is_text(row[c]);
    }
    for (const std::string& text : columns[c].texts) columns[c].width = std::max(columns[c].width, width_of(text));
  }
  return columns;
}

}  // namespace

Table::Table(std::vector<std::string> names) : names_(std::move(names)) {
  if (names_.empty()) fail<ValueError>("Table", "got no names of columns");
  for (auto name = names_.begin(); name != names_.end(); ++name)
    if (std::find(names_.begin(), name, *name) != name)
      fail<ValueError>("Table", "the column \"" + *name + "\" comes twice");
}

Table& Table::row(std::vector<Cell> cells) {
  if (cells.size() != names_.size())
    fail<ValueError>("Table::row", fmt::format("got {} cells; expected {}: {}", cells.size(), names_.size(),
                                               fmt::join(names_, ", ")));
  rows_.push_back(std::move(cells));
  return *this;
}

std::size_t Table::place_of(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end())
    fail<ValueError>("Table::column",
                     fmt::format("there is no \"{}\"; expected one of {}", name, fmt::join(names_, ", ")));
  return static_cast<std::size_t>(found - names_.begin());
}

std::vector<double> Table::column(std::string_view name) const {
  const std::size_t c = place_of(name);
  std::vector<double> numbers;
  for (const auto& row : rows_) {
    if (is_text(row[c])) fail<ValueError>("Table::column", fmt::format("\"{}\" holds texts", name));
    numbers.push_back(number_in(row[c]));
  }
  return numbers;
}

std::string Table::str(int digits) const {
  const auto columns = columns_of(*this, digits, [](const std::string& text) { return text; });
  std::string out;
  for (std::size_t r = 0; r <= rows_.size(); ++r) {
    std::string line;
    for (const Column& column : columns)
      line += (line.empty() ? "" : "  ") + padded(column.texts[r], column.width, column.numbers);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string Table::markdown(int digits) const {
  const auto columns = columns_of(*this, digits, escaped);
  std::string out;
  for (std::size_t r = 0; r <= rows_.size(); ++r) {
    for (const Column& column : columns) out += (&column == columns.data() ? "| " : " | ") + column.texts[r];
    out += " |\n";
    if (r > 0) continue;
    for (const Column& column : columns) out += column.numbers ? "|--:" : "|---";
    out += "|\n";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const Table& table) { return out << table.str(); }

void Table::write_csv(const std::filesystem::path& file) const {
  std::vector<data::Column> columns;
  for (std::size_t c = 0; c < names_.size(); ++c) {
    std::vector<std::int64_t> whole;
    std::vector<double> real;
    std::vector<std::string> texts;
    for (const auto& row : rows_) {
      texts.push_back(text_of(row[c], 17));
      if (is_text(row[c])) continue;
      real.push_back(number_in(row[c]));
      if (const auto* w = std::get_if<std::int64_t>(&row[c].value())) whole.push_back(*w);
    }
    if (whole.size() == rows_.size()) columns.emplace_back(tensor(whole));
    else if (real.size() == rows_.size()) columns.emplace_back(tensor(real));
    else columns.emplace_back(std::move(texts));
  }
  data::write_csv(file, data::CsvTable(names_, data::Columns(std::move(columns))));
}

}  // namespace xgrad::train
