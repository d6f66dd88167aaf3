#pragma once
/// The windows of images as matrices, and back.

#include "autograd/ops/size2d.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

struct UnfoldOptions {
  Size2d dilation = 1;
  Size2d padding = 0;
  Size2d stride = 1;
};

/// The windows of x [N, C, H, W] as columns (im2col): [N, C KH KW, number of windows], zeros in the padding; a
/// convolution is then a matrix product with the weight [O, C KH KW]. Also without the batch axis. Integers are taken
/// as float32. ShapeError where no window fits, ValueError for numbers out of range.
///
///     unfold(x, 3, {.padding = 1, .stride = 2})
Tensor unfold(const Tensor& x, Size2d kernel, const UnfoldOptions& options = {});

/// The transposed map, which is also unfold's gradient: columns [N, C KH KW, number of windows], or without N, added up
/// to [N, C, output_size] (col2im). ShapeError unless the numbers of rows and windows agree with kernel and options.
Tensor fold(const Tensor& columns, Size2d output_size, Size2d kernel, const UnfoldOptions& options = {});

}  // namespace xgrad
