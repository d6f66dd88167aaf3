#include "train/detail/run_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tensor/error.hpp"
#include "train/pictures/detail/text.hpp"
#include "train/pictures/detail/theme.hpp"

namespace xgrad::train::detail {
namespace {

namespace fs = std::filesystem;
constexpr std::uintmax_t kMostBytes = 20'000'000;
constexpr std::size_t kMostRows = 500, kMostCells = 60;

std::string content(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) fail<IoError>("train::report", error.message());
  if (size > kMostBytes)
    fail<IoError>("train::report", fmt::format("{} bytes are more than the {} that are shown", size, kMostBytes));
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) fail<IoError>("train::report", "cannot be read");
  return text;
}

/// The rest of the line that begins so.
std::string line_after(const std::string& text, const std::string& head) {
  const std::size_t at = text.rfind(head, 0) == 0 ? 0 : text.find("\n" + head);
  if (at == text.npos) return "";
  const std::size_t begin = text.find(head, at) + head.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

/// "first_layer" as "First layer".
std::string for_people(std::string name) {
  for (char& c : name)
    if (c == '_' || c == '-') c = ' ';
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

History history_of(const CsvRows& rows) {
  History history;
  if (rows.empty() || rows[0].empty() || rows[0][0] != "epoch")
    fail<ValueError>("train::report", "the first column is not \"epoch\"");
  for (std::size_t r = 1; r < rows.size(); ++r) {
    Logs logs;
    double seconds = 0;
    for (std::size_t c = 1; c < std::min(rows[r].size(), rows[0].size()); ++c) {
      const std::string& cell = rows[r][c];
      char* end = nullptr;
      const double value = std::strtod(cell.c_str(), &end);
      if (cell.empty() || *end != '\0') continue;
      if (rows[0][c] == "seconds") seconds = value;
      else logs.set(rows[0][c], value);
    }
    char* end = nullptr;
    const long long epoch = std::strtoll(rows[r][0].c_str(), &end, 10);
    if (rows[r][0].empty() || *end != '\0')
      fail<ValueError>("train::report", fmt::format("row {} has no number of an epoch", r));
    history.record(epoch, logs);
    history.seconds.back() = seconds;
  }
  return history;
}

History history_of_json(const std::string& text) {
  const nlohmann::json all = nlohmann::json::parse(text);
  CsvRows rows{{"epoch"}};
  for (const auto& number : all.at("epoch")) rows.push_back({std::to_string(number.get<std::int64_t>())});
  for (const auto& [name, values] : all.items()) {
    if (name == "epoch" || !values.is_array()) continue;
    rows[0].push_back(name);
    for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
      const bool there = i < values.size() && values[i].is_number();
      rows[i + 1].push_back(there ? fmt::format("{}", values[i].get<double>()) : "");
    }
  }
  return history_of(rows);
}

/// First what shows the training, then what it was made of, then the others by name.
int rank_of(const std::string& name) {
  int rank = 0;
  for (const char* head :
       {"curve", "learning", "loss", "history", "runs", "confusion", "gradient", "input", "weight", "first_layer"}) {
    if (name.rfind(head, 0) == 0) return rank;
    ++rank;
  }
  return rank;
}

/// Runs f, and where it throws notes why.
template <class F>
void noting(RunFiles& run, const fs::path& file, F f) {
  try {
    f();
  } catch (const std::exception& e) {
    run.problems.push_back(file.filename().string() + ": " + e.what());
  }
}

struct Entries {
  std::vector<fs::path> pictures, tables, texts, checkpoints;
  std::set<std::string> scripts;  ///< stems
};

Entries entries_of(const fs::path& folder, const std::string& page) {
  Entries entries;
  std::error_code error;
  fs::directory_iterator files(folder, error);
  if (error) fail<IoError>("train::report", fmt::format("{}: {}", folder.string(), error.message()));
  std::vector<fs::path> all;
  for (const auto& entry : files)
    if (entry.is_regular_file(error)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  for (const fs::path& file : all) {
    const std::string name = file.filename().string(), extension = file.extension().string();
    if (name == page || name.empty() || name[0] == '.') continue;
    if (extension == ".svg" || extension == ".png") entries.pictures.push_back(file);
    else if (extension == ".csv" || extension == ".json") entries.tables.push_back(file);
    else if (extension == ".txt") entries.texts.push_back(file);
    else if (extension == ".h5" || extension == ".hdf5") entries.checkpoints.push_back(file);
    else if (extension == ".gp") entries.scripts.insert(file.stem().string());
  }
  return entries;
}

bool is_data_of_picture(const Entries& entries, const std::string& stem) {
  const std::size_t dot = stem.find('.');
  if (dot == stem.npos) return false;
  for (std::size_t at = dot; at != stem.npos; at = stem.find('.', at + 1))
    if (entries.scripts.count(stem.substr(0, at))) return true;
  return false;
}

void read_pictures(RunFiles& run, const Entries& entries) {
  std::set<std::string> drawn;  // .svg comes behind .png of the same name
  for (auto file = entries.pictures.rbegin(); file != entries.pictures.rend(); ++file) {
    if (!drawn.insert(file->stem().string()).second) continue;
    noting(run, *file, [&] { run.pictures.push_back(read_picture(*file)); });
  }
  std::sort(run.pictures.begin(), run.pictures.end(), [](const PictureFile& a, const PictureFile& b) {
    return std::pair(rank_of(a.name), a.name) < std::pair(rank_of(b.name), b.name);
  });
}

void read_tables(RunFiles& run, const Entries& entries) {
  for (const fs::path& file : entries.tables) {
    const std::string stem = file.stem().string();
    if (file.extension() == ".json") {
      if (stem == "history" && !run.history) noting(run, file, [&] { run.history = history_of_json(content(file)); });
      continue;
    }
    if (is_data_of_picture(entries, stem)) continue;
    noting(run, file, [&] {
      TableFile table{stem, {}, 0};
      const std::string text = content(file);
      if (stem == "history") {
        run.history = history_of(csv_rows(text, 1'000'000, table.passed));
        return;
      }
      table.rows = csv_rows(text, kMostRows + 1, table.passed);
      if (!table.rows.empty()) run.tables.push_back(std::move(table));
    });
  }
}

void read_checkpoints(RunFiles& run, const Entries& entries) {
  std::vector<std::pair<fs::file_time_type, fs::path>> by_age;
  for (const fs::path& file : entries.checkpoints) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(file, error);
    run.checkpoints.push_back({file.filename().string(), error ? 0 : size});
    by_age.emplace_back(fs::last_write_time(file, error), file);
  }
  std::sort(by_age.rbegin(), by_age.rend());
  for (const auto& [time, file] : by_age) {
    if (run.history) return;
    const fs::path& path = file;
    noting(run, path, [&] {
      History found = load_history(path);
      if (!found.epoch.empty()) run.history = std::move(found);
    });
  }
}

}  // namespace

