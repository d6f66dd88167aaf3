#pragma once
/// Order. Equal elements keep their order (every sort is stable), and NaN counts as larger than all numbers, as in
/// PyTorch: last ascending, first descending. Indices are int64 and without gradient; gradients of values go back to
/// where the values came from. Negative axes count from the end; axes out of range are IndexErrors.

#include "autograd/ops/reduction.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

/// The elements along an axis in ascending or descending order, and where each of them stood.
ValuesAndIndices sort(const Tensor& x, std::int64_t axis = -1, bool descending = false);
/// The indices alone: gather(x, axis, argsort(x, axis)) is sorted.
Tensor argsort(const Tensor& x, std::int64_t axis = -1, bool descending = false);

/// The k largest (or smallest) elements along an axis and their indices, best first or, not `sorted`, in the order in
/// which they stand; of equal ones the first. ValueError unless 0 <= k <= the axis' size. O(n + k log k) for each row.
ValuesAndIndices topk(const Tensor& x, std::int64_t k, std::int64_t axis = -1, bool largest = true, bool sorted = true);

/// The different elements of x in ascending order, one axis; for each element of x which of them it is (x's shape); how
/// often each occurs. Every NaN is different from every other. Without gradient.
struct Unique {
  Tensor values, inverse, counts;
};
Unique unique(const Tensor& x);

}  // namespace xgrad
