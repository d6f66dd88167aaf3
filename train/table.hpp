#pragma once
/// Table: results row by row, to be printed, pasted into a document, and kept as CSV.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace xgrad::train {

/// A text, a whole number or a real one; made from any of them by itself.
class Cell {
 public:
  template <class T>
  requires std::integral<T> Cell(T number) : value_(static_cast<std::int64_t>(number)) {}
  template <class T>
  requires std::floating_point<T> Cell(T number) : value_(static_cast<double>(number)) {}
  Cell(std::string text) : value_(std::move(text)) {}
  Cell(const char* text) : value_(std::string(text)) {}

  const std::variant<std::string, std::int64_t, double>& value() const noexcept { return value_; }

 private:
  std::variant<std::string, std::int64_t, double> value_;
};

/// Named columns, filled row by row:
///
///     train::Table table({"optimiser", "epochs", "accuracy"});
///     table.row({"SGD", 30, 0.9262});
///     std::cout << table;
class Table {
 public:
  /// ValueError for no name, or one that comes twice.
  explicit Table(std::vector<std::string> names);

  /// Appends a row; returns itself. ValueError unless there is a cell for each name.
  Table& row(std::vector<Cell> cells);

  const std::vector<std::string>& names() const noexcept { return names_; }
  const std::vector<std::vector<Cell>>& rows() const noexcept { return rows_; }
  /// The numbers of one column, whole ones converted. ValueError for a name that is not there, and for texts.
  std::vector<double> column(std::string_view name) const;

  /// For a terminal: texts to the left, numbers to the right, reals with `digits` significant digits (1 to 17) where
  /// they are not whole; NaN as "-".
  std::string str(int digits = 5) const;
  /// The same for Markdown, "|" in texts escaped.
  std::string markdown(int digits = 5) const;
  friend std::ostream& operator<<(std::ostream& out, const Table& table);

  /// As `data::write_csv`: a line of names, every number in full, NaN as nothing. The file is replaced as a whole
  /// (IoError).
  void write_csv(const std::filesystem::path& file) const;

 private:
  std::size_t place_of(std::string_view name) const;

  std::vector<std::string> names_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace xgrad::train
