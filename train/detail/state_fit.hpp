#pragma once
/// Whether what a file holds fits a model: the comparison behind every way of loading one.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nn/module.hpp"

namespace xgrad::train::detail {

/// A tensor in a file. One that a model could not hold anyhow (text) has no dtype.
struct StoredTensor {
  std::string name;
  std::optional<DType> dtype;
  Shape shape;
};

/// Throws the IoError "op: file: does not fit the model ...", with a line for each tensor that is missing in the file,
/// unknown to the model, or of another shape or kind of dtype. Floating dtypes convert into each other.
void require_fit(std::string_view op, const std::filesystem::path& file, const std::vector<StoredTensor>& stored,
                 const nn::StateDict& model);

}  // namespace xgrad::train::detail
