#pragma once
/// A model's weights in files of other programs: safetensors and NumPy's .npz.

#include <filesystem>
#include <map>
#include <string>

#include "nn/module.hpp"

namespace xgrad::train {

/// Writes parameters and buffers under their dotted names, in their own dtype, as `safetensors.torch.save_file` writes
/// a state_dict: PyTorch reads it with `load_file`. The file is replaced as a whole. `metadata` goes into it as text.
///
/// Throws ValueError for a name that is not UTF-8, IoError where the file cannot be written.
void save_safetensors(const std::filesystem::path& file, nn::Module& model,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}});
/// Reads such a file, PyTorch's too, into a module of the same structure, in place: optimisers stay bound. All or
/// nothing, with the comparison and the conversions of `load`: floating values (float16 and bfloat16 included) convert
/// to the dtype of the model's tensor, other dtypes must agree.
///
/// Throws IoError, naming the file, as `data::read_safetensors` does, and when it does not fit the model, with a line
/// for everything in which they differ; the model is then as it was.
void load_safetensors(const std::filesystem::path& file, nn::Module& model);

/// The same as a .npz file, an array for each parameter and buffer: `numpy.load(file)["out.weight"]`.
void save_npz(const std::filesystem::path& file, nn::Module& model);
void load_npz(const std::filesystem::path& file, nn::Module& model);

}  // namespace xgrad::train
