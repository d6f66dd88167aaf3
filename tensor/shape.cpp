#include "tensor/shape.hpp"

#include <fmt/format.h>

#include <ostream>

#include "tensor/error.hpp"

namespace xgrad {

Shape::Shape(std::span<const std::int64_t> sizes) {
  if (sizes.size() > kMaxRank)
    fail<ShapeError>("Shape", fmt::format("got {} axes; expected at most {}", sizes.size(), kMaxRank));
  for (const std::int64_t size : sizes) sizes_[static_cast<std::size_t>(rank_++)] = size;
}

void Shape::push_back(std::int64_t size) {
  if (rank_ == kMaxRank) fail<ShapeError>("Shape", fmt::format("got more axes than {}", kMaxRank));
  sizes_[static_cast<std::size_t>(rank_++)] = size;
}

Shape Shape::without(int i) const {
  Shape result;
  for (int k = 0; k < rank_; ++k)
    if (k != i) result.push_back((*this)[k]);
  return result;
}

Shape Shape::with(int i, std::int64_t size) const {
  Shape result;
  for (int k = 0; k <= rank_; ++k) {
    if (k == i) result.push_back(size);
    if (k < rank_) result.push_back((*this)[k]);
  }
  return result;
}

std::string Shape::str() const { return fmt::format("[{}]", fmt::join(begin(), end(), ", ")); }
std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }

int normalize_axis(std::string_view op, std::int64_t axis, int rank) {
  const int axes = rank == 0 ? 1 : rank;
  if (axis < -axes || axis >= axes) {
    fail<IndexError>(op, fmt::format("axis out of range: got axis {} of a tensor with {} axes; expected {} to {}", axis,
                                     rank, -axes, axes - 1));
  }
  return static_cast<int>(axis < 0 ? axis + axes : axis);
}

unsigned Axes::mask(std::string_view op, int rank) const {
  if (all_) return (1u << rank) - 1u;
  unsigned mask = 0;
  for (const std::int64_t axis : list_) {
    const unsigned bit = 1u << normalize_axis(op, axis, rank);
    if (mask & bit) fail<ValueError>(op, fmt::format("axis {} is named twice in {}", axis, list_.str()));
    mask |= bit;
  }
  return rank == 0 ? 0 : mask;
}

Shape broadcast(std::string_view op, const Shape& a, const Shape& b) {
  if (a == b) return a;
  const Shape& longer = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int lead = longer.rank() - shorter.rank();
  Shape result = longer;
  for (int i = 0; i < shorter.rank(); ++i) {
    const std::int64_t m = longer[lead + i], n = shorter[i];
    if (m != n && m != 1 && n != 1) {
      fail<ShapeError>(op,
                       fmt::format("shapes do not broadcast: got A {}, B {}; expected sizes, aligned at the last "
                                   "axis, to be equal or 1 (axis {} has {} and {})",
                                   a.str(), b.str(), i - shorter.rank(), &longer == &a ? m : n, &longer == &a ? n : m));
    }
    if (m == 1) result[lead + i] = n;
  }
  return result;
}

Shape reduced(const Shape& shape, unsigned mask, bool keepdim) {
  Shape result;
  for (int i = 0; i < shape.rank(); ++i) {
    if (!(mask >> i & 1u)) result.push_back(shape[i]);
    else if (keepdim) result.push_back(1);
  }
  return result;
}

std::int64_t checked_numel(std::string_view op, const Shape& shape, std::size_t element_bytes) {
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 47;
  std::int64_t numel = 1;
  bool empty = false, overflow = false;
  for (const std::int64_t size : shape) {
    if (size < 0)
      fail<ShapeError>(op, fmt::format("negative size: got shape {}; expected sizes of 0 or more", shape.str()));
    empty = empty || size == 0;
    std::int64_t product = 0;
    overflow = overflow || __builtin_mul_overflow(numel, size, &product);
    numel = overflow ? numel : product;
  }
  if (empty) return 0;
  std::int64_t bytes = 0;  // multiplied: a division would take as long as all the rest
  if (overflow || __builtin_mul_overflow(numel, static_cast<std::int64_t>(element_bytes), &bytes) || bytes > kMostBytes)
    fail<ShapeError>(op, fmt::format("too large: got shape {}; expected at most 2^47 bytes", shape.str()));
  return numel;
}

}  // namespace xgrad
