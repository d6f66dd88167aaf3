#include "train/callbacks/files.hpp"

#include <fmt/args.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

CSVLogger::CSVLogger(std::filesystem::path file, CSVLoggerOptions options)
    : file_(std::move(file)), options_(options) {}

void CSVLogger::on_train_begin(Training&) {
  std::error_code none;
  header_ = !options_.append || !std::filesystem::exists(file_, none) || std::filesystem::file_size(file_, none) == 0;
  keys_.clear();
  out_ = std::make_shared<std::ofstream>(file_, std::ios::binary | (options_.append ? std::ios::app : std::ios::trunc));
  if (!*out_) fail<IoError>("train::CSVLogger", file_.string() + ": cannot be opened for writing");
}

void CSVLogger::row(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    *out_ << (i > 0 ? std::string(1, options_.separator) : "") << quoted(cells[i], options_.separator);
  *out_ << "\r\n" << std::flush;
  if (!*out_) fail<IoError>("train::CSVLogger", file_.string() + ": cannot be written");
}

void CSVLogger::on_epoch_end(Training& training, Logs& logs) {
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
