#pragma once
/// What lies in the folder of a run, read with suspicion.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "train/history.hpp"

namespace xgrad::train::detail {

struct PictureFile {
  std::string name, title, about;
  bool svg = true;
  std::string bytes;
};
using CsvRows = std::vector<std::vector<std::string>>;
struct TableFile {
  std::string name;
  CsvRows rows;            ///< the first holds the names of the columns
  std::size_t passed = 0;  ///< rows that are not among these
};
struct TextFile {
  std::string name, text;
};
struct CheckpointFile {
  std::string name;
  std::uintmax_t bytes;
};

/// Names are without extensions, in the order in which they are shown.
struct RunFiles {
  std::vector<PictureFile> pictures;
  std::vector<TableFile> tables;
  std::vector<TextFile> texts;
  std::vector<CheckpointFile> checkpoints;
  std::optional<History> history;
  std::vector<std::string> problems;  ///< what could not be read, and why

  const TableFile* table(std::string_view name) const;
  const TextFile* text(std::string_view name) const;
};

/// IoError where the folder cannot be read. `page` is passed over.
RunFiles read_run(const std::filesystem::path& folder, const std::string& page);
/// One of its pictures. IoError where it cannot be read or is none.
PictureFile read_picture(const std::filesystem::path& file);

/// The cells of a CSV text (RFC 4180, with lines of any length), the first `most` rows; the others are counted.
CsvRows csv_rows(std::string_view text, std::size_t most, std::size_t& passed);

}  // namespace xgrad::train::detail
