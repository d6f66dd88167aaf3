#include "autograd/ops/ranges.hpp"

#include <fmt/format.h>

#include <array>

#include "autograd/ops/detail/fill_value.hpp"
#include "autograd/ops/detail/python_range.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// The picks, worked out for a shape: a range for each axis, and which axes go away.
struct Part {
  std::array<kernels::Range, Shape::kMaxRank> ranges{};
  int rank = 0;
  unsigned dropped = 0;

  std::span<const kernels::Range> list() const { return {ranges.data(), at(rank)}; }
  /// The part's shape with all axes, those that go away of size 1 / without them.
  Shape full() const {
    Shape shape;
    for (const kernels::Range& range : list()) shape.push_back(range.count);
    return shape;
  }
  Shape shape() const { return reduced(full(), dropped, false); }
};

kernels::Range one_range(const char* op, const Shape& shape, int axis, const Range& range) {
  if (range.step == 0 || range.step == INT64_MIN)
    fail<ValueError>(op, fmt::format("step of axis {}: got {}; expected other than 0", axis, range.step));
  return detail::python_range(shape[axis], range.start, range.stop, range.step);
}

kernels::Range one_entry(const char* op, const Shape& shape, int axis, std::int64_t entry) {
  const std::int64_t size = shape[axis];
  if (entry < -size || entry >= size)
    fail<IndexError>(op, fmt::format("got entry {} of axis {} of shape {}; expected {} to {}", entry, axis, shape.str(),
                                     -size, size - 1));
  return {entry < 0 ? entry + size : entry, 1, 1};
}

Part part_of(const char* op, const Shape& shape, std::span<const Pick> picks) {
  int rests = 0;
  for (const Pick& pick : picks) rests += std::holds_alternative<Ellipsis>(pick.what()) ? 1 : 0;
  if (rests > 1) fail<ValueError>(op, fmt::format("got {} times Ellipsis; expected at most one", rests));
  const int named = static_cast<int>(picks.size()) - rests, left_over = shape.rank() - named;
  if (left_over < 0)
    fail<IndexError>(op,
                     fmt::format("got {} picks for shape {}; expected at most {}", named, shape.str(), shape.rank()));
  Part part;
  const auto whole = [&](int axes) {
    for (; axes > 0; --axes, ++part.rank) part.ranges[at(part.rank)] = {0, shape[part.rank], 1};
  };
  for (const Pick& pick : picks) {
    if (std::holds_alternative<Ellipsis>(pick.what())) {
      whole(left_over);
    } else if (const auto* range = std::get_if<Range>(&pick.what())) {
      part.ranges[at(part.rank)] = one_range(op, shape, part.rank, *range);
      ++part.rank;
    } else {
      part.ranges[at(part.rank)] = one_entry(op, shape, part.rank, std::get<std::int64_t>(pick.what()));
      part.dropped |= 1u << part.rank++;
    }
  }
  whole(shape.rank() - part.rank);
  return part;
}

Tensor part_placed(const Tensor& values, const Shape& shape, const Part& part);

Tensor part_read(const Tensor& x, const Part& part) {
  return record(
      "index", kernels::slice(x.array(), part.list()).reshape(part.shape()),
      [part](Ctx& c) { c.give(0, part_placed(c.grad(), c.in_shape(0), part)); }, Edge{x});
}

/// Zeros of `shape` with the part in place.
Tensor part_placed(const Tensor& values, const Shape& shape, const Part& part) {
  return record(
      "index_backward", kernels::slice_scatter(values.array().reshape(part.full()), shape, part.list()),
      [part](Ctx& c) { c.give(0, part_read(c.grad(), part)); }, Edge{values});
}

/// `value` under the axes of x: those that are left out in front, and those that go away, of size 1.
Array with_all_axes(const Array& value, const Part& part) {
  Shape shape;
  int next = value.dim() - 1;
  std::array<std::int64_t, Shape::kMaxRank> sizes{};
  for (int i = part.rank - 1; i >= 0; --i)
    sizes[at(i)] = (part.dropped >> i & 1u) || next < 0 ? 1 : value.shape()[next--];
  for (int i = 0; i < part.rank; ++i) shape.push_back(sizes[at(i)]);
  return value.reshape(shape);
}

Tensor assigned(const Tensor& x, const Part& part, const Tensor& value) {
  return record(
      "assign", kernels::assign(x.array(), part.list(), with_all_axes(value.array().to(x.dtype()), part)),
      [part](Ctx& c) {
        if (c.needs(0)) c.give(0, assigned(c.grad(), part, Tensor(Array::zeros({}, c.grad().dtype()))));
        if (c.needs(1)) c.give(1, part_read(c.grad(), part));
      },
      Edge{x}, Edge{value});
}

}  // namespace

Tensor index(const Tensor& x, std::span<const Pick> picks) { return part_read(x, part_of("index", x.shape(), picks)); }

Tensor assign(const Tensor& x, std::span<const Pick> picks, const Tensor& value) {
  const Part part = part_of("assign", x.shape(), picks);
  const Shape shape = part.shape();
  if (value.dim() > shape.rank() || broadcast("assign", shape, value.shape()) != shape)
    fail<ShapeError>("assign", fmt::format("value: got {} for a part of shape {}; expected one that broadcasts to it",
                                           value.shape().str(), shape.str()));
  if (promote("assign", x.dtype(), value.dtype()) != x.dtype())
    fail<DTypeError>("assign", fmt::format("value: got {} for a tensor of {}; convert one of them with .to()",
                                           name_of(value.dtype()), name_of(x.dtype())));
  return assigned(x, part, value);
}

Tensor assign(const Tensor& x, std::span<const Pick> picks, Scalar value) {
  detail::check_fill_value("assign", value, x.dtype());
  return assigned(x, part_of("assign", x.shape(), picks), Tensor(Array::full({}, value, x.dtype())));
}

Tensor Tensor::index(std::initializer_list<Pick> picks) const { return xgrad::index(*this, picks); }

}  // namespace xgrad
