#pragma once
/// Slices by Python's rules.

#include <algorithm>
#include <optional>

#include "tensor/kernels/layout.hpp"

namespace xgrad::detail {

/// Python's slice.indices(size), for step != 0 and != INT64_MIN.
inline kernels::Range python_range(std::int64_t size, std::optional<std::int64_t> start,
                                   std::optional<std::int64_t> stop, std::int64_t step) {
  const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? size : size - 1;
  const auto place = [&](std::int64_t at) { return std::clamp(at < 0 ? at + size : at, low, high); };
  const std::int64_t first = start ? place(*start) : step > 0 ? low : high;
  const std::int64_t end = stop ? place(*stop) : step > 0 ? high : low;
  const std::int64_t distance = step > 0 ? end - first : first - end, stride = step > 0 ? step : -step;
  return {first, distance <= 0 ? 0 : (distance - 1) / stride + 1, step};
}

}  // namespace xgrad::detail
