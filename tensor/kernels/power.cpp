#include "tensor/kernels/power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

struct Cube {
  auto operator()(const auto& x) const { return modular(x) * modular(x) * modular(x); }
};
struct Pow {
  static constexpr std::int64_t piece = kLibmGrain;
  template <class T>
  T operator()(T x, T y) const {
    if constexpr (std::is_floating_point_v<T>) {
      return std::pow(x, y);
    } else {
      auto square = static_cast<std::uint64_t>(x), power = std::uint64_t{1};
      for (auto rest = static_cast<std::uint64_t>(y); rest != 0; rest >>= 1, square *= square)
        if ((rest & 1) != 0) power *= square;
      return static_cast<T>(power);
    }
  }
};

void check_exponent(const Array& x, const Array& y) {
  if (y.dtype() != int64 || is_floating(x.dtype())) return;
  const std::int64_t *begin = in<std::int64_t>(y), *end = begin + y.numel();
  const std::int64_t* low = std::find_if(begin, end, [](std::int64_t v) { return v < 0; });
  if (low != end)
    fail<ValueError>("pow", fmt::format("integer to a negative power: got exponent {}; expected 0 or more, or a "
                                        "floating base, convert with .to(float32)",
                                        *low));
}

}  // namespace

Array pow(const Array& x, const Array& y) {
  check_exponent(x, y);
  return zip_arithmetic("pow", x, y, Pow{});
}
Array cube(const Array& x) { return map_any(x, Cube{}); }

}  // namespace xgrad::kernels
