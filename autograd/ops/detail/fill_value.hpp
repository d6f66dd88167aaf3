#pragma once
/// A C++ number written among a tensor's elements.

#include <string_view>

#include "tensor/error.hpp"
#include "tensor/scalar.hpp"

namespace xgrad::detail {

/// Throws ValueError naming `op` for a number that integers or bools of dtype `t` cannot hold: 1.5, infinity, -1 in
/// uint8. Floating dtypes hold all, rounded.
void check_fill_value(std::string_view op, Scalar value, DType t);

}  // namespace xgrad::detail
