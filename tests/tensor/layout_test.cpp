// Copies that change where elements lie, against walks over indices.

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "tensor/kernels/indexing.hpp"
#include "tensor/kernels/layout.hpp"
#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;
using kernels::Range;

namespace {

std::string check_permute(const Array& a, const std::vector<int>& order) {
  Shape shape;
  for (const int axis : order) shape.push_back(a.shape()[axis]);
  const Values x = values_of(a);
  Values want;
  for_each_index(shape, [&](const Index& i) {
    Index source(i.size());
    for (std::size_t k = 0; k < i.size(); ++k) source[static_cast<std::size_t>(order[k])] = i[k];
    want.push_back(x[place(a.shape(), source)]);
  });
  const Array got = kernels::permute(a, order);
  return got.dtype() == a.dtype() ? difference(got, shape, want) : "dtype";
}

/// A range inside an axis: any start, step and fitting count.
Range range_in(std::int64_t size, Random& random) {
  if (size == 0) return {0, 0, 1};
  const std::int64_t steps[] = {1, 1, 2, 3, -1, -2};
  const std::int64_t start = random.below(size), step = random.one_of(steps);
  const std::int64_t most = step > 0 ? (size - 1 - start) / step + 1 : start / -step + 1;
  return {start, random.below(most + 1), step};
}

const Index kSizes{0, 1, 2, 3, 4, 9, 17};
}  // namespace

TEST_CASE("permute puts every element where its permuted index says, for every order of random shapes") {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const Array a = random.array(random.shape(4, {1, 2, 3, 5, 17}), random.one_of(kTypes));
    std::vector<int> order(static_cast<std::size_t>(a.dim()));
    std::iota(order.begin(), order.end(), 0);
    do CHECK(check_permute(a, order) == "");
    while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST_CASE("permute of large, long, empty and 8-axis arrays is right") {
  Random random(2);
  for (const DType t : {float32, float64, uint8}) {
    CHECK(check_permute(random.array({100, 130}, t), {1, 0}) == "");
    CHECK(check_permute(random.array({3, 33, 47}, t), {0, 2, 1}) == "");
    CHECK(check_permute(random.array({2, 5, 19, 21}, t), {0, 2, 3, 1}) == "");
    CHECK(check_permute(random.array({1000, 2}, t), {1, 0}) == "");
    CHECK(check_permute(random.array({1, 1000, 1}, t), {2, 1, 0}) == "");
    CHECK(check_permute(random.array({2, 1, 3, 2, 1, 2, 3, 2}, t), {7, 0, 3, 2, 5, 6, 1, 4}) == "");
    CHECK(check_permute(random.array({3, 0, 2}, t), {2, 1, 0}) == "");
    CHECK(check_permute(random.array({}, t), {}) == "");
  }
}

TEST_CASE("permute makes a copy even when nothing moves") {
  const Array a = Array::of({{1, 2}, {3, 4}});
  const int order[] = {0, 1};
  CHECK(same_bytes(kernels::permute(a, order), a));
  CHECK_FALSE(kernels::permute(a, order).shares_buffer_with(a));
}

TEST_CASE("expand repeats sizes of 1 and new leading axes") {
  Random random(3);
  for (int round = 0; round < 150; ++round) {
    const Shape shape = random.shape(4, kSizes);
    Shape small;
    for (int i = static_cast<int>(random.below(shape.rank() + 1)); i < shape.rank(); ++i)
      small.push_back(random.below(2) == 0 ? 1 : shape[i]);
    const Array a = random.array(small, random.one_of(kTypes));
    const Values x = values_of(a);
    Values want;
    for_each_index(shape, [&](const Index& i) { want.push_back(x[place(small, i)]); });
    CHECK(difference(kernels::expand(a, shape), shape, want) == "");
    CHECK(kernels::expand(a, small).shares_buffer_with(a));
  }
  const Array row = random.array({1, 1000}, float32), large = kernels::expand(row, {500, 1000});
  CHECK(std::equal(row.data<float>(), row.data<float>() + 1000, large.data<float>() + 499'000));
}

TEST_CASE("slice takes the entries that start, count and step name; slice_scatter writes them back among zeros") {
  Random random(4);
  for (int round = 0; round < 300; ++round) {
    const Shape shape = random.shape(3, kSizes).with(0, random.one_of(kSizes));
    const Array a = random.array(shape, random.one_of(kTypes));
    const int axis = static_cast<int>(random.below(shape.rank()));
    const auto k = static_cast<std::size_t>(axis);
    const Range range = range_in(shape[axis], random);
    Shape cut = shape;
    cut[axis] = range.count;
    const Values x = values_of(a);
    Values want, scattered(x.size(), 0);
    for_each_index(cut, [&](Index i) {
      i[k] = range.start + i[k] * range.step;
      want.push_back(x[place(shape, i)]);
      scattered[place(shape, i)] = want.back();
    });
    CAPTURE(shape.str());
    CAPTURE(axis);
    CAPTURE(range.start);
    CAPTURE(range.step);
    const Array got = kernels::slice(a, axis, range);
    CHECK(difference(got, cut, want) == "");
    CHECK(difference(kernels::slice_scatter(got, shape, axis, range), shape, scattered) == "");
  }
}

TEST_CASE("concat of the slices of an array along any axis is the array") {
  Random random(5);
  for (int round = 0; round < 150; ++round) {
    const Shape shape = random.shape(3, kSizes).with(0, random.one_of(kSizes));
    const Array a = random.array(shape, random.one_of(kTypes));
    const int axis = static_cast<int>(random.below(shape.rank()));
    std::vector<Array> parts;
    for (std::int64_t at = 0; at < shape[axis] || parts.empty();) {
      const std::int64_t count = random.below(shape[axis] - at + 1);  // 0 too
      parts.push_back(kernels::slice(a, axis, {at, count, 1}));
      at += count;
    }
    if (shape[axis] == 0) parts.push_back(a);
    CHECK(same_bytes(kernels::concat(parts, axis), a));
  }
  const Array a = Array::of({{1, 2}, {3, 4}}), b = Array::of({{5}, {6}});
  const Array both[] = {a, b};
  CHECK(difference(kernels::concat(both, 1), {2, 3}, {1, 2, 5, 3, 4, 6}) == "");
}

TEST_CASE("gather reads along an axis, scatter_add adds where gather would read, repeated places included") {
  Random random(6);
  for (int round = 0; round < 200; ++round) {
    const Shape shape = random.shape(3, {1, 2, 3, 5, 9}).with(0, random.one_of(Index{1, 2, 4}));
    const DType t = random.one_of(std::vector<DType>{float64, int64, float32, uint8});
    const Array x = random.array(shape, t);
    const int axis = static_cast<int>(random.below(shape.rank()));
    const auto k = static_cast<std::size_t>(axis);
    Shape at = shape;
    at[axis] = random.below(7);
    std::vector<std::int64_t> places(static_cast<std::size_t>(at.numel()));
    for (auto& v : places) v = random.below(shape[axis]);
    const Array index = Array::copy_of(places, at), source = random.array(at, t);
    const Values from = values_of(x), added = values_of(source);
    Values want, sums(from.size(), 0);
    std::size_t n = 0;
    for_each_index(at, [&](Index i) {
      i[k] = places[n];
      want.push_back(from[place(shape, i)]);
      sums[place(shape, i)] += added[n++];
    });
    CAPTURE(shape.str());
    CAPTURE(axis);
    CHECK(difference(kernels::gather(x, axis, index), at, want) == "");
    CHECK(difference(kernels::scatter_add(shape, axis, index, source), shape, sums, 1e-6, 1e-5) == "");
  }
}
