#pragma once
/// Convolution, as three maps of one trilinear form  f(x, w, y) = sum over n, o, p of  y[n][o][p] (x * w)[n][o][p]:
/// each is the gradient of f by one of its arguments, so that each one's derivatives are the other two.
///
/// Images are [N, C, H, W]; kernels lie on them without being mirrored (cross-correlation). x has groups * in channels,
/// y groups * out, the weight is [groups * out, in, kh, kw]. One floating dtype. Work is cut by the sizes alone,
/// partial sums are combined in order: the same bits on any number of threads.

#include "tensor/array.hpp"
#include "tensor/kernels/window.hpp"

namespace xgrad::kernels {

struct Convolution {
  std::int64_t batch = 0;
  std::int64_t groups = 1;
  std::int64_t in = 0, out = 0;  ///< channels of x and of y, in each group
  Window h, w;                   ///< over x, one window for each element of y

  std::int64_t taps() const noexcept { return in * h.kernel * w.kernel; }
  std::int64_t image() const noexcept { return h.in * w.in; }
  std::int64_t positions() const noexcept { return h.out * w.out; }
  Shape x_shape() const { return {batch, groups * in, h.in, w.in}; }
  Shape y_shape() const { return {batch, groups * out, h.out, w.out}; }
  Shape weight_shape() const { return {groups * out, in, h.kernel, w.kernel}; }
};

/// y = x * w, plus bias [groups * out] where it is defined.
Array convolve(const Array& x, const Array& weight, const Array& bias, const Convolution& c);
/// x from y: the transposed map (the gradient by x), plus bias [groups * in] where it is defined.
Array convolve_transposed(const Array& y, const Array& weight, const Array& bias, const Convolution& c);
/// The weight from x and y: the gradient by the weight; with `bias` also that by the bias of `convolve`, the sums of y
/// over batch and positions, [groups * out].
Array convolve_weight(const Array& x, const Array& y, const Convolution& c, Array* bias = nullptr);

}  // namespace xgrad::kernels
