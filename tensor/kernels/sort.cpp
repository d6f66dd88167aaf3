#include "tensor/kernels/sort.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

/// A long row is sorted in pieces of this many elements, which are then merged.
constexpr std::int64_t kPiece = 32768;

template <class T>
struct Item {
  T value;
  std::int64_t index;
};

/// Strict and total, so that the answer does not depend on how one gets there. NaN is the largest value.
struct Ascending {
  template <class T>
  bool operator()(const Item<T>& a, const Item<T>& b) const {
    if (a.value < b.value) return true;
    if (b.value < a.value) return false;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    return a_nan != b_nan ? b_nan : a.index < b.index;
  }
};
struct Descending {
  template <class T>
  bool operator()(const Item<T>& a, const Item<T>& b) const {
    if (a.value > b.value) return true;
    if (b.value > a.value) return false;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    return a_nan != b_nan ? a_nan : a.index < b.index;
  }
};

/// Pieces on any thread, then merged pairwise.
template <class T, class Less>
void sort_long(std::vector<Item<T>>& items, Less less) {
  const auto n = static_cast<std::int64_t>(items.size());
  const auto at = [n](auto& v, std::int64_t i) { return v.begin() + std::min(i, n); };
  parallel_for((n + kPiece - 1) / kPiece, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) std::sort(at(items, i * kPiece), at(items, (i + 1) * kPiece), less);
  });
  std::vector<Item<T>> merged(items.size());
  for (std::int64_t width = kPiece; width < n; width *= 2) {
    parallel_for((n + 2 * width - 1) / (2 * width), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 2 * width * begin; i < std::min(n, 2 * width * end); i += 2 * width)
        std::merge(at(items, i), at(items, i + width), at(items, i + width), at(items, i + 2 * width), at(merged, i),
                   less);
    });
    items.swap(merged);
  }
}

/// Calls f(items of a row) for every row along `axis`, and writes the `count` indices it leaves in front.
template <class T, class F>
void rows_of(const Array& x, int axis, std::int64_t count, std::int64_t* to, const F& f) {
  const Plan p = around(x.shape(), axis);
  const T* const from = in<T>(x);
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, p.size));
  parallel_for(p.results(), grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Item<T>> items(static_cast<std::size_t>(p.size));
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t o = row / p.inner, j = row % p.inner;
      for (std::int64_t k = 0; k < p.size; ++k)
        items[static_cast<std::size_t>(k)] = {from[(o * p.size + k) * p.inner + j], k};
      f(items);
      for (std::int64_t k = 0; k < count; ++k)
        to[(o * count + k) * p.inner + j] = items[static_cast<std::size_t>(k)].index;
    }
  });
}

Array empty_index(const Array& x, int axis, std::int64_t count) {
  Shape shape = x.shape();
  if (shape.rank() > 0) shape[axis] = count;
  return Array::empty(shape, int64);
}

template <class Less>
Array sorted_index(const Array& x, int axis, Less less) {
  const std::int64_t n = around(x.shape(), axis).size;
  Array y = empty_index(x, axis, n);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, n, out<std::int64_t>(y), [&](std::vector<Item<T>>& items) {
      if (n > 2 * kPiece) sort_long(items, less);
      else std::sort(items.begin(), items.end(), less);
    });
  });
  return y;
}

template <class Less>
Array first_of_sorted(const Array& x, std::int64_t k, int axis, bool sorted, Less less) {
  Array y = empty_index(x, axis, k);
  if (y.numel() == 0) return y;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, k, out<std::int64_t>(y), [&](std::vector<Item<T>>& items) {
      const auto cut = items.begin() + k;
      if (cut != items.end()) std::nth_element(items.begin(), cut, items.end(), less);
      if (sorted) std::sort(items.begin(), cut, less);
      else std::sort(items.begin(), cut, [](const Item<T>& a, const Item<T>& b) { return a.index < b.index; });
    });
  });
  return y;
}

}  // namespace

Array argsort(const Array& x, int axis, bool descending) {
  return descending ? sorted_index(x, axis, Descending{}) : sorted_index(x, axis, Ascending{});
}

Array topk_index(const Array& x, std::int64_t k, int axis, bool largest, bool sorted) {
  return largest ? first_of_sorted(x, k, axis, sorted, Descending{}) : first_of_sorted(x, k, axis, sorted, Ascending{});
}

Array median_index(const Array& x, int axis) {
  Array y = empty_index(x, axis, 1);
  if (y.numel() == 0) return y;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, 1, out<std::int64_t>(y), [](std::vector<Item<T>>& items) {
      const auto nan = std::find_if(items.begin(), items.end(), [](const Item<T>& a) { return a.value != a.value; });
      if (nan != items.end()) {
        items.front() = *nan;
        return;
      }
      const auto middle = items.begin() + static_cast<std::ptrdiff_t>((items.size() - 1) / 2);
      std::nth_element(items.begin(), middle, items.end(), Ascending{});
      items.front() = *middle;
    });
  });
  return y;
}

Unique unique(const Array& x) {
  const std::int64_t n = x.numel();
  const Array order = argsort(x.reshape({n}), 0, false);
  Array inverse = Array::empty(x.shape(), int64), starts = Array::empty({n}, int64);
  std::int64_t* const which = out<std::int64_t>(inverse);
  std::int64_t* const start = out<std::int64_t>(starts);  // where in the order each different element begins
  std::int64_t different = 0;
  Unique result;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T* const from = in<T>(x);
    const std::int64_t* const at = in<std::int64_t>(order);
    for (std::int64_t i = 0; i < n; ++i) {
      if (i == 0 || from[at[i]] != from[at[i - 1]]) start[different++] = i;
      which[at[i]] = different - 1;
    }
    result.values = Array::empty({different}, x.dtype());
    result.counts = Array::empty({different}, int64);
    for (std::int64_t i = 0; i < different; ++i) {
      out<T>(result.values)[i] = from[at[start[i]]];
      out<std::int64_t>(result.counts)[i] = (i + 1 < different ? start[i + 1] : n) - start[i];
    }
  });
  result.inverse = std::move(inverse);
  return result;
}

}  // namespace xgrad::kernels
