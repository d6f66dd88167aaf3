#pragma once
/// Lengths of vectors, and the angle between two.

#include "autograd/tensor.hpp"

namespace xgrad {

/// (sum |x|^p)^(1/p) over `axes` (as for `sum`): the Euclidean norm by default, for p = inf and -inf the largest and
/// the smallest magnitude, for p = 0 the number of elements other than 0. The elements are taken as one vector over all
/// the axes (torch.linalg.vector_norm, not the matrix norms). Neither overflows nor underflows unless the result does.
/// Of nothing 0, for inf and negative p a ShapeError; p = NaN is a ValueError. Integers are taken as float32. d = g
/// sign(x) (|x| / norm)^(p - 1). Conventions: 0 for the zero vector, and at elements that are 0; ties for p = inf and
/// -inf share equally; none for p = 0.
Tensor norm(const Tensor& x, double p = 2, Axes axes = {}, bool keepdim = false);

/// sum(x1 x2) / (max(|x1|, eps) max(|x2|, eps)) along `axis` of the broadcast shape, which goes away: the cosine of the
/// angle. Each vector is divided by its norm first, so nothing overflows. A norm below eps >= 0 (ValueError otherwise)
/// counts as the constant eps, also in the gradient. Integers adopt the floating operand's dtype.
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, std::int64_t axis = 1, double eps = 1e-8);

}  // namespace xgrad
