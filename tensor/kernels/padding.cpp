#include "tensor/kernels/padding.hpp"

#include <algorithm>
#include <array>

#include "tensor/kernels/adding.hpp"
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
