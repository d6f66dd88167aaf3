#include "tensor/kernels/rounding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <concepts>

#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

template <class T>
concept Real = std::is_floating_point_v<T>;
template <class T>
concept Integer = std::is_integral_v<T>;

struct Abs {
  static constexpr std::int64_t piece = kGrain;
  auto operator()(Real auto x) const { return std::abs(x); }
  auto operator()(std::uint8_t x) const { return x; }
  std::int64_t operator()(std::int64_t x) const { return x < 0 ? static_cast<std::int64_t>(-modular(x)) : x; }
};
struct Sign {
  static constexpr std::int64_t piece = kGrain;
  template <class T>
  T operator()(T x) const {
    const T one = x > T(0) ? T(1) : T(0);
    if constexpr (std::is_unsigned_v<T>) return one;
    else if constexpr (Integer<T>) return x < T(0) ? T(-1) : one;
    else return x < T(0) ? T(-1) : x > T(0) ? T(1) : x;  // keeps NaN, and the sign of zero
  }
};
struct Floor {
  static constexpr std::int64_t piece = kGrain;
  auto operator()(Real auto x) const { return std::floor(x); }
  auto operator()(Integer auto x) const { return x; }
};
struct Ceil {
  static constexpr std::int64_t piece = kGrain;
  auto operator()(Real auto x) const { return std::ceil(x); }
  auto operator()(Integer auto x) const { return x; }
};
struct Round {
  static constexpr std::int64_t piece = kGrain;
  auto operator()(Real auto x) const { return std::nearbyint(x); }
  auto operator()(Integer auto x) const { return x; }
};
struct Trunc {
  static constexpr std::int64_t piece = kGrain;
  auto operator()(Real auto x) const { return std::trunc(x); }
  auto operator()(Integer auto x) const { return x; }
};

struct Remainder {
  static constexpr std::int64_t piece = kLibmGrain;
  template <Real T>
  T operator()(T x, T y) const {
    const T r = std::fmod(x, y);
    return r != T(0) && (r < T(0)) != (y < T(0)) ? r + y : r;
  }
  std::uint8_t operator()(std::uint8_t x, std::uint8_t y) const { return static_cast<std::uint8_t>(x % y); }
  std::int64_t operator()(std::int64_t x, std::int64_t y) const {
    if (y == -1) return 0;  // the processor traps on the quotient of the lowest number
    const std::int64_t r = x % y;
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
  }
};
struct FloorDivide {
  static constexpr std::int64_t piece = kLibmGrain;
  template <Real T>
  T operator()(T x, T y) const {
    if (y == T(0)) return x / y;
    const T r = std::fmod(x, y);
    const T quotient = (x - r) / y;  // nearly whole
    return std::nearbyint(r != T(0) && (r < T(0)) != (y < T(0)) ? quotient - T(1) : quotient);
  }
};

void check_divisor(const Array& x, const Array& y) {
  if (is_floating(promote("remainder", x.dtype(), y.dtype())) ||
      broadcast("remainder", x.shape(), y.shape()).numel() == 0)
    return;
  dispatch(y.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    const T *begin = in<T>(y), *end = begin + y.numel(), *zero = std::find(begin, end, T(0));
    if (zero != end)
      fail<ValueError>("remainder", fmt::format("division by zero: got {} divisor {} with 0 at place {}; expected "
                                                "none among integers",
                                                name_of(y.dtype()), y.shape().str(), zero - begin));
  });
}

}  // namespace

Array abs(const Array& x) { return map_any(x, Abs{}); }
Array sign(const Array& x) { return map_any(x, Sign{}); }
Array floor(const Array& x) { return map_any(x, Floor{}); }
Array ceil(const Array& x) { return map_any(x, Ceil{}); }
Array round(const Array& x) { return map_any(x, Round{}); }
Array trunc(const Array& x) { return map_any(x, Trunc{}); }

Array remainder(const Array& x, const Array& y) {
  check_divisor(x, y);
  return zip_arithmetic("remainder", x, y, Remainder{});
}
Array floor_divide(const Array& x, const Array& y) { return zip_real("floor_divide", x, y, FloorDivide{}); }

}  // namespace xgrad::kernels
