#pragma once
/// Checks of the numbers that say how windows lie on images.

#include <fmt/format.h>

#include <cstdint>
#include <string_view>

#include "tensor/error.hpp"

namespace xgrad::windows {

/// No stride, padding or kernel above it makes sense, and sums of them stay far from overflow.
inline constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1;

inline std::int64_t checked(std::string_view op, std::string_view what, std::int64_t value, std::int64_t least) {
  if (value < least || value > kMost)
    fail<ValueError>(op, fmt::format("{}: got {}; expected {} to 2^31 - 1", what, value, least));
  return value;
}

/// a * b for sizes, or ShapeError where it is absurd.
inline std::int64_t product(std::string_view op, std::int64_t a, std::int64_t b) {
  constexpr std::int64_t kLimit = std::int64_t{1} << 47;
  std::int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result) || result > kLimit)
    fail<ShapeError>(op, fmt::format("sizes too large: got {} times {}", a, b));
  return result;
}

}  // namespace xgrad::windows
