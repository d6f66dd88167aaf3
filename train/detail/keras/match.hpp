#pragma once
/// Which array of a file belongs to which weight of a model.

#include <string>
#include <vector>

#include "train/detail/keras/file.hpp"
#include "train/detail/keras/walk.hpp"

namespace xgrad::train::keras::detail {

struct Match {
  const Weight* weight;
  const Array* array;
};

/// All weights of the layers with their arrays; IoError, which lists everything in which file and model differ.
std::vector<Match> match(const std::string& op, const File& file, const std::vector<Layer>& layers);

/// Converts all arrays, then sets all weights.
void assign(const std::vector<Match>& matches);

}  // namespace xgrad::train::keras::detail
