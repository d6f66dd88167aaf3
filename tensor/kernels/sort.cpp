#include "tensor/kernels/sort.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "tensor/kernels/fold.hpp"

namespace xgrad::kernels {
namespace {

/// Elements as whole numbers without sign in the same order: what is equal has one key (0 and -0, every NaN), and NaN
/// has the largest. So an order is one comparison of whole numbers, and long rows can be sorted digit by digit.
template <class T>
auto key_of(T v) {
  if constexpr (std::is_floating_point_v<T>) {
    using U = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    constexpr U kSign = U{1} << (8 * sizeof(T) - 1);
    if (v != v) return static_cast<U>(~U{0});
    const U bits = v == T(0) ? U{0} : std::bit_cast<U>(v);
    return static_cast<U>((bits & kSign) != 0 ? ~bits : bits | kSign);
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return static_cast<std::uint64_t>(v) ^ (std::uint64_t{1} << 63);
  } else {
    return static_cast<std::uint8_t>(v);
  }
}

/// An element by its key; descending, by the key's complement.
template <class U>
struct Item {
  U key;
  std::int64_t index;
  /// Strict and total, so that the answer does not depend on how one gets there: of equal ones the first.
  friend bool operator<(const Item& a, const Item& b) { return a.key != b.key ? a.key < b.key : a.index < b.index; }
};

/// Below this, comparing is faster.
constexpr std::size_t kShort = 256;

/// Digit by digit from the last, each time stable. `room` has the size of `items`.
template <class U>
void radix_sort(std::vector<Item<U>>& items, std::vector<Item<U>>& room) {
  constexpr int kBits = 8;
  room.resize(items.size());
  for (unsigned shift = 0; shift < 8 * sizeof(U); shift += kBits) {
    const auto digit = [shift](const Item<U>& item) { return static_cast<std::size_t>(item.key >> shift & 255u); };
    std::array<std::size_t, 256> start{};
    for (const Item<U>& item : items) ++start[digit(item)];
    if (start[digit(items.front())] == items.size()) continue;  // the same everywhere
    for (std::size_t at = 0; std::size_t & count : start) at += std::exchange(count, at);
    for (const Item<U>& item : items) room[start[digit(item)]++] = item;
    items.swap(room);
  }
}

/// Calls f(items of a row, room of the same type) for every row along `axis`, and writes the `count` indices it leaves
/// in front.
template <class T, class F>
void rows_of(const Array& x, int axis, bool descending, std::int64_t count, std::int64_t* to, const F& f) {
  using U = decltype(key_of(T{}));
  const Plan p = around(x.shape(), axis);
  const T* const from = in<T>(x);
  const U flip = descending ? static_cast<U>(~U{0}) : U{0};
  const std::int64_t grain = std::max<std::int64_t>(1, 4096 / std::max<std::int64_t>(1, p.size));
  parallel_for(p.results(), grain, [&](std::int64_t begin, std::int64_t end) {
    std::vector<Item<U>> items(static_cast<std::size_t>(p.size)), room;
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t o = row / p.inner, j = row % p.inner;
      for (std::int64_t k = 0; k < p.size; ++k)
        items[static_cast<std::size_t>(k)] = {static_cast<U>(key_of(from[(o * p.size + k) * p.inner + j]) ^ flip), k};
      f(items, room);
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

}  // namespace

Array argsort(const Array& x, int axis, bool descending) {
  const std::int64_t n = around(x.shape(), axis).size;
  Array y = empty_index(x, axis, n);
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, descending, n, out<std::int64_t>(y), [](auto& items, auto& room) {
      if (items.size() < kShort) std::sort(items.begin(), items.end());
      else radix_sort(items, room);
    });
  });
  return y;
}

Array topk_index(const Array& x, std::int64_t k, int axis, bool largest, bool sorted) {
  Array y = empty_index(x, axis, k);
  if (y.numel() == 0) return y;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, largest, k, out<std::int64_t>(y), [&](auto& items, auto&) {
      const auto cut = items.begin() + k;
      if (cut != items.end()) std::nth_element(items.begin(), cut, items.end());
      if (sorted) std::sort(items.begin(), cut);
      else std::sort(items.begin(), cut, [](const auto& a, const auto& b) { return a.index < b.index; });
    });
  });
  return y;
}

Array median_index(const Array& x, int axis) {
  Array y = empty_index(x, axis, 1);
  if (y.numel() == 0) return y;
  dispatch(x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    rows_of<T>(x, axis, false, 1, out<std::int64_t>(y), [](auto& items, auto&) {
      auto found = items.end();
      if constexpr (std::is_floating_point_v<T>) {
        const auto nan = key_of(std::numeric_limits<T>::quiet_NaN());
        found = std::find_if(items.begin(), items.end(), [nan](const auto& item) { return item.key == nan; });
      }
      if (found == items.end()) {
        found = items.begin() + static_cast<std::ptrdiff_t>((items.size() - 1) / 2);
        std::nth_element(items.begin(), found, items.end());
      }
      items.front() = *found;
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
