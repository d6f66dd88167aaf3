#pragma once
/// Rows of a matrix picked by index, and the gradient that goes back to them.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// The rows of weight [rows, dim] at `indices` (int64, in range), [..., dim]; zeros for index `skip` (-1: none).
Array embedding(const Array& weight, const Array& indices, std::int64_t skip);
/// Zeros [rows, dim] with g [..., dim] added up by index; nothing for index `skip`. Each row is summed in float64, in
/// the order of the indices.
Array embedding_backward(const Array& g, const Array& indices, std::int64_t rows, std::int64_t skip);

}  // namespace xgrad::kernels
