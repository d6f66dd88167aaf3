#include "tensor/kernels/layout.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "tensor/kernels/broadcast.hpp"
#include "tensor/kernels/dispatch.hpp"

namespace xgrad::kernels {
namespace {

/// The sizes before, of and after an axis, multiplied up.
struct Around {
  std::int64_t outer = 1, size = 1, inner = 1;
  Around(const Shape& shape, int axis) {
    for (int i = 0; i < axis; ++i) outer *= shape[i];
    if (shape.rank() > 0) size = shape[axis];
    for (int i = axis + 1; i < shape.rank(); ++i) inner *= shape[i];
  }
};

/// Copies are the same for all types of one size.
template <class F>
void by_size(DType t, F&& f) {
  switch (size_of(t)) {
    case 1: return f(Type<std::uint8_t>{});
    case 4: return f(Type<std::uint32_t>{});
    default: return f(Type<std::uint64_t>{});
  }
}

template <class T>
const T* bytes_in(const Array& a) {
  return static_cast<const T*>(a.raw());
}
template <class T>
T* bytes_out(Array& a) {
  return static_cast<T*>(static_cast<void*>(detail::Access::impl(a)->data));
}

struct CopyAxis {
  std::int64_t size, from, to;  // steps, and how far each goes in the source and in the result
};

/// y[r][c] = x[c][r] in tiles that fit the first-level cache.
template <class T>
void transpose_tile(const T* x, std::int64_t x_step, T* y, std::int64_t y_step, std::int64_t rows, std::int64_t cols) {
  constexpr std::int64_t kTile = 16;
  for (std::int64_t r0 = 0; r0 < rows; r0 += kTile) {
    const std::int64_t r1 = std::min(rows, r0 + kTile);
    for (std::int64_t c0 = 0; c0 < cols; c0 += kTile) {
      const std::int64_t c1 = std::min(cols, c0 + kTile);
      for (std::int64_t r = r0; r < r1; ++r)
        for (std::int64_t c = c0; c < c1; ++c) y[r * y_step + c] = x[c * x_step + r];
    }
  }
}

/// The permutation as axes of the result, neighbours that stay neighbours merged, sizes of 1 left out.
std::vector<CopyAxis> merged_axes(const Shape& from, std::span<const int> order) {
  std::int64_t strides[Shape::kMaxRank];
  std::int64_t stride = 1;
  for (int i = from.rank() - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= from[i];
  }
  std::vector<CopyAxis> axes;
  for (const int source : order) {
    const CopyAxis axis{from[source], strides[source], 0};
    if (axis.size == 1) continue;
    if (!axes.empty() && axes.back().from == axis.from * axis.size) {
      axes.back() = {axes.back().size * axis.size, axis.from, 0};
    } else {
      axes.push_back(axis);
    }
  }
  std::int64_t to = 1;
  for (std::size_t i = axes.size(); i-- > 0;) {
    axes[i].to = to;
    to *= axes[i].size;
  }
  return axes;
}

template <class F>
void odometer(const std::vector<CopyAxis>& outer, const F& f) {
  std::int64_t total = 1;
  for (const CopyAxis& axis : outer) total *= axis.size;
  std::vector<std::int64_t> index(outer.size(), 0);
  std::int64_t from = 0, to = 0;
  for (std::int64_t n = 0; n < total; ++n) {
    f(from, to);
    for (std::size_t i = outer.size(); i-- > 0;) {
      from += outer[i].from;
      to += outer[i].to;
      if (++index[i] < outer[i].size) break;
      from -= outer[i].from * outer[i].size;
      to -= outer[i].to * outer[i].size;
      index[i] = 0;
    }
  }
}

template <class T>
void permute_into(const T* x, T* y, std::vector<CopyAxis> axes) {
  const CopyAxis last = axes.back();
  axes.pop_back();
  if (last.from == 1) {  // whole rows stay together
    odometer(axes, [&](std::int64_t from, std::int64_t to) {
      std::memcpy(y + to, x + from, static_cast<std::size_t>(last.size) * sizeof(T));
    });
    return;
  }
  const auto unit = std::find_if(axes.begin(), axes.end(), [](const CopyAxis& a) { return a.from == 1; });
  const CopyAxis rows = *unit;
  axes.erase(unit);
  odometer(axes, [&](std::int64_t from, std::int64_t to) {
    transpose_tile(x + from, last.from, y + to, rows.to, rows.size, last.size);
  });
}

}  // namespace

Array permute(const Array& a, std::span<const int> order) {
  Shape shape;
  for (const int source : order) shape.push_back(a.shape()[source]);
  Array y = Array::empty(shape, a.dtype());
  if (a.numel() == 0) return y;
  const std::vector<CopyAxis> axes = merged_axes(a.shape(), order);
  if (axes.empty()) std::memcpy(bytes_out<char>(y), a.raw(), a.nbytes());
  else
    by_size(a.dtype(), [&](auto type) {
      using T = typename decltype(type)::type;
      permute_into(bytes_in<T>(a), bytes_out<T>(y), axes);
    });
  return y;
}

Array expand(const Array& a, const Shape& shape) {
  if (a.shape() == shape) return a;
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const MergedAxes axes = merge(shape, a.shape(), Shape{});
  by_size(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = bytes_in<T>(a);
    T* z = bytes_out<T>(y);
    for_each_row(axes, kGrain, [&](std::int64_t at, std::int64_t at_x, std::int64_t, const MergedAxis& inner) {
      if (inner.a != 0) std::memcpy(z + at, x + at_x, static_cast<std::size_t>(inner.size) * sizeof(T));
      else std::fill_n(z + at, inner.size, x[at_x]);
    });
  });
  return y;
}

