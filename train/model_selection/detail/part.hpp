#pragma once
/// Parts of a data set by number, without copying it.

#include <cstdint>
#include <memory>
#include <vector>

#include "data/dataset.hpp"

namespace xgrad::train::detail {

/// The examples with these numbers, in this order, of a data set that must outlive it; several inputs and targets stay.
std::unique_ptr<data::Dataset> pick(const data::Dataset& whole, std::vector<std::int64_t> indices);

/// The targets of all examples, (N, ...); of several targets the first.
Tensor targets_of(const data::Dataset& data);

/// A hash of all inputs and targets, their shapes and dtypes.
std::uint64_t hash_of(const data::Dataset& data);

}  // namespace xgrad::train::detail
