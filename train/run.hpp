#pragma once
/// Run: a training of one's own in one file, to go on with.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "nn/module.hpp"
#include "optim/optimizer.hpp"
#include "tensor/random.hpp"
#include "train/history.hpp"

namespace xgrad::train {

/// What a training loop of one's own consists of. Saved and loaded as a whole, so that it goes on as if it had never
/// stopped:
///
///     data::DataLoader loader(digits.train, {.shuffle = true, .seed = 1});
///     train::Run run{.model = &net, .optimizer = &adam, .schedule = &schedule,
///                    .generators = {{"loader", &loader.generator()}}};
///     if (std::filesystem::exists("run.h5")) train::load("run.h5", run);
///     while (run.epoch < 10) {
///       for (const auto& [x, y] : loader) { ... ++run.step; }
///       ++run.epoch;
///       train::save("run.h5", run);
///     }
///
/// Save between epochs, where no loader is under way, and between steps, where no gradients are gathered. (`fit` saves
/// in the middle of epochs, too: `FitOptions::resume`.)
struct Run {
  nn::Module* model = nullptr;            ///< needed; with training modes and frozen parameters
  optim::Optimizer* optimizer = nullptr;  ///< with its options, and parameters that the model does not hold
  optim::Stateful* schedule = nullptr;    ///< optim::Schedule, optim::ReduceLROnPlateau
  std::map<std::string, optim::Stateful*> parts = {};  ///< anything else by name: an optim::MovingAverage
  std::map<std::string, Generator*> generators = {};   ///< beside the default one of this thread, which always is
  std::int64_t epoch = 0;                              ///< the next one
  std::int64_t step = 0;
  History history = {};
};

/// Writes a training checkpoint (docs/checkpoint-format.md), as a whole: it is the old file or the new one. `load` and
/// `load_model` read the model in it, `load_history` the history.
///
/// ValueError for a run without a model, and names that cannot stand in a file; IoError where it cannot be written.
void save(const std::filesystem::path& file, const Run& run);

/// Puts everything in place, or, with an error, nothing at all: IoError as `load` of a model has them, and where the
/// optimiser, the schedule, a part or a generator is not what was saved: of another type, for other parameters, missing
/// in the file or in the run.
void load(const std::filesystem::path& file, Run& run);

}  // namespace xgrad::train
