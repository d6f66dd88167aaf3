#pragma once
/// The checkpoints of `fit`.

#include <string>
#include <utility>
#include <vector>

#include "train/detail/feed.hpp"
#include "train/detail/measure.hpp"
#include "train/fit.hpp"
#include "train/run.hpp"

namespace xgrad::train::detail {

/// Where a run of `fit` stands, beside what a Run has.
struct Place {
  std::int64_t batch = 0;     ///< of the epoch, the next one; 0: the epoch has not begun
  std::int64_t gathered = 0;  ///< batches since the last step
  Generator loader;           ///< the loader's generator as it was when the epoch began
};

/// An option that must be as it was, as text.
using Option = std::pair<std::string, std::string>;
std::vector<Option> options_of(const FitOptions& options, const data::Dataset& data, const Training& training);

/// Saves and loads a run of `fit`.
class Checkpoints {
 public:
  Checkpoints(FitOptions& options, Training& training, Measures& measures, const data::Dataset& data);

  bool on() const noexcept { return !options_.resume.empty(); }
  /// Whether checkpoints may be written in the middle of an epoch: all metrics can be saved.
  bool anywhere() const noexcept { return anywhere_; }

  /// `epoch` is the next one, or the one under way.
  void write(std::int64_t epoch, const Place& place);
  /// Finds the file and puts model, optimiser, schedule, generators, history and counts in place, all or nothing. False
  /// where there is none.
  bool load();
  /// The same again, whatever callbacks have done as the training began, and then what callbacks and metrics had.
  /// Returns the place.
  Place finish();

 private:
  class File;

  Run run() const;
  void check(const data::Hdf5Reader& in) const;
  void read_stored(const data::Hdf5Reader& in, const Place& place);
  void read_gradients(File& file) const;

  FitOptions& options_;
  Training& training_;
  Measures& measures_;
  std::vector<Option> described_;
  bool anywhere_ = true;
  std::shared_ptr<File> file_;  ///< between `load` and `finish`
};

}  // namespace xgrad::train::detail
