#include "autograd/ops/indexing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "autograd/ops/arithmetic.hpp"
#include "autograd/ops/detail/fill_value.hpp"
#include "autograd/ops/ranges.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/indexing.hpp"

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
  if (size == 0)
    fail<IndexError>(
        op, fmt::format("{} out of range: got {} into nothing; expected an axis that is not empty", what, values[0]));
  const auto bad = std::find_if(values.begin(), values.end(), [&](std::int64_t v) { return v < 0 || v >= size; });
  fail<IndexError>(op, fmt::format("{} out of range: got {} at position {}; expected 0 to {}", what, *bad,
                                   bad - values.begin(), size - 1));
}

namespace {

[[noreturn]] void fail_not_inside(const char* op, const char* name, const Shape& x, const Shape& index, int axis) {
  fail<ShapeError>(
      op, fmt::format("got {} {}, index {}; expected as many axes, and no size of index above {}'s{}", name, x.str(),
                      index.str(), name, axis < 0 ? "" : fmt::format(" except along axis {}", axis)));
}

/// x cut down to index's sizes on all axes but `axis` (-1: on all).
Tensor cut_to(const char* op, const char* name, const Tensor& x, const Shape& index, int axis) {
  bool fits = x.dim() == index.rank();
  for (int i = 0; fits && i < index.rank(); ++i) fits = i == axis || index[i] <= x.shape()[i];
  if (!fits) fail_not_inside(op, name, x.shape(), index, axis);
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

/// A scalar counts as one axis, as in PyTorch.
Tensor at_least_1d(const Tensor& x) { return x.dim() == 0 ? reshape(x, {1}) : x; }

}  // namespace

Tensor gather(const Tensor& x, std::int64_t axis, const Tensor& index) {
  if (x.dim() == 0 || index.dim() == 0) return reshape(gather(at_least_1d(x), axis, at_least_1d(index)), index.shape());
  const int a = normalize_axis("gather", axis, x.dim());
  const Tensor at(as_indices("gather", index.array()));
  const Tensor part = cut_to("gather", "x", x, index.shape(), a);
  check_indices("gather", at.array(), x.shape()[a], "index");
  return gathered(part, a, at);
}

namespace {

/// x, index and source of a scatter, checked and cut to one another: the index's sizes, and x's along `axis`.
struct Scatter {
  int axis;
  Tensor index, source;
  Shape part;  ///< of x that can be reached
};

Scatter scatter_of(const char* op, const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  const int a = normalize_axis(op, axis, x.dim());
  const Tensor at(as_indices(op, index.array()));
  Scatter s{a, at, cut_to(op, "source", source, index.shape(), -1), x.shape()};
  bool fits = index.dim() == x.dim();
  for (int i = 0; fits && i < x.dim(); ++i) {
    if (i == a) continue;
    fits = index.shape()[i] <= x.shape()[i];
    s.part[i] = index.shape()[i];
  }
  if (!fits) fail_not_inside(op, "x", x.shape(), index.shape(), a);
  check_indices(op, at.array(), x.shape()[a], "index");
  return s;
}

/// `part` put back into the front corner of zeros of `shape`.
Tensor in_corner(Tensor part, const Shape& shape) {
  for (int i = 0; i < shape.rank(); ++i) {
    Shape larger = part.shape();
    larger[i] = shape[i];
    if (larger != part.shape()) part = place(part, larger, i, 0);
  }
  return part;
}

void check_not_bool(const char* op, DType t) {
  if (t == bool_) fail<DTypeError>(op, "got bools; expected numbers, convert with .to(int64)");
}

/// x with the source written over it; index and source have one shape, x is as large but along `axis`.
Tensor written(const Tensor& x, int axis, const Tensor& index, const Tensor& source) {
  return record(
      "scatter", kernels::scatter(x.array(), axis, index.array(), source.array()),
      [axis](Ctx& c) {
        const Tensor& at = c.in(1);
        const Tensor none(Array::zeros({}, c.grad().dtype()));
        if (c.needs(0)) c.give(0, written(c.grad(), axis, at, expand(none, at.shape())));
        if (c.needs(2)) {
          const Tensor wins(kernels::scatter_winners(c.grad().shape(), axis, at.array()));
          c.give(2, where(wins, gathered(c.grad(), axis, at), none));
        }
      },
      Edge{x}, Save{index}, Edge{source});
}

}  // namespace

Tensor scatter_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  if (x.dim() == 0 || index.dim() == 0 || source.dim() == 0)
    return reshape(scatter_add(at_least_1d(x), axis, at_least_1d(index), at_least_1d(source)), x.shape());
  const DType t = promote("scatter_add", x.dtype(), source.dtype());
  check_not_bool("scatter_add", t);
  const Scatter s = scatter_of("scatter_add", x, axis, index, source);
  const Tensor from = s.source.to(t);
  if (s.part != x.shape()) return add(x, in_corner(added_at(s.part, s.axis, s.index, from), x.shape()));
  return record(
      "scatter_add", kernels::scatter_add(x.array().to(t), s.axis, s.index.array(), from.array()),
      [axis = s.axis](Ctx& c) {
        c.give(0, c.grad());
        if (c.needs(2)) c.give(2, gathered(c.grad(), axis, c.in(1)));
      },
      Edge{x}, Save{s.index}, Edge{from});
}

Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  if (x.dim() == 0 || index.dim() == 0 || source.dim() == 0)
    return reshape(scatter(at_least_1d(x), axis, at_least_1d(index), at_least_1d(source)), x.shape());
  if (promote("scatter", x.dtype(), source.dtype()) != x.dtype())
    fail<DTypeError>("scatter", fmt::format("source: got {} for a tensor of {}; convert one of them with .to()",
                                            name_of(source.dtype()), name_of(x.dtype())));
  const Scatter s = scatter_of("scatter", x, axis, index, source);
  const Tensor from = s.source.to(x.dtype());
  if (s.part == x.shape()) return written(x, s.axis, s.index, from);
  std::vector<Pick> corner;
  for (const std::int64_t size : s.part) corner.emplace_back(Range{0, size});
  return assign(x, corner, written(xgrad::index(x, corner), s.axis, s.index, from));
}

