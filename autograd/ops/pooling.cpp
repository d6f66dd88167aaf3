#include "autograd/ops/pooling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/windows.hpp"
#include "autograd/ops/indexing.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/pooling.hpp"

namespace xgrad {
namespace {

using kernels::PoolAxis;
using kernels::Window;

/// `least_size`: of the axes that may not be empty, all but the batch.
void check_image(const char* op, const Tensor& x, int axes) {
  const Shape& s = x.shape();
  if (s.rank() != axes + 1 && s.rank() != axes + 2) {
    fail<ShapeError>(op, fmt::format("got {}; expected {}", s.str(),
                                     axes == 1 ? "[N, C, L] or [C, L]" : "[N, C, H, W] or [C, H, W]"));
  }
  for (int i = s.rank() - axes - 1; i < s.rank(); ++i)
    if (s[i] == 0) fail<ShapeError>(op, fmt::format("got {}; only the batch may be empty", s.str()));
}

void check_ordered(const char* op, const Tensor& x) {
  if (x.dtype() == bool_) fail<DTypeError>(op, "got bool; expected numbers, convert with .to(uint8)");
}

Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : x.to(float32); }

/// An image of one row, for the functions of one axis.
Tensor raised(const Tensor& x) { return unsqueeze(x, -2); }
Tensor lowered(const Tensor& y) { return squeeze(y, -2); }
ValuesAndIndices lowered(ValuesAndIndices y) { return {lowered(y.values), lowered(y.indices)}; }

// PyTorch's rule for the number of windows, along one axis.
Window window_of(const char* op, std::int64_t in, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                 std::int64_t dilation, bool ceil_mode) {
  Window w;
  w.in = in;
  w.kernel = windows::checked(op, "kernel", kernel, 1);
  w.stride = windows::checked(op, "stride", stride, 1);
  w.dilation = windows::checked(op, "dilation", dilation, 1);
  w.before = windows::checked(op, "padding", padding, 0);
  if (padding > kernel / 2)
    fail<ValueError>(
        op, fmt::format("padding: got {} for a kernel of {}; expected at most {}", padding, kernel, kernel / 2));
  const std::int64_t room = in + 2 * padding - windows::product(op, kernel - 1, dilation) - 1;
  if (room < 0 && !(ceil_mode && room + stride > 0)) {
    fail<ShapeError>(op, fmt::format("no window fits: got size {}, kernel {}, dilation {}, padding {}; expected "
                                     "dilation * (kernel - 1) + 1 <= {}",
                                     in, kernel, dilation, padding, in + 2 * padding));
  }
  w.out = (ceil_mode ? room + stride - 1 : room) / stride + 1;
  if (ceil_mode && (w.out - 1) * stride >= in + padding) --w.out;
  return w;
}

struct Windows {
  Window h, w;
};

Windows windows_of(const char* op, const Tensor& x, Size2d kernel, Size2d stride, Size2d padding, Size2d dilation,
                   bool ceil_mode) {
  if (!stride.given()) stride = kernel;
  const Shape& s = x.shape();
  return {window_of(op, s[s.rank() - 2], kernel.h, stride.h, padding.h, dilation.h, ceil_mode),
          window_of(op, s[s.rank() - 1], kernel.w, stride.w, padding.w, dilation.w, ceil_mode)};
}

// ---- maxima ----------------------------------------------------------------------------------------------------------

Tensor put(const Tensor& y, const Tensor& places, const Windows& at);

/// x at the places that were chosen; linear in x.
Tensor taken(const Tensor& x, const Tensor& places, const Windows& at) {
  return record(
      "max_pool_take", kernels::take_places(x.array(), places.array(), at.h, at.w),
      [at](Ctx& c) { c.give(0, put(c.grad(), c.in(1), at)); }, Edge{x}, Save{places});
}

/// Zeros with y added at the places that were chosen; its transposed map.
Tensor put(const Tensor& y, const Tensor& places, const Windows& at) {
  return record(
      "max_pool_backward", kernels::put_places(y.array(), places.array(), at.h, at.w),
      [at](Ctx& c) { c.give(0, taken(c.grad(), c.in(1), at)); }, Edge{y}, Save{places});
}

/// For windows of any size and any dtype: positions first, then a gather.
ValuesAndIndices largest(const Tensor& x, const PoolAxis& h, const PoolAxis& w) {
  const Tensor positions(kernels::max_positions(x.array(), h, w));
  const Shape shape = positions.shape();
  const std::int64_t image = h.window.in * w.window.in, windows = h.window.out * w.window.out;
  const std::int64_t images = x.numel() / image;
  const Tensor flat = reshape(x, {images, image}), index = reshape(positions, {images, windows});
  const auto all = positions.values<std::int64_t>();
  if (std::none_of(all.begin(), all.end(), [](std::int64_t at) { return at < 0; }))
    return {reshape(gather(flat, 1, index), shape), positions};
  const Tensor found = ge(index, 0);
  const Tensor values = gather(flat, 1, where(found, index, Tensor(Array::zeros({1}, int64))));
  const Scalar lowest = is_floating(x.dtype()) ? Scalar(-std::numeric_limits<double>::infinity())
                        : x.dtype() == uint8   ? Scalar(0)
                                               : Scalar(std::numeric_limits<std::int64_t>::min());
  return {reshape(where(found, values, Tensor(Array::full({1}, lowest, x.dtype()))), shape), positions};
}

/// With places only where they are asked for: by the caller, or by the tape.
ValuesAndIndices max_pool(const char* op, const Tensor& x, const Windows& at, bool with_indices) {
  const bool large = at.h.kernel > kernels::kMostPlaces / at.w.kernel;
  if (large || (with_indices && !is_floating(x.dtype()))) return largest(x, {.window = at.h}, {.window = at.w});
  if (!with_indices && !(GradMode::enabled() && x.requires_grad()))
    return {kernels::max_pool(x.array(), at.h, at.w, nullptr), {}};
  Array found;
  Array values = kernels::max_pool(x.array(), at.h, at.w, &found);
  const Tensor places(std::move(found));
  const Tensor indices = with_indices ? Tensor(kernels::positions_of(places.array(), at.h, at.w)) : Tensor();
  return {record(
              op, std::move(values), [at](Ctx& c) { c.give(0, put(c.grad(), c.in(1), at)); }, Edge{x}, Save{places}),
          indices};
}

ValuesAndIndices max_pool1d(const char* op, const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& o,
                            bool with_indices) {
  check_image(op, x, 1);
  check_ordered(op, x);
  const Windows at{
      {}, window_of(op, x.shape().back(), kernel, o.stride.value_or(kernel), o.padding, o.dilation, o.ceil_mode)};
  ValuesAndIndices y = max_pool(op, raised(x), at, with_indices);
  return {lowered(y.values), with_indices ? lowered(y.indices) : Tensor()};
}

ValuesAndIndices max_pool2d(const char* op, const Tensor& x, Size2d kernel, const MaxPool2dOptions& o,
                            bool with_indices) {
  check_image(op, x, 2);
  check_ordered(op, x);
  return max_pool(op, x, windows_of(op, x, kernel, o.stride, o.padding, o.dilation, o.ceil_mode), with_indices);
}

// ---- averages --------------------------------------------------------------------------------------------------------

struct Averaging {
  PoolAxis h, w;
  std::int64_t divisor = 0;  ///< 0: the windows' counts
};

Tensor spread(const Tensor& y, const Averaging& at);

Tensor averaged(const char* op, const Tensor& x, const Averaging& at) {
  return record(
      op, kernels::average_pool(x.array(), at.h, at.w, at.divisor), [at](Ctx& c) { c.give(0, spread(c.grad(), at)); },
      Edge{x});
}

Tensor spread(const Tensor& y, const Averaging& at) {
  return record(
      "avg_pool_backward", kernels::average_pool_transposed(y.array(), at.h, at.w, at.divisor),
      [at](Ctx& c) { c.give(0, averaged("avg_pool", c.grad(), at)); }, Edge{y});
}

/// Along an axis of `in` elements.
PoolAxis adaptive_axis(const char* op, std::int64_t in, std::int64_t out) {
  windows::checked(op, "output_size", out, 0);
  PoolAxis axis{.window = {.in = in, .out = out}, .adaptive = true};
  if (out > 0 && in % out == 0) {  // windows of one size, side by side
    axis.adaptive = false;
    axis.window.kernel = axis.window.stride = in / out;
  }
  return axis;
}

Averaging adaptive(const char* op, const Tensor& x, Size2d output_size) {
  Shape s = x.shape();
  const int h = s.rank() - 2, w = s.rank() - 1;
  const Averaging at{adaptive_axis(op, s[h], output_size.h), adaptive_axis(op, s[w], output_size.w)};
  s[h] = output_size.h;
  s[w] = output_size.w;
  checked_numel(op, s, sizeof(std::int64_t));
  return at;
}

ValuesAndIndices adaptive_max(const char* op, const Tensor& x, int axes, Size2d output_size) {
  check_image(op, x, axes);
  check_ordered(op, x);
  const Tensor image = axes == 1 ? raised(x) : x;
  const Averaging at = adaptive(op, image, output_size);
  ValuesAndIndices y = largest(image, at.h, at.w);
  return axes == 1 ? lowered(y) : y;
}

}  // namespace

