#include "autograd/ops/arranging.hpp"

#include <fmt/format.h>

#include <array>

#include "autograd/ops/indexing.hpp"
#include "autograd/ops/shape.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/layout.hpp"
#include "tensor/kernels/reduce.hpp"

namespace xgrad {
namespace {

/// A number for each axis.
using PerAxis = std::array<std::int64_t, Shape::kMaxRank>;

std::span<const std::int64_t> first(const PerAxis& numbers, int n) {
  return {numbers.data(), static_cast<std::size_t>(n)};
}

Tensor flipped(const Tensor& x, unsigned mask) {
  if (mask == 0) return x;
  return record(
      "flip", kernels::flip(x.array(), mask), [mask](Ctx& c) { c.give(0, flipped(c.grad(), mask)); }, Edge{x});
}

/// 0 <= shifts[k] < size of axis k, or 0.
Tensor rolled(const Tensor& x, const PerAxis& shifts) {
  if (shifts == PerAxis{}) return x;
  return record(
      "roll", kernels::roll(x.array(), first(shifts, x.dim())),
      [shifts](Ctx& c) {
        PerAxis back{};
        for (int i = 0; i < c.grad().dim(); ++i) {
          const auto k = static_cast<std::size_t>(i);
          back[k] = shifts[k] == 0 ? 0 : c.grad().shape()[i] - shifts[k];
        }
        c.give(0, rolled(c.grad(), back));
      },
      Edge{x});
}

std::int64_t modulo(std::int64_t shift, std::int64_t size) {
  const std::int64_t rest = size == 0 ? 0 : shift % size;
  return rest < 0 ? rest + size : rest;
}

Tensor repeated(const Tensor& x, const PerAxis& times);

/// The sums over all copies that `repeated` makes of an array of this shape.
Array sum_of_copies(const Array& y, const Shape& shape, const PerAxis& times) {
  Array sums = y;
  for (int i = 0; i < shape.rank(); ++i) {
    const std::int64_t n = times[static_cast<std::size_t>(i)];
    if (n == 1) continue;
    std::int64_t outer = 1, inner = 1;  // axes in front are summed already
    for (int k = 0; k < i; ++k) outer *= shape[k];
    for (int k = i + 1; k < shape.rank(); ++k) inner *= y.shape()[k];
    sums = kernels::sum(sums.reshape({outer, n, shape[i] * inner}), 2u, false);
  }
  return sums.reshape(shape);
}

Tensor copies_summed(const Tensor& y, const Shape& shape, const PerAxis& times) {
  return record(
      "repeat_backward", sum_of_copies(y.array(), shape, times),
      [times](Ctx& c) { c.give(0, repeated(c.grad(), times)); }, Edge{y});
}

Tensor repeated(const Tensor& x, const PerAxis& times) {
  return record(
      "repeat", kernels::repeat(x.array(), first(times, x.dim())),
      [times](Ctx& c) { c.give(0, copies_summed(c.grad(), c.in_shape(0), times)); }, Edge{x});
}

Tensor repeat_checked(const char* op, const Tensor& x, const std::vector<std::int64_t>& times) {
  if (times.size() > Shape::kMaxRank)
    fail<ShapeError>(op, fmt::format("got {} numbers; expected at most {}", times.size(), Shape::kMaxRank));
  Shape shape;
  PerAxis all{};
  bool once = true;
  const int lead = static_cast<int>(times.size()) - x.dim();
  for (int i = 0; i < static_cast<int>(times.size()); ++i) {
    const std::int64_t n = all[static_cast<std::size_t>(i)] = times[static_cast<std::size_t>(i)];
    shape.push_back(i < lead ? 1 : x.shape()[i - lead]);
    std::int64_t size = 0;
    if (n < 0) fail<ValueError>(op, fmt::format("got {} times along axis {}; expected 0 or more", n, i));
    if (__builtin_mul_overflow(shape[i], n, &size))
      fail<ShapeError>(op, fmt::format("too large: got shape {}, {} times along axis {}", x.shape().str(), n, i));
    once = once && n == 1;
  }
  const Tensor raised = reshape(x, shape);
  return once ? raised : repeated(raised, all);
}

}  // namespace

Tensor flip(const Tensor& x, const std::vector<std::int64_t>& axes) {
  return axes.empty() ? x : flipped(x, Axes(axes).mask("flip", x.dim()));
}
Tensor flip(const Tensor& x, std::int64_t axis) { return flipped(x, Axes(axis).mask("flip", x.dim())); }

Tensor roll(const Tensor& x, std::int64_t shift, std::optional<std::int64_t> axis) {
  if (!axis) return x.dim() == 0 ? x : reshape(roll(reshape(x, {-1}), shift, 0), x.shape());
  return roll(x, std::vector{shift}, std::vector{*axis});
}

Tensor roll(const Tensor& x, const std::vector<std::int64_t>& shifts, const std::vector<std::int64_t>& axes) {
  if (axes.empty() && shifts.size() == 1) return roll(x, shifts[0]);
  if (axes.size() != shifts.size() || axes.empty())
    fail<ValueError>("roll", fmt::format("got {} shifts for {} axes; expected as many", shifts.size(), axes.size()));
  if (x.dim() == 0) fail<IndexError>("roll", "a scalar has no axes");
  PerAxis all{};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int a = normalize_axis("roll", axes[i], x.dim());
    std::int64_t& sum = all[static_cast<std::size_t>(a)];
    sum = modulo(sum + modulo(shifts[i], x.shape()[a]), x.shape()[a]);
  }
  return rolled(x, all);
}

