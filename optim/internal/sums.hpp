#pragma once
/// Sums over long vectors, with the same bits on any number of threads.

#include <algorithm>
#include <cstdint>

#include "tensor/parallel.hpp"

namespace xgrad::optim::internal {

/// Combines block(begin, end), a double, over consecutive blocks of [0, n). Where they are cut depends on n alone, and
/// they are combined in their order. Allocates nothing.
template <class F, class Combine>
double over_blocks(std::int64_t n, F block, Combine combine) {
  constexpr std::int64_t kMostBlocks = 1024, kLeast = 4096, kLine = 1024, kPieceSize = 32768;
  const std::int64_t share = (n + kMostBlocks - 1) / kMostBlocks;
  const std::int64_t size = std::max(kLeast, (share + kLine - 1) / kLine * kLine);
  const std::int64_t blocks = (n + size - 1) / size;
  if (blocks <= 1) return n > 0 ? block(std::int64_t{0}, n) : 0.;
  double partial[kMostBlocks];
  parallel_for(blocks, std::max<std::int64_t>(1, kPieceSize / size), [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t b = first; b < last; ++b) partial[b] = block(b * size, std::min(n, (b + 1) * size));
  });
  double total = partial[0];
  for (std::int64_t b = 1; b < blocks; ++b) total = combine(total, partial[b]);
  return total;
}

/// The larger one; NaN wins.
inline double nan_max(double a, double b) { return a > b || a != a ? a : b; }

/// Combines f(i) for i = begin ... end - 1 in lanes, which the compiler makes a vector of. f may write elements i.
template <class F, class Combine>
double over_lanes(std::int64_t begin, std::int64_t end, F f, Combine combine) {
  constexpr int kLanes = 64;
  double lanes[kLanes] = {};
  std::int64_t i = begin;
  for (; i + kLanes <= end; i += kLanes)
    for (int k = 0; k < kLanes; ++k) lanes[k] = combine(lanes[k], f(i + k));
  for (int k = 0; i + k < end; ++k) lanes[k] = combine(lanes[k], f(i + k));
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int k = 0; k < half; ++k) lanes[k] = combine(lanes[k], lanes[k + half]);
  return lanes[0];
}

/// Sum of f(i), i = 0 ... n - 1.
template <class F>
double sum_of(std::int64_t n, F f) {
  const auto add = [](double a, double b) { return a + b; };
  return over_blocks(
      n, [&](std::int64_t begin, std::int64_t end) { return over_lanes(begin, end, f, add); }, add);
}

/// Largest f(i) >= 0, i = 0 ... n - 1; NaN where one is; 0 for none.
template <class F>
double max_of(std::int64_t n, F f) {
  return over_blocks(
      n, [&](std::int64_t begin, std::int64_t end) { return over_lanes(begin, end, f, nan_max); }, nan_max);
}

}  // namespace xgrad::optim::internal
