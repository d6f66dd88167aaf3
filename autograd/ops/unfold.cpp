#include "autograd/ops/unfold.hpp"

#include <fmt/format.h>

#include "autograd/ops/detail/windows.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/im2col.hpp"

namespace xgrad {
namespace {

struct Windows {
  kernels::Window h, w;
};

Tensor folded(const Tensor& columns, std::int64_t channels, const Windows& at);

Tensor unfolded(const Tensor& x, const Windows& at) {
  return record(
      "unfold", kernels::unfold(x.array(), at.h, at.w),
      [at](Ctx& c) { c.give(0, folded(c.grad(), c.in_shape(0)[1], at)); }, Edge{x});
}

Tensor folded(const Tensor& columns, std::int64_t channels, const Windows& at) {
  return record(
      "fold", kernels::fold(columns.array(), channels, at.h, at.w), [at](Ctx& c) { c.give(0, unfolded(c.grad(), at)); },
      Edge{columns});
}

kernels::Window window(const char* op, std::int64_t in, std::int64_t kernel, std::int64_t dilation,
                       std::int64_t padding, std::int64_t stride) {
  kernels::Window w;
  w.in = in;
  w.kernel = windows::checked(op, "kernel", kernel, 1);
  w.dilation = windows::checked(op, "dilation", dilation, 1);
  w.before = windows::checked(op, "padding", padding, 0);
  w.stride = windows::checked(op, "stride", stride, 1);
  const std::int64_t room = in + 2 * padding - windows::product(op, kernel - 1, dilation) - 1;
  if (room < 0) {
    fail<ShapeError>(op, fmt::format("no window fits: got size {}, kernel {}, dilation {}, padding {}; expected "
                                     "dilation * (kernel - 1) + 1 <= {}",
                                     in, kernel, dilation, padding, in + 2 * padding));
  }
  w.out = room / stride + 1;
  return w;
}

Windows windows_of(const char* op, Size2d in, Size2d kernel, const UnfoldOptions& o) {
  return {window(op, in.h, kernel.h, o.dilation.h, o.padding.h, o.stride.h),
          window(op, in.w, kernel.w, o.dilation.w, o.padding.w, o.stride.w)};
}

Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : x.to(float32); }

}  // namespace

Tensor unfold(const Tensor& x, Size2d kernel, const UnfoldOptions& options) {
  const Shape& s = x.shape();
  if (s.rank() != 3 && s.rank() != 4)
    fail<ShapeError>("unfold", fmt::format("got {}; expected [N, C, H, W] or [C, H, W]", s.str()));
  const Windows at = windows_of("unfold", {s[s.rank() - 2], s[s.rank() - 1]}, kernel, options);
  const std::int64_t window = windows::product("unfold", kernel.h, kernel.w);
  windows::product("unfold", windows::product("unfold", s[s.rank() - 3], window),
                   windows::product("unfold", at.h.out, at.w.out));
  if (s.rank() == 4) return unfolded(floating(x), at);
  return squeeze(unfolded(unsqueeze(floating(x), 0), at), 0);
}

Tensor fold(const Tensor& columns, Size2d output_size, Size2d kernel, const UnfoldOptions& options) {
  const Shape& s = columns.shape();
  if (s.rank() != 2 && s.rank() != 3) {
    fail<ShapeError>("fold",
                     fmt::format("got {}; expected [N, C * kernel, windows] or [C * kernel, windows]", s.str()));
  }
  windows::checked("fold", "output_size", output_size.h, 1);
  windows::checked("fold", "output_size", output_size.w, 1);
  const Windows at = windows_of("fold", output_size, kernel, options);
  const std::int64_t rows = s[s.rank() - 2], window = windows::product("fold", kernel.h, kernel.w);
  const std::int64_t count = windows::product("fold", at.h.out, at.w.out);
  if (rows % window != 0 || s.back() != count) {
    fail<ShapeError>("fold",
                     fmt::format("got columns {}, kernel {}, output_size {}; expected a multiple of {} rows and "
                                 "{} windows",
                                 s.str(), kernel.str(), output_size.str(), window, count));
  }
  if (s.rank() == 3) return folded(floating(columns), rows / window, at);
  return squeeze(folded(unsqueeze(floating(columns), 0), rows / window, at), 0);
}

}  // namespace xgrad
