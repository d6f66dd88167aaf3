#include "tensor/kernels/padding.hpp"

#include <algorithm>
#include <array>

#include "tensor/kernels/strided_copy.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// One axis of the result: entry i reads entry i - before of the source where begin <= i < end.
struct PadAxis {
  std::int64_t size, from_size, before, begin, end;
};

/// The axes, those without padding merged into the one in front of them.
struct PadAxes {
  PadAxes(const Shape& from, std::span<const std::int64_t> before, std::span<const std::int64_t> after) {
    for (int i = 0; i < from.rank(); ++i) {
      const auto k = static_cast<std::size_t>(i);
      const std::int64_t b = before[k], a = after[k];
      if (n > 0 && b == 0 && a == 0) {
        PadAxis& outer = axes[n - 1];
        for (std::int64_t* v : {&outer.size, &outer.from_size, &outer.before, &outer.begin, &outer.end}) *v *= from[i];
      } else {
        const std::int64_t size = from[i] + b + a;
        const std::int64_t begin = std::clamp<std::int64_t>(b, 0, size);
        axes[n++] = {size, from[i], b, begin, std::clamp(from[i] + b, begin, size)};
      }
    }
  }
  /// Where row r of the result (all axes but the last) lies in the source, in rows; -1 for none.
  std::int64_t source_row(std::int64_t r) const {
    std::int64_t row = 0, stride = 1;
    for (std::size_t i = n - 1; i-- > 0;) {
      const PadAxis& axis = axes[i];
      const std::int64_t at = r % axis.size;
      if (at < axis.begin || at >= axis.end) return -1;
      row += (at - axis.before) * stride;
      stride *= axis.from_size;
      r /= axis.size;
    }
    return row;
  }
  std::array<PadAxis, Shape::kMaxRank> axes;
  std::size_t n = 0;
};

}  // namespace

Array pad(const Array& a, std::span<const std::int64_t> before, std::span<const std::int64_t> after, Scalar value) {
  Shape shape;
  for (int i = 0; i < a.dim(); ++i) {
    const auto k = static_cast<std::size_t>(i);
    shape.push_back(a.shape()[i] + before[k] + after[k]);
  }
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const PadAxes axes(a.shape(), before, after);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T v = value.to<T>();
    const T* x = in<T>(a);
    T* z = out<T>(y);
    if (axes.n == 0) return void(*z = *x);
    const PadAxis& last = axes.axes[axes.n - 1];
    parallel_for(y.numel() / last.size, std::max<std::int64_t>(1, kGrain / last.size),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t r = begin; r < end; ++r) {
                     const std::int64_t row = axes.source_row(r);
                     T* to = z + r * last.size;
                     if (row < 0) {
                       std::fill_n(to, last.size, v);
                       continue;
                     }
                     std::fill_n(to, last.begin, v);
                     copy_run(x + row * last.from_size + last.begin - last.before, to + last.begin,
                              last.end - last.begin);
                     std::fill(to + last.end, to + last.size, v);
                   }
                 });
  });
  return y;
}

}  // namespace xgrad::kernels
