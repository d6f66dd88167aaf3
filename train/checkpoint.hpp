#pragma once
/// Checkpoints: a model's parameters and buffers in one HDF5 file, which any HDF5 tool can read.

#include <filesystem>
#include <memory>

#include "nn/module.hpp"
#include "train/history.hpp"

namespace xgrad::train {

/// The number of the file layout that `save` writes; `load` reads this one and all before.
inline constexpr int kCheckpointFormat = 1;

/// Writes the parameters and buffers of a module to a file: `/model/<dotted.name>`, one dataset each, in their own
/// dtype (docs/checkpoint-format.md). The file is replaced as a whole: whatever happens on the way, it is the old one
/// or the new one. The same model gives the same bytes. Values only: reads the tensors, changes nothing.
///
/// Throws ValueError for a member whose name cannot stand in a file (empty, with "/", used twice), IoError with file
/// name and reason where the file cannot be written.
void save(const std::filesystem::path& file, nn::Module& model);
/// The same with a history beside the model, for `load_history`.
void save(const std::filesystem::path& file, nn::Module& model, const History& history);

/// Reads a file that `save` wrote into a module of the same structure, in place: optimisers stay bound. All or nothing:
/// everything is read and checked before the first value is changed.
///
/// Floating values convert to the dtype of the model's tensor: float32 to float64 exactly; float64 to float32 by
/// rounding, and what lies beyond its range becomes infinite. Other dtypes must agree. What the file holds beside the
/// model (an optimiser's state, a history) is passed over.
///
/// Throws IoError naming the file when it is missing, truncated, damaged (its hash tells), not an xgrad checkpoint,
/// from a newer format version, or when it does not fit the model; then the text lists every parameter or buffer that
/// is missing in the file, unknown to the model, or of another shape or kind of dtype.
///
/// The hash finds accidents, not malice: someone who can write the file can also make its hash right. What such a file
/// does to the HDF5 library is an IoError too, since it sees the file in a process of its own (SECURITY.md); whether
/// the values are the right ones, nobody can tell.
void load(const std::filesystem::path& file, nn::Module& model);

/// Makes the model that a file holds, from the file alone: modules, values, dtypes, shared and frozen parameters, and
/// the mode, training or evaluation, that each module was saved in. For models of xgrad's own modules, such as a
/// Sequential of layers, Residuals and Sequentials.
///
///     std::unique_ptr<nn::Module> net = train::load_model("digits.h5");
///     net->eval();
///     Tensor y = (*net)(x);
///
/// Initialisers and hooks are not in files: `reset_parameters` draws from each layer's default. IoError as `load` has
/// them, and, naming the module, for one that is not built in or a function: make such a model, and `load` into it.
std::unique_ptr<nn::Module> load_model(const std::filesystem::path& file);

}  // namespace xgrad::train
