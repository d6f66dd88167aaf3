#pragma once
/// Element types.

#include <cstddef>
#include <cstdint>
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

/// The dtype of a result of operands `a` and `b`: integers and bools adopt the floating operand's dtype, uint8 and
/// bool widen to the larger integer. float32 with float64 throws DTypeError naming `op`: convert with `.to(float64)`.
/// (PyTorch widens to float64 silently.)
DType promote(std::string_view op, DType a, DType b);

}  // namespace xgrad
