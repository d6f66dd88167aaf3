#pragma once
/// Adding up elements of any numeric type.

#include <type_traits>

#include "tensor/kernels/dispatch.hpp"

namespace xgrad::kernels {

/// f(Type<T>{}) for the types that can be added up; bools cannot.
template <class F>
void for_numbers(DType t, const F& f) {
  dispatch(t, [&](auto type) {
    if constexpr (!std::is_same_v<typename decltype(type)::type, bool>) f(type);
  });
}

template <class T>
void add_to(T& sum, T v) {
  sum = static_cast<T>(modular(sum) + modular(v));
}

}  // namespace xgrad::kernels
