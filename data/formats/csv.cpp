#include "data/formats/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <set>
#include <system_error>
#include <type_traits>
#include <utility>

#include "data/formats/atomic.hpp"
#include "data/formats/detail/byte_source.hpp"
#include "data/formats/detail/utf8.hpp"
#include "tensor/error.hpp"

namespace xgrad::data {
namespace {

using Cells = std::vector<std::string>;
using Fail = std::function<void(std::string_view what)>;  // throws the IoError that names the source

// ---- text into cells ---------------------------------------------------------------------------------------------

/// Goes through a text record by record.
class Records {
 public:
  Records(std::string_view text, char delimiter, char comment, const Fail& fail)
      : text_(text), delimiter_(delimiter), comment_(comment), fail_(fail) {}

  /// The line where the record last given began, counted from 1.
  std::int64_t line() const { return began_; }

  /// The cells of the next record that is not a blank line; false at the end.
  bool next(Cells& cells) {
    while (at_ < text_.size()) {
      cells.clear();
      began_ = line_;
      if (passed_over()) continue;
      for (;; ++at_) {
        cells.push_back(at_ < text_.size() && text_[at_] == '"' ? quoted() : plain());
        if (at_ >= text_.size() || text_[at_] != delimiter_) break;
      }
      line_ended();
      return true;
    }
    return false;
  }

 private:
  static bool breaks(char c) { return c == '\n' || c == '\r'; }

  /// Passes over a line of blanks, or a comment, if there is one here.
  bool passed_over() {
    std::size_t end = at_;
    if (comment_ != '\0' && text_[at_] == comment_) {
      while (end < text_.size() && !breaks(text_[end])) ++end;
    } else {
      while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t') && text_[end] != delimiter_) ++end;
      if (end < text_.size() && !breaks(text_[end])) return false;
    }
    at_ = end;
    line_ended();
    return true;
  }

  /// Passes over a line break, if there is one here.
  bool line_ended() {
    if (at_ >= text_.size() || !breaks(text_[at_])) return false;
    at_ += text_.substr(at_, 2) == "\r\n" ? 2 : 1;
    ++line_;
    return true;
  }

