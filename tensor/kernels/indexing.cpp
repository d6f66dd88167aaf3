#include "tensor/kernels/indexing.hpp"

#include <algorithm>

#include "tensor/kernels/broadcast.hpp"
#include "tensor/kernels/strided_copy.hpp"

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

/// f(Type<T>{}) for the types that can be added up; bools cannot.
template <class F>
void for_numbers(DType t, const F& f) {
  dispatch(t, [&](auto type) {
    if constexpr (!std::is_same_v<typename decltype(type)::type, bool>) f(type);
  });
}

template <class T>
void add_to(T& sum, T v) {
  sum = static_cast<T>(modular(sum) + modular(v));
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

namespace {

/// Loads both sides first, and the mask as bytes: so gcc makes it vectors, which it does not of bools; with a branch in
/// it, the loop would be 20 times slower on masks without order.
template <class T>
void fill_where(const T* x, const bool* mask, T* y, std::int64_t n, T value) {
  const auto* m = reinterpret_cast<const std::uint8_t*>(mask);
  for (std::int64_t i = 0; i < n; ++i) {
    const T kept = x[i];
    y[i] = m[i] != 0 ? value : kept;
  }
}

}  // namespace

Array masked_fill(const Array& x, const Array& mask, Scalar value) {
  Array y = Array::empty_like(x);
  if (y.numel() == 0) return y;
  const bool* m = in<bool>(mask);
  const MergedAxes axes = merge(x.shape(), x.shape(), mask.shape());
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T v = value.to<T>();
    const T* p = in<T>(x);
    T* q = out<T>(y);
    if (axes.size() == 1 && axes.back().b == 1) {
      parallel_for(x.numel(), kGrain, [&](std::int64_t begin, std::int64_t end) {
        fill_where(p + begin, m + begin, q + begin, end - begin, v);
      });
      return;
    }
    for_each_row(axes, kGrain, [&](std::int64_t at, std::int64_t, std::int64_t at_m, const MergedAxis& inner) {
      if (inner.b == 0) {
        if (m[at_m]) std::fill_n(q + at, inner.size, v);
        else copy_run(p + at, q + at, inner.size);
      } else {
        fill_where(p + at, m + at_m, q + at, inner.size, v);
      }
    });
  });
  return y;
}

namespace {

/// How many elements are true before each block of kGrain, and at the end how many in all.
template <class True>
std::vector<std::int64_t> counted(std::int64_t n, const True& is_true) {
  const std::int64_t blocks = (n + kGrain - 1) / kGrain;
  std::vector<std::int64_t> before(static_cast<std::size_t>(blocks) + 1, 0);
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      std::int64_t count = 0;
      for (std::int64_t i = b * kGrain; i < std::min(n, (b + 1) * kGrain); ++i) count += is_true(i) ? 1 : 0;
      before[static_cast<std::size_t>(b) + 1] = count;
    }
  });
  for (std::size_t b = 1; b < before.size(); ++b) before[b] += before[b - 1];
  return before;
}

/// visit(i, k) for the k-th true element i, and for others before it, which the last call for a k overrules: so there
/// is no branch to guess.
template <class True, class Visit>
void for_each_true(const std::vector<std::int64_t>& before, const True& is_true, const Visit& visit) {
  parallel_for(static_cast<std::int64_t>(before.size()) - 1, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) {
      std::int64_t i = b * kGrain, k = before[static_cast<std::size_t>(b)];
      for (const std::int64_t last = before[static_cast<std::size_t>(b) + 1]; k < last; ++i) {
        visit(i, k);
        k += is_true(i) ? 1 : 0;
      }
    }
  });
}

}  // namespace

Array masked_select(const Array& x, const Array& mask) {
  const bool* m = in<bool>(mask);
  const auto is_true = [m](std::int64_t i) { return m[i]; };
  const auto before = counted(x.numel(), is_true);
  Array y = Array::empty({before.back()}, x.dtype());
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[k] = p[i]; });
  });
  return y;
}

Array masked_scatter(const Array& part, const Array& mask) {
  const bool* m = in<bool>(mask);
  const auto is_true = [m](std::int64_t i) { return m[i]; };
  const auto before = counted(mask.numel(), is_true);
  Array y = Array::zeros(mask.shape(), part.dtype());
  by_size(size_of(part.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(part);
    T* q = bytes_out<T>(y);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[i] = m[i] ? p[k] : T{}; });
  });
  return y;
}

Array nonzero(const Array& x) {
  const int rank = x.dim();
  Array places;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(x);
    const auto is_true = [p](std::int64_t i) { return p[i] != T(0); };
    const auto before = counted(x.numel(), is_true);
    places = Array::empty({before.back()}, int64);
    auto* q = out<std::int64_t>(places);
    for_each_true(before, is_true, [=](std::int64_t i, std::int64_t k) { q[k] = i; });
  });
  if (rank == 1) return places.reshape({places.numel(), 1});
  Array y = Array::empty({places.numel(), rank}, int64);
  if (y.numel() == 0) return y;
  const auto strides = strides_of(x.shape());
  const auto *from = in<std::int64_t>(places), last = x.shape().back();
  auto* to = out<std::int64_t>(y);
  parallel_for(places.numel(), kGrain / rank, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t row = -1, row_start = 0;  // along the last axis, no division until it ends
    for (std::int64_t k = begin; k < end; ++k) {
      std::int64_t* index = to + k * rank;
      const bool same_row = row >= 0 && from[k] - row_start < last;
      if (!same_row) {
        row = from[k] / last;
        row_start = row * last;
      }
      index[rank - 1] = from[k] - row_start;
      if (same_row) {
        for (int a = 0; a + 1 < rank; ++a) index[a] = index[a - rank];
        continue;
      }
      std::int64_t rest = row_start;
      for (int a = 0; a + 1 < rank; ++a) {
        index[a] = rest / strides[static_cast<std::size_t>(a)];
        rest %= strides[static_cast<std::size_t>(a)];
      }
    }
  });
  return y;
}