Tensor repeat(const Tensor& x, const std::vector<std::int64_t>& times) {
  if (static_cast<int>(times.size()) < x.dim())
    fail<ShapeError>("repeat", fmt::format("got [{}] for shape {}; expected a number for each axis, use tile() for "
                                           "fewer",
                                           fmt::join(times, ", "), x.shape().str()));
  return repeat_checked("repeat", x, times);
}

Tensor tile(const Tensor& x, const std::vector<std::int64_t>& times) {
  std::vector<std::int64_t> all = times;
  while (static_cast<int>(all.size()) < x.dim()) all.insert(all.begin(), 1);
  return repeat_checked("tile", x, all);
}

Tensor repeat_interleave(const Tensor& x, std::int64_t times, std::optional<std::int64_t> axis) {
  if (!axis) return repeat_interleave(reshape(x, {-1}), times, 0);
  if (x.dim() == 0) fail<IndexError>("repeat_interleave", "a scalar has no axes");
  const int a = normalize_axis("repeat_interleave", *axis, x.dim());
  if (times < 0) fail<ValueError>("repeat_interleave", fmt::format("got {} times; expected 0 or more", times));
  std::int64_t outer = 1, inner = 1;
  Shape shape = x.shape();
  for (int i = 0; i < a; ++i) outer *= shape[i];
  for (int i = a + 1; i < x.dim(); ++i) inner *= shape[i];
  if (__builtin_mul_overflow(shape[a], times, &shape[a]))
    fail<ShapeError>("repeat_interleave",
                     fmt::format("too large: got {} times along axis {} of {}", times, a, x.shape().str()));
  (void)checked_numel("repeat_interleave", shape, size_of(x.dtype()));
  const std::int64_t rows = outer * x.shape()[a];
  return reshape(expand(reshape(x, {rows, 1, inner}), {rows, times, inner}), shape);
}

Tensor repeat_interleave(const Tensor& x, const Tensor& times, std::optional<std::int64_t> axis) {
  if (!axis) return repeat_interleave(reshape(x, {-1}), times, 0);
  if (x.dim() == 0) fail<IndexError>("repeat_interleave", "a scalar has no axes");
  const int a = normalize_axis("repeat_interleave", *axis, x.dim());
  const std::int64_t n = x.shape()[a];
  const Array counts = as_indices("repeat_interleave", times.array());
  if (times.dim() > 1 || (times.numel() != 1 && times.numel() != n))
    fail<ShapeError>("repeat_interleave", fmt::format("times: got {} for axis {} of {}; expected one number for each "
                                                      "entry",
                                                      times.shape().str(), a, x.shape().str()));
  const auto values = counts.values<std::int64_t>();
  if (values.size() == 1) return repeat_interleave(x, values[0], a);
  std::int64_t total = 0;
  for (const std::int64_t v : values) {
    if (v < 0) fail<ValueError>("repeat_interleave", fmt::format("got {} times; expected 0 or more", v));
    if (__builtin_add_overflow(total, v, &total))
      fail<ShapeError>("repeat_interleave", fmt::format("too large: got shape {}", x.shape().str()));
  }
  Array order = Array::empty({total}, int64);
  auto* to = order.mutable_data<std::int64_t>();
  for (std::size_t i = 0; i < values.size(); ++i) to = std::fill_n(to, values[i], static_cast<std::int64_t>(i));
  return index_select(x, a, order);
}

namespace {

Tensor windows_of(const Tensor& x, int axis, std::int64_t size, std::int64_t step);

Tensor windows_added(const Tensor& g, const Shape& shape, int axis, std::int64_t size, std::int64_t step) {
  return record(
      "unfold_backward", kernels::add_windows(g.array(), shape, axis, size, step),
      [=](Ctx& c) { c.give(0, windows_of(c.grad(), axis, size, step)); }, Edge{g});
}

Tensor windows_of(const Tensor& x, int axis, std::int64_t size, std::int64_t step) {
  return record(
      "unfold", kernels::windows(x.array(), axis, size, step),
      [=](Ctx& c) { c.give(0, windows_added(c.grad(), c.in_shape(0), axis, size, step)); }, Edge{x});
}

}  // namespace

Tensor unfold(const Tensor& x, std::int64_t axis, std::int64_t size, std::int64_t step) {
  const int a = normalize_axis("unfold", axis, x.dim());
  const std::int64_t n = x.dim() == 0 ? 1 : x.shape()[a];
  if (size < 0 || size > n || step < 1)
    fail<ValueError>("unfold", fmt::format("got size {}, step {} along axis {} of {}; expected a size of 0 to {} and a "
                                           "step of at least 1",
                                           size, step, a, x.shape().str(), n));
  if (x.dim() == 0) return slice(reshape(x, {1}), 0, 0, size);
  return windows_of(x, a, size, step);
}

}  // namespace xgrad