  std::string plain() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != delimiter_ && !breaks(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string quoted() {
    const std::int64_t opened = line_;
    std::string cell;
    for (++at_;;) {
      if (at_ >= text_.size()) fail_(fmt::format("line {}: a quote is never closed", opened));
      if (text_[at_] == '"') {
        if (text_.substr(at_, 2) != "\"\"") break;
        ++at_;
      } else if (breaks(text_[at_])) {
        if (text_.substr(at_, 2) == "\r\n") cell += text_[at_++];
        ++line_;
      }
      cell += text_[at_++];
    }
    ++at_;
    if (at_ < text_.size() && text_[at_] != delimiter_ && !breaks(text_[at_]))
      fail_(fmt::format("line {}: got '{}' after a closing quote; expected the delimiter or the end of the line", line_,
                        text_[at_]));
    return cell;
  }

  std::string_view text_;
  char delimiter_, comment_;
  const Fail& fail_;
  std::size_t at_ = 0;
  std::int64_t line_ = 1, began_ = 1;
};

/// The separator that the first line, comments aside, has most of outside quotes.
char guessed_delimiter(std::string_view text, char comment) {
  while (comment != '\0' && text.starts_with(comment)) {
    const std::size_t end = text.find_first_of("\n\r");
    text.remove_prefix(std::min(text.size(), text.find_first_not_of("\n\r", std::min(end, text.size()))));
  }
  constexpr std::string_view kCandidates = ",;\t|";
  std::size_t counts[kCandidates.size()] = {};
  bool inside = false, content = false;
  for (const char c : text) {
    if (c == '"') inside = !inside;
    if (!inside && (c == '\n' || c == '\r')) {
      if (content) break;
      continue;
    }
    content = true;
    const std::size_t which = kCandidates.find(c);
    if (!inside && which != std::string_view::npos) ++counts[which];
  }
  return kCandidates[static_cast<std::size_t>(std::max_element(std::begin(counts), std::end(counts)) -
                                              std::begin(counts))];
}

// ---- cells into numbers ------------------------------------------------------------------------------------------

std::string_view trimmed(std::string_view cell) {
  const auto first = cell.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
}

std::optional<std::int64_t> integer(std::string_view cell) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return {};
  return value;
}

std::optional<double> real(std::string_view cell, char decimal) {
  std::string text(cell);
  if (decimal != '.') {
    if (text.find('.') != std::string::npos) return {};
    std::replace(text.begin(), text.end(), decimal, '.');
  }
  if (text.starts_with('+') && !text.starts_with("+-")) text.erase(0, 1);
  if (text.find('(') != std::string::npos) return {};  // from_chars knows "nan(payload)"
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  if (end != last || error == std::errc::invalid_argument) return {};
  if (error == std::errc::result_out_of_range) {
    long double wide = 0;  // has the exponents to tell what overflows (to infinity) from what underflows (to 0)
    const auto again = std::from_chars(text.data(), last, wide);
    if (again.ec != std::errc()) return {};
    value = static_cast<double>(wide);
  }
  return value;
}

/// A number without the signs between its thousands; as it stands where they are not where they belong.
std::string without_thousands(std::string_view cell, char sign) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::size_t begin = cell.find_first_not_of("+-"), first = cell.find(sign);
  if (begin == cell.npos || first == cell.npos || first <= begin || first > begin + 3) return std::string(cell);
  std::string out(cell.substr(0, first));
  std::size_t at = first;
  for (; at < cell.size() && cell[at] == sign; at += 4) {
    const std::string_view group = cell.substr(at + 1, 3);
    if (group.size() < 3 || !std::all_of(group.begin(), group.end(), is_digit)) return std::string(cell);
    out += group;
  }
  const bool ends = at == cell.size() || !is_digit(cell[at]);
  return ends ? out.append(cell.substr(at)) : std::string(cell);
}

Column column_of(Cells cells, const std::set<std::string, std::less<>>& missing, const CsvOptions& options) {
  std::vector<std::int64_t> whole;
  std::vector<double> reals;
  bool all_whole = !cells.empty();
  for (const std::string& raw : cells) {
    std::string_view cell = trimmed(raw);
    if (missing.contains(cell)) {
      all_whole = false;
      reals.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    std::string grouped;
    if (options.thousands != '\0') cell = grouped = without_thousands(cell, options.thousands);
    if (all_whole) {
      const auto value = integer(cell);
      if (value) whole.push_back(*value);
      else all_whole = false;
    }
    const auto value = real(cell, options.decimal);
    if (!value) return Column(std::move(cells));
    reals.push_back(*value);
  }
  return all_whole ? Column(Array::copy_of(whole)) : Column(Array::copy_of(reals));
}

// ---- tables ------------------------------------------------------------------------------------------------------

void check_delimiter(std::string_view op, char delimiter, char decimal) {
  if (delimiter == '"' || delimiter == '\n' || delimiter == '\r' || delimiter == decimal)
    fail<ValueError>(op, fmt::format("delimiter: got {:?}; expected none of a quote, a line break and the decimal sign",
                                     std::string(1, delimiter)));
  if (decimal != '.' && decimal != ',')
    fail<ValueError>(op, fmt::format("decimal: got '{}'; expected '.' or ','", decimal));
}

void check_options(std::string_view op, const CsvOptions& o) {
  check_delimiter(op, o.delimiter, o.decimal);
  const auto taken = [&](char c) {
    return c != '\0' && (c == '"' || c == '\n' || c == '\r' || c == o.decimal || (c >= '0' && c <= '9'));
  };
  if (taken(o.thousands) || o.thousands == '-' || o.thousands == '+')
    fail<ValueError>(op, fmt::format("thousands: got {:?}; expected no sign that numbers have already",
                                     std::string(1, o.thousands)));
  if (o.comment != '\0' && (taken(o.comment) || o.comment == o.delimiter))
    fail<ValueError>(op, fmt::format("comment: got {:?}; expected none of a quote, a line break, a digit, the decimal "
                                     "sign and the delimiter",
                                     std::string(1, o.comment)));
}

void check_utf8(std::string_view text, const Fail& fail) {
  const std::size_t at = detail::valid_utf8(text);
  if (at == text.size()) return;
  fail(fmt::format(
      "line {}: not UTF-8: got the byte 0x{:02X}; expected UTF-8 (iconv -f LATIN1 -t UTF-8 converts what is "
      "Latin-1)",
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'),
      static_cast<unsigned char>(text[at])));
}

/// Names for every column, each once.
Cells completed(Cells names) {
  std::set<std::string> used;
  for (std::size_t k = 0; k < names.size(); ++k) {
    std::string& name = names[k];
    if (trimmed(name).empty()) name = fmt::format("x{}", k);
    const std::string base = name;
    for (int n = 1; !used.insert(name).second; ++n) name = fmt::format("{}.{}", base, n);
  }
  return names;
}

CsvTable parsed(std::string_view text, const CsvOptions& options, const Fail& fail) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    fail("not UTF-8: got a byte order mark of UTF-16; expected UTF-8 (iconv -f UTF-16 -t UTF-8 converts it)");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.find('\0') != std::string_view::npos) fail("not text: got a null byte; expected UTF-8");
  check_utf8(text, fail);

