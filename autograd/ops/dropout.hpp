#pragma once
/// Dropout (Srivastava and others, 2014), inverted: what is kept is scaled up in training, so that evaluation does
/// nothing. Masks are drawn from a generator: the same seed gives the same bits on any number of threads.

#include "autograd/tensor.hpp"
#include "tensor/random.hpp"

namespace xgrad {

/// In training every element becomes 0 with probability p, else x / (1 - p); otherwise, and for p = 0, x itself; p = 1
/// gives zeros. What is dropped is exactly 0, infinities and NaN too (PyTorch multiplies and gives NaN). The gradient
/// passes where x was kept, with the same factor. Integers are taken as float32. ValueError unless 0 <= p <= 1.
Tensor dropout(const Tensor& x, double p = 0.5, bool training = true, Generator& generator = default_generator());

/// The same for whole channels: x [N, C, ...] keeps or loses everything at a sample and channel at once, as PyTorch's
/// dropout1d, dropout2d and dropout3d. ShapeError for fewer than two axes.
Tensor dropout2d(const Tensor& x, double p = 0.5, bool training = true, Generator& generator = default_generator());

}  // namespace xgrad
