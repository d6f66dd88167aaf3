#pragma once
/// Padding with a constant, and with what is there already.

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// before[k] and after[k] entries of `value` around axis k, one pair for each axis; negative ones cut entries off, at
/// most as many as there are.
Array pad(const Array& a, std::span<const std::int64_t> before, std::span<const std::int64_t> after, Scalar value);

/// y[i][j]... = x[maps[0][i]][maps[1][j]]...: one list of indices for each axis.
using IndexMaps = std::vector<std::vector<std::int64_t>>;
Array take_outer(const Array& x, const IndexMaps& maps);
/// Zeros of `shape`, with every element of g added where `take_outer` would have read it.
Array add_outer(const Array& g, const Shape& shape, const IndexMaps& maps);

}  // namespace xgrad::kernels