  const bool guess = options.delimiter == '\0';
  Records records(text, guess ? guessed_delimiter(text, options.comment) : options.delimiter, options.comment, fail);
  Cells cells;
  if (!records.next(cells)) fail("empty: got no lines; expected at least one");
  const std::size_t width = cells.size();
  Cells names = options.header ? cells : Cells(width);
  std::vector<Cells> columns(width);
  bool more = options.header ? records.next(cells) : true;
  for (; more; more = records.next(cells)) {
    if (cells.size() != width)
      fail(
          fmt::format("line {}: got {} cells; expected {}, as in the first line", records.line(), cells.size(), width));
    for (std::size_t k = 0; k < width; ++k) columns[k].push_back(std::move(cells[k]));
  }
  const std::set<std::string, std::less<>> missing(options.missing.begin(), options.missing.end());
  std::vector<Column> out;
  for (Cells& column : columns) out.push_back(column_of(std::move(column), missing, options));
  return {completed(std::move(names)), std::move(out)};
}

// ---- writing -----------------------------------------------------------------------------------------------------

void append(std::string& out, std::string_view cell, char delimiter) {
  const bool plain =
      cell.find_first_of("\"\n\r") == std::string_view::npos && cell.find(delimiter) == std::string_view::npos;
  if (plain) {
    out += cell;
    return;
  }
  out += '"';
  for (const char c : cell) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

/// The cells of a column as text.
Cells cells_of(const Column& column) {
  if (column.is_text()) return column.texts();
  Cells out;
  const Array& numbers = column.numbers().array();
  const auto add = [&]<class T>(std::span<const T> values) {
    for (const T v : values) out.push_back(v != v ? "" : fmt::format("{}", v));
    if constexpr (std::is_floating_point_v<T>)  // 5.0 is to remain a real number
      for (std::string& cell : out)
        if (cell.find_first_not_of("-0123456789") == std::string::npos && !cell.empty()) cell += ".0";
  };
  if (numbers.dtype() == float32) add(numbers.values<float>());
  else if (numbers.dtype() == float64) add(numbers.values<double>());
  else {
    const Array whole = numbers.to(int64);
    add(whole.values<std::int64_t>());
  }
  return out;
}

}  // namespace

