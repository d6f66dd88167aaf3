// Flips, rolls, repetitions, windows, pads and masks, against walks over indices, for all dtypes.

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tensor/kernels/indexing.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/masking.hpp"
#include "tensor/kernels/padding.hpp"
#include "tensor/kernels/strided_copy.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;
using kernels::Range;

namespace {

const Index kSizes{0, 1, 2, 3, 4, 9, 17};

/// The values that an array of `shape` has when element i is that of x at from(i).
template <class From>
Values moved(const Array& x, const Shape& shape, const From& from) {
  const Values values = values_of(x);
  Values want;
  for_each_index(shape, [&](const Index& i) { want.push_back(values[place(x.shape(), from(i))]); });
  return want;
}

/// The sums in an array of `shape` when element i of g is added at to(i).
template <class To>
Values added(const Array& g, const Shape& shape, const To& to) {
  const Values values = values_of(g);
  Values sums(static_cast<std::size_t>(shape.numel()), 0);
  std::size_t n = 0;
  for_each_index(g.shape(), [&](const Index& i) { sums[place(shape, to(i))] += values[n++]; });
  return sums;
}

/// A whole number for each axis, in [low, high].
Index numbers(const Shape& shape, std::int64_t low, std::int64_t high, Random& random) {
  Index result;
  for (int i = 0; i < shape.rank(); ++i) result.push_back(low + random.below(high - low + 1));
  return result;
}

std::int64_t size_at(const Shape& shape, std::size_t i) { return shape[static_cast<int>(i)]; }

}  // namespace

TEST_CASE("a strided copy reads any order of axes, forwards or backwards") {
  Random random(20);
  for (int round = 0; round < 400; ++round) {
    const Array x = random.array(random.shape(4, {1, 2, 3, 5, 18, 70}), random.one_of(kTypes));
    std::vector<int> order(static_cast<std::size_t>(x.dim()));
    std::iota(order.begin(), order.end(), 0);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i)))]);
    const auto strides = kernels::strides_of(x.shape());
    Shape shape;
    std::vector<bool> backwards;
    std::int64_t start = 0;
    for (const int axis : order) {
      shape.push_back(x.shape()[axis]);
      backwards.push_back(random.below(2) == 0);
      if (backwards.back()) start += (x.shape()[axis] - 1) * strides[static_cast<std::size_t>(axis)];
    }
    const auto to = kernels::strides_of(shape);
    kernels::CopyAxes axes;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const std::int64_t stride = strides[static_cast<std::size_t>(order[i])];
      axes.push_back(size_at(shape, i), backwards[i] ? -stride : stride, to[i]);
    }
    Array y = Array::empty(shape, x.dtype());
    const auto element = static_cast<std::int64_t>(size_of(x.dtype()));
    kernels::strided_copy(kernels::bytes_in<std::byte>(x) + start * element, kernels::bytes_out<std::byte>(y),
                          size_of(x.dtype()), axes);
    const Values want = moved(x, shape, [&](const Index& i) {
      Index from(i.size());
      for (std::size_t k = 0; k < i.size(); ++k)
        from[static_cast<std::size_t>(order[k])] = backwards[k] ? size_at(shape, k) - 1 - i[k] : i[k];
      return from;
    });
    CHECK(difference(y, shape, want) == "");
  }
}

TEST_CASE("slices of several axes and assignments to them agree with walks") {
  Random random(21);
  for (int round = 0; round < 300; ++round) {
    const Array x = random.array(random.shape(4, kSizes), random.one_of(kTypes));
    std::vector<Range> ranges;
    Shape cut, value_shape;
    for (int i = 0; i < x.dim(); ++i) {
      const std::int64_t size = x.shape()[i], step = random.one_of(Index{1, 1, 2, -1, -3});
      const std::int64_t start = size == 0 ? 0 : random.below(size);
      const std::int64_t most = size == 0 ? 0 : step > 0 ? (size - 1 - start) / step + 1 : start / -step + 1;
      ranges.push_back({start, random.below(3) == 0 ? random.below(most + 1) : most, step});
      cut.push_back(ranges.back().count);
      value_shape.push_back(random.below(3) == 0 ? 1 : cut[i]);
    }
    const auto inside = [&](Index i) {
      for (std::size_t k = 0; k < i.size(); ++k) i[k] = ranges[k].start + i[k] * ranges[k].step;
      return i;
    };
    CHECK(difference(kernels::slice(x, ranges), cut, moved(x, cut, inside)) == "");
    const Array value = random.array(value_shape, x.dtype());
    const Values values = values_of(value);
    Values want = values_of(x);
    for_each_index(cut, [&](const Index& i) { want[place(x.shape(), inside(i))] = values[place(value_shape, i)]; });
    CHECK(difference(kernels::assign(x, ranges, value), x.shape(), want) == "");
  }
}

