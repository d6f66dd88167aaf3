#pragma once
/// The journal of a search: a file to which each finished fit is appended, so that a search goes on where it ended,
/// however it ended. docs/model-selection.md describes the lines.

#include <filesystem>
#include <string>
#include <vector>

#include "train/model_selection/detail/runs.hpp"

namespace xgrad::train::detail {

class Journal {
 public:
  /// Opens the journal of a search, or begins one, and locks it as long as it lives. Reads what is in it: a last line
  /// that was cut short is removed, damaged ones are passed over with a warning. Throws IoError, and leaves the file as
  /// it is, where it is no journal, or one of another search, naming what differs; also where it is in use, and where
  /// the system does not let it be read or written.
  Journal(const std::filesystem::path& file, const Plan& plan, std::uint64_t data_hash);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// What was read: a Run for each fit, those done marked so.
  std::vector<Run> take_runs() { return std::move(runs_); }
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// Appends one fit, and has it on disk before it returns. IoError where that fails; the file is then as before.
  void append(std::size_t candidate, std::size_t fold, const Run& run);

 private:
  void read(const std::string& header);
  void read_line(std::string_view line, std::size_t number);
  void write(std::string_view text);
  std::string content() const;
  [[noreturn]] void fail_system(const char* what) const;

  std::filesystem::path file_;
  const Plan& plan_;
  int descriptor_ = -1;
  std::vector<Run> runs_;
  std::vector<std::string> warnings_;
};

}  // namespace xgrad::train::detail
