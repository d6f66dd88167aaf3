#pragma once
/// Order along one axis, as indices (int64). Equal elements keep their order, and NaN counts as larger than everything:
/// one answer, whatever the number of threads.

#include "tensor/array.hpp"

namespace xgrad::kernels {

/// Where the elements of each row go, smallest (or, descending, largest) first.
Array argsort(const Array& x, int axis, bool descending);
/// The first k of argsort; not `sorted`: the same ones, in the order in which they stand in x. 0 <= k <= size.
Array topk_index(const Array& x, std::int64_t k, int axis, bool largest, bool sorted);
/// Where the median stands, the lower of two; the first NaN where there is one. The axis stays, with size 1. Not empty.
Array median_index(const Array& x, int axis);

/// The different elements in ascending order, how often each occurs, and for each element of x which one it is. Every
/// NaN is different from every other.
struct Unique {
  Array values, inverse, counts;
};
Unique unique(const Array& x);

}  // namespace xgrad::kernels
