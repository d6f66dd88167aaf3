#pragma once
/// Diagonals and triangles of matrices that lie along two axes of an array; for every dtype.

#include <cstdint>

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Which diagonal: elements [i, i + offset] of axes `row` and `column`, which differ.
struct Diagonal {
  std::int64_t offset;  ///< any number: beyond the matrix the diagonal is empty
  int row, column;
  /// How many elements it has in an array of this shape.
  std::int64_t length(const Shape& shape) const;
};

/// The elements on the diagonal, as the last axis; the two axes go away.
Array diagonal(const Array& a, const Diagonal& which);
/// Zeros of `shape` with `part` written where `diagonal` would have read it.
Array diagonal_scatter(const Array& part, const Shape& shape, const Diagonal& which);

/// Elements [..., i, j] with j - i <= k (tril) or >= k (triu), 0 elsewhere; rank >= 2.
Array tril(const Array& a, std::int64_t k);
Array triu(const Array& a, std::int64_t k);

}  // namespace xgrad::kernels
