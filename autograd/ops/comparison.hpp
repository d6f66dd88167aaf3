#pragma once
/// Comparisons, logic and choice, element by element. Operands broadcast and adopt a dtype as in arithmetic.hpp.

#include <optional>

#include "autograd/tensor.hpp"

namespace xgrad {

/// Comparisons give bools, without gradient. NaN compares as in C++: unequal to everything. An integer that a uint8
/// tensor cannot hold is compared as int64 (PyTorch wraps it around).
Tensor eq(const Tensor& x, const Tensor& y);
Tensor ne(const Tensor& x, const Tensor& y);
Tensor lt(const Tensor& x, const Tensor& y);
Tensor le(const Tensor& x, const Tensor& y);
Tensor gt(const Tensor& x, const Tensor& y);
Tensor ge(const Tensor& x, const Tensor& y);
Tensor eq(const Tensor& x, Scalar y);
Tensor ne(const Tensor& x, Scalar y);
Tensor lt(const Tensor& x, Scalar y);
Tensor le(const Tensor& x, Scalar y);
Tensor gt(const Tensor& x, Scalar y);
Tensor ge(const Tensor& x, Scalar y);
inline Tensor operator==(const Tensor& x, const Tensor& y) { return eq(x, y); }
inline Tensor operator!=(const Tensor& x, const Tensor& y) { return ne(x, y); }
inline Tensor operator<(const Tensor& x, const Tensor& y) { return lt(x, y); }
inline Tensor operator<=(const Tensor& x, const Tensor& y) { return le(x, y); }
inline Tensor operator>(const Tensor& x, const Tensor& y) { return gt(x, y); }
inline Tensor operator>=(const Tensor& x, const Tensor& y) { return ge(x, y); }
inline Tensor operator==(const Tensor& x, Scalar y) { return eq(x, y); }
inline Tensor operator!=(const Tensor& x, Scalar y) { return ne(x, y); }
inline Tensor operator<(const Tensor& x, Scalar y) { return lt(x, y); }
inline Tensor operator<=(const Tensor& x, Scalar y) { return le(x, y); }
inline Tensor operator>(const Tensor& x, Scalar y) { return gt(x, y); }
inline Tensor operator>=(const Tensor& x, Scalar y) { return ge(x, y); }

/// Bools, of any dtype: integers are finite and numbers.
Tensor isnan(const Tensor& x);
Tensor isinf(const Tensor& x);
Tensor isfinite(const Tensor& x);

/// Bools, of operands of any dtypes (float32 with float64 too): other than 0 is true, NaN included.
Tensor logical_and(const Tensor& x, const Tensor& y);
Tensor logical_or(const Tensor& x, const Tensor& y);
Tensor logical_xor(const Tensor& x, const Tensor& y);
Tensor logical_not(const Tensor& x);
/// The same for bools alone: DTypeError for other dtypes, whose bits PyTorch would combine. (&& and || would have to
/// compute both sides, so they do not exist.)
Tensor operator&(const Tensor& x, const Tensor& y);
Tensor operator|(const Tensor& x, const Tensor& y);
Tensor operator^(const Tensor& x, const Tensor& y);
Tensor operator~(const Tensor& x);
inline Tensor operator!(const Tensor& x) { return logical_not(x); }

/// condition ? x : y, all three broadcast together; condition is bool (DTypeError otherwise). Each operand gets the
/// gradient where it was chosen and exactly 0 elsewhere, whatever the values there. (An operation in front may still
/// make NaN of that 0, as 1/x does at 0: choose its input too, `1 / where(x > 0, x, one)`. PyTorch has the same.)
Tensor where(const Tensor& condition, const Tensor& x, const Tensor& y);
/// A number takes the dtype of the tensor beside it, as in arithmetic; two give float32, int64 or bool.
Tensor where(const Tensor& condition, const Tensor& x, Scalar y);
Tensor where(const Tensor& condition, Scalar x, const Tensor& y);
Tensor where(const Tensor& condition, Scalar x, Scalar y);

/// The larger / smaller of x and y; NaN if either is; of bools, bools. The gradient goes to the one chosen, one half to
/// each on a tie.
Tensor maximum(const Tensor& x, const Tensor& y);
Tensor minimum(const Tensor& x, const Tensor& y);

/// x brought into [min, max]; either bound may be missing, but not both (ValueError). NaN stays NaN, and a bound that
/// is NaN makes NaN of everything; with min > max all is max. A real bound makes float32 of integers; integers beyond
/// what the dtype holds are no bounds, or, on the other side, a ValueError. d = g inside and on the bounds, else 0.
Tensor clamp(const Tensor& x, std::optional<Scalar> min, std::optional<Scalar> max = {});
/// The same with tensors, undefined where there is no bound; all broadcast. A bound gets the gradient where it is
/// taken.
Tensor clamp(const Tensor& x, const Tensor& min, const Tensor& max = {});

namespace detail {
/// A number as a 0-d value of the dtype that it takes beside x: that of x, or a wider one where it would not fit.
Array beside(const Tensor& x, Scalar s);
}  // namespace detail

}  // namespace xgrad
