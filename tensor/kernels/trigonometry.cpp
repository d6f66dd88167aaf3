#include "tensor/kernels/trigonometry.hpp"

#include <cmath>

#include "tensor/kernels/map.hpp"

namespace xgrad::kernels {
namespace {

struct Sin {
  auto operator()(const auto& x) const { return xt::sin(x); }
};
struct Cos {
  auto operator()(const auto& x) const { return xt::cos(x); }
};
struct Tan {
  auto operator()(const auto& x) const { return xt::tan(x); }
};
struct Asin {
  auto operator()(const auto& x) const { return xt::asin(x); }
};
struct Acos {
  auto operator()(const auto& x) const { return xt::acos(x); }
};
struct Atan {
  auto operator()(const auto& x) const { return xt::atan(x); }
};
struct Sinh {
  auto operator()(const auto& x) const { return xt::sinh(x); }
};
struct Cosh {
  auto operator()(const auto& x) const { return xt::cosh(x); }
};
struct Atan2 {
  static constexpr std::int64_t piece = kLibmGrain;
  auto operator()(auto y, auto x) const { return std::atan2(y, x); }
};
struct Hypot {
  static constexpr std::int64_t piece = kLibmGrain;
  auto operator()(auto x, auto y) const { return std::hypot(x, y); }
};

/// xsimd chooses how to reduce an angle by all lanes of a vector together, so the garbage in the padding, which
/// map_real takes along, would decide about the last bit of the elements beside it (and a huge number there is slow).
template <class Op>
Array map_angle(const Array& x, Op op) {
  if (!is_floating(x.dtype())) return map_angle(x.to(float32), op);
  Array y = Array::empty_like(x);
  dispatch_floating("map", x.dtype(), [&](auto type) {
    using T = typename decltype(type)::type;
    map_flat(in<T>(x), out<T>(y), x.numel(), kMathGrain, op);
  });
  return y;
}

}  // namespace

Array sin(const Array& x) { return map_angle(x, Sin{}); }
Array cos(const Array& x) { return map_angle(x, Cos{}); }
Array tan(const Array& x) { return map_angle(x, Tan{}); }
Array asin(const Array& x) { return map_real(x, Asin{}); }
Array acos(const Array& x) { return map_real(x, Acos{}); }
Array atan(const Array& x) { return map_real(x, Atan{}); }
Array sinh(const Array& x) { return map_real(x, Sinh{}); }
Array cosh(const Array& x) { return map_real(x, Cosh{}); }
Array atan2(const Array& y, const Array& x) { return zip_real("atan2", y, x, Atan2{}); }
Array hypot(const Array& x, const Array& y) { return zip_real("hypot", x, y, Hypot{}); }

}  // namespace xgrad::kernels