Array slice(const Array& a, int axis, Range range) {
  const Around from(a.shape(), axis);
  Shape shape = a.shape();
  shape[axis] = range.count;
  Array y = Array::empty(shape, a.dtype());
  const std::size_t row = static_cast<std::size_t>(from.inner) * size_of(a.dtype());
  const auto* x = bytes_in<std::byte>(a);
  auto* z = bytes_out<std::byte>(y);
  for (std::int64_t o = 0; o < from.outer; ++o) {
    const std::byte* source = x + static_cast<std::size_t>(o * from.size + range.start) * row;
    if (range.step == 1) {
      if (range.count > 0) std::memcpy(z, source, static_cast<std::size_t>(range.count) * row);
      z += static_cast<std::size_t>(range.count) * row;
    } else {
      for (std::int64_t i = 0; i < range.count; ++i, z += row)
        std::memcpy(z, source + i * range.step * static_cast<std::int64_t>(row), row);
    }
  }
  return y;
}

Array slice_scatter(const Array& part, const Shape& shape, int axis, Range range) {
  const Around to(shape, axis);
  Array y = Array::zeros(shape, part.dtype());
  const std::size_t row = static_cast<std::size_t>(to.inner) * size_of(part.dtype());
  const auto* x = bytes_in<std::byte>(part);
  auto* z = bytes_out<std::byte>(y);
  for (std::int64_t o = 0; o < to.outer; ++o) {
    std::byte* target = z + static_cast<std::size_t>(o * to.size + range.start) * row;
    for (std::int64_t i = 0; i < range.count; ++i, x += row)
      std::memcpy(target + i * range.step * static_cast<std::int64_t>(row), x, row);
  }
  return y;
}

Array concat(std::span<const Array> parts, int axis) {
  Shape shape = parts[0].shape();
  shape[axis] = 0;
  for (const Array& part : parts) shape[axis] += part.shape()[axis];
  Array y = Array::empty(shape, parts[0].dtype());
  const Around to(shape, axis);
  const std::size_t element = size_of(y.dtype());
  auto* z = bytes_out<std::byte>(y);
  for (std::int64_t o = 0; o < to.outer; ++o) {
    for (const Array& part : parts) {
      const std::size_t bytes = static_cast<std::size_t>(part.shape()[axis] * to.inner) * element;
      if (bytes > 0) std::memcpy(z, bytes_in<std::byte>(part) + static_cast<std::size_t>(o) * bytes, bytes);
      z += bytes;
    }
  }
  return y;
}

Array gather(const Array& x, int axis, const Array& index) {
  Array y = Array::empty(index.shape(), x.dtype());
  const Around from(x.shape(), axis), to(index.shape(), axis);
  const std::int64_t* at = in<std::int64_t>(index);
  by_size(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    std::int64_t k = 0;
    for (std::int64_t o = 0; o < to.outer; ++o)
      for (std::int64_t j = 0; j < to.size; ++j)
        for (std::int64_t i = 0; i < to.inner; ++i, ++k) q[k] = p[(o * from.size + at[k]) * from.inner + i];
  });
  return y;
}

Array scatter_add(const Shape& shape, int axis, const Array& index, const Array& source) {
  Array y = Array::zeros(shape, source.dtype());
  const Around to(shape, axis), from(index.shape(), axis);
  const std::int64_t* at = in<std::int64_t>(index);
  dispatch(source.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    if constexpr (!std::is_same_v<T, bool>) {
      const T* p = in<T>(source);
      T* q = out<T>(y);
      std::int64_t k = 0;
      for (std::int64_t o = 0; o < from.outer; ++o)
        for (std::int64_t j = 0; j < from.size; ++j)
          for (std::int64_t i = 0; i < from.inner; ++i, ++k) {
            T& target = q[(o * to.size + at[k]) * to.inner + i];
            target = static_cast<T>(modular(target) + modular(p[k]));
          }
    }
  });
  return y;
}

}  // namespace xgrad::kernels
