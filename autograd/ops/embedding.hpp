#pragma once
/// Rows of a table by index.

#include <cstdint>
#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

/// The rows of weight [rows, dim] at `indices`, of any shape [...]: [..., dim].
///
/// Indices are int64 (or uint8; DTypeError otherwise), 0 ... rows - 1 (IndexError otherwise). The gradient of a row is
/// the sum over the places that show it; that of row `padding_idx` is 0, though its values are used as they are (as in
/// PyTorch; negative counts from the end, ValueError outside the table).
Tensor embedding(const Tensor& indices, const Tensor& weight, std::optional<std::int64_t> padding_idx = {});

}  // namespace xgrad
