#pragma once
/// Element types.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

namespace xgrad {

/// The type of an array's elements. `float32` is the default for real numbers, `int64` for integers.
enum class DType : std::uint8_t { float32, float64, int64, uint8, bool_ };

inline constexpr DType float32 = DType::float32;
inline constexpr DType float64 = DType::float64;
inline constexpr DType int64 = DType::int64;
inline constexpr DType uint8 = DType::uint8;
inline constexpr DType bool_ = DType::bool_;

/// Bytes of one element.
constexpr std::size_t size_of(DType t) noexcept {
  switch (t) {
    case DType::float32: return 4;
    case DType::float64:
    case DType::int64: return 8;
    case DType::uint8:
    case DType::bool_: return 1;
  }
  return 0;
}

/// "float32", "float64", "int64", "uint8" or "bool".
std::string_view name_of(DType t) noexcept;

constexpr bool is_floating(DType t) noexcept { return t == DType::float32 || t == DType::float64; }

/// The C++ types that elements can have.
template <class T>
concept Element = std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, bool>;

/// The dtype that stores values of a C++ arithmetic type: other integers widen to int64.
template <class T>
requires std::is_arithmetic_v<T>
constexpr DType dtype_of() noexcept {
  if constexpr (std::is_same_v<T, float>) return DType::float32;
  else if constexpr (std::is_floating_point_v<T>) return DType::float64;
  else if constexpr (std::is_same_v<T, bool>) return DType::bool_;
  else if constexpr (std::is_same_v<T, std::uint8_t>) return DType::uint8;
  else return DType::int64;
}

/// A number converted, with a defined result for all of them: real to integer truncates toward zero (NaN and what does
/// not fit give the type's lowest value, 0 for an unsigned one), integers wrap, anything to bool tests != 0.
template <class To, class From>
requires std::is_arithmetic_v<To> && std::is_arithmetic_v<From>
constexpr To convert(From v) noexcept {
  if constexpr (std::is_same_v<To, bool>) {
    return v != From{0};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // The language leaves the result undefined outside the range; both bounds are exact in From.
    constexpr From high = From(2) * static_cast<From>(std::uint64_t{1} << (std::numeric_limits<To>::digits - 1));
    const bool fits = std::is_signed_v<To> ? v >= -high && v < high : v > From(-1) && v < high;
    return fits ? static_cast<To>(v) : std::numeric_limits<To>::min();
  } else {
    return static_cast<To>(v);
  }
}

/// The dtype of a result of operands `a` and `b`: integers and bools adopt the floating operand's dtype, uint8 and
/// bool widen to the larger integer. float32 with float64 throws DTypeError naming `op`: convert with `.to(float64)`.
/// (PyTorch widens to float64 silently.)
DType promote(std::string_view op, DType a, DType b);

}  // namespace xgrad
