#pragma once
/// CSV files: tables as text, with a name for each column.
///
/// Read by RFC 4180 and what is found in the wild: cells may be quoted, and then hold separators, line breaks and, as
/// two, quotes; lines end in LF, CRLF or CR; a UTF-8 byte order mark, lines of blanks and a missing line break at the
/// end are no matter. A quote inside a cell that does not begin with one is a character as any other.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/column.hpp"

namespace xgrad::data {

/// Named columns of the same length.
class CsvTable {
 public:
  /// Throws ShapeError unless there is a name for each column and all are equally long, ValueError for a name that
  /// comes twice.
  CsvTable(std::vector<std::string> names, Columns columns);

  std::int64_t rows() const { return columns_.rows(); }
  const std::vector<std::string>& names() const noexcept { return names_; }
  const Columns& columns() const noexcept { return columns_; }
  bool has(std::string_view name) const;
  /// One column. Throws ValueError, listing the names, where there is none of that name.
  const Column& operator[](std::string_view name) const;
  /// Columns of numbers side by side, (rows, columns): those named, or all that hold numbers. Throws ValueError for a
  /// name that is not there, DTypeError for one that holds texts.
  Tensor matrix(const std::vector<std::string>& names, DType dtype = float32) const;
  Tensor matrix(DType dtype = float32) const;

 private:
  std::vector<std::string> names_;
  Columns columns_;
};

struct CsvOptions {
  char delimiter = ',';  ///< between cells; '\0': the one of , ; tab | that the first line has most of
  bool header = true;    ///< the first line names the columns; else they are called x0, x1, ...
  char decimal = '.';    ///< in numbers: '.' or ','
  /// Between the groups of three digits of a number ("1,234,567.5"), which may but need not have it; '\0': nothing.
  /// Where it is the delimiter too, such numbers stand in quotes.
  char thousands = '\0';
  char comment = '\0';  ///< lines that begin with it are passed over; '\0': none
  /// What stands for a missing number; pandas' list. "?" is one more that is met.
  std::vector<std::string> missing = {"",     "NA",     "N/A",     "n/a",     "#N/A",    "#N/A N/A", "#NA",
                                      "<NA>", "NaN",    "nan",     "-NaN",    "-nan",    "NULL",     "null",
                                      "None", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};
};

/// Reads a CSV file, plain or packed with gzip, in UTF-8.
///
/// A column becomes int64 where every cell is an integer that fits; float64 where every cell is a number or missing,
/// which is NaN then; texts otherwise, each cell as it stands. Blanks around numbers do not matter. A column without a
/// name is called x<number>, one whose name was there before gets ".1", ".2", ...
///
/// Throws IoError, naming file, line and reason, when the file is missing, empty, not UTF-8 text (null bytes, UTF-16,
/// Latin-1), when a line has more or fewer cells than the first (pandas fills up short lines), and for quotes that are
/// never closed or end in the middle of a cell. Throws ValueError for a delimiter that is a quote, a line break or the
/// decimal sign, and for signs of thousands and comments that mean something else already.
CsvTable read_csv(const std::filesystem::path& file, const CsvOptions& options = {});
/// The same for a text; its errors name the line.
CsvTable parse_csv(std::string_view text, const CsvOptions& options = {});

/// Writes a table, whole or not at all: a line of names, LF after each line, quotes where a cell needs them, numbers in
/// the shortest form that reads back as the same number, NaN as nothing. Throws IoError where the file cannot be
/// written, ValueError as `read_csv`.
void write_csv(const std::filesystem::path& file, const CsvTable& table, char delimiter = ',');

}  // namespace xgrad::data
