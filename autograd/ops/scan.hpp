#pragma once
/// Running results along one axis, of x's shape; negative axes count from the end, axes out of range are IndexErrors.
/// What float32 sums and multiplies is carried in float64.

#include "autograd/ops/reduction.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

/// y[k] = x[0] + ... + x[k]. Integers and bools give int64. d = the running sum of g from the end.
Tensor cumsum(const Tensor& x, std::int64_t axis);

/// y[k] = x[0] ... x[k]. Integers and bools give int64. d[k] = x[0] ... x[k-1] s[k] with s[k] = g[k] + x[k+1] s[k+1]:
/// no division, so that derivatives of every order are right at zeros, however many.
Tensor cumprod(const Tensor& x, std::int64_t axis);

/// log(exp(x[0]) + ... + exp(x[k])), without overflow. Integers are taken as float32.
/// d[k] = exp(x[k] - y[k]) s[k] with s[k] = g[k] + exp(y[k] - y[k+1]) s[k+1]; 0 at -inf.
Tensor logcumsumexp(const Tensor& x, std::int64_t axis);

/// The largest / smallest element so far and its index (int64), the last one of equal ones, which takes the gradient. A
/// NaN is beyond everything.
ValuesAndIndices cummax(const Tensor& x, std::int64_t axis);
ValuesAndIndices cummin(const Tensor& x, std::int64_t axis);

}  // namespace xgrad
