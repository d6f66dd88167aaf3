#include "autograd/ops/shape.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "autograd/ops/indexing.hpp"
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

Tensor expand(const Tensor& x, const Shape& shape) {
  Shape full = shape;
  const int lead = shape.rank() - x.dim();
  for (int i = 0; i < shape.rank(); ++i)
    if (shape[i] == -1 && i >= lead) full[i] = x.shape()[i - lead];
  if (full == x.shape()) return x;
  if (lead < 0 || broadcast("expand", x.shape(), full) != full)
    fail<ShapeError>("expand",
                     fmt::format("got {} for shape {}; expected one it broadcasts to", x.shape().str(), shape.str()));
  return record(
      "expand", kernels::expand(x.array(), full), [](Ctx& c) { c.give(0, sum_to(c.grad(), c.in_shape(0))); }, Edge{x});
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

/// Python's slice.indices(size).
kernels::Range python_range(std::int64_t size, std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
                            std::int64_t step) {
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto place = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, low, high); };
  const std::int64_t first = start ? place(*start) : step > 0 ? low : high;
  const std::int64_t end = stop ? place(*stop) : step > 0 ? high : low;
  const std::int64_t distance = step > 0 ? end - first : first - end, stride = step > 0 ? step : -step;
  return {first, distance <= 0 ? 0 : (distance - 1) / stride + 1, step};
}

}  // namespace

Tensor slice(const Tensor& x, std::int64_t axis, std::optional<std::int64_t> start, std::optional<std::int64_t> stop,
             std::int64_t step) {
  if (x.dim() == 0) fail<IndexError>("slice", "a scalar has no axes");
  if (step == 0 || step == INT64_MIN)
    fail<ValueError>("slice", fmt::format("step: got {}; expected other than 0", step));
  const int a = normalize_axis("slice", axis, x.dim());
  return sliced(x, a, python_range(x.shape()[a], start, stop, step));
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

Tensor concat(std::span<const Tensor> parts, std::int64_t axis) {
  if (parts.empty()) fail<ValueError>("concat", "got no tensors; expected at least one");
  if (parts[0].dim() == 0) fail<ShapeError>("concat", "got scalars; expected at least one axis, use stack()");
  const int a = normalize_axis("concat", axis, parts[0].dim());
  DType t = parts[0].dtype();
  for (std::size_t i = 1; i < parts.size(); ++i) {
    t = promote("concat", t, parts[i].dtype());
    if (parts[i].dim() != parts[0].dim() || parts[i].shape().without(a) != parts[0].shape().without(a))
      fail<ShapeError>("concat", fmt::format("tensor {}: got {}, the first has {}; expected them to agree except along "
                                             "axis {}",
                                             i, parts[i].shape().str(), parts[0].shape().str(), a));
  }
  std::vector<Array> arrays;
  std::vector<std::int64_t> sizes;
  for (const Tensor& part : parts) {
    arrays.push_back(part.array().to(t));
    sizes.push_back(part.shape()[a]);
  }
  Array joined = kernels::concat(arrays, a);
  return record_many(
      "concat", std::move(joined),
      [a, sizes = std::move(sizes)](Ctx& c) {
        std::int64_t at = 0;
        for (int i = 0; i < c.inputs(); ++i) {
          const std::int64_t size = sizes[static_cast<std::size_t>(i)];
          if (c.needs(i)) c.give(i, sliced(c.grad(), a, {at, size, 1}));
          at += size;
        }
      },
      parts);
}

Tensor stack(std::span<const Tensor> parts, std::int64_t axis) {
  if (parts.empty()) fail<ValueError>("stack", "got no tensors; expected at least one");
  const int a = normalize_axis("stack", axis, parts[0].dim() + 1);
  std::vector<Tensor> raised;
  for (const Tensor& part : parts) {
    if (part.shape() != parts[0].shape())
      fail<ShapeError>("stack",
                       fmt::format("got {} and {}; expected equal shapes", parts[0].shape().str(), part.shape().str()));
    raised.push_back(unsqueeze(part, a));
  }
  return concat(raised, a);
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
Tensor Tensor::operator[](std::int64_t index) const { return select(*this, 0, index); }

}  // namespace xgrad
