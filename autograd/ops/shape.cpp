#include "autograd/ops/shape.hpp"

#include <fmt/format.h>

#include <array>

#include "autograd/ops/detail/python_range.hpp"
#include "autograd/ops/reduction.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/layout.hpp"

namespace xgrad {

Tensor reshape(const Tensor& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  return record(
      "reshape", x.array().reshape(shape), [](Ctx& c) { c.give(0, reshape(c.grad(), c.in_shape(0))); }, Edge{x});
}

Tensor flatten(const Tensor& x, std::int64_t start, std::int64_t end) {
  if (x.dim() == 0) return reshape(x, {1});
  const int first = normalize_axis("flatten", start, x.dim()), last = normalize_axis("flatten", end, x.dim());
  if (first > last)
    fail<ValueError>("flatten", fmt::format("got axes {} to {}; expected the first not after the last", start, end));
  Shape shape;
  for (int i = 0; i < x.dim(); ++i) {
    if (i > first && i <= last) shape[shape.rank() - 1] *= x.shape()[i];
    else shape.push_back(x.shape()[i]);
  }
  return reshape(x, shape);
}

Tensor unsqueeze(const Tensor& x, std::int64_t axis) {
  return reshape(x, x.shape().with(normalize_axis("unsqueeze", axis, x.dim() + 1), 1));
}

Tensor squeeze(const Tensor& x, Axes axes) {
  const unsigned mask = axes.mask("squeeze", x.dim());
  Shape shape;
  for (int i = 0; i < x.dim(); ++i)
    if (!(mask >> i & 1u) || x.shape()[i] != 1) shape.push_back(x.shape()[i]);
  return reshape(x, shape);
}

namespace {
Tensor permuted(const Tensor& x, const std::array<int, Shape::kMaxRank>& order) {
  const int n = x.dim();
  return record(
      "permute", kernels::permute(x.array(), std::span(order.data(), static_cast<std::size_t>(n))),
      [order, n](Ctx& c) {
        std::array<int, Shape::kMaxRank> inverse{};
        for (int i = 0; i < n; ++i) inverse[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] = i;
        c.give(0, permuted(c.grad(), inverse));
      },
      Edge{x});
}
}  // namespace

Tensor transpose(const Tensor& x, std::int64_t axis0, std::int64_t axis1) {
  const int a = normalize_axis("transpose", axis0, x.dim()), b = normalize_axis("transpose", axis1, x.dim());
  if (a == b) return x;
  std::array<int, Shape::kMaxRank> order{0, 1, 2, 3, 4, 5, 6, 7};
  std::swap(order[static_cast<std::size_t>(a)], order[static_cast<std::size_t>(b)]);
  return permuted(x, order);
}

Tensor permute(const Tensor& x, const std::vector<std::int64_t>& axes) {
  std::array<int, Shape::kMaxRank> order{};
  unsigned seen = 0;
  for (std::size_t i = 0; i < axes.size() && i < order.size(); ++i) {
    order[i] = normalize_axis("permute", axes[i], x.dim());
    seen |= 1u << order[i];
  }
  if (static_cast<int>(axes.size()) != x.dim() || seen != (1u << x.dim()) - 1u)
    fail<ValueError>("permute", fmt::format("got axes [{}] for shape {}; expected each axis once",
                                            fmt::join(axes, ", "), x.shape().str()));
  return permuted(x, order);
}

namespace {

/// A list of axes, each counted from 0; ValueError for one named twice.
std::vector<int> named_axes(const char* op, const std::vector<std::int64_t>& axes, int rank) {
  std::vector<int> result;
  unsigned seen = 0;
  for (const std::int64_t axis : axes) {
    result.push_back(normalize_axis(op, axis, rank));
    if (seen >> result.back() & 1u)
      fail<ValueError>(op, fmt::format("axis {} is named twice in [{}]", axis, fmt::join(axes, ", ")));
    seen |= 1u << result.back();
  }
  return result;
}

}  // namespace

Tensor movedim(const Tensor& x, const std::vector<std::int64_t>& from, const std::vector<std::int64_t>& to) {
  if (from.size() != to.size())
    fail<ValueError>(
        "movedim", fmt::format("got axes [{}] for [{}]; expected as many", fmt::join(from, ", "), fmt::join(to, ", ")));
  const std::vector<int> source = named_axes("movedim", from, x.dim()), target = named_axes("movedim", to, x.dim());
  if (x.dim() == 0) return x;
  std::array<int, Shape::kMaxRank> order;
  order.fill(-1);
  unsigned moved = 0;
  for (std::size_t i = 0; i < source.size(); ++i) {
    order[static_cast<std::size_t>(target[i])] = source[i];
    moved |= 1u << source[i];
  }
  int next = 0;
  for (int i = 0; i < x.dim(); ++i) {
    int& place = order[static_cast<std::size_t>(i)];
    if (place >= 0) continue;
    while (moved >> next & 1u) ++next;
    place = next++;
  }
  return permuted(x, order);
}

Tensor movedim(const Tensor& x, std::int64_t from, std::int64_t to) {
  return movedim(x, std::vector{from}, std::vector{to});
}

Tensor expand(const Tensor& x, const Shape& shape) {
  Shape full = shape;
  const int lead = shape.rank() - x.dim();
  bool fits = lead >= 0;
  for (int i = 0; fits && i < shape.rank(); ++i) {
    if (i >= lead && shape[i] == -1) full[i] = x.shape()[i - lead];
    fits = full[i] >= 0 && (i < lead || full[i] == x.shape()[i - lead] || x.shape()[i - lead] == 1);
  }
  if (!fits)
    fail<ShapeError>("expand",
                     fmt::format("got {} for shape {}; expected one it broadcasts to", x.shape().str(), shape.str()));
  if (full == x.shape()) return x;
  return record(
      "expand", kernels::expand(x.array(), full), [](Ctx& c) { c.give(0, sum_to(c.grad(), c.in_shape(0))); }, Edge{x});
}

std::vector<Tensor> broadcast_tensors(std::span<const Tensor> xs) {
  Shape shape;
  for (const Tensor& x : xs) shape = broadcast("broadcast_tensors", shape, x.shape());
  std::vector<Tensor> result;
  result.reserve(xs.size());
  for (const Tensor& x : xs) result.push_back(expand(x, shape));
  return result;
}

namespace {

Tensor sliced(const Tensor& x, int axis, kernels::Range range);

/// The inverse: zeros of `shape` with `part` in place.
Tensor placed(const Tensor& part, const Shape& shape, int axis, kernels::Range range) {
  return record(
      "slice_backward", kernels::slice_scatter(part.array(), shape, axis, range),
      [axis, range](Ctx& c) { c.give(0, sliced(c.grad(), axis, range)); }, Edge{part});
}

Tensor sliced(const Tensor& x, int axis, kernels::Range range) {
  return record(
      "slice", kernels::slice(x.array(), axis, range),
      [axis, range](Ctx& c) { c.give(0, placed(c.grad(), c.in_shape(0), axis, range)); }, Edge{x});
}

}  // namespace

Tensor slice(const Tensor& x, std::int64_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
             std::int64_t step) {
  if (x.dim() == 0) fail<IndexError>("slice", "a scalar has no axes");
  if (step == 0 || step == INT64_MIN)
    fail<ValueError>("slice", fmt::format("step: got {}; expected other than 0", step));
  const int a = normalize_axis("slice", axis, x.dim());
  return sliced(x, a, detail::python_range(x.shape()[a], start, stop, step));
}

Tensor place(const Tensor& part, const Shape& shape, std::int64_t axis, std::int64_t start) {
  const int a = normalize_axis("place", axis, shape.rank());
  const bool fits = part.dim() == shape.rank() && shape.rank() > 0 && part.shape().without(a) == shape.without(a) &&
                    start >= 0 && start <= shape[a] - part.shape()[a];
  if (!fits)
    fail<ShapeError>("place", fmt::format("got part {} for entry {} of axis {} of {}; expected it to fit in",
                                          part.shape().str(), start, a, shape.str()));
  return placed(part, shape, a, {start, part.shape()[a], 1});
}

Tensor select(const Tensor& x, std::int64_t axis, std::int64_t index) {
  if (x.dim() == 0) fail<IndexError>("select", "a scalar has no axes");
  const int a = normalize_axis("select", axis, x.dim());
  const std::int64_t size = x.shape()[a];
  if (index < -size || index >= size)
    fail<IndexError>("select", fmt::format("got index {} along axis {} of shape {}; expected {} to {}", index, a,
                                           x.shape().str(), -size, size - 1));
  return reshape(sliced(x, a, {index < 0 ? index + size : index, 1, 1}), x.shape().without(a));
}

Tensor narrow(const Tensor& x, std::int64_t axis, std::int64_t start, std::int64_t length) {
  if (x.dim() == 0) fail<IndexError>("narrow", "a scalar has no axes");
  const int a = normalize_axis("narrow", axis, x.dim());
  const std::int64_t size = x.shape()[a], first = start < 0 ? start + size : start;
  if (first < 0 || first > size || length < 0 || length > size - first)
    fail<IndexError>("narrow",
                     fmt::format("got start {}, length {} along axis {} of shape {}; expected entries of 0 to "
                                 "{}",
                                 start, length, a, x.shape().str(), size));
  return sliced(x, a, {first, length, 1});
}

Tensor to(const Tensor& x, DType dtype) {
  if (x.dtype() == dtype) return x;
  Array y = x.array().to(dtype);
  if (!is_floating(dtype)) return y;
  const DType from = x.dtype();
  return record(
      "to", std::move(y), [from](Ctx& c) { c.give(0, to(c.grad(), from)); }, Edge{x});
}

Tensor Tensor::to(DType dtype) const { return xgrad::to(*this, dtype); }
Tensor Tensor::reshape(const Shape& shape) const { return xgrad::reshape(*this, shape); }
Tensor Tensor::flatten(std::int64_t start, std::int64_t end) const { return xgrad::flatten(*this, start, end); }
Tensor Tensor::transpose(std::int64_t a, std::int64_t b) const { return xgrad::transpose(*this, a, b); }
Tensor Tensor::t() const {
  if (dim() > 2) fail<ShapeError>("t", fmt::format("got shape {}; expected a matrix", shape().str()));
  return dim() < 2 ? *this : xgrad::transpose(*this, 0, 1);
}
Tensor Tensor::slice(std::int64_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                     std::int64_t step) const {
  return xgrad::slice(*this, axis, start, stop, step);
}
Tensor Tensor::permute(const std::vector<std::int64_t>& order) const { return xgrad::permute(*this, order); }
Tensor Tensor::squeeze(Axes axes) const { return xgrad::squeeze(*this, axes); }
Tensor Tensor::unsqueeze(std::int64_t axis) const { return xgrad::unsqueeze(*this, axis); }
Tensor Tensor::expand(const Shape& shape) const { return xgrad::expand(*this, shape); }
Tensor Tensor::operator[](std::int64_t index) const { return select(*this, 0, index); }

}  // namespace xgrad
