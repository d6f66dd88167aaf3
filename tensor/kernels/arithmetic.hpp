#pragma once
/// + - * / and comparisons with broadcasting, and the same with a C++ number. Named as in autograd/ops.

#include "tensor/array.hpp"

namespace xgrad::kernels {

Array add(const Array& a, const Array& b);
Array sub(const Array& a, const Array& b);
Array mul(const Array& a, const Array& b);
Array div(const Array& a, const Array& b);  ///< true division: integers give float32
Array add(const Array& a, Scalar s);
Array mul(const Array& a, Scalar s);
Array div(const Array& a, Scalar s);
Array rsub(const Array& a, Scalar s);  ///< s - a
Array rdiv(const Array& a, Scalar s);  ///< s / a
Array neg(const Array& a);

/// a += b for the same shape and dtype, in place; counts as a change.
void add_into(Array& a, const Array& b);

Array equal(const Array& a, const Array& b);
Array not_equal(const Array& a, const Array& b);
Array less(const Array& a, const Array& b);
Array less_equal(const Array& a, const Array& b);
Array greater(const Array& a, const Array& b);
Array greater_equal(const Array& a, const Array& b);

/// condition ? a : b, broadcast together; a and b of one dtype, condition bool.
Array where(const Array& condition, const Array& a, const Array& b);

}  // namespace xgrad::kernels
