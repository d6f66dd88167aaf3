#include "autograd/ops/padding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "autograd/ops/detail/fill_value.hpp"
#include "autograd/record.hpp"
#include "tensor/kernels/padding.hpp"

namespace xgrad {
namespace {

/// The amounts by axis, first axis first.
struct Amounts {
  std::array<std::int64_t, Shape::kMaxRank> before{}, after{};

  bool none() const { return before == decltype(before){} && after == decltype(after){}; }
  Amounts operator-() const {
    Amounts negative;
    for (std::size_t i = 0; i < before.size(); ++i) negative.before[i] = -before[i], negative.after[i] = -after[i];
    return negative;
  }
};

Tensor padded(const Tensor& x, const Amounts& n, Scalar value) {
  const auto rank = static_cast<std::size_t>(x.dim());
  return record(
      "pad", kernels::pad(x.array(), std::span(n.before).first(rank), std::span(n.after).first(rank), value),
      [n](Ctx& c) { c.give(0, padded(c.grad(), -n, 0)); }, Edge{x});
}

/// Which entry of an axis of `size` stands at place `i`, which may lie outside.
std::int64_t mirrored(std::int64_t i, std::int64_t size, PadMode mode) {
  switch (mode) {
    case PadMode::reflect: return i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i;
    case PadMode::circular: return i < 0 ? i + size : i >= size ? i - size : i;
    default: return std::clamp<std::int64_t>(i, 0, size - 1);
  }
}

kernels::IndexMaps maps_for(const Shape& shape, const Amounts& n, PadMode mode) {
  kernels::IndexMaps maps;
  for (int a = 0; a < shape.rank(); ++a) {
    const std::int64_t before = n.before[static_cast<std::size_t>(a)], after = n.after[static_cast<std::size_t>(a)];
    std::vector<std::int64_t> map(static_cast<std::size_t>(shape[a] + before + after));
    for (std::size_t j = 0; j < map.size(); ++j)
      map[j] = mirrored(static_cast<std::int64_t>(j) - before, shape[a], mode);
    maps.push_back(std::move(map));
  }
  return maps;
}

Tensor copies_summed(const Tensor& y, const Shape& shape, const Amounts& n, PadMode mode);

Tensor padded_by_copies(const Tensor& x, const Amounts& n, PadMode mode) {
  return record(
      "pad", kernels::take_outer(x.array(), maps_for(x.shape(), n, mode)),
      [n, mode](Ctx& c) { c.give(0, copies_summed(c.grad(), c.in_shape(0), n, mode)); }, Edge{x});
}

Tensor copies_summed(const Tensor& y, const Shape& shape, const Amounts& n, PadMode mode) {
  return record(
      "pad_backward", kernels::add_outer(y.array(), shape, maps_for(shape, n, mode)),
      [n, mode](Ctx& c) { c.give(0, padded_by_copies(c.grad(), n, mode)); }, Edge{y});
}

/// The most entries that a mode can add at one end of an axis.
std::int64_t most(PadMode mode, std::int64_t size) {
  constexpr std::int64_t kAny = std::int64_t{1} << 48;  // more than there is room for
  switch (mode) {
    case PadMode::reflect: return std::max<std::int64_t>(size - 1, 0);
    case PadMode::circular: return size;
    case PadMode::replicate: return size == 0 ? 0 : kAny;
    default: return kAny;
  }
}

const char* name_of(PadMode mode) {
  constexpr const char* kNames[] = {"constant", "reflect", "replicate", "circular"};
  return kNames[static_cast<std::size_t>(mode)];
}

Amounts by_axis(const Tensor& x, const std::vector<std::int64_t>& amounts, PadMode mode) {
  if (amounts.size() % 2 != 0)
    fail<ValueError>("pad", fmt::format("got {} amounts; expected pairs (before, after)", amounts.size()));
  if (amounts.size() / 2 > static_cast<std::size_t>(x.dim()))
    fail<ShapeError>("pad", fmt::format("got {} pairs for shape {}; expected at most one for each axis",
                                        amounts.size() / 2, x.shape().str()));
  Amounts n;
  for (std::size_t i = 0; i < amounts.size() / 2; ++i) {
    const auto a = static_cast<std::size_t>(x.dim()) - 1 - i;
    const std::int64_t before = amounts[2 * i], after = amounts[2 * i + 1], size = x.shape()[static_cast<int>(a)];
    const std::int64_t top = most(mode, size);
    if (before > top || after > top)
      fail<ShapeError>("pad", fmt::format("{}: got ({}, {}) for axis {} of {}; expected at most {} each", name_of(mode),
                                          before, after, a, x.shape().str(), top));
    if (before < -size || after < -size || size + before + after < 0)
      fail<ShapeError>("pad", fmt::format("got ({}, {}) for axis {} of {}; expected to cut off at most {} together",
                                          before, after, a, x.shape().str(), size));
    n.before[a] = before;
    n.after[a] = after;
  }
  return n;
}

}  // namespace

Tensor pad(const Tensor& x, const std::vector<std::int64_t>& amounts, PadMode mode, Scalar value) {
  const Amounts n = by_axis(x, amounts, mode);
  if (mode == PadMode::constant) detail::check_fill_value("pad", value, x.dtype());
  if (n.none()) return x;
  return mode == PadMode::constant ? padded(x, n, value) : padded_by_copies(x, n, mode);
}

}  // namespace xgrad