CsvTable::CsvTable(std::vector<std::string> names, Columns columns)
    : names_(std::move(names)), columns_(std::move(columns)) {
  if (names_.size() != columns_.size())
    fail<ShapeError>("data::CsvTable",
                     fmt::format("names do not match the columns: got {} names, {} columns; expected as "
                                 "many",
                                 names_.size(), columns_.size()));
  std::set<std::string_view> used;
  for (const std::string& name : names_)
    if (!used.insert(name).second)
      fail<ValueError>("data::CsvTable",
                       fmt::format("two columns of one name: got '{}' twice; expected each once", name));
}

bool CsvTable::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

const Column& CsvTable::operator[](std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found == names_.end())
    fail<ValueError>("data::CsvTable",
                     fmt::format("no such column: got '{}'; expected one of {}", name, fmt::join(names_, ", ")));
  return columns_[static_cast<std::size_t>(found - names_.begin())];
}

Tensor CsvTable::matrix(const std::vector<std::string>& names, DType dtype) const {
  const auto width = static_cast<std::int64_t>(names.size());
  std::vector<Array> numbers;
  for (const std::string& name : names) numbers.push_back((*this)[name].numbers().array().to(dtype));
  Array out = Array::empty({rows(), width}, dtype);
  const std::size_t bytes = size_of(dtype);
  auto* to = static_cast<std::byte*>(out.mutable_raw());
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows()); ++i) {
    for (const Array& column : numbers) {
      std::copy_n(static_cast<const std::byte*>(column.raw()) + i * bytes, bytes, to);
      to += bytes;
    }
  }
  return out;
}

Tensor CsvTable::matrix(DType dtype) const {
  std::vector<std::string> numeric;
  for (std::size_t k = 0; k < names_.size(); ++k)
    if (!columns_[k].is_text()) numeric.push_back(names_[k]);
  return matrix(numeric, dtype);
}

CsvTable read_csv(const std::filesystem::path& file, const CsvOptions& options) {
  check_options("data::read_csv", options);
  ByteSource source("data::read_csv", file);
  constexpr std::size_t kPiece = 1 << 20;
  std::string text;
  for (std::size_t got = kPiece; got == kPiece;) {
    const std::size_t before = text.size();
    text.resize(before + kPiece);
    got = source.read(text.data() + before, kPiece);
    text.resize(before + got);
  }
  return parsed(text, options, [&](std::string_view what) { source.fail(what); });
}

CsvTable parse_csv(std::string_view text, const CsvOptions& options) {
  check_options("data::parse_csv", options);
  return parsed(text, options, [](std::string_view what) { fail<IoError>("data::parse_csv", what); });
}

void write_csv(const std::filesystem::path& file, const CsvTable& table, char delimiter) {
  check_delimiter("data::write_csv", delimiter, '.');
  if (delimiter == '\0') fail<ValueError>("data::write_csv", "delimiter: got none; expected a character");
  std::vector<Cells> columns;
  for (const Column& column : table.columns()) columns.push_back(cells_of(column));
  std::string text;
  const auto line = [&](auto cell) {
    const std::size_t begin = text.size();
    for (std::size_t k = 0; k < columns.size(); ++k) {
      if (k > 0) text += delimiter;
      append(text, cell(k), delimiter);
    }
    if (text.size() == begin) text += "\"\"";  // a blank line would be passed over
    text += '\n';
  };
  line([&](std::size_t k) -> const std::string& { return table.names()[k]; });
  for (std::size_t i = 0; i < static_cast<std::size_t>(table.rows()); ++i)
    line([&](std::size_t k) -> const std::string& { return columns[k][i]; });

  atomic_write(file, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.close();
    if (!out)
      fail<IoError>("data::write_csv",
                    fmt::format("{}: cannot be written: {}", file.string(), std::generic_category().message(errno)));
  });
}

}  // namespace xgrad::data
