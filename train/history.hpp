#pragma once
/// History: what a training run has measured, epoch by epoch.

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xgrad::data {
class Hdf5Reader;
class Hdf5Writer;
}  // namespace xgrad::data

namespace xgrad::train {

/// Named numbers in the order they came: the loss and metrics of an epoch, the result of `evaluate`.
class Logs {
 public:
  using Entry = std::pair<std::string, double>;
  Logs() = default;
  Logs(std::initializer_list<Entry> entries) : entries_(entries) {}

  /// Null where there is none of that name.
  const double* find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// ValueError, listing the names there are, where there is none.
  double operator[](std::string_view name) const;
  /// Adds or replaces.
  void set(std::string_view name, double value);
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  auto begin() const noexcept { return entries_.begin(); }
  auto end() const noexcept { return entries_.end(); }

 private:
  std::vector<Entry> entries_;
};

/// Values by name and epoch, with Keras' names: loss, accuracy, val_loss, val_accuracy, learning_rate. Epochs count
/// from 0. A series has a value for every epoch in which it was measured: with `validation_freq = 2` val_loss has half
/// as many as loss (Keras' lists are the same), and `epochs("val_loss")` tells which.
class History {
 public:
  std::vector<std::int64_t> epoch;    ///< the epochs recorded, in order
  std::vector<double> seconds;        ///< how long each took, validation included; not part of the series
  bool interrupted = false;           ///< ended by Ctrl-C
  std::string stopped;                ///< why training ended before the last epoch; empty where it did not
  std::vector<std::string> warnings;  ///< what callbacks found worth saying

  /// The series of that name; ValueError, listing the names there are, where there is none.
  const std::vector<double>& operator[](std::string_view name) const;
  const std::vector<std::int64_t>& epochs(std::string_view name) const;
  bool contains(std::string_view name) const noexcept;
  std::vector<std::string> names() const;
  /// Adds what was measured in an epoch, or replaces it where that epoch is the last one recorded. ValueError for an
  /// epoch before the last.
  void record(std::int64_t number, const Logs& logs);

  /// A row for each epoch: epoch, every series, seconds. Nothing where a value is missing.
  std::string csv() const;
  /// {"epoch": [0, 1], "loss": [0.5, 0.25], ..., "seconds": [...]}; null for what is not finite, and where a series has
  /// no value for an epoch.
  std::string json() const;
  /// The same into a file, which is replaced as a whole (IoError).
  void write_csv(const std::filesystem::path& file) const;
  void write_json(const std::filesystem::path& file) const;

  /// Whether epochs and series agree, times and messages apart: value by value, NaN equal to NaN.
  bool same_values(const History& other) const;

 private:
  struct Series {
    std::string name;
    std::vector<std::int64_t> epochs;
    std::vector<double> values;
  };
  const Series& series(std::string_view name) const;
  std::vector<Series> series_;

  friend void write_history(data::Hdf5Writer& out, const History& history);
  friend History read_history(const data::Hdf5Reader& in);
};

/// Into the group /history of a file (docs/checkpoint-format.md), and back; a file without one gives an empty History.
void write_history(data::Hdf5Writer& out, const History& history);
History read_history(const data::Hdf5Reader& in);
/// The history in a checkpoint. Throws IoError as `load` does.
History load_history(const std::filesystem::path& checkpoint);

}  // namespace xgrad::train
