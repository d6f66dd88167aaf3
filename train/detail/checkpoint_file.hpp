#pragma once
/// The parts of a checkpoint that all kinds share: root attributes and /model.

#include <filesystem>

#include "data/formats/hdf5.hpp"
#include "nn/module.hpp"

namespace xgrad::train::detail {

/// ValueError for a member whose name cannot stand in a file.
void check_names(const nn::StateDict& state);
/// Root attributes and /model.
void write_model(data::Hdf5Writer& out, nn::Module& model, const nn::StateDict& state);

/// Opens a checkpoint, checks its seal, its format and that it holds a model; IoError.
data::Hdf5Reader open_checkpoint(const std::filesystem::path& file);
/// The model's state as the file has it, in the model's dtypes; IoError listing all that differs.
nn::StateDict read_model(const data::Hdf5Reader& in, const nn::StateDict& state);

}  // namespace xgrad::train::detail
