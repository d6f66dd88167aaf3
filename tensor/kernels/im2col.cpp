#include "tensor/kernels/im2col.hpp"

#include <algorithm>
#include <cstdlib>
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

/// Calls row(input row or -1 where it lies in the padding, place in the columns, windows inside, first input column)
/// for each tap and each row of the tile.
template <class Row>
void for_each_run(std::int64_t channels, const Window& h, const Window& w, const Tile& tile, const Row& row) {
  const Taps taps(w);
  std::int64_t place = 0;
  for (std::int64_t c = 0; c < channels; ++c)
    for (std::int64_t i = 0; i < h.kernel; ++i)
      for (std::int64_t j = 0; j < w.kernel; ++j) {
        const std::int64_t end = tile.column + tile.columns, first = std::clamp(taps[j].first, tile.column, end);
        const Window::Range range{first, std::clamp(taps[j].last, first, end)};
        const std::int64_t start = w.at(first, j);
        for (std::int64_t r = tile.row; r < tile.row + tile.rows; ++r, place += tile.columns) {
          const std::int64_t at = h.at(r, i);
          row(at >= 0 && at < h.in ? (c * h.in + at) * w.in : -1, place, range, start);
        }
      }
}

/// Whether a tap's rows lie as close together in the image as in the columns: then they are copied as one, and what
/// came round the edges is overwritten by zeros.
bool shifted(const Window& h, const Window& w, const Tile& tile) {
  return h.stride == 1 && w.stride == 1 && w.in == w.out && tile.columns == w.out;
}

template <class T>
void shift_rows(const T* x, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* columns) {
  const Taps rows(h);
  const std::int64_t width = w.in, image = h.in * width;
  for (std::int64_t c = 0; c < channels; ++c, x += image)
    for (std::int64_t i = 0; i < h.kernel; ++i) {
      const std::int64_t first = std::clamp(rows[i].first, tile.row, tile.row + tile.rows);
      const std::int64_t last = std::clamp(rows[i].last, first, tile.row + tile.rows);
      for (std::int64_t j = 0; j < w.kernel; ++j, columns += tile.size()) {
        const std::int64_t shift = w.at(0, j), over = std::min(std::abs(shift), width);
        T* const to = columns + (first - tile.row) * width;
        T* const end = columns + (last - tile.row) * width;
        std::fill(columns, to, T(0));
        std::fill(end, columns + tile.size(), T(0));
        const std::int64_t from = h.at(first, i) * width + shift, n = end - to;
        const std::int64_t skip = std::clamp<std::int64_t>(-from, 0, n);
        const std::int64_t stop = std::clamp<std::int64_t>(image - from, skip, n);
        if (stop > skip) std::memcpy(to + skip, x + from + skip, sizeof(T) * static_cast<std::size_t>(stop - skip));
        for (T* row = shift < 0 ? to : to + width - over; row < end; row += width)
          for (std::int64_t k = 0; k < over; ++k) row[k] = T(0);
      }
    }
}

}  // namespace

template <class T>
void im2col(const T* x, std::int64_t channels, const Window& h, const Window& w, const Tile& tile, T* columns) {
  if (shifted(h, w, tile)) return shift_rows(x, channels, h, w, tile, columns);
  const std::int64_t stride = w.stride, offset = tile.column, width = tile.columns;
  for_each_run(channels, h, w, tile,
               [=](std::int64_t row, std::int64_t place, const Window::Range& range, std::int64_t start) {
                 T* to = columns + place;
                 const std::int64_t before = range.first - offset, n = range.last - range.first;
                 if (row < 0 || n == 0) {
                   std::fill_n(to, width, T(0));
                   return;
                 }
                 const T* from = x + row + start;
                 if (before > 0) std::fill_n(to, before, T(0));
                 if (stride == 1) copy_run(from, to + before, n);
                 else
                   for (std::int64_t k = 0; k < n; ++k) to[before + k] = from[k * stride];
                 if (before + n < width) std::fill_n(to + before + n, width - before - n, T(0));
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