TEST_CASE("flip, roll and repeat agree with walks") {
  Random random(22);
  for (int round = 0; round < 300; ++round) {
    const Array x = random.array(random.shape(4, kSizes), random.one_of(kTypes));
    const Shape& shape = x.shape();
    const auto mask = static_cast<unsigned>(random.below(std::int64_t{1} << x.dim()));
    CHECK(difference(kernels::flip(x, mask), shape, moved(x, shape, [&](Index i) {
                       for (std::size_t k = 0; k < i.size(); ++k)
                         if (mask >> k & 1u) i[k] = size_at(shape, k) - 1 - i[k];
                       return i;
                     })) == "");
    Index shifts, times = numbers(shape, 0, 3, random);
    for (int i = 0; i < x.dim(); ++i) shifts.push_back(random.below(std::max<std::int64_t>(1, shape[i])));
    CHECK(difference(kernels::roll(x, shifts), shape, moved(x, shape, [&](Index i) {
                       for (std::size_t k = 0; k < i.size(); ++k)
                         i[k] = (i[k] + size_at(shape, k) - shifts[k]) % size_at(shape, k);
                       return i;
                     })) == "");
    Shape larger = shape;
    for (int i = 0; i < x.dim(); ++i) larger[i] *= times[static_cast<std::size_t>(i)];
    CHECK(difference(kernels::repeat(x, times), larger, moved(x, larger, [&](Index i) {
                       for (std::size_t k = 0; k < i.size(); ++k) i[k] %= size_at(shape, k);
                       return i;
                     })) == "");
  }
}

TEST_CASE("windows overlap or leave gaps, and add_windows adds them up again") {
  Random random(23);
  for (int round = 0; round < 200; ++round) {
    const Array x = random.array(random.shape(2, {1, 2, 3, 5}).with(0, random.one_of(Index{1, 2, 5, 11})), float64);
    const int axis = static_cast<int>(random.below(x.dim()));
    const auto k = static_cast<std::size_t>(axis);
    const std::int64_t size = random.below(x.shape()[axis] + 1), step = 1 + random.below(4);
    Shape shape = x.shape();
    shape[axis] = (x.shape()[axis] - size) / step + 1;
    shape.push_back(size);
    const auto inside = [&](Index i) {
      i[k] = i[k] * step + i.back();
      i.pop_back();
      return i;
    };
    const Array y = kernels::windows(x, axis, size, step);
    CHECK(difference(y, shape, moved(x, shape, inside)) == "");
    CHECK(difference(kernels::add_windows(y, x.shape(), axis, size, step), x.shape(), added(y, x.shape(), inside),
                     1e-14, 1e-14) == "");
  }
}

TEST_CASE("pad puts the value around, and cuts off with negative amounts") {
  Random random(24);
  for (int round = 0; round < 300; ++round) {
    const Array x = random.array(random.shape(4, kSizes), random.one_of(kTypes));
    Index before, after;
    Shape shape;
    for (int i = 0; i < x.dim(); ++i) {
      const std::int64_t size = x.shape()[i];
      before.push_back(random.below(3) == 0 ? 0 : random.below(4) - std::min<std::int64_t>(size, 1));
      after.push_back(random.below(3) == 0 ? 0 : random.below(size + before.back() + 4) - size - before.back());
      after.back() = std::max(after.back(), -size);
      shape.push_back(size + before.back() + after.back());
    }
    const Values values = values_of(x);
    Values want;
    for_each_index(shape, [&](Index i) {
      bool inside = true;
      for (std::size_t k = 0; k < i.size(); ++k) {
        i[k] -= before[k];
        inside = inside && i[k] >= 0 && i[k] < size_at(x.shape(), k);
      }
      want.push_back(inside ? values[place(x.shape(), i)] : 1);
    });
    CHECK(difference(kernels::pad(x, before, after, 1), shape, want) == "");
  }
}

