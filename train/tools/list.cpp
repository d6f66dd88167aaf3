// xgrad-checkpoint list, history, verify, convert.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/formats/sealed.hpp"
#include "tensor/error.hpp"
#include "train/history.hpp"
#include "train/tools/commands.hpp"
#include "train/tools/contents.hpp"

namespace xgrad::train::tools {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestValue = 100;  // characters of an attribute shown

Json json_of(const data::Attribute& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

std::string dump(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

/// A value on one line.
std::string shown(const data::Attribute& value) {
  std::string text = dump(json_of(value));
  if (text.size() > kLongestValue) text = text.substr(0, kLongestValue) + "...";
  return text;
}

std::string kind_of(const Entry& e) {
  return e.dtype ? std::string(name_of(*e.dtype)) : e.text ? "text" : "unreadable";
}

/// The group that a path lies in, right below the root: "/model".
std::string group_of(const std::string& path) { return path.substr(0, path.find('/', 1)); }

void print_group(const std::string& group, const std::vector<const Entry*>& entries) {
  std::size_t widest = 0;
  std::int64_t elements = 0, bytes = 0;
  for (const Entry* e : entries) {
    widest = std::max(widest, e->path.size());
    elements += e->dtype ? e->shape.numel() : 0;
    bytes += e->bytes();
  }
  fmt::print("{}: {} dataset{}, {} elements, {} bytes\n", printable(group), entries.size(),
             entries.size() == 1 ? "" : "s", elements, bytes);
  const std::size_t skip = std::min(group.size() + 1, widest);
  for (const Entry* e : entries) {
    const std::string name = e->path.size() > skip ? e->path.substr(skip) : e->path;
    fmt::print("  {:<{}}  {:<7}  {:<16}  {:>12}\n", printable(name), widest - skip, kind_of(*e),
               e->dtype ? e->shape.str() : "", e->bytes());
  }
}

void print_json(const fs::path& file, const Contents& contents) {
  Json out{{"file", file.string()}, {"datasets", Json::array()}, {"attributes", Json::object()}};
  for (const Entry& e : contents.entries())
    out["datasets"].push_back({{"path", e.path},
                               {"dtype", kind_of(e)},
                               {"shape", std::vector<std::int64_t>(e.shape.begin(), e.shape.end())},
                               {"bytes", e.bytes()}});
  for (const auto& [path, values] : contents.attributes())
    for (const auto& [name, value] : values) out["attributes"][path][name] = json_of(value);
  fmt::print("{}\n", dump(out, 1));
}

/// A cell of the history: nothing where no value was measured.
struct Cells {
  std::vector<std::string> heads;
  std::map<std::int64_t, std::map<std::size_t, std::string>> rows;
};

Cells cells_of(const History& history) {
  Cells cells;
  cells.heads.push_back("epoch");
  for (const std::int64_t e : history.epoch) cells.rows[e][0] = std::to_string(e);
  for (const std::string& name : history.names()) {
    const auto& epochs = history.epochs(name);
    const auto& values = history[name];
    for (std::size_t i = 0; i < values.size(); ++i)
      cells.rows[epochs[i]][cells.heads.size()] = fmt::format("{:.6g}", values[i]);
    cells.heads.push_back(name);
  }
  for (std::size_t i = 0; i < history.seconds.size() && i < history.epoch.size(); ++i)
    cells.rows[history.epoch[i]][cells.heads.size()] = fmt::format("{:.2f}", history.seconds[i]);
  cells.heads.push_back("seconds");
  return cells;
}

void print_table(Cells cells) {
  std::vector<std::size_t> widths;
  for (std::size_t k = 0; k < cells.heads.size(); ++k) {
    widths.push_back(cells.heads[k].size());
    for (auto& row : cells.rows) widths[k] = std::max(widths[k], row.second[k].size());
  }
  const auto print_row = [&](const auto& cell) {
    std::string line;
    for (std::size_t k = 0; k < widths.size(); ++k) line += fmt::format("{}{:>{}}", k ? "  " : "", cell(k), widths[k]);
    fmt::print("{}\n", line);
  };
  print_row([&](std::size_t k) { return cells.heads[k]; });
  for (auto& row : cells.rows) print_row([&](std::size_t k) { return row.second[k]; });
}

}  // namespace

int list(const fs::path& file, const ListOptions& options) {
  const auto contents = open_any(file);
  if (options.json) {
    print_json(file, *contents);
    return kWell;
  }
  fmt::print("{}: {} bytes\n", file.string(), fs::file_size(file));
  for (const auto& [path, values] : contents->attributes())
    for (const auto& [name, value] : values)
      fmt::print("  {}@{} = {}\n", path == "/" ? "" : printable(path), printable(name), shown(value));
  std::map<std::string, std::vector<const Entry*>> groups;
  for (const Entry& e : contents->entries()) groups[group_of(e.path)].push_back(&e);
  for (const auto& [group, entries] : groups) print_group(group, entries);
  return kWell;
}

int history(const fs::path& file, const HistoryOptions& options) {
  const History history = load_history(file);
  if (history.epoch.empty()) fail<IoError>("xgrad-checkpoint", file.string() + ": holds no history");
  if (options.csv) fmt::print("{}", history.csv());
  else if (options.json) fmt::print("{}\n", history.json());
  else print_table(cells_of(history));
  return kWell;
}

int verify(const std::vector<fs::path>& files, bool quiet) {
  int code = kWell;
  for (const fs::path& file : files) {
    std::string what = "whole";
    if (data::check_seal(file) != data::Seal::whole) {
      code = kDifferent;
      try {
        open_checkpoint(file);
      } catch (const IoError& error) {  // says what is wrong, with sizes
        what = error.what();
        if (const auto at = what.find(file.string() + ": "); at != what.npos)
          what.erase(0, at + file.string().size() + 2);
      }
    }
    if (!quiet) fmt::print("{}: {}\n", file.string(), what);
  }
  return code;
}

int convert(const fs::path& from, const fs::path& to, const ConvertOptions& options) {
  const std::string name = to.filename().string();
  const Format* chosen = nullptr;
  for (const Format& f : formats()) {
    if (options.format.empty() ? !name.ends_with(f.extension) : f.name != options.format) continue;
    if (!chosen || f.extension.size() > chosen->extension.size()) chosen = &f;
  }
  if (!chosen)
    fail<ValueError>("xgrad-checkpoint",
                     fmt::format("{}: its extension is that of no format; choose one with --to", to.string()));
  const std::unique_ptr<Contents> contents = open_any(from);
  if (contents->model().empty()) fail<IoError>("xgrad-checkpoint", from.string() + ": holds no weights");
  WriteOptions write;
  if (!options.input_shape.empty()) write.input_shape = Shape(options.input_shape);
  chosen->write(to, *contents, write);
  return kWell;
}

}  // namespace xgrad::train::tools
