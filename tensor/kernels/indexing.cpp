#include "tensor/kernels/indexing.hpp"

#include <algorithm>

#include "tensor/kernels/adding.hpp"
#include "tensor/kernels/strided_copy.hpp"
#include "tensor/parallel.hpp"

namespace xgrad::kernels {
namespace {

/// visit(place in the array of `shape`, place in the index) for all elements of the index. Those that may meet in one
/// place come in the order of `axis`, on one thread.
template <class Visit>
void for_each_indexed(const Shape& shape, int axis, const Array& index, const Visit& visit) {
  if (index.numel() == 0) return;
  const Around x(shape, axis), i(index.shape(), axis);
  const std::int64_t* at = in<std::int64_t>(index);
  // Lines along `axis` do not meet: pieces are several outer ones, or parts of the inner ones.
  const std::int64_t block = i.outer > 1 ? i.inner : std::clamp<std::int64_t>(kGrain / i.size, 64, i.inner + 64);
  const std::int64_t blocks = (i.inner + block - 1) / block;
  const std::int64_t work = std::min(block, i.inner) * i.size;
  parallel_for(i.outer * blocks, std::max<std::int64_t>(1, kGrain / work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t piece = begin; piece < end; ++piece) {
      const std::int64_t o = piece / blocks, from = piece % blocks * block, to = std::min(i.inner, from + block);
      for (std::int64_t j = 0; j < i.size; ++j) {
        const std::int64_t row = (o * i.size + j) * i.inner;
        for (std::int64_t k = from; k < to; ++k) visit((o * x.size + at[row + k]) * x.inner + k, row + k);
      }
    }
  });
}

/// An index list of `n` entries over axis sizes of an array: pieces of (outer, columns), for work on whole rows.
template <class Piece>
void for_row_pieces(const Around& around, std::int64_t n, const Piece& piece) {
  if (around.inner == 0 || n == 0) return;
  const std::int64_t block =
      around.outer > 1 ? around.inner : std::clamp<std::int64_t>(kGrain / n, 64, around.inner + 64);
  const std::int64_t blocks = (around.inner + block - 1) / block;
  const std::int64_t work = std::min(block, around.inner) * n;
  parallel_for(around.outer * blocks, std::max<std::int64_t>(1, kGrain / work),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t p = begin; p < end; ++p) {
                   const std::int64_t from = p % blocks * block;
                   piece(p / blocks, from, std::min(around.inner, from + block));
                 }
               });
}

}  // namespace

Array gather(const Array& x, int axis, const Array& index) {
  Array y = Array::empty(index.shape(), x.dtype());
  if (y.numel() == 0) return y;
  const Around from(x.shape(), axis), to(index.shape(), axis);
  const std::int64_t* at = in<std::int64_t>(index);
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    parallel_for(to.outer * to.size, std::max<std::int64_t>(1, kGrain / to.inner),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::int64_t k = begin * to.inner, j = begin % to.size;
                   const T* lines = p + begin / to.size * from.size * from.inner;
                   for (std::int64_t r = begin; r < end; ++r) {
                     for (std::int64_t i = 0; i < to.inner; ++i, ++k) q[k] = lines[at[k] * from.inner + i];
                     if (++j == to.size) lines += from.size * from.inner, j = 0;
                   }
                 });
  });
  return y;
}

namespace {

Array scatter_added(Array y, int axis, const Array& index, const Array& source) {
  const Shape shape = y.shape();
  for_numbers(source.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(source);
    T* q = out<T>(y);
    for_each_indexed(shape, axis, index, [=](std::int64_t to, std::int64_t from) { add_to(q[to], p[from]); });
  });
  return y;
}

}  // namespace

Array scatter_add(const Shape& shape, int axis, const Array& index, const Array& source) {
  return scatter_added(Array::zeros(shape, source.dtype()), axis, index, source);
}
Array scatter_add(const Array& x, int axis, const Array& index, const Array& source) {
  return scatter_added(x.clone(), axis, index, source);
}

Array scatter(const Array& x, int axis, const Array& index, const Array& source) {
  Array y = x.clone();
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(source);
    T* q = bytes_out<T>(y);
    for_each_indexed(x.shape(), axis, index, [=](std::int64_t to, std::int64_t from) { q[to] = p[from]; });
  });
  return y;
}

Array scatter_winners(const Shape& shape, int axis, const Array& index) {
  Array last = Array::empty(shape, int64), y = Array::empty(index.shape(), bool_);
  auto* winner = out<std::int64_t>(last);
  for_each_indexed(shape, axis, index, [=](std::int64_t to, std::int64_t from) { winner[to] = from; });
  bool* wins = out<bool>(y);
  for_each_indexed(shape, axis, index, [=](std::int64_t to, std::int64_t from) { wins[from] = winner[to] == from; });
  return y;
}

Array index_select(const Array& x, int axis, const Array& index) {
  Shape shape = x.shape();
  shape[axis] = index.numel();
  Array y = Array::empty(shape, x.dtype());
  if (y.numel() == 0) return y;
  const Around from(x.shape(), axis);
  const std::int64_t *at = in<std::int64_t>(index), n = index.numel();
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    if (from.inner == 1) {
      parallel_for(from.outer, std::max<std::int64_t>(1, kGrain / n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t o = begin; o < end; ++o)
          for (std::int64_t j = 0; j < n; ++j) q[o * n + j] = p[o * from.size + at[j]];
      });
      return;
    }
    parallel_for(from.outer * n, std::max<std::int64_t>(1, kGrain / from.inner),
                 [&](std::int64_t begin, std::int64_t end) {
                   std::int64_t o = begin / n, j = begin % n;
                   for (std::int64_t r = begin; r < end; ++r) {
                     copy_run(p + (o * from.size + at[j]) * from.inner, q + r * from.inner, from.inner);
                     if (++j == n) ++o, j = 0;
                   }
                 });
  });
  return y;
}

namespace {

Array index_added(Array y, int axis, const Array& index, const Array& source) {
  const Around to(y.shape(), axis);
  const std::int64_t *at = in<std::int64_t>(index), n = index.numel();
  for_numbers(source.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(source);
    T* q = out<T>(y);
    for_row_pieces(to, n, [&](std::int64_t o, std::int64_t begin, std::int64_t end) {
      for (std::int64_t j = 0; j < n; ++j) {
        const T* from = p + (o * n + j) * to.inner;
        T* sum = q + (o * to.size + at[j]) * to.inner;
        for (std::int64_t i = begin; i < end; ++i) add_to(sum[i], from[i]);
      }
    });
  });
  return y;
}

}  // namespace

Array index_add(const Shape& shape, int axis, const Array& index, const Array& source) {
  return index_added(Array::zeros(shape, source.dtype()), axis, index, source);
}
Array index_add(const Array& x, int axis, const Array& index, const Array& source) {
  return index_added(x.clone(), axis, index, source);
}

}  // namespace xgrad::kernels
