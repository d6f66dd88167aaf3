#include "tensor/kernels/diagonal.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// Where the diagonals of an array lie.
struct Walk {
  std::array<std::int64_t, Shape::kMaxRank> sizes{}, strides{};  // of the axes that stay
  std::size_t axes = 0;
  std::int64_t count = 1, length, start, step;  // diagonals; of one: elements, its first, the way to the next

  Walk(const Shape& shape, const Diagonal& which) : length(which.length(shape)), start(0), step(0) {
    std::int64_t stride = 1, row = 0, column = 0;
    for (int i = shape.rank() - 1; i >= 0; --i) {
      if (i == which.row) {
        row = stride;
      } else if (i == which.column) {
        column = stride;
      } else {
        sizes[axes] = shape[i];
        strides[axes++] = stride;
        count *= shape[i];
      }
      stride *= shape[i];
    }
    step = row + column;
    if (length > 0) start = which.offset >= 0 ? which.offset * column : -which.offset * row;
  }

  /// f(number of the diagonal, place of its first element), one after the other.
  template <class F>
  void each(const F& f) const {
    std::array<std::int64_t, Shape::kMaxRank> index{};
    std::int64_t at = start;
    for (std::int64_t n = 0; n < count; ++n) {
      f(n, at);
      for (std::size_t i = 0; i < axes; ++i) {  // innermost first
        at += strides[i];
        if (++index[i] < sizes[i]) break;
        at -= strides[i] * sizes[i];
        index[i] = 0;
      }
    }
  }
};

/// Rows copied from `first(i)` to `end(i)`, where i is the number of the row in its matrix; the rest is 0.
template <class First, class End>
Array keep(const Array& a, First first, End end) {
  Array y = Array::empty_like(a);
  if (y.numel() == 0) return y;
  const std::int64_t rows = a.size(-2), columns = a.size(-1);
  const std::size_t element = size_of(a.dtype());
  const auto* from = static_cast<const std::byte*>(a.raw());
  auto* to = static_cast<std::byte*>(static_cast<void*>(detail::Access::impl(y)->data));
  const auto bytes = [&](std::int64_t n) { return static_cast<std::size_t>(n) * element; };
  parallel_for(y.numel() / columns, std::max<std::int64_t>(1, kGrain / columns),
               [&](std::int64_t begin, std::int64_t stop) {
                 for (std::int64_t r = begin; r < stop; ++r) {
                   const std::int64_t i = r % rows, low = first(i), high = end(i);
                   const std::size_t at = bytes(r * columns);
                   std::memset(to + at, 0, bytes(low));
                   std::memcpy(to + at + bytes(low), from + at + bytes(low), bytes(high - low));
                   std::memset(to + at + bytes(high), 0, bytes(columns - high));
                 }
               });
  return y;
}

}  // namespace

std::int64_t Diagonal::length(const Shape& shape) const {
  const std::int64_t rows = shape[row], columns = shape[column];
  if (offset >= columns || offset <= -rows) return 0;
  return offset >= 0 ? std::min(rows, columns - offset) : std::min(rows + offset, columns);
}

Array diagonal(const Array& a, const Diagonal& which) {
  Shape shape = a.shape().without(std::max(which.row, which.column)).without(std::min(which.row, which.column));
  shape.push_back(which.length(a.shape()));
  Array y = Array::empty(shape, a.dtype());
  if (y.numel() == 0) return y;
  const Walk walk(a.shape(), which);
  dispatch(a.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = in<T>(a);
    T* z = out<T>(y);
    walk.each([&](std::int64_t n, std::int64_t at) {
      for (std::int64_t i = 0; i < walk.length; ++i) z[n * walk.length + i] = x[at + i * walk.step];
    });
  });
  return y;
}

Array diagonal_scatter(const Array& part, const Shape& shape, const Diagonal& which) {
  Array y = Array::zeros(shape, part.dtype());
  if (part.numel() == 0) return y;
  const Walk walk(shape, which);
  dispatch(part.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* x = in<T>(part);
    T* z = out<T>(y);
    walk.each([&](std::int64_t n, std::int64_t at) {
      for (std::int64_t i = 0; i < walk.length; ++i) z[at + i * walk.step] = x[n * walk.length + i];
    });
  });
  return y;
}

Array tril(const Array& a, std::int64_t k) {
  const std::int64_t rows = a.size(-2), columns = a.size(-1);
  const std::int64_t within = std::clamp(k, -rows, columns);
  return keep(
      a, [](std::int64_t) { return std::int64_t{0}; },
      [=](std::int64_t i) { return std::clamp<std::int64_t>(i + within + 1, 0, columns); });
}

Array triu(const Array& a, std::int64_t k) {
  const std::int64_t rows = a.size(-2), columns = a.size(-1);
  const std::int64_t within = std::clamp(k, -rows, columns);
  return keep(
      a, [=](std::int64_t i) { return std::clamp<std::int64_t>(i + within, 0, columns); },
      [=](std::int64_t) { return columns; });
}

}  // namespace xgrad::kernels
