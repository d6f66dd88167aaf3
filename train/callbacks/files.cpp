#include "train/callbacks/files.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "optim/options.hpp"
#include "tensor/error.hpp"
#include "train/checkpoint.hpp"

namespace xgrad::train {
namespace {

std::string file_name(const std::string& pattern, std::int64_t epoch, const Logs& logs) {
  fmt::dynamic_format_arg_store<fmt::format_context> arguments;
  arguments.push_back(fmt::arg("epoch", epoch + 1));
  for (const auto& [name, value] : logs)
    if (name != "epoch") arguments.push_back(fmt::arg(name.c_str(), value));
  try {
    return fmt::vformat(pattern, arguments);
  } catch (const fmt::format_error& error) {
    std::string names = "epoch";
    for (const auto& entry : logs) names += ", " + entry.first;
    fail<ValueError>("train::ModelCheckpoint", fmt::format("the name \"{}\" cannot be filled in: {}; there are: {}",
                                                           pattern, error.what(), names));
  }
}

/// As Python's repr shows a float, which always has a point or an exponent.
std::string python_text(double value) {
  if (std::isnan(value)) return "nan";
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == text.npos) text += ".0";
  return text;
}

std::string quoted(const std::string& text, char separator) {
  if (text.find_first_of(std::string("\"\r\n") + separator) == text.npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(std::string file, ModelCheckpointOptions options)
    : file_(std::move(file)), options_(std::move(options)), mode_(options_.mode.value_or(mode_of(options_.monitor))),
      best_(options_.initial_value_threshold) {
  optim::check_option("train::ModelCheckpoint", "every", options_.every, 1, optim::kMost);
}

void ModelCheckpoint::on_epoch_end(Training& training, Logs& logs) {
  if ((training.epoch + 1) % options_.every != 0) return;
  if (options_.save_best_only) {
    const double* value = monitored(training, logs, options_.monitor, "ModelCheckpoint");
    if (!value || !improves(mode_, *value, best_)) return;
    best_ = *value;
  }
  last_file_ = file_name(file_, training.epoch, logs);
  save(last_file_, training.model, training.history);
}

void ModelCheckpoint::stored(Stored& s) {
  std::string file = last_file_.string();
  s("best", best_)("last_file", file);
  last_file_ = file;
}

CSVLogger::CSVLogger(std::filesystem::path file, CSVLoggerOptions options)
    : file_(std::move(file)), options_(options) {}

void CSVLogger::on_train_begin(Training& training) {
  const bool append = options_.append || training.resumed;
  std::error_code none;
  const auto size = std::filesystem::file_size(file_, none);
  bytes_ = append && !none ? static_cast<std::int64_t>(size) : 0;
  header_ = bytes_ == 0;
  cut_ = training.resumed;
  keys_.clear();
  out_ = std::make_shared<std::ofstream>(file_, std::ios::binary | (append ? std::ios::app : std::ios::trunc));
  if (!*out_) fail<IoError>("train::CSVLogger", file_.string() + ": cannot be opened for writing");
}

void CSVLogger::row(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += (i > 0 ? std::string(1, options_.separator) : "") + quoted(cells[i], options_.separator);
  *out_ << line << "\r\n" << std::flush;
  if (!*out_) fail<IoError>("train::CSVLogger", file_.string() + ": cannot be written");
  bytes_ += static_cast<std::int64_t>(line.size()) + 2;
}

/// The first time after a resume: rows from after the checkpoint will come again.
void CSVLogger::cut() {
  if (!std::exchange(cut_, false)) return;
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file_, error));
  if (!error && size > bytes_) std::filesystem::resize_file(file_, static_cast<std::uintmax_t>(bytes_), error);
  if (error) fail<IoError>("train::CSVLogger", file_.string() + ": cannot be cut back: " + error.message());
  bytes_ = std::min(size, bytes_);
  header_ = bytes_ == 0;
  if (header_) keys_.clear();
}

void CSVLogger::on_epoch_end(Training& training, Logs& logs) {
  cut();
  if (keys_.empty()) {
    for (const auto& entry : logs) keys_.push_back(entry.first);
    std::sort(keys_.begin(), keys_.end());
    const auto validated = [](const std::string& key) { return key.rfind("val_", 0) == 0; };
    if (std::none_of(keys_.begin(), keys_.end(), validated))
      for (std::size_t i = 0, n = keys_.size(); i < n; ++i) keys_.push_back("val_" + keys_[i]);
    std::vector<std::string> head{"epoch"};
    head.insert(head.end(), keys_.begin(), keys_.end());
    if (header_) row(head);
  }
  std::vector<std::string> cells{std::to_string(training.epoch)};
  for (const std::string& key : keys_) {
    const double* value = logs.find(key);
    cells.push_back(value ? python_text(*value) : "NA");
  }
  row(cells);
}

void CSVLogger::on_train_end(Training&) { out_.reset(); }

}  // namespace xgrad::train
