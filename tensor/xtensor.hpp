#pragma once
/// xtensor in and out: the one public header that includes xtensor.
///
///     xt::xarray<float> m = ...;
///     Tensor t = to_array(m * 2.f + 1.f);      // any expression, evaluated once into a new Array
///     auto v = as_xtensor<float>(t);           // an adaptor on t's buffer, no copy
///     double s = xt::sum(v * v)();
///
/// Programs that include this header see xtensor compiled with their own flags; nothing else in xgrad's headers does.

// Under C++20 g++ (12) and clang match xtensor 0.24's `S<class, size_t>` traits with its own svector too, and evaluated
// xarray expressions silently become 4-D xtensors. This specialisation, before every other xtensor include, cures it.
#include <xtensor/xtensor_forward.hpp>
//
#include <xtensor/xexpression_traits.hpp>
#include <xtensor/xstorage.hpp>

template <>
struct xt::detail::xtype_for_shape<xt::svector<std::size_t, 4, std::allocator<std::size_t>, true>> {
  template <class T, xt::layout_type L>
  using type = xt::xarray<T, L>;
};

#include <array>
#include <cstddef>
#include <utility>
#include <vector>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xnoalias.hpp>

#include "tensor/array.hpp"

namespace xgrad {

namespace detail {
/// A rank-1 adaptor: as fast as a hand loop at every size (a dynamic shape costs 30-50 ns).
template <class T>
inline auto flat(T* data, std::size_t n) {
  return xt::adapt(std::move(data), n, xt::no_ownership(), std::array<std::size_t, 1>{n});
}
inline const Array& array_of(const Array& a) { return a; }
template <class T>
requires requires(const T& t) { t.array(); }
const Array& array_of(const T& t) { return t.array(); }
inline std::vector<std::size_t> xtensor_shape(const Shape& shape) {
  std::vector<std::size_t> result;
  for (const std::int64_t size : shape) result.push_back(static_cast<std::size_t>(size));
  return result;
}
}  // namespace detail

/// Evaluates an xtensor expression into a new Array: shape and order as the expression shows them, dtype as
/// `dtype_of` its value type. ShapeError beyond 8 axes.
template <class E>
Array to_array(const xt::xexpression<E>& expression) {
  using T = typename E::value_type;
  const E& e = expression.derived_cast();
  Shape shape;
  for (const auto size : e.shape()) shape.push_back(static_cast<std::int64_t>(size));
  const xt::xarray<T, xt::layout_type::row_major> value = e;
  return Array::copy_of(value.data(), shape);
}

/// The elements of an Array or Tensor as a read-only xtensor adaptor, without a copy; it must not outlive them. T must
/// be the element type (DTypeError).
template <Element T, class A>
auto as_xtensor(const A& a) {
  const Array& array = detail::array_of(a);
  return xt::adapt(array.template data<T>(), static_cast<std::size_t>(array.numel()), xt::no_ownership(),
                   detail::xtensor_shape(array.shape()));
}

/// The same for writing, which counts as one in-place change now.
template <Element T, class A>
auto as_mutable_xtensor(A& a) {
  return xt::adapt(a.template mutable_data<T>(), static_cast<std::size_t>(a.numel()), xt::no_ownership(),
                   detail::xtensor_shape(a.shape()));
}

}  // namespace xgrad
