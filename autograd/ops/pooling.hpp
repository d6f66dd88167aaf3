#pragma once
/// Pooling: the largest element or the average of windows.
///
/// Inputs are [N, C, L] or [N, C, H, W], or without the batch axis; the batch may be empty, other axes may not. A
/// window size, stride, padding or dilation is one number or {h, w}; the stride is the window's size unless given.
/// Sizes: out = floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1, with `ceil_mode` rounded up, but no
/// window begins behind the input and its front padding. Padding is at most half the kernel. Numbers out of range are
/// ValueErrors, inputs of another rank or too small for a window ShapeErrors. All are differentiable any number of
/// times.

#include <optional>

#include "autograd/ops/reduction.hpp"
#include "autograd/ops/size2d.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

struct MaxPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size unless given
  std::int64_t padding = 0;
  std::int64_t dilation = 1;
  bool ceil_mode = false;
};

struct MaxPool2dOptions {
  Size2d stride = {};  ///< the kernel's size unless given
  Size2d padding = 0;
  Size2d dilation = 1;
  bool ceil_mode = false;
};

/// The largest element of each window; padding is never chosen (a window of padding alone, which a dilation can make,
/// gives -inf and passes no gradient). The gradient goes to the first of equal maxima, as in PyTorch and TensorFlow. A
/// NaN in the window is the result; among several the last takes the gradient, as in PyTorch. Keeps the dtype; bools
/// are a DTypeError.
///
///     max_pool2d(x, 2)        max_pool2d(x, {2, 3}, {.stride = 1, .padding = 1})
Tensor max_pool1d(const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options = {});
Tensor max_pool2d(const Tensor& x, Size2d kernel, const MaxPool2dOptions& options = {});
/// The same, with the positions of the maxima in the flattened image (int64; -1 for a window of padding alone).
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options = {});
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, Size2d kernel, const MaxPool2dOptions& options = {});

struct AvgPool1dOptions {
  std::optional<std::int64_t> stride = {};  ///< the kernel's size unless given
  std::int64_t padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;
};

struct AvgPool2dOptions {
  Size2d stride = {};  ///< the kernel's size unless given
  Size2d padding = 0;
  bool ceil_mode = false;
  bool count_include_pad = true;  ///< divide by the elements of the window with its padding, or without
  std::optional<std::int64_t> divisor_override = {};  ///< divide by this instead; not 0
};

/// The average of each window. Padding counts as zeros, or with `count_include_pad = false` not at all; what
/// `ceil_mode` lets a window reach beyond the padding never counts. (Keras' `same` is count_include_pad = false.)
/// Integers are taken as float32.
Tensor avg_pool1d(const Tensor& x, std::int64_t kernel, const AvgPool1dOptions& options = {});
Tensor avg_pool2d(const Tensor& x, Size2d kernel, const AvgPool2dOptions& options = {});

/// Pooling to a given size, which may be larger than the input's: window i of n covers the elements floor(i in / n) ...
/// ceil((i + 1) in / n) - 1. Ties, NaN and dtypes as above.
Tensor adaptive_avg_pool1d(const Tensor& x, std::int64_t output_size);
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size);
Tensor adaptive_max_pool1d(const Tensor& x, std::int64_t output_size);
Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size);
ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, std::int64_t output_size);
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, Size2d output_size);

/// The mean / the largest element of each image: [N, C, H, W] to [N, C], with `keepdim` to [N, C, 1, 1]. As Keras'
/// GlobalAveragePooling2D and GlobalMaxPooling2D. They are `mean` and `amax` over the last two axes, with their
/// conventions: equal maxima share the gradient.
Tensor global_avg_pool2d(const Tensor& x, bool keepdim = false);
Tensor global_max_pool2d(const Tensor& x, bool keepdim = false);

}  // namespace xgrad
