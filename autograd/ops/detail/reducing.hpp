#pragma once
/// What the operations that reduce or choose along axes have in common.

#include "autograd/ops/reduction.hpp"
#include "autograd/record.hpp"

namespace xgrad::detail {

/// A reduced gradient or value, with its reduced axes put back at size 1 (a scalar broadcasts as it is).
Tensor kept(const Tensor& g, const Shape& full, unsigned axes);

/// How many elements of `shape` go into one result.
std::int64_t reduced_count(const Shape& shape, unsigned axes);

/// Throws ShapeError naming `op` where a result would be taken of no elements.
void check_not_empty(std::string_view op, const Shape& shape, unsigned axes);

/// The gradient of a value found among the elements of x: g, shared equally among those that are equal to it, NaN to
/// NaN. g and value may have lost the reduced axes.
Tensor shared_among_equals(const Tensor& g, const Tensor& x, const Array& value, unsigned axes);

/// One element chosen along an axis of at least one, by a kernel that gives its index, keeping the axis at size 1.
ValuesAndIndices chosen_along(const char* op, const Tensor& x, std::int64_t axis, bool keepdim,
                              Array (*index)(const Array& x, int axis));

}  // namespace xgrad::detail
