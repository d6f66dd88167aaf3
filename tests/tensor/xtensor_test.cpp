#include "tensor/xtensor.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <type_traits>
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xmanipulation.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xtensor.hpp>
#include <xtensor/xview.hpp>

#include "tests/tensor/arrays.hpp"

TEST_SUITE_BEGIN("tensor");

using namespace xgrad;
using namespace xgrad::test;

TEST_CASE("an evaluated xarray expression stays an xarray under C++20, with the right shape") {
  const xt::xarray<double> a = {{1., 2., 3.}, {4., 5., 6.}};
  auto b = xt::eval(a + a);
  static_assert(std::is_same_v<decltype(b), xt::xarray<double>>);
  CHECK(b.dimension() == 2);
  CHECK(b.shape()[0] == 2);
  CHECK(b.shape()[1] == 3);
  CHECK(b(1, 2) == 12.);
  const xt::xarray<double> sums = xt::sum(a, {1}, xt::evaluation_strategy::immediate);
  CHECK(sums.dimension() == 1);
  CHECK(sums(1) == 15.);
}

TEST_CASE("to_array evaluates an expression into a new Array of its shape and dtype") {
  const xt::xarray<float> m = {{1.f, 2.f}, {3.f, 4.f}, {5.f, 6.f}};
  const Array a = to_array(m * 2.f + 1.f);
  CHECK(a.dtype() == float32);
  CHECK(difference(a, {3, 2}, {3, 5, 7, 9, 11, 13}) == "");
  CHECK(to_array(m).raw() != m.data());
  const xt::xtensor<double, 1> v = {1., 2.};
  CHECK(difference(to_array(v), {2}, {1, 2}) == "");
  CHECK(to_array(v).dtype() == float64);
}

TEST_CASE("to_array shows views as they show themselves: transposed, cut, stepped, broadcast") {
  const xt::xarray<float> m = {{1.f, 2.f, 3.f}, {4.f, 5.f, 6.f}};
  CHECK(difference(to_array(xt::transpose(m)), {3, 2}, {1, 4, 2, 5, 3, 6}) == "");
  CHECK(difference(to_array(xt::view(m, xt::all(), xt::range(1, 3))), {2, 2}, {2, 3, 5, 6}) == "");
  CHECK(difference(to_array(xt::view(m, 1)), {3}, {4, 5, 6}) == "");
  CHECK(difference(to_array(xt::view(m, xt::all(), xt::range(0, 3, 2))), {2, 2}, {1, 3, 4, 6}) == "");
  CHECK(difference(to_array(xt::broadcast(xt::view(m, 0), {2, 3})), {2, 3}, {1, 2, 3, 1, 2, 3}) == "");
  CHECK(difference(to_array(xt::flip(m, 1)), {2, 3}, {3, 2, 1, 6, 5, 4}) == "");
  const xt::xarray<float, xt::layout_type::column_major> c = m;
  CHECK(difference(to_array(c), {2, 3}, {1, 2, 3, 4, 5, 6}) == "");
}

TEST_CASE("to_array takes scalars, empty arrays, integers and bools") {
  const xt::xarray<double> scalar(2.5);
  CHECK(difference(to_array(scalar), {}, {2.5}) == "");
  CHECK(difference(to_array(xt::sum(xt::xarray<double>{1., 2.})), {}, {3}) == "");
  const xt::xarray<float> empty = xt::xarray<float>::from_shape({2, 0, 3});
  CHECK(to_array(empty).shape() == Shape{2, 0, 3});
  const xt::xarray<int> i = {{1, -2}};
  CHECK(to_array(i).dtype() == int64);
  CHECK(difference(to_array(i), {1, 2}, {1, -2}) == "");
  const xt::xarray<std::uint8_t> u = {200, 3};
  CHECK(to_array(u).dtype() == uint8);
  CHECK(difference(to_array(u), {2}, {200, 3}) == "");
  CHECK(to_array(xt::xarray<short>{1}).dtype() == int64);
  const Array b = to_array(i > 0);
  CHECK(b.dtype() == bool_);
  CHECK(difference(b, {1, 2}, {1, 0}) == "");
  const xt::xarray<float> nine = xt::xarray<float>::from_shape({1, 1, 1, 1, 1, 1, 1, 1, 1});
  CHECK(throws<ShapeError>([&] { to_array(nine); }));
}

TEST_CASE("as_xtensor shows an Array's buffer without a copy, with its shape and type") {
  const Array a = Array::of({{1., 2., 3.}, {4., 5., 6.}});
  const auto x = as_xtensor<float>(a);
  CHECK(x.data() == a.data<float>());
  CHECK(x.dimension() == 2);
  CHECK(x.shape()[1] == 3);
  CHECK(x(1, 0) == 4.f);
  CHECK(xt::sum(x * x)() == 91.f);
  CHECK(a.version() == 0);
  CHECK(as_xtensor<std::int64_t>(Array::of(7))() == 7);
  CHECK(as_xtensor<float>(Array::zeros({0, 2})).size() == 0);
  CHECK(throws<DTypeError>([&] { as_xtensor<double>(a); }));
  CHECK(same_bytes(to_array(as_xtensor<float>(a)), a));
}

TEST_CASE("as_mutable_xtensor writes through, and counts as one change") {
  Array a = Array::zeros({2, 3});
  const Array handle = a;
  auto x = as_mutable_xtensor<float>(a);
  x(1, 2) = 5.f;
  xt::view(x, 0) = 2.f;
  CHECK(difference(handle, {2, 3}, {2, 2, 2, 0, 0, 5}) == "");
  CHECK(handle.version() == 1);
  xt::noalias(x) = x * 2.f + 1.f;
  CHECK(difference(handle, {2, 3}, {5, 5, 5, 1, 1, 11}) == "");
  CHECK(throws<DTypeError>([&] { as_mutable_xtensor<double>(a); }));
}
