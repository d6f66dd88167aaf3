#pragma once
/// Callbacks that write files: ModelCheckpoint, CSVLogger.

#include <filesystem>
#include <fstream>

#include "train/callbacks/monitor.hpp"

namespace xgrad::train {

struct ModelCheckpointOptions {
  std::string monitor = "val_loss";
  bool save_best_only = false;                         ///< only when `monitor` is better than ever before
  std::optional<Mode> mode = {};                       ///< by default by the name, see `mode_of`
  std::int64_t every = 1;                              ///< epochs between two looks
  std::optional<double> initial_value_threshold = {};  ///< better than this, too
};

/// Saves model and history (`train::load`, `train::load_history`) at the ends of epochs. The name may have
/// placeholders, as in Keras: "net-{epoch:02d}-{val_loss:.2f}.h5" has the number of the epoch, counted from 1, and
/// values of the logs. A file is replaced as a whole. ValueError for placeholders that do not fit.
class ModelCheckpoint : public Callback {
 public:
  explicit ModelCheckpoint(std::string file, ModelCheckpointOptions options = {});
  void on_epoch_end(Training& training, Logs& logs) override;
  void stored(Stored& s) override;
  /// The file written last; empty before.
  const std::filesystem::path& last_file() const noexcept { return last_file_; }
  std::optional<double> best() const noexcept { return best_; }

 private:
  std::string file_;
  ModelCheckpointOptions options_;
  Mode mode_;
  std::optional<double> best_;
  std::filesystem::path last_file_;
};

struct CSVLoggerOptions {
  char separator = ',';
  bool append = false;  ///< goes on with a file that exists, without a second header
};

/// A row for each epoch, in the format of Keras' CSVLogger: a header "epoch" and the sorted names of the first epoch's
/// values, followed, where none of them begins with "val_", by the same names with "val_"; epochs from 0; NA for what
/// is missing; lines end in CR LF; written out after each row. IoError where the file cannot be written.
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::filesystem::path file, CSVLoggerOptions options = {});
  void on_train_begin(Training& training) override;
  void on_epoch_end(Training& training, Logs& logs) override;
  void on_train_end(Training& training) override;
  void stored(Stored& s) override { s("keys", keys_)("bytes", bytes_); }

 private:
  void row(const std::vector<std::string>& cells);
  void cut();

  std::filesystem::path file_;
  CSVLoggerOptions options_;
  std::shared_ptr<std::ofstream> out_;
  std::vector<std::string> keys_;
  std::int64_t bytes_ = 0;  ///< of the file, after the last row
  bool header_ = true, cut_ = false;
};

}  // namespace xgrad::train