Tensor max_pool1d(const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options) {
  return max_pool1d("max_pool1d", x, kernel, options, false).values;
}
Tensor max_pool2d(const Tensor& x, Size2d kernel, const MaxPool2dOptions& options) {
  return max_pool2d("max_pool2d", x, kernel, options, false).values;
}
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, std::int64_t kernel, const MaxPool1dOptions& options) {
  return max_pool1d("max_pool1d", x, kernel, options, true);
}
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, Size2d kernel, const MaxPool2dOptions& options) {
  return max_pool2d("max_pool2d", x, kernel, options, true);
}

Tensor avg_pool1d(const Tensor& x, std::int64_t kernel, const AvgPool1dOptions& o) {
  check_image("avg_pool1d", x, 1);
  const Window w =
      window_of("avg_pool1d", x.shape().back(), kernel, o.stride.value_or(kernel), o.padding, 1, o.ceil_mode);
  return lowered(
      averaged("avg_pool1d", raised(floating(x)), {.h = {}, .w = {.window = w, .count_padding = o.count_include_pad}}));
}

Tensor avg_pool2d(const Tensor& x, Size2d kernel, const AvgPool2dOptions& o) {
  check_image("avg_pool2d", x, 2);
  const Windows at = windows_of("avg_pool2d", x, kernel, o.stride, o.padding, 1, o.ceil_mode);
  if (o.divisor_override == 0) fail<ValueError>("avg_pool2d", "divisor_override: got 0; expected another number");
  return averaged("avg_pool2d", floating(x),
                  {.h = {.window = at.h, .count_padding = o.count_include_pad},
                   .w = {.window = at.w, .count_padding = o.count_include_pad},
                   .divisor = o.divisor_override.value_or(0)});
}

