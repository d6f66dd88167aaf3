#include "autograd/ops/indexing.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/arithmetic.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad {

Array as_indices(std::string_view op, const Array& indices) {
  if (indices.dtype() == int64) return indices;
  if (indices.dtype() == uint8) return indices.to(int64);
  fail<DTypeError>(op,
                   fmt::format("indices: got {}; expected int64, convert with .to(int64)", name_of(indices.dtype())));
}

void check_indices(std::string_view op, const Array& indices, std::int64_t size, std::string_view what) {
  const auto values = indices.values<std::int64_t>();
  std::int64_t low = 0, high = -1;
  for (const std::int64_t v : values) {
    low = std::min(low, v);
    high = std::max(high, v);
  }
  if (low >= 0 && high < size) return;
  const auto bad = std::find_if(values.begin(), values.end(), [&](std::int64_t v) { return v < 0 || v >= size; });
  fail<IndexError>(op, fmt::format("{} out of range: got {} at position {}; expected 0 to {}", what, *bad,
                                   bad - values.begin(), size - 1));
}

namespace {

/// x cut down to index's sizes on all axes but `axis` (-1: on all).
Tensor cut_to(const char* op, const char* name, const Tensor& x, const Shape& index, int axis) {
  bool fits = x.dim() == index.rank();
  for (int i = 0; fits && i < index.rank(); ++i) fits = i == axis || index[i] <= x.shape()[i];
  if (!fits) {
    fail<ShapeError>(op, fmt::format("got {} {}, index {}; expected as many axes, and no size of index above {}'s{}",
                                     name, x.shape().str(), index.str(), name,
                                     axis < 0 ? "" : fmt::format(" except along axis {}", axis)));
  }
  Tensor part = x;
  for (int i = 0; i < index.rank(); ++i)
    if (i != axis && index[i] < part.shape()[i]) part = slice(part, i, 0, index[i]);
  return part;
}

Tensor added_at(const Shape& shape, int axis, const Tensor& index, const Tensor& source);

Tensor gathered(const Tensor& x, int axis, const Tensor& index) {
  return record(
      "gather", kernels::gather(x.array(), axis, index.array()),
      [axis](Ctx& c) { c.give(0, added_at(c.in_shape(0), axis, c.in(1), c.grad())); }, Edge{x}, Save{index});
}

/// Zeros of `shape` with the source added in place.
Tensor added_at(const Shape& shape, int axis, const Tensor& index, const Tensor& source) {
  return record(
      "gather_backward", kernels::scatter_add(shape, axis, index.array(), source.array()),
      [axis](Ctx& c) { c.give(1, gathered(c.grad(), axis, c.in(0))); }, Save{index}, Edge{source});
}

}  // namespace

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  const int a = normalize_axis("gather", axis, x.dim());
  const Tensor at(as_indices("gather", index.array()));
  if (x.dim() == 0 && index.dim() == 0) {
    check_indices("gather", at.array(), 1, "index");
    return x.clone();
  }
  const Tensor part = cut_to("gather", "x", x, index.shape(), a);
  check_indices("gather", at.array(), x.shape()[a], "index");
  return gathered(part, a, at);
}

Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  const int a = normalize_axis("scatter_add", axis, x.dim());
  const Tensor at(as_indices("scatter_add", index.array()));
  if (x.dim() == 0) fail<ShapeError>("scatter_add", "got a scalar; expected at least one axis");
  const DType t = promote("scatter_add", x.dtype(), source.dtype());
  const Tensor from = cut_to("scatter_add", "source", source, index.shape(), -1).to(t);
  Shape shape = cut_to("scatter_add", "x", x.detach(), index.shape(), a).shape();
  check_indices("scatter_add", at.array(), x.shape()[a], "index");
  Tensor sums = added_at(shape, a, at, from);
  for (int i = 0; i < x.dim(); ++i)
    if (shape[i] < x.shape()[i]) {
      shape[i] = x.shape()[i];
      sums = place(sums, shape, i, 0);
    }
  return add(x, sums);
}

Tensor one_hot(const Tensor& labels, std::int64_t classes) {
  const Array at = as_indices("one_hot", labels.array());
  const auto values = at.values<std::int64_t>();
  if (classes < 0) {
    if (classes != -1 || values.empty())
      fail<ValueError>("one_hot", fmt::format("got {} classes for {} labels; expected the number of classes", classes,
                                              values.size()));
    classes = std::max<std::int64_t>(0, *std::max_element(values.begin(), values.end())) + 1;
  }
  check_indices("one_hot", at, classes, "label");
  Shape shape = labels.shape();
  shape.push_back(classes);
  Array hot = Array::zeros(shape, int64);
  auto* place = hot.mutable_data<std::int64_t>();
  for (const std::int64_t label : values) {
    place[label] = 1;
    place += classes;
  }
  return hot;
}

}  // namespace xgrad