TEST_CASE("a list of indices for each axis: take_outer reads them, add_outer adds them up again") {
  Random random(25);
  for (int round = 0; round < 300; ++round) {
    const Shape shape = random.shape(3, {1, 2, 3, 9}).with(0, random.one_of(Index{1, 2, 4}));
    const Array x = random.array(shape, random.one_of(kTypes));
    kernels::IndexMaps maps;
    Shape large;
    for (int i = 0; i < shape.rank(); ++i) {
      std::vector<std::int64_t> map(static_cast<std::size_t>(shape[i]));
      std::iota(map.begin(), map.end(), 0);
      if (random.below(2) == 0) {  // runs of all kinds
        map.clear();
        std::int64_t at = random.below(shape[i]);
        for (std::int64_t n = random.below(20); n > 0; --n) {
          map.push_back(at);
          at = random.below(4) == 0 ? random.below(shape[i])
                                    : std::clamp<std::int64_t>(at + random.below(3) - 1, 0, shape[i] - 1);
        }
      }
      large.push_back(static_cast<std::int64_t>(map.size()));
      maps.push_back(map);
    }
    const auto inside = [&](Index i) {
      for (std::size_t k = 0; k < i.size(); ++k) i[k] = maps[k][static_cast<std::size_t>(i[k])];
      return i;
    };
    CHECK(difference(kernels::take_outer(x, maps), large, moved(x, large, inside)) == "");
    const Array g = random.array(large, random.one_of(Index{0, 1}) == 0 ? float64 : int64);
    CHECK(difference(kernels::add_outer(g, shape, maps), shape, added(g, shape, inside), 1e-13, 1e-13) == "");
  }
}

TEST_CASE("index_select and index_add, scatter and masks agree with walks") {
  Random random(26);
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random.shape(3, {1, 2, 3, 9, 40}).with(0, random.one_of(Index{1, 2, 4}));
    const Array x = random.array(shape, random.one_of(kTypes));
    const int axis = static_cast<int>(random.below(shape.rank()));
    const auto k = static_cast<std::size_t>(axis);
    Index list(static_cast<std::size_t>(random.below(8)));
    for (auto& v : list) v = random.below(shape[axis]);
    Shape cut = shape;
    cut[axis] = static_cast<std::int64_t>(list.size());
    const Array index = Array::copy_of(list, Shape{cut[axis]});
    const auto inside = [&](Index i) {
      i[k] = list[static_cast<std::size_t>(i[k])];
      return i;
    };
    CHECK(difference(kernels::index_select(x, axis, index), cut, moved(x, cut, inside)) == "");
    const Array g = random.array(cut, float64);
    CHECK(difference(kernels::index_add(shape, axis, index, g), shape, added(g, shape, inside), 1e-13, 1e-13) == "");

    Shape full = cut;  // the same list everywhere, as an index for scatter: the last of equal ones wins
    const Array wide = kernels::expand(index.reshape([&] {
      Shape s;
      for (int i = 0; i < full.rank(); ++i) s.push_back(i == axis ? full[i] : 1);
      return s;
    }()),
                                       full);
    const Array source = random.array(full, x.dtype());
    const Values written = values_of(source);
    Values want = values_of(x), wins;
    std::size_t n = 0;
    for_each_index(full, [&](const Index& i) { want[place(shape, inside(i))] = written[n++]; });
    for_each_index(full, [&](const Index& i) {
      const auto later = list.begin() + i[k] + 1;
      wins.push_back(std::find(later, list.end(), list[static_cast<std::size_t>(i[k])]) == list.end() ? 1 : 0);
    });
    CHECK(difference(kernels::scatter(x, axis, wide, source), shape, want) == "");
    CHECK(difference(kernels::scatter_winners(shape, axis, wide), full, wins) == "");

    const Array mask = random.array(shape, bool_);
    const Values m = values_of(mask), v = values_of(x);
    Values picked, back(v.size(), 0), filled = v;
    for (std::size_t i = 0; i < v.size(); ++i) {
      if (m[i] == 0) continue;
      picked.push_back(v[i]);
      back[i] = v[i];
      filled[i] = 1;
    }
    const Array part = kernels::masked_select(x, mask);
    CHECK(difference(part, {static_cast<std::int64_t>(picked.size())}, picked) == "");
    CHECK(difference(kernels::masked_scatter(part, mask), shape, back) == "");
    CHECK(difference(kernels::masked_fill(x, mask, 1), shape, filled) == "");
  }
}

TEST_SUITE_END();
