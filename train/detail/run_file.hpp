#pragma once
/// A Run in a file.

#include <vector>

#include "data/formats/hdf5.hpp"
#include "train/run.hpp"

namespace xgrad::train::detail {

/// All of a run; `state` is the model's state_dict.
void write_run(data::Hdf5Writer& out, const Run& run, const nn::StateDict& state);

/// The parameters of the optimiser under the names it has for them.
nn::StateDict parameters_of(const optim::Optimizer& optimizer);

void write_generator(data::Hdf5Writer& out, const std::string& path, const Generator& generator);
Generator read_generator(const data::Hdf5Reader& in, const std::string& path);

/// A run as a file has it, read and checked as far as can be without changing anything.
class LoadedRun {
 public:
  /// Throws IoError where the file does not fit the run.
  LoadedRun(const data::Hdf5Reader& in, const Run& run);
  /// Puts everything in place; after an exception all is as it was.
  void put(Run& run) const;

  const History& history() const noexcept { return history_; }
  std::int64_t epoch() const noexcept { return epoch_; }
  std::int64_t step() const noexcept { return step_; }
  const Generator& default_generator() const noexcept { return default_; }

 private:
  void read_states(const data::Hdf5Reader& in, const Run& run);
  void read_flags(const data::Hdf5Reader& in, const Run& run);

  std::string file_;
  nn::StateDict model_;
  std::vector<std::pair<optim::Stateful*, optim::State>> states_;  ///< in the order in which they are loaded
  std::vector<std::pair<Tensor, Tensor>> outside_;  ///< parameters of the optimiser's that are not the model's
  std::vector<bool> training_, trainable_;          ///< of every module, of every parameter
  std::vector<std::pair<Generator*, Generator>> generators_;
  Generator default_;
  History history_;
  std::int64_t epoch_ = 0, step_ = 0;
};

}  // namespace xgrad::train::detail
