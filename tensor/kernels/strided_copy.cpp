#include "tensor/kernels/strided_copy.hpp"

#include <algorithm>

#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

using Axes = std::span<const CopyAxis>;

std::int64_t product(Axes axes) noexcept {
  std::int64_t n = 1;
  for (const CopyAxis& axis : axes) n *= axis.size;
  return n;
}

/// Walks over all positions of some axes, the last one fastest, from position `start` on.
class Odometer {
 public:
  Odometer(Axes axes, std::int64_t start) noexcept : axes_(axes) {
    for (std::size_t i = axes.size(); i-- > 0; start /= axes[i].size) {
      index_[i] = start % axes[i].size;
      from += index_[i] * axes[i].from;
      to += index_[i] * axes[i].to;
    }
  }
  void next() noexcept {
    for (std::size_t i = axes_.size(); i-- > 0;) {
      from += axes_[i].from;
      to += axes_[i].to;
      if (++index_[i] < axes_[i].size) return;
      from -= axes_[i].from * axes_[i].size;
      to -= axes_[i].to * axes_[i].size;
      index_[i] = 0;
    }
  }
  std::int64_t from = 0, to = 0;

 private:
  Axes axes_;
  std::array<std::int64_t, 2 * Shape::kMaxRank + 1> index_{};
};

/// row(x, y, n) for every innermost run; one that is long by itself is cut.
template <class T, class Row>
void for_rows(const T* x, T* y, Axes axes, const Row& row) {
  const CopyAxis last = axes.back();
  const Axes outer = axes.first(axes.size() - 1);
  const std::int64_t rows = product(outer);
  if (rows < 8 && last.size > kGrain) {
    Odometer at(outer, 0);
    for (std::int64_t r = 0; r < rows; ++r, at.next()) {
      parallel_for(last.size, kGrain, [&](std::int64_t begin, std::int64_t end) {
        row(x + at.from + begin * last.from, y + at.to + begin * last.to, end - begin);
      });
    }
    return;
  }
  parallel_for(rows, std::max<std::int64_t>(1, kGrain / last.size), [&](std::int64_t begin, std::int64_t end) {
    Odometer at(outer, begin);
    for (std::int64_t r = begin; r < end; ++r, at.next()) row(x + at.from, y + at.to, last.size);
  });
}

template <class T>
void copy_rows(const T* x, T* y, Axes axes) {
  const std::int64_t from = axes.back().from, to = axes.back().to;
  if (to == 1 && from == 1) {
    for_rows(x, y, axes, [](const T* p, T* q, std::int64_t n) { copy_run(p, q, n); });
  } else if (to == 1 && from == 0) {
    for_rows(x, y, axes, [](const T* p, T* q, std::int64_t n) { std::fill_n(q, n, *p); });
  } else if (to == 1 && from == -1) {
    for_rows(x, y, axes, [](const T* p, T* q, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) q[i] = p[-i];
    });
  } else {
    for_rows(x, y, axes, [from, to](const T* p, T* q, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i) q[i * to] = p[i * from];
    });
  }
}

/// As many elements as a line of the cache holds.
template <class T>
inline constexpr std::int64_t kTile = 64 / sizeof(T);

/// y[r][c] = x[c][r] for a square of whole cache lines: each is read once and written once, through a square of our
/// own, since lines a power of two apart would push each other out of the cache before they are used up.
template <class T>
void transpose_square(const T* x, std::int64_t x_step, T* y, std::int64_t y_step) {
  constexpr std::int64_t n = kTile<T>;
  T square[n][n];
  for (std::int64_t c = 0; c < n; ++c) std::copy_n(x + c * x_step, n, square[c]);
  for (std::int64_t r = 0; r < n; ++r) {
    T row[n];
    for (std::int64_t c = 0; c < n; ++c) row[c] = square[c][r];
    std::copy_n(row, n, y + r * y_step);
  }
}

/// y[r][c] = x[c][r]: `rows` steps along the source's elements, `cols` along the target's.
template <class T>
void transpose_tiles(const T* x, T* y, std::int64_t n_rows, const CopyAxis& rows, const CopyAxis& cols) {
  constexpr std::int64_t n = kTile<T>;
  for (std::int64_t r0 = 0; r0 < n_rows; r0 += n) {
    const std::int64_t r1 = std::min(n_rows, r0 + n);
    for (std::int64_t c0 = 0; c0 < cols.size; c0 += n) {
      const std::int64_t c1 = std::min(cols.size, c0 + n);
      const T* from = x + c0 * cols.from + r0 * rows.from;
      if (r1 - r0 == n && c1 - c0 == n && rows.from == 1) {
        transpose_square(from, cols.from, y + r0 * rows.to + c0, rows.to);
        continue;
      }
      for (std::int64_t r = r0; r < r1; ++r)
        for (std::int64_t c = c0; c < c1; ++c) y[r * rows.to + c] = x[c * cols.from + r * rows.from];
    }
  }
}

/// The innermost axis of the target is not that of the source, which is axis `unit`.
template <class T>
void transpose(const T* x, T* y, Axes axes, std::size_t unit) {
  const CopyAxis cols = axes.back(), rows = axes[unit];
  // Bands of rows, as an axis in their place, are the pieces of the work.
  const std::int64_t band = std::max<std::int64_t>(64, 4096 / cols.size);
  const std::int64_t bands = (rows.size + band - 1) / band;
  std::array<CopyAxis, 2 * Shape::kMaxRank + 1> room;
  std::size_t n = 0;
  for (std::size_t i = 0; i + 1 < axes.size(); ++i)
    if (i != unit) room[n++] = axes[i];
  room[n++] = {bands, band * rows.from, band * rows.to};
  const Axes outer(room.data(), n);
  parallel_for(product(outer), std::max<std::int64_t>(1, kGrain / (band * cols.size)),
               [&](std::int64_t begin, std::int64_t end) {
                 Odometer at(outer, begin);
                 for (std::int64_t i = begin; i < end; ++i, at.next()) {
                   const std::int64_t left = rows.size - i % bands * band;
                   transpose_tiles(x + at.from, y + at.to, std::min(band, left), rows, cols);
                 }
               });
}

template <class T>
void copy(const T* x, T* y, Axes axes) {
  if (axes.empty()) {
    *y = *x;
    return;
  }
  const CopyAxis last = axes.back();
  if (last.to == 1 && (last.from > 1 || last.from < -1)) {
    for (std::size_t i = 0; i + 1 < axes.size(); ++i)
      if (axes[i].from == 1 || axes[i].from == -1) return transpose(x, y, axes, i);
  }
  copy_rows(x, y, axes);
}

}  // namespace

void strided_copy(const void* from, void* to, std::size_t element, const CopyAxes& axes) {
  if (axes.empty()) return;
  by_size(element, [&](auto type) {
    using T = typename decltype(type)::type;
    copy(static_cast<const T*>(from), static_cast<T*>(to), axes.list());
  });
}

}  // namespace xgrad::kernels
