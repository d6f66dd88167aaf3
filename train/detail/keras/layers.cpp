#include "train/detail/keras/layers.hpp"

#include <array>

namespace xgrad::train::keras::detail {
namespace {

std::array<std::span<const Row>, 3> tables() { return {trained_layers(), shape_layers(), activation_layers()}; }

}  // namespace

const Row* row_of(std::string_view keras) {
  for (const std::span<const Row> table : tables())
    for (const Row& row : table)
      if (row.keras == keras) return &row;
  return nullptr;
}

bool walk_module(nn::Module& m, Walk& w) {
  for (const std::span<const Row> table : tables())
    for (const Row& row : table)
      if (row.walk && row.walk(m, w)) return true;
  return false;
}

}  // namespace xgrad::train::keras::detail
