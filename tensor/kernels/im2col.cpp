#include "tensor/kernels/im2col.hpp"

#include <algorithm>
#include <cstring>

#include "tensor/kernels/dispatch.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// The copy of n >= Width elements, or of fewer by narrower steps: whole vectors, the last one overlapping. A call of
/// memcpy would cost as much as a short run itself.
template <class T, std::int64_t Width = 64 / sizeof(T)>
inline void copy_run(const T* from, T* to, std::int64_t n) {
  if (n < Width) {
    if constexpr (Width > 1) copy_run<T, Width / 2>(from, to, n);
    return;
  }
  constexpr std::size_t kBytes = sizeof(T) * static_cast<std::size_t>(Width);
  for (std::int64_t i = 0; i + Width < n; i += Width) std::memcpy(to + i, from + i, kBytes);
  std::memcpy(to + n - Width, from + n - Width, kBytes);
}

/// The windows of a tile's columns whose tap j lies inside the input.
Window::Range columns_inside(const Window& w, const Tile& tile, std::int64_t j) {
  const Window::Range all = w.inside(j);
  const std::int64_t first = std::clamp(all.first, tile.column, tile.column + tile.columns);
  return {first, std::clamp(all.last, first, tile.column + tile.columns)};
}

/// Calls row(input row, place in the tile, column range, first input column) for each tap and each row of the tile, or
/// with input row -1 where the row lies in the padding.
template <class Row>
void for_each_run(std::int64_t channels, const Window& h, const Window& w, const Tile& tile, const Row& row) {
  std::int64_t place = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < h.kernel; ++i)
      for (std::int64_t j = 0; j < w.kernel; ++j) {
        const Window::Range range = columns_inside(w, tile, j);
        const std::int64_t start = w.at(range.first, j);
        for (std::int64_t r = tile.row; r < tile.row + tile.rows; ++r, place += tile.columns) {
          const std::int64_t at = h.at(r, i);
          row(at >= 0 && at < h.in ? (c * h.in + at) * w.in : -1, place, range, start);
        }
      }
}

}  // namespace

template <class T>
void im2col(const T* x, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* columns) {
  const std::int64_t stride = w.stride, offset = tile.column, width = tile.columns;
  for_each_run(channels, h, w, tile,
               [=](std::int64_t row, std::int64_t place, const Window::Range& range, std::int64_t start) {
                 T* to = columns + place;
                 const std::int64_t n = range.last - range.first;
                 if (row < 0 || n == 0) {
                   std::fill_n(to, width, T(0));
                   return;
                 }
                 std::int64_t q = 0;
                 for (; q < range.first - offset; ++q) to[q] = T(0);
                 const T* from = x + row + start;
                 if (stride == 1) copy_run(from, to + q, n);
                 else
                   for (std::int64_t k = 0; k < n; ++k) to[q + k] = from[k * stride];
                 for (q += n; q < width; ++q) to[q] = T(0);
               });
}

template <class T>
void col2im(const T* columns, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* x) {
  const std::int64_t stride = w.stride, offset = tile.column;
  for_each_run(channels, h, w, tile,
               [=](std::int64_t row, std::int64_t place, const Window::Range& range, std::int64_t start) {
                 if (row < 0) return;
                 const T* __restrict__ from = columns + place + (range.first - offset);
                 T* __restrict__ to = x + row + start;
                 const std::int64_t n = range.last - range.first;
                 if (stride == 1)
                   for (std::int64_t k = 0; k < n; ++k) to[k] += from[k];
                 else
                   for (std::int64_t k = 0; k < n; ++k) to[k * stride] += from[k];
               });
}

template void im2col(const float*, std::int64_t, const Window&, const Window&, const Tile&, float*);
template void im2col(const double*, std::int64_t, const Window&, const Window&, const Tile&, double*);
template void col2im(const float*, std::int64_t, const Window&, const Window&, const Tile&, float*);
template void col2im(const double*, std::int64_t, const Window&, const Window&, const Tile&, double*);

Array unfold(const Array& x, const Window& h, const Window& w) {
  const std::int64_t batch = x.shape()[0], channels = x.shape()[1], image = channels * h.in * w.in;
  const Tile whole{0, h.out, 0, w.out};
  const std::int64_t rows = channels * h.kernel * w.kernel, matrix = rows * whole.size();
  Array y = Array::empty({batch, rows, whole.size()}, x.dtype());
  dispatch_floating("unfold", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    parallel_for(batch, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, matrix)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t n = begin; n < end; ++n)
                     im2col(in<T>(x) + n * image, channels, h, w, whole, out<T>(y) + n * matrix);
                 });
  });
  return y;
}

Array fold(const Array& columns, std::int64_t channels, const Window& h, const Window& w) {
  const std::int64_t batch = columns.shape()[0], image = channels * h.in * w.in;
  const Tile whole{0, h.out, 0, w.out};
  const std::int64_t matrix = channels * h.kernel * w.kernel * whole.size();
  Array x = Array::zeros({batch, channels, h.in, w.in}, columns.dtype());
  dispatch_floating("fold", columns.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    parallel_for(batch, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, matrix)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t n = begin; n < end; ++n)
                     col2im(in<T>(columns) + n * matrix, channels, h, w, whole, out<T>(x) + n * image);
                 });
  });
  return x;
}

}  // namespace xgrad::kernels
