#include "autograd/ops/upsample.hpp"

#include <fmt/format.h>

#include <cmath>

#include "autograd/ops/detail/windows.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/upsample.hpp"

namespace xgrad {
namespace {

using kernels::Resize;

struct Plan {
  Resize h, w;
  bool nearest, align_corners;
};

Tensor resized_back(const Tensor& y, const Plan& p);

Tensor resized(const Tensor& x, const Plan& p) {
  return record(
      "upsample",
      p.nearest ? kernels::resize_nearest(x.array(), p.h, p.w)
                : kernels::resize_linear(x.array(), p.h, p.w, p.align_corners),
      [p](Ctx& c) { c.give(0, resized_back(c.grad(), p)); }, Edge{x});
}

Tensor resized_back(const Tensor& y, const Plan& p) {
  return record(
      "upsample_backward",
      p.nearest ? kernels::resize_nearest_transposed(y.array(), p.h, p.w)
                : kernels::resize_linear_transposed(y.array(), p.h, p.w, p.align_corners),
      [p](Ctx& c) { c.give(0, resized(c.grad(), p)); }, Edge{y});
}

/// One axis, of which either the size is given or the factor.
Resize resize(std::int64_t in, bool by_size, std::int64_t size, double scale) {
  if (by_size) return {in, windows::checked("upsample", "size", size, 1)};
  const double out = std::floor(static_cast<double>(in) * scale);
  if (!(scale > 0) || !(out >= 1 && out <= static_cast<double>(windows::kMost))) {
    fail<ValueError>(
        "upsample",
        fmt::format("scale_factor: got {} for a size of {}; expected a result of 1 to 2^31 - 1", scale, in));
  }
  return {in, static_cast<std::int64_t>(out), scale};
}

}  // namespace

Tensor upsample(const Tensor& x, const UpsampleOptions& o) {
  const Shape& s = x.shape();
  const bool by_size = o.size.given(), by_scale = o.scale_factor.h != 0 || o.scale_factor.w != 0;
  const bool nearest = o.mode == Upsampling::nearest;
  if (s.rank() != 3 && s.rank() != 4)
    fail<ShapeError>("upsample", fmt::format("got {}; expected [N, C, L] or [N, C, H, W]", s.str()));
  if (!nearest && (o.mode == Upsampling::linear) != (s.rank() == 3))
    fail<ShapeError>("upsample", fmt::format("mode: got {}; expected 3 axes for linear, 4 for bilinear", s.str()));
  if (nearest && o.align_corners)
    fail<ValueError>("upsample", "align_corners: got it with mode nearest; expected a linear mode");
  if (by_size == by_scale) {
    fail<ValueError>(
        "upsample", fmt::format("got {} of size and scale_factor; expected exactly one", by_size ? "both" : "neither"));
  }
  for (int i = 1; i < s.rank(); ++i)
    if (s[i] == 0) fail<ShapeError>("upsample", fmt::format("got {}; only the batch may be empty", s.str()));
  const Tensor from = nearest || is_floating(x.dtype()) ? x : x.to(float32);
  const Resize w = resize(s.back(), by_size, o.size.w, o.scale_factor.w);
  if (s.rank() == 3 && (o.size.h != o.size.w || o.scale_factor.h != o.scale_factor.w))
    fail<ValueError>("upsample", fmt::format("got two sizes or factors for {}; expected one number", s.str()));
  const Resize h = s.rank() == 3 ? Resize{1, 1} : resize(s[2], by_size, o.size.h, o.scale_factor.h);
  checked_numel("upsample", {s[0], s[1], h.out, w.out}, size_of(from.dtype()));
  const Plan plan{h, w, nearest, o.align_corners};
  return s.rank() == 3 ? squeeze(resized(unsqueeze(from, 2), plan), 2) : resized(from, plan);
}

}  // namespace xgrad