Tensor adaptive_avg_pool1d(const Tensor& x, std::int64_t output_size) {
  check_image("adaptive_avg_pool1d", x, 1);
  const Tensor row = raised(floating(x));
  return lowered(averaged("adaptive_avg_pool1d", row, adaptive("adaptive_avg_pool1d", row, {1, output_size})));
}
Tensor adaptive_avg_pool2d(const Tensor& x, Size2d output_size) {
  check_image("adaptive_avg_pool2d", x, 2);
  return averaged("adaptive_avg_pool2d", floating(x), adaptive("adaptive_avg_pool2d", x, output_size));
}

ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, std::int64_t output_size) {
  return adaptive_max("adaptive_max_pool1d", x, 1, {1, output_size});
}
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, Size2d output_size) {
  return adaptive_max("adaptive_max_pool2d", x, 2, output_size);
}
Tensor adaptive_max_pool1d(const Tensor& x, std::int64_t output_size) {
  return adaptive_max_pool1d_with_indices(x, output_size).values;
}
Tensor adaptive_max_pool2d(const Tensor& x, Size2d output_size) {
  return adaptive_max_pool2d_with_indices(x, output_size).values;
}

Tensor global_avg_pool2d(const Tensor& x, bool keepdim) {
  check_image("global_avg_pool2d", x, 2);
  return mean(x, {-2, -1}, keepdim);
}
Tensor global_max_pool2d(const Tensor& x, bool keepdim) {
  check_image("global_max_pool2d", x, 2);
  check_ordered("global_max_pool2d", x);
  return amax(x, {-2, -1}, keepdim);
}

}  // namespace xgrad
