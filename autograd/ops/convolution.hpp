#pragma once
/// Convolutions, as neural networks have them: the kernel is laid on the image without being mirrored
/// (cross-correlation).
///
/// Inputs are [N, C, L] or [N, C, H, W], or without the batch axis, as the result then is. Operands are of one floating
/// dtype; integers adopt it (two precisions, or nothing floating, are a DTypeError). Everything is checked before
/// anything is computed: shapes that do not fit each other are ShapeErrors, numbers out of range ValueErrors. All of
/// them are linear in each operand, and differentiable any number of times.
///
/// An empty batch gives an empty result, and gradients of zeros; no input channels give the bias alone. The bits of the
/// result depend on the sizes alone, not on the number of threads.

#include "autograd/ops/size2d.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

struct Conv1dOptions {
  std::int64_t stride = 1;
  Padding padding = 0;  ///< one number, or `Padding::same` or `Padding::valid`
  std::int64_t dilation = 1;
  std::int64_t groups = 1;
};

struct Conv2dOptions {
  Size2d stride = 1;        ///< from one window to the next
  Padding padding = 0;      ///< zeros around the input; or `Padding::same`, `Padding::valid`
  Size2d dilation = 1;      ///< from one element of the kernel to the next
  std::int64_t groups = 1;  ///< channels are cut into as many parts that do not see each other
};

/// y[n][o][p] = bias[o] + sum over c, k of w[o][c][k] x[n][group(o) C/groups + c][p stride + k dilation - padding] for
/// x [N, C, L], weight [O, C/groups, K], bias [O] or undefined; y is [N, O, P] with P = floor((L + 2 padding - dilation
/// (K - 1) - 1) / stride) + 1.
///
///     conv1d(x, weight, bias, {.stride = 2, .padding = 1})
///
/// Weights of PyTorch fit; those of Keras, [K, C/groups, O], are permuted by {2, 1, 0}.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv1dOptions& options = {});

/// The same along two axes: x [N, C, H, W], weight [O, C/groups, KH, KW]; groups == C is a depthwise convolution.
///
///     conv2d(x, weight, bias, {.stride = 2, .padding = {1, 2}, .groups = 4})
///
/// By strips of output rows whose columns (im2col) stay in the cache and are multiplied by BLAS: memory of half a
/// megabyte per thread, whatever the batch. In float32, 3 x 3 kernels with stride 1 and at least 16 channels on either
/// side are computed by Winograd's F(4 x 4, 3 x 3), as are their gradients: each result is within 1e-5 of the sum of
/// its terms' absolute values, where the plain sum is within 1e-6, and an infinity may spread as NaN to its neighbours
/// four elements away. In float64, and inside gradcheck and check_derivation, sums are always plain. Weights of Keras,
/// [KH, KW, C/groups, O], are permuted by {3, 2, 0, 1}.
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, const Conv2dOptions& options = {});

struct ConvTranspose1dOptions {
  std::int64_t stride = 1;
  std::int64_t padding = 0;         ///< taken off both ends of the result
  std::int64_t output_padding = 0;  ///< added behind the result; below the stride or the dilation
  std::int64_t groups = 1;
  std::int64_t dilation = 1;
};

struct ConvTranspose2dOptions {
  Size2d stride = 1;
  Size2d padding = 0;         ///< taken off all sides of the result
  Size2d output_padding = 0;  ///< added below and right of it; below the stride or the dilation
  std::int64_t groups = 1;
  Size2d dilation = 1;
};

/// The transposed map of conv1d with the same options, which is also its gradient by x, plus bias: x [N, C, L], weight
/// [C, O/groups, K], bias [O]; y is [N, O, P] with P = (L - 1) stride - 2 padding + dilation (K - 1) + output_padding
/// + 1. Of the sizes that conv1d takes to L, output_padding chooses one.
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose1dOptions& options = {});
/// The same along two axes: x [N, C, H, W], weight [C, O/groups, KH, KW].
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTranspose2dOptions& options = {});

}  // namespace xgrad
