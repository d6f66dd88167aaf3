#pragma once
/// From a run-time dtype to a C++ type.

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "tensor/array.hpp"

namespace xgrad::kernels {

template <class T>
struct Type {
  using type = T;
};

/// Calls f(Type<T>{}) for the C++ type of `t`; all calls must return the same type.
template <class F>
decltype(auto) dispatch(DType t, F&& f) {
  switch (t) {
    case DType::float32: return f(Type<float>{});
    case DType::float64: return f(Type<double>{});
    case DType::int64: return f(Type<std::int64_t>{});
    case DType::uint8: return f(Type<std::uint8_t>{});
    case DType::bool_: break;
  }
  return f(Type<bool>{});
}

[[noreturn]] void fail_not_floating(std::string_view op, DType t);

/// The same for floating types; DTypeError naming `op` for others.
template <class F>
decltype(auto) dispatch_floating(std::string_view op, DType t, F&& f) {
  if (t == DType::float32) return f(Type<float>{});
  if (t == DType::float64) return f(Type<double>{});
  fail_not_floating(op, t);
}

/// A number or expression for + - *: int64 without its sign, so that results wrap around, as NumPy has it, where the
/// language leaves overflow undefined.
template <class T>
decltype(auto) modular(const T& v) {
  if constexpr (std::is_same_v<T, std::int64_t>) return static_cast<std::uint64_t>(v);
  else return (v);
}

/// Pieces for parallel_for: about 10 us of memory-bound work / of vectorised transcendental functions / of calls into
/// libm, in elements.
inline constexpr std::int64_t kGrain = 131072;
inline constexpr std::int64_t kMathGrain = 32768;
inline constexpr std::int64_t kLibmGrain = 4096;

/// Typed pointers into freshly made or read arrays, without the dtype check.
template <class T>
const T* in(const Array& a) {
  return static_cast<const T*>(a.raw());
}
template <class T>
T* out(Array& a) {
  return static_cast<T*>(static_cast<void*>(detail::Access::impl(a)->data));
}

}  // namespace xgrad::kernels