namespace {

/// Consecutive entries of a map that read at a constant step of 1, 0 or -1.
struct Run {
  std::int64_t to, from, size, step;
};

std::vector<Run> runs_of(const std::vector<std::int64_t>& map) {
  std::vector<Run> runs;
  for (std::size_t j = 0; j < map.size(); ++j) {
    const auto to = static_cast<std::int64_t>(j);
    if (!runs.empty()) {
      Run& run = runs.back();
      const std::int64_t step = map[j] - map[j - 1];
      if (run.size == 1 ? step >= -1 && step <= 1 : step == run.step) {
        run.step = step;
        ++run.size;
        continue;
      }
    }
    runs.push_back({to, map[j], 1, 1});
  }
  return runs;
}

/// The axes in front that are read as they are, multiplied up, and the mapped ones behind them.
struct OuterPlan {
  OuterPlan(const Shape& source, const IndexMaps& all) : maps(all), runs(runs_of(all.back())) {
    const auto is_whole = [&](std::size_t i) {
      const auto m = runs_of(maps[i]);
      return static_cast<std::int64_t>(maps[i].size()) == source[static_cast<int>(i)] && m.size() == 1 &&
             m[0].from == 0 && m[0].step == 1;
    };
    while (first + 1 < maps.size() && is_whole(first)) outer *= source[static_cast<int>(first++)];
    from_rows = to_rows = 1;
    for (std::size_t i = first; i + 1 < maps.size(); ++i) {
      from_rows *= source[static_cast<int>(i)];
      to_rows *= static_cast<std::int64_t>(maps[i].size());
    }
    from_row = source.back();
    to_row = static_cast<std::int64_t>(maps.back().size());
    sizes = source;
  }
  /// Which row of the source row r of the result reads, both counted from the end of the axes in front.
  std::int64_t source_row(std::int64_t r) const {
    std::int64_t row = 0, stride = 1;
    for (std::size_t i = maps.size() - 1; i-- > first;) {
      const auto size = static_cast<std::int64_t>(maps[i].size());
      row += maps[i][static_cast<std::size_t>(r % size)] * stride;
      stride *= sizes[static_cast<int>(i)];
      r /= size;
    }
    return row;
  }
  const IndexMaps& maps;
  std::vector<Run> runs;
  std::size_t first = 0;
  std::int64_t outer = 1, from_rows, to_rows, from_row, to_row;
  Shape sizes;
};

}  // namespace

Array take_outer(const Array& x, const IndexMaps& maps) {
  Shape shape;
  for (const auto& map : maps) shape.push_back(static_cast<std::int64_t>(map.size()));
  Array y = Array::empty(shape, x.dtype());
  if (y.numel() == 0) return y;
  const OuterPlan plan(x.shape(), maps);
  by_size(size_of(x.dtype()), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = bytes_in<T>(x);
    T* q = bytes_out<T>(y);
    parallel_for(plan.outer * plan.to_rows, std::max<std::int64_t>(1, kGrain / plan.to_row),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t r = begin; r < end; ++r) {
                     const std::int64_t row = r / plan.to_rows * plan.from_rows + plan.source_row(r % plan.to_rows);
                     const T* from = p + row * plan.from_row;
                     T* to = q + r * plan.to_row;
                     for (const Run& run : plan.runs) {
                       if (run.step == 1) copy_run(from + run.from, to + run.to, run.size);
                       else
                         for (std::int64_t i = 0; i < run.size; ++i) to[run.to + i] = from[run.from + i * run.step];
                     }
                   }
                 });
  });
  return y;
}

Array add_outer(const Array& g, const Shape& shape, const IndexMaps& maps) {
  Array y = Array::zeros(shape, g.dtype());
  if (g.numel() == 0) return y;
  const OuterPlan plan(shape, maps);
  for_numbers(g.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* p = in<T>(g);
    T* q = out<T>(y);
    const std::int64_t work = plan.to_rows * plan.to_row;
    parallel_for(plan.outer, std::max<std::int64_t>(1, kGrain / work), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin * plan.to_rows; r < end * plan.to_rows; ++r) {
        const std::int64_t row = r / plan.to_rows * plan.from_rows + plan.source_row(r % plan.to_rows);
        T* to = q + row * plan.from_row;
        const T* from = p + r * plan.to_row;
        for (const Run& run : plan.runs) {
          if (run.step == 1)
            for (std::int64_t i = 0; i < run.size; ++i) add_to(to[run.from + i], from[run.to + i]);
          else
            for (std::int64_t i = 0; i < run.size; ++i) add_to(to[run.from + i * run.step], from[run.to + i]);
        }
      }
    });
  });
  return y;
}

}  // namespace xgrad::kernels