CsvRows csv_rows(std::string_view text, std::size_t most, std::size_t& passed) {
  if (text.rfind("\xEF\xBB\xBF", 0) == 0) text.remove_prefix(3);
  CsvRows rows;
  std::vector<std::string> row;
  std::string cell;
  bool quoted = false, any = false;
  passed = 0;
  const auto end_cell = [&] {
    if (row.size() < kMostCells) row.push_back(plot::detail::shown(cell.substr(0, 400)));
    cell.clear();
  };
  const auto end_row = [&] {
    if (!any) return;
    end_cell();
    if (rows.size() < most) rows.push_back(std::move(row));
    else ++passed;
    row.clear();
    any = false;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c != '"') cell += c;
      else if (i + 1 < text.size() && text[i + 1] == '"') cell += text[++i];
      else quoted = false;
    } else if (c == '"' && cell.empty()) {
      quoted = any = true;
    } else if (c == ',') {
      any = true;
      end_cell();
    } else if (c == '\n' || c == '\r') {
      end_row();
    } else {
      cell += c;
      any = true;
    }
  }
  end_row();
  return rows;
}

PictureFile read_picture(const fs::path& file) {
  PictureFile picture{file.stem().string(), {}, {}, file.extension() == ".svg", content(file)};
  const bool good =
      picture.svg ? picture.bytes.find("<svg") != picture.bytes.npos : picture.bytes.rfind("\x89PNG\r\n\x1a\n", 0) == 0;
  if (!good) fail<IoError>("train::report", "is no picture of that kind");
  const fs::path script = fs::path(file).replace_extension(".gp"), text = fs::path(file).replace_extension(".txt");
  std::error_code error;
  if (fs::is_regular_file(script, error)) {
    const std::string lines = content(script);
    picture.title = plot::detail::shown(line_after(lines, "# title: "));
    picture.about = plot::detail::shown(line_after(lines, "# about: "));
  } else if (fs::is_regular_file(text, error)) {
    picture.about = plot::detail::shown(content(text).substr(0, 2000));
  }
  if (picture.title.empty()) picture.title = plot::detail::shown(for_people(picture.name));
  // drawn by hand again, it knows no dark yet
  if (picture.svg && picture.bytes.find("GNUPLOT") != picture.bytes.npos)
    picture.bytes = plot::detail::finished_svg(std::move(picture.bytes), picture.title, picture.about);
  return picture;
}

const TableFile* RunFiles::table(std::string_view name) const {
  for (const TableFile& t : tables)
    if (t.name == name) return &t;
  return nullptr;
}

const TextFile* RunFiles::text(std::string_view name) const {
  for (const TextFile& t : texts)
    if (t.name == name) return &t;
  return nullptr;
}

RunFiles read_run(const fs::path& folder, const std::string& page) {
  const Entries entries = entries_of(folder, page);
  RunFiles run;
  read_pictures(run, entries);
  read_tables(run, entries);
  for (const fs::path& file : entries.texts) {
    const std::string stem = file.stem().string();
    const bool caption =
        std::any_of(run.pictures.begin(), run.pictures.end(), [&](const PictureFile& p) { return p.name == stem; });
    if (caption) continue;
    noting(run, file, [&] { run.texts.push_back({stem, plot::detail::shown_lines(content(file))}); });
  }
  read_checkpoints(run, entries);
  return run;
}

}  // namespace xgrad::train::detail