Tensor scatter(const Tensor& x, std::int64_t axis, const Tensor& index, Scalar value) {
  detail::check_fill_value("scatter", value, x.dtype());
  return scatter(x, axis, index, Tensor(Array::full(index.shape(), value, x.dtype())));
}

namespace {

Tensor rows_added(const Shape& shape, int axis, const Tensor& index, const Tensor& source);

Tensor rows_of(const Tensor& x, int axis, const Tensor& index) {
  return record(
      "index_select", kernels::index_select(x.array(), axis, index.array()),
      [axis](Ctx& c) { c.give(0, rows_added(c.in_shape(0), axis, c.in(1), c.grad())); }, Edge{x}, Save{index});
}

/// Zeros of `shape` with the source's entries added in place.
Tensor rows_added(const Shape& shape, int axis, const Tensor& index, const Tensor& source) {
  return record(
      "index_select_backward", kernels::index_add(shape, axis, index.array(), source.array()),
      [axis](Ctx& c) { c.give(1, rows_of(c.grad(), axis, c.in(0))); }, Save{index}, Edge{source});
}

/// The index as one axis of int64.
Tensor index_list(const char* op, const Tensor& index) {
  if (index.dim() > 1) fail<ShapeError>(op, fmt::format("index: got {}; expected one axis", index.shape().str()));
  return as_indices(op, index.array()).reshape({index.numel()});
}

}  // namespace

Tensor index_select(const Tensor& x, std::int64_t axis, const Tensor& index) {
  const int a = normalize_axis("index_select", axis, x.dim());
  const Tensor at = index_list("index_select", index);
  check_indices("index_select", at.array(), x.dim() == 0 ? 1 : x.shape()[a], "index");
  if (x.dim() > 0) return rows_of(x, a, at);
  if (at.numel() != 1)
    fail<ShapeError>("index_select", fmt::format("got {} indices into a scalar; expected one", at.numel()));
  return x.clone();
}

Tensor index_add(const Tensor& x, std::int64_t axis, const Tensor& index, const Tensor& source) {
  if (x.dim() == 0) return reshape(index_add(at_least_1d(x), axis, index, at_least_1d(source)), {});
  const int a = normalize_axis("index_add", axis, x.dim());
  const Tensor at = index_list("index_add", index);
  const DType t = promote("index_add", x.dtype(), source.dtype());
  check_not_bool("index_add", t);
  Shape wanted = x.shape();
  wanted[a] = at.numel();
  if (source.shape() != wanted)
    fail<ShapeError>("index_add", fmt::format("source: got {} for x {}, {} indices along axis {}; expected {}",
                                              source.shape().str(), x.shape().str(), at.numel(), a, wanted.str()));
  check_indices("index_add", at.array(), x.shape()[a], "index");
  return record(
      "index_add", kernels::index_add(x.array().to(t), a, at.array(), source.array().to(t)),
      [a](Ctx& c) {
        c.give(0, c.grad());
        if (c.needs(2)) c.give(2, rows_of(c.grad(), a, c.in(1)));
      },
      Edge{x}, Save{at}, Edge{source});
}

Tensor take_along(const Tensor& x, const Tensor& index, std::optional<std::int64_t> axis) {
  if (!axis) return take_along(reshape(x, {-1}), reshape(index, {-1}), 0);
  if (x.dim() != index.dim() || x.dim() == 0)
    fail<ShapeError>("take_along", fmt::format("got x {}, index {}; expected as many axes, at least one",
                                               x.shape().str(), index.shape().str()));
  const int a = normalize_axis("take_along", *axis, x.dim());
  const Tensor at(as_indices("take_along", index.array()));
  const Shape others = broadcast("take_along", x.shape().without(a), index.shape().without(a));
  check_indices("take_along", at.array(), x.shape()[a], "index");
  return gathered(expand(x, others.with(a, x.shape()[a])), a, expand(at, others.with(a, index.shape()[a])));
}

Tensor one_hot(const Tensor& labels, std::int64_t classes) {
  const Array at = as_indices("one_hot", labels.array());
  const auto values = at.values<std::int64_t>();
  if (classes < 0) {
    if (classes != -1 || values.empty())
      fail<ValueError>("one_hot", fmt::format("got {} classes for {} labels; expected the number of classes", classes,
                                              values.size()));
    const std::int64_t largest = std::max<std::int64_t>(0, *std::max_element(values.begin(), values.end()));
    classes = std::min(largest, INT64_MAX - 1) + 1;
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
