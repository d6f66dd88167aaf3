#include "tensor/kernels/layout.hpp"

#include <algorithm>
#include <cstring>

#include "tensor/kernels/strided_copy.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

using Ranges = std::array<Range, Shape::kMaxRank>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Copies between elements `from` and `to` of two arrays of one dtype.
void copy(const Array& x, std::int64_t from, Array& y, std::int64_t to, const CopyAxes& axes) {
  const std::size_t element = size_of(x.dtype());
  strided_copy(bytes_in<std::byte>(x) + from * static_cast<std::int64_t>(element),
               bytes_out<std::byte>(y) + to * static_cast<std::int64_t>(element), element, axes);
}

/// Everything along all axes but one.
Ranges along(const Shape& shape, int axis, Range range) {
  Ranges ranges;
  for (int i = 0; i < shape.rank(); ++i) ranges[at(i)] = {0, shape[i], 1};
  ranges[at(axis)] = range;
  return ranges;
}
std::span<const Range> first(const Ranges& ranges, int n) { return {ranges.data(), at(n)}; }

/// Where a part lies in an array: its first element, and how far each of its axes goes there.
struct Region {
  std::int64_t start = 0;
  std::array<std::int64_t, Shape::kMaxRank> strides{};
  Region(const Shape& shape, std::span<const Range> ranges) : strides(strides_of(shape)) {
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      start += ranges[i].start * strides[i];
      if (ranges[i].count > 1) strides[i] *= ranges[i].step;  // a step that is not taken may be huge
    }
  }
};

/// Writes the part into y where the ranges say.
void write_part(const Array& part, Array& y, std::span<const Range> ranges) {
  for (const Range& range : ranges)
    if (range.count == 0) return;
  const Region region(y.shape(), ranges);
  const auto from = strides_of(part.shape());
  CopyAxes axes;
  for (int i = 0; i < y.dim(); ++i)
    axes.push_back(ranges[at(i)].count, part.shape()[i] == 1 ? 0 : from[at(i)], region.strides[at(i)]);
  copy(part, 0, y, region.start, axes);
}

}  // namespace

Array permute(const Array& a, std::span<const int> order) {
  Shape shape;
  for (const int source : order) shape.push_back(a.shape()[source]);
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const auto from = strides_of(a.shape()), to = strides_of(shape);
  CopyAxes axes;
  for (int i = 0; i < shape.rank(); ++i) axes.push_back(shape[i], from[at(order[at(i)])], to[at(i)]);
  copy(a, 0, y, 0, axes);
  return y;
}

Array expand(const Array& a, const Shape& shape) {
  if (a.shape() == shape) return a;
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const auto from = strides_of(a.shape()), to = strides_of(shape);
  const int lead = shape.rank() - a.dim();
  CopyAxes axes;
  for (int i = 0; i < shape.rank(); ++i)
    axes.push_back(shape[i], i < lead || a.shape()[i - lead] == 1 ? 0 : from[at(i - lead)], to[at(i)]);
  copy(a, 0, y, 0, axes);
  return y;
}

Array slice(const Array& a, std::span<const Range> ranges) {
  Shape shape;
  for (const Range& range : ranges) shape.push_back(range.count);
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const Region region(a.shape(), ranges);
  const auto to = strides_of(shape);
  CopyAxes axes;
  for (int i = 0; i < shape.rank(); ++i) axes.push_back(shape[i], region.strides[at(i)], to[at(i)]);
  copy(a, region.start, y, 0, axes);
  return y;
}

Array slice(const Array& a, int axis, Range range) { return slice(a, first(along(a.shape(), axis, range), a.dim())); }

Array slice_scatter(const Array& part, const Shape& shape, std::span<const Range> ranges) {
  Array y = Array::zeros(shape, part.dtype());
  write_part(part, y, ranges);
  return y;
}

Array slice_scatter(const Array& part, const Shape& shape, int axis, Range range) {
  return slice_scatter(part, shape, first(along(shape, axis, range), shape.rank()));
}

Array assign(const Array& a, std::span<const Range> ranges, const Array& part) {
  Array y = a.clone();
  write_part(part, y, ranges);
  return y;
}

