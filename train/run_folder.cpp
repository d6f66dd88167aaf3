#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "data/formats/atomic.hpp"
#include "tensor/config.hpp"
#include "tensor/error.hpp"
#include "train/report.hpp"

namespace xgrad::train {
namespace {

namespace fs = std::filesystem;
constexpr const char* kOp = "train::RunFolder";
using Rows = std::vector<std::vector<std::string>>;

void write_text(const fs::path& file, std::string_view text) {
  data::atomic_write(file, [&](const fs::path& temporary) {
    std::ofstream out(temporary, std::ios::binary);
    out << text;
    out.close();
    if (!out) fail<IoError>(kOp, file.string() + ": cannot be written");
  });
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == text.npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

void append_row(std::string& text, const std::vector<std::string>& cells) {
  for (std::size_t c = 0; c < cells.size(); ++c) text += (c ? "," : "") + csv_cell(cells[c]);
  text += '\n';
}

/// The name of a file below the folder, and nothing else.
void check_name(std::string_view name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != name.npos || name.find('\0') != name.npos)
    fail<ValueError>(kOp, fmt::format("got the name \"{}\"; expected that of a file without its folder", name));
}

/// What an option holds, as text.
std::string text_of(const Array& value) {
  const Tensor numbers = Tensor(value).to(float64);
  if (numbers.numel() > 8) return fmt::format("{} numbers", numbers.numel());
  return fmt::format("{}", fmt::join(numbers.values<double>(), ", "));
}

}  // namespace

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_, error))
    fail<IoError>(kOp, fmt::format("{}: the folder cannot be made: {}", folder_.string(),
                                   error ? error.message() : "there is a file of that name"));
  std::ostringstream versions;
  print_config(versions);
  write_text(folder_ / "versions.txt", versions.str());
}

void RunFolder::add(const nn::Summary& summary) { write_text(folder_ / "summary.txt", summary.str()); }
void RunFolder::add(const History& history) { history.write_csv(folder_ / "history.csv"); }

void RunFolder::add(const optim::Optimizer& optimizer) {
  std::string text = "option,value\n";
  append_row(text, {"optimizer", std::string(optimizer.name())});
  const optim::State state = optimizer.state_dict();
  for (const auto& [name, value] : state.entries) {
    if (name.rfind("group.", 0) != 0) continue;
    const std::string shown = optimizer.num_groups() == 1 ? name.substr(name.find('/') + 1) : name;
    append_row(text, {shown, text_of(value)});
  }
  write_text(folder_ / "optimizer.csv", text);
}

void RunFolder::add(const FitOptions& o) {
  const auto flag = [](bool on) { return std::string(on ? "yes" : "no"); };
  const auto maybe = [](const auto& value) { return value ? fmt::format("{}", *value) : std::string("none"); };
  const std::string validation = o.validation             ? fmt::format("{} examples", o.validation->size())
                                 : o.validation_split > 0 ? fmt::format("{} of the data", o.validation_split)
                                                          : "none";
  Rows rows{{"epochs", fmt::format("{}", o.epochs)},
            {"batch_size", fmt::format("{}", o.batch_size)},
            {"validation", validation},
            {"shuffle", flag(o.shuffle)},
            {"seed", maybe(o.seed)},
            {"schedule", o.schedule ? o.schedule_per == Per::batch ? "per batch" : "per epoch" : "none"},
            {"clip_norm", maybe(o.clip_norm)},
            {"clip_value", maybe(o.clip_value)},
            {"accumulate", fmt::format("{}", o.accumulate)},
            {"class_weight", o.class_weight.empty() ? "none" : fmt::format("{} classes", o.class_weight.size())},
            {"sample_weight", flag(o.sample_weight.defined())},
            {"initial_epoch", fmt::format("{}", o.initial_epoch)}};
  std::string text = "option,value\n";
  for (const auto& row : rows) append_row(text, row);
  write_text(folder_ / "fit.csv", text);
}

void RunFolder::add_text(std::string_view name, std::string_view text) {
  check_name(name);
  write_text(folder_ / (std::string(name) + ".txt"), text);
}

void RunFolder::add_table(std::string_view name, const std::vector<std::string>& columns, const Rows& rows) {
  check_name(name);
  std::string text;
  append_row(text, columns);
  for (const auto& row : rows) {
    if (row.size() != columns.size())
      fail<ShapeError>(
          kOp, fmt::format("table \"{}\": got a row of {} cells; expected {}", name, row.size(), columns.size()));
    append_row(text, row);
  }
  write_text(folder_ / (std::string(name) + ".csv"), text);
}

void RunFolder::set(std::string_view name, std::string_view value) {
  const auto found = std::find_if(settings_.begin(), settings_.end(), [&](const auto& s) { return s.first == name; });
  if (found != settings_.end()) found->second = value;
  else settings_.emplace_back(name, value);
  std::string text = "setting,value\n";
  for (const auto& [key, setting] : settings_) append_row(text, {key, setting});
  write_text(folder_ / "settings.csv", text);
}

void RunFolder::set(std::string_view name, double value) { set(name, fmt::format("{}", value)); }
void RunFolder::set(std::string_view name, std::int64_t value) { set(name, fmt::format("{}", value)); }
void RunFolder::set(std::string_view name, std::uint64_t value) { set(name, fmt::format("{}", value)); }
void RunFolder::set(std::string_view name, bool value) { set(name, value ? "yes" : "no"); }

}  // namespace xgrad::train
