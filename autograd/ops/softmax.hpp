#pragma once
/// Softmax and log-softmax along one axis. The largest element is subtracted first, so that logits of any finite size
/// neither overflow nor give NaN. Integers are taken as float32.

#include "autograd/tensor.hpp"

namespace xgrad {

/// y_i = exp(x_i) / sum_j exp(x_j). d = y (g - sum(g y)).
Tensor softmax(const Tensor& x, std::int64_t axis);
/// log softmax(x), without forming the quotient. d = g - softmax(x) sum(g).
Tensor log_softmax(const Tensor& x, std::int64_t axis);

}  // namespace xgrad
