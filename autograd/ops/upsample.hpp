#pragma once
/// Images of another size.

#include "autograd/ops/size2d.hpp"
#include "autograd/tensor.hpp"

namespace xgrad {

/// One factor for both axes, `2`, or one for each: `{h, w}`.
struct Scale2d {
  double h = 0, w = 0;  ///< 0: not given

  constexpr Scale2d() noexcept = default;
  constexpr Scale2d(double both) noexcept : h(both), w(both) {}
  constexpr Scale2d(double h_, double w_) noexcept : h(h_), w(w_) {}
};

enum class Upsampling {
  nearest,   ///< y[i] = x[floor(i in / out)]
  linear,    ///< [N, C, L]: between the two neighbours
  bilinear,  ///< [N, C, H, W]: the same along both axes
};

struct UpsampleOptions {
  Size2d size = {};           ///< of the result; or
  Scale2d scale_factor = {};  ///< out = floor(in scale_factor)
  Upsampling mode = Upsampling::nearest;
  /// Of the linear modes: positions i (in - 1) / (out - 1), so that the corners stay; else (i + 1/2) in / out - 1/2,
  /// not below 0.
  bool align_corners = false;
};

/// x [N, C, L] or [N, C, H, W] at another size, given as exactly one of `size` and `scale_factor` (ValueError
/// otherwise). PyTorch's `interpolate`: with a scale factor, in / out is 1 / scale_factor even where out was rounded.
/// The positions are computed in x's dtype. `nearest` keeps any dtype, the linear modes take integers as float32. The
/// batch may be empty, other axes may not (ShapeError). Linear in x; differentiable any number of times.
///
///     upsample(x, {.scale_factor = 2})      upsample(x, {.size = {5, 7}, .mode = Upsampling::bilinear})
Tensor upsample(const Tensor& x, const UpsampleOptions& options);
/// The same under PyTorch's other name.
inline Tensor interpolate(const Tensor& x, const UpsampleOptions& options) { return upsample(x, options); }

}  // namespace xgrad