Array concat(std::span<const Array> parts, int axis) {
  Shape shape = parts[0].shape();
  shape[axis] = 0;
  for (const Array& part : parts) shape[axis] += part.shape()[axis];
  Array y = Array::empty(shape, parts[0].dtype());
  if (y.numel() == 0) return y;
  const Around to(shape, axis);
  std::int64_t start = 0;
  for (const Array& part : parts) {
    const std::int64_t row = part.shape()[axis] * to.inner;
    CopyAxes axes;
    axes.push_back(to.outer, row, to.size * to.inner);
    axes.push_back(row, 1, 1);
    copy(part, 0, y, start, axes);
    start += row;
  }
  return y;
}

Array flip(const Array& a, unsigned mask) {
  Ranges ranges;
  for (int i = 0; i < a.dim(); ++i) {
    const std::int64_t size = a.shape()[i];
    ranges[at(i)] = mask >> i & 1u ? Range{size - 1, size, -1} : Range{0, size, 1};
  }
  return slice(a, first(ranges, a.dim()));
}

Array roll(const Array& a, std::span<const std::int64_t> shifts) {
  Array y = Array::empty_like(a);
  if (y.numel() == 0) return y;
  const auto strides = strides_of(a.shape());
  // Along one axis, two runs change places; along several, every choice of runs is a copy.
  for (unsigned choice = 0; choice < 1u << a.dim(); ++choice) {
    std::int64_t from = 0, to = 0;
    bool none = false;
    CopyAxes axes;
    for (int i = 0; i < a.dim(); ++i) {
      const bool around = choice >> i & 1u;
      const std::int64_t size = a.shape()[i], shift = shifts[at(i)], count = around ? shift : size - shift;
      none = none || count == 0;
      (around ? from : to) += (around ? size - shift : shift) * strides[at(i)];
      axes.push_back(count, strides[at(i)], strides[at(i)]);
    }
    if (!none) copy(a, from, y, to, axes);
  }
  return y;
}

Array repeat(const Array& a, std::span<const std::int64_t> times) {
  Shape shape = a.shape();
  for (int i = 0; i < a.dim(); ++i) shape[i] *= times[at(i)];
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const auto from = strides_of(a.shape()), to = strides_of(shape);
  CopyAxes axes;
  for (int i = 0; i < a.dim(); ++i) {
    axes.push_back(times[at(i)], 0, a.shape()[i] * to[at(i)]);
    axes.push_back(a.shape()[i], from[at(i)], to[at(i)]);
  }
  copy(a, 0, y, 0, axes);
  return y;
}

Array windows(const Array& a, int axis, std::int64_t size, std::int64_t step) {
  Shape shape = a.shape();
  shape[axis] = (a.shape()[axis] - size) / step + 1;
  shape.push_back(size);
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const auto from = strides_of(a.shape()), to = strides_of(shape);
  CopyAxes axes;
  for (int i = 0; i < a.dim(); ++i)
    axes.push_back(shape[i], i == axis && shape[i] > 1 ? step * from[at(i)] : from[at(i)], to[at(i)]);
  axes.push_back(size, from[at(axis)], 1);
  copy(a, 0, y, 0, axes);
  return y;
}

Array add_windows(const Array& g, const Shape& shape, int axis, std::int64_t size, std::int64_t step) {
  Array y = Array::zeros(shape, g.dtype());
  if (g.numel() == 0) return y;
  const Around to(shape, axis);
  const std::int64_t count = g.shape()[axis];
  dispatch_floating("unfold", g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(g);
    T* q = out<T>(y);
    // Each element gathers its windows in order, so that no two pieces meet.
    parallel_for(to.outer * to.size, std::max<std::int64_t>(1, kGrain / to.inner),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t r = begin; r < end; ++r) {
                     const std::int64_t o = r / to.size, n = r % to.size;
                     const std::int64_t low = n < size ? 0 : (n - size) / step + 1;
                     const std::int64_t high = std::min(count - 1, n / step);
                     for (std::int64_t w = low; w <= high; ++w) {
                       const T* from = p + (o * count + w) * to.inner * size + (n - w * step);
                       for (std::int64_t i = 0; i < to.inner; ++i) q[r * to.inner + i] += from[i * size];
                     }
                   }
                 });
  });
  return y;
}

}  // namespace xgrad::kernels
